# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds on their real hosts: phases, log, outputs, and every way in which a build can end."""

from __future__ import annotations

import http.server
import io
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from local_region.services.codebuild.builder import Source
from local_region.world.door import Door
from local_region.world.egress import SOCKET
from tests.region.build.build_nest import order_of, running_nest

MIB = 1024**2
NOTHING = {"processes": [], "mounts": []}


@pytest.fixture(scope="module")
def nest(tmp_path_factory):
    """Builds, with the door that leads out."""
    directory = tmp_path_factory.mktemp("build")
    door = Door(directory / "door")
    door.start()
    with running_nest(directory, directory / "door" / SOCKET) as running:
        yield running
    door.close()


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def unzipped(archive: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        return {name: files.read(name).decode() for name in files.namelist()}


WHOLE = """
version: 0.2
env:
  variables: {COLOUR: blue, STAGE: of the buildspec}
  parameter-store: {PASSWORD: /storefront/password}
  exported-variables: [BUNDLE, COLOUR]
phases:
  install: {commands: ["echo install $COLOUR $STAGE $PASSWORD"]}
  pre_build:
    commands:
      - mkdir dist && cd dist
      - BUNDLE=bundle-7
  build:
    commands:
      - printf '<testsuite/>' > report.xml
      - echo "$BUNDLE in $(basename "$PWD")" > made.txt
      - cat made.txt ../app.py
      - test "$CODEBUILD_SRC_DIR" = "$(dirname "$PWD")"
    finally: [echo at last]
  post_build: {commands: ['echo "$CODEBUILD_BUILD_ID $CODEBUILD_BUILD_SUCCEEDING $AWS_REGION"']}
reports: {unit: {files: ['*.xml'], base-directory: dist}}
artifacts:
  name: $BUNDLE-$(echo today)
  files: ['**/*']
  exclude-paths: ['**/*.xml', buildspec.yml]
  secondary-artifacts: {flat: {files: ['dist/made.txt'], discard-paths: yes}}
"""


def test_a_build_runs_its_phases_and_leaves_artifacts_reports_and_variables(nest):
    source = Source(archive=zipped({"app.py": "print()", "ci/build.yml": WHOLE}), subject="abc123")
    order = order_of(
        None,
        source=source,
        buildspec_path="ci/build.yml",
        variables={"STAGE": "of the project", "KEY": "hunter22"},
        secrets=frozenset({"hunter22"}),
    )

    story = nest.run(order, {"/storefront/password": "open-sesame"})

    names = [
        *("PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"),
    ]
    assert story.begun == [phase.name for phase in story.phases] == names
    assert set(story.statuses.values()) == {"SUCCEEDED"} and story.result.status == "SUCCEEDED"
    assert story.output == [
        "install blue of the project ***",
        "bundle-7 in dist",
        "print()",
        "at last",
        "storefront:0f 1 us-east-1",
    ]
    assert dict(story.result.exported) == {"BUNDLE": "bundle-7", "COLOUR": "blue"}
    primary, flat = story.result.artifacts[""], story.result.artifacts["flat"]
    assert primary.name == "bundle-7-today"
    assert unzipped(primary.archive) == {
        "app.py": "print()",
        "ci/build.yml": WHOLE,
        "dist/made.txt": "bundle-7 in dist\n",
    }
    assert (primary.files, unzipped(flat.archive)) == (3, {"made.txt": "bundle-7 in dist\n"})
    (report,) = story.result.reports
    assert (report.group, report.format, dict(report.files)) == ("unit", "JUNITXML", {"report.xml": b"<testsuite/>"})
    assert nest.leftovers() == NOTHING


def test_a_failing_command_fails_the_build_which_still_runs_post_build_and_uploads_reports(nest):
    story = nest.run(
        order_of("""
            version: 0.2
            phases:
              build:
                commands: [echo '<x/>' > unit.xml, "export LEFT=behind; exit 3", echo never]
                finally: [echo finally]
              post_build: {commands: ['echo "$CODEBUILD_BUILD_SUCCEEDING $LEFT"']}
            reports: {unit: {files: [unit.xml]}}
        """)
    )
    assert story.result.status == "FAILED"
    build = story.phase("BUILD")
    assert (build.status, build.code) == ("FAILED", "COMMAND_EXECUTION_ERROR")
    assert build.message == "Error while executing command: export LEFT=behind; exit 3. Reason: exit status 3"
    assert story.output == ["finally", "0 behind"]
    assert [report.group for report in story.result.reports] == ["unit"]
    said = [line.split(" ", 3)[3] for line in story.lines if line.startswith("[Container]")]
    assert "Phase complete: BUILD State: FAILED" in said
    assert f"Phase context status code: COMMAND_EXECUTION_ERROR Message: {build.message}" in said


def test_commands_of_version_0_1_share_nothing_and_another_user_can_run_them(nest):
    old = nest.run(order_of("{version: 0.1, phases: {build: {commands: [cd /tmp; export A=b, 'echo \"$A\" $PWD']}}}"))
    assert old.output[0].endswith("/src")
    as_user = nest.run(
        order_of(
            "{version: 0.2, env: {shell: bash}, phases: {install: {commands: [export KEPT=yes]},"
            " build: {run-as: www-data, commands: ['echo $(id -un) $KEPT $HOME ${BASH_VERSION:+bash}']}}}"
        )
    )
    assert as_user.output == ["www-data yes /var/www bash"]
    nobody = nest.run(order_of("{version: 0.2, run-as: nobody-here, phases: {build: {commands: [id]}}}"))
    assert "nobody-here" in nobody.phase("BUILD").message and nobody.result.status == "FAILED"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"buildspec": None}, "YAML_FILE_ERROR", "/src/buildspec.yml: no such file or directory"),
        ({"buildspec": "{version: 0.2, phases: {test: {}}}"}, "YAML_FILE_ERROR", "phase name found: test."),
        (
            {"buildspec": "{version: 0.2, phases: {install: {runtime-versions: {python: 2.6}}}}"},
            "YAML_FILE_ERROR",
            "Unknown runtime version named '2.6' of python.",
        ),
        (
            {"buildspec": "{version: 0.2, env: {parameter-store: {A: /no/such}}, phases: {}}"},
            "Decrypted Variables Error",
            "parameter does not exist: /no/such",
        ),
        ({"source": Source(git_url="/no/such/repository", commit="main")}, "CLIENT_ERROR", "git fetch of /no/such/"),
    ],
)
def test_what_cannot_begin_fails_in_download_source(nest, changes, code, message):
    story = nest.run(order_of(**{"buildspec": "{version: 0.2, phases: {}}", **changes}))
    failed = story.phases[-1]
    assert (failed.name, failed.status, failed.code) == ("DOWNLOAD_SOURCE", "FAILED", code)
    assert message in failed.message
    assert story.result.status == "FAILED"


def test_a_git_source_is_checked_out_at_its_commit(nest, tmp_path):
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        done = subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    for version in ("1.0", "2.0"):
        Path(tmp_path, "VERSION").write_text(version + "\n")
        git("add", ".")
        git("commit", "--quiet", "-m", version)
    first = git("rev-parse", "HEAD~1")
    spec = "{version: 0.2, phases: {build: {commands: [cat VERSION, git rev-parse HEAD, git rev-list --count HEAD]}}}"
    whole = nest.run(order_of(spec, source=Source(git_url=str(tmp_path), commit=first)))
    shallow = nest.run(order_of(spec, source=Source(git_url=f"file://{tmp_path}", commit="main", clone_depth=1)))
    assert whole.output == ["1.0", first, "1"]
    assert shallow.output == ["2.0", git("rev-parse", "HEAD"), "1"]


def test_the_credentials_of_a_source_are_for_git_and_not_for_the_log(nest, tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    commit = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--allow-empty", "-mx"]
    subprocess.run(commit, cwd=tmp_path, check=True)
    spec = """
        version: 0.2
        env: {git-credential-helper: yes}
        phases:
          build:
            commands:
              - printf 'protocol=https\\nhost=example.com\\n\\n' | git credential fill > found; cat found
              - grep -c hunter22 found
    """
    source = Source(git_url=str(tmp_path), commit="HEAD", credentials=("me", "hunter22"))
    story = nest.run(order_of(spec, source=source))
    assert story.output[-3:] == ["username=me", "password=***", "1"]


def test_the_cache_of_one_build_is_there_in_the_next(nest):
    order = order_of(
        "{version: 0.2, phases: {build: {commands: ['cat deps/a /root/.b 2>/dev/null || echo none',"
        " mkdir -p deps; echo one > deps/a; echo two > /root/.b]}},"
        " cache: {paths: ['deps/**/*', /root/.b]}}",
        keeps_cache=True,
    )
    first = nest.run(order)
    second = nest.run(order_of(order.buildspec, keeps_cache=True, cache=first.result.cache))
    assert (first.output, second.output) == (["none"], ["one", "two"])


HANGS = "{version: 0.2, phases: {build: {commands: [echo hangs; sleep 1000]}}}"


def test_a_build_that_hangs_ends_at_its_time_out_or_when_it_is_stopped(nest):
    deaf = "{version: 0.2, phases: {build: {commands: [trap '' TERM; sleep 1000]}}}"
    timed, running, beginning = (nest.start(order_of(deaf, timeout=5.0)), *(nest.start(order_of(HANGS)) for _ in "12"))
    nest.stop(beginning)
    nest.await_line(running, "hangs")
    nest.stop(running)
    story = nest.wait(running)
    assert (story.result.status, story.phases[-1].name, story.phases[-1].status) == ("STOPPED", "BUILD", "STOPPED")
    assert nest.wait(beginning).result.status == "STOPPED"
    story = nest.wait(timed)
    last = story.phases[-1]
    assert story.result.status == "TIMED_OUT"
    assert (last.status, last.code, last.message) == ("TIMED_OUT", "BUILD_TIMED_OUT", "Build has timed out. ")
    assert nest.leftovers() == NOTHING


def test_a_build_whose_host_dies_is_a_fault(nest):
    number = nest.start(order_of(HANGS))
    nest.await_line(number, "hangs")
    nest.kill_host(number)
    story = nest.wait(number)
    assert (story.result.status, story.phases[-1].status) == ("FAULT", "FAULT")
    assert nest.leftovers() == NOTHING


def test_a_build_that_prints_100_mb_is_passed_on_without_being_held_in_memory(nest):
    before = nest.most_memory()
    text = "0123456789abcdef" * 4
    story = nest.run(
        order_of(f"""
            version: 0.2
            phases:
              build:
                commands:
                  - yes {text} | tr '\\n' ' ' | fold -w 4095 | head -c 104857600
                  - grep VmHWM /proc/$PPID/status
        """)
    )
    assert story.result.status == "SUCCEEDED"
    assert story.printed > 100 * MIB
    assert nest.most_memory() - before < 50 * MIB
    name, kib, _ = story.output[-1].split()
    assert name == "VmHWM:" and int(kib) * 1024 < 80 * MIB


def test_a_build_reaches_what_the_machine_reaches_by_the_proxy(nest):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"outside")

        def log_message(self, *args):
            pass

    # Of the machine's loopback addresses only 127.0.0.1 is the build's own.
    server = http.server.ThreadingHTTPServer(("127.0.0.2", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.2:{server.server_port}"
    story = nest.run(
        order_of(f"""
            version: 0.2
            phases:
              build:
                commands:
                  - |
                    python3 - <<'END'
                    import http.client, os, urllib.parse, urllib.request
                    print(urllib.request.urlopen("http://{address}/").read().decode())
                    proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
                    tunnel = http.client.HTTPConnection(proxy.hostname, proxy.port)
                    tunnel.set_tunnel("{address}")
                    tunnel.request("GET", "/")
                    print("by CONNECT", tunnel.getresponse().read().decode())
                    END
        """)
    )
    server.shutdown()
    assert story.output[-2:] == ["outside", "by CONNECT outside"]


def test_a_build_has_the_credentials_of_its_role_and_does_not_print_them(nest):
    command = (
        "python3 -c 'import os, urllib.request as r;"
        ' print(r.urlopen("http://169.254.170.2" + os.environ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]).read())\''
    )
    story = nest.run(
        order_of(f"version: 0.2\nphases:\n  build:\n    commands:\n      - |\n        {command}\n", role_arn="arn:role")
    )
    said = story.output[-1]
    assert '"RoleArn": "arn:role", "AccessKeyId": "***", "SecretAccessKey": "***", "Token": "***"' in said
