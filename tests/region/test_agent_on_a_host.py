# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent on a real host, installed as a user would, against a command service that says what the test wants."""

from __future__ import annotations

import io
import itertools
import tarfile
import time

import pytest

from local_region.world import agent_install
from tests.region.host_nest import PATIENCE, REGION, running_nest, spec_of

ROOT = "/opt/codedeploy-agent/deployment-root"
EVENTS = ("ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart",
          "ValidateService")  # fmt: skip
UNSUCCESSFUL = {"missing": 1, "timed out": 3, "failed": 4, "unknown": 5, "left open": 6, "restarted": 7}
INSTALL = f"""#!/bin/sh
set -e
cd /tmp
curl -fsS -o install http://169.254.169.250/{agent_install.bucket(REGION)}/{agent_install.KEY}
chmod +x install
./install auto
"""
groups = itertools.count(1)


@pytest.fixture(scope="module")
def nest(tmp_path_factory):
    with running_nest(tmp_path_factory.mktemp("nest")) as nest:
        nest.put_object(f"{agent_install.bucket(REGION)}/{agent_install.KEY}", agent_install.script())
        yield nest
        assert nest.refused_signatures() == []


@pytest.fixture(scope="module")
def host(nest):
    """A host whose user data has installed the agent."""
    spec = spec_of(1, user_data=INSTALL.encode())
    nest.boot(spec)
    host = Host(nest, spec.instance_id)
    host.eventually("test -e /var/lib/cloud/instance/boot-finished")
    return host


class Host:
    def __init__(self, nest, instance_id: str):
        self.nest, self.instance_id = nest, instance_id

    def shell(self, script: str) -> str:
        done = self.nest.run(self.instance_id, ["sh", "-euc", script])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def eventually(self, script: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while (done := self.nest.run(self.instance_id, ["sh", "-euc", script])).returncode != 0:
            assert time.monotonic() < deadline, done.stdout + done.stderr
            time.sleep(0.05)
        return done.stdout.strip()


class Group:
    """A deployment group with this one host in it; its directory is /opt/<name>."""

    def __init__(self, host: Host):
        self.number = next(groups)
        self.name, self.host = f"group-{self.number}", host
        self.directory = f"/opt/{self.name}"
        self._deployments = itertools.count(1)

    def deployment(self, files: dict[str, str], **overrides) -> Deployment:
        """A new deployment of a revision with these files (name -> content)."""
        return Deployment(self, f"d-{self.number}-{next(self._deployments)}", files, overrides)

    def deploy(self, files: dict[str, str], **overrides) -> Deployment:
        """A deployment whose seven events have all succeeded."""
        deployment = self.deployment(files, **overrides)
        for event in EVENTS:
            outcome = deployment.perform(event)
            assert outcome["status"] == "Succeeded", (event, outcome)
        return deployment


class Deployment:
    def __init__(self, group: Group, identifier: str, files: dict[str, str], overrides: dict):
        self.id, self.group, self.nest = identifier, group, group.host.nest
        key = f"{identifier}.tar"
        etag = self.nest.put_object(f"revisions/{key}", bundle(files))
        revision = {"Bucket": "revisions", "Key": key, "BundleType": "tar", "ETag": etag}
        self.specification = {
            "DeploymentId": identifier,
            "DeploymentGroupId": f"id-of-{group.name}",
            "DeploymentGroupName": group.name,
            "ApplicationName": "shop",
            "DeploymentCreator": "user",
            "DeploymentType": "IN_PLACE",
            "Revision": {"RevisionType": "S3", "S3Revision": revision | overrides.pop("revision", {})},
        } | overrides

    @property
    def directory(self) -> str:
        return f"{ROOT}/id-of-{self.group.name}/{self.id}"

    def perform(self, event: str) -> dict:
        return self.nest.perform(self.group.host.instance_id, event, self.specification)

    def begin(self, event: str) -> str:
        return self.nest.begin(self.group.host.instance_id, event, self.specification)

    def failure(self, event: str) -> dict:
        outcome = self.perform(event)
        assert outcome["status"] == "Failed", outcome
        return outcome["diagnostics"]


def bundle(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content.encode()), 0o644
            archive.addfile(member, io.BytesIO(content.encode()))
    return buffer.getvalue()


def one_hook(event: str, script: str, timeout: int = 30) -> dict[str, str]:
    """A revision that does nothing but run one script."""
    appspec = f"version: 0.0\nos: linux\nhooks:\n  {event}:\n    - {{location: hook.sh, timeout: {timeout}}}\n"
    return {"appspec.yml": appspec, "hook.sh": f"#!/bin/sh\n{script}\n"}


@pytest.fixture
def group(host):
    return Group(host)


SHOP = """
version: 0.0
os: linux
files:
  - {source: app, destination: DIRECTORY}
  - {source: GROUP.service, destination: /etc/systemd/system}
permissions:
  - {object: DIRECTORY, pattern: "*.txt", owner: www-data, group: SHOPPER, mode: 640, type: [file]}
hooks:
  ApplicationStop:
    - {location: scripts/stop.sh, timeout: 20}
  BeforeInstall:
    - {location: scripts/user.sh, timeout: 20, runas: root}
  AfterInstall:
    - {location: scripts/check.sh, timeout: 20, runas: www-data}
  ApplicationStart:
    - {location: scripts/say.sh, timeout: 20}
    - {location: scripts/start.sh, timeout: 20}
"""


def shop(group: Group, version: str, **more: str) -> dict[str, str]:
    """A revision of a service that needs a user, files with owners, scripts as several users and a systemd unit."""
    shopper = f"shopper{group.number}"
    say = "env | sort | grep -E '^(LIFECYCLE|DEPLOYMENT|APPLICATION|BUNDLE)' > /tmp/said"
    return {
        "appspec.yml": SHOP.replace("DIRECTORY", group.directory)
        .replace("GROUP", group.name)
        .replace("SHOPPER", shopper),
        "app/version.txt": version,
        f"{group.name}.service": f"[Service]\nUser={shopper}\nExecStart=/bin/sleep 1000{group.number}\n",
        "scripts/stop.sh": f"#!/bin/sh\necho stopping {version}\nsystemctl stop {group.name}\n",
        "scripts/user.sh": f"#!/bin/sh\nid {shopper} || useradd --system {shopper}\nusermod --shell /bin/sh www-data\n",
        "scripts/check.sh": f"#!/bin/sh\necho checked by $(id -un): $(cat {group.directory}/version.txt)\n",
        "scripts/say.sh": f"#!/bin/sh\n{say}\n",
        "scripts/start.sh": f"#!/bin/sh\nsystemctl daemon-reload\nsystemctl start {group.name}\n",
    } | more


def test_the_agent_is_a_service_of_the_host(host):
    assert host.shell("systemctl is-active codedeploy-agent") == "active"
    host.shell("systemctl stop codedeploy-agent")
    assert host.nest.run(host.instance_id, ["systemctl", "is-active", "codedeploy-agent"]).stdout == "inactive\n"
    host.shell("systemctl start codedeploy-agent")
    assert host.shell("systemctl is-active codedeploy-agent") == "active"


def test_installing_the_agent_again_leaves_one_that_runs(host):
    running = host.shell("pgrep -f '[c]odedeploy_agent.__main__'")
    host.shell("cd /tmp && ./install auto")
    assert host.shell("pgrep -f '[c]odedeploy_agent.__main__'") == running


def test_the_installer_says_what_it_is_and_how_to_use_it(host):
    done = host.nest.run(host.instance_id, ["/tmp/install"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "./install auto    (sets up the local region's stand-in for the CodeDeploy agent)" in done.stderr


def test_a_whole_deployment_installs_and_starts_a_service(host, group):
    deployment = group.deploy(shop(group, "1.0"))

    assert host.shell(f"systemctl is-active {group.name}") == "active"
    assert host.shell(f"ps -o user= -p $(pgrep -fx '/bin/sleep 1000{group.number}')") == f"shopper{group.number}"
    assert host.shell(f"stat -c '%U %G %a' {group.directory}/version.txt") == f"www-data shopper{group.number} 640"
    log = [line.split(" ", 2)[2] for line in host.shell(f"cat {deployment.directory}/logs/scripts.log").splitlines()]
    assert [line for line in log if "[stderr]" not in line] == [
        "LifecycleEvent - BeforeInstall",
        "Script - scripts/user.sh",
        "LifecycleEvent - AfterInstall",
        "Script - scripts/check.sh",
        "[stdout]checked by www-data: 1.0",
        "LifecycleEvent - ApplicationStart",
        "Script - scripts/say.sh",
        "Script - scripts/start.sh",
    ]
    assert f"[{deployment.id}][stdout]checked by www-data: 1.0" in host.shell(f"cat {ROOT}/deployment-logs/*.log")


def test_a_script_cannot_run_as_a_user_who_may_not_log_in(host, group):
    host.shell("id guest || useradd --system --shell /usr/sbin/nologin guest")
    revision = one_hook("AfterInstall", "true")
    revision["appspec.yml"] = revision["appspec.yml"].replace("timeout: 30", "timeout: 30, runas: guest")
    deployment = group.deployment(revision)
    deployment.perform("DownloadBundle")
    failure = deployment.failure("AfterInstall")
    assert failure["message"] == "The script hook.sh run as guest failed with exit code 1."
    assert "not available" in failure["log"]


def test_a_script_is_told_about_its_deployment(host, group):
    deployment = group.deploy(shop(group, "1.0"))
    told = dict(line.split("=", 1) for line in host.shell("cat /tmp/said").splitlines())
    etag = deployment.specification["Revision"]["S3Revision"]["ETag"]
    assert told == {
        "LIFECYCLE_EVENT": "ApplicationStart",
        "DEPLOYMENT_ID": deployment.id,
        "APPLICATION_NAME": "shop",
        "DEPLOYMENT_GROUP_NAME": group.name,
        "DEPLOYMENT_GROUP_ID": f"id-of-{group.name}",
        "BUNDLE_BUCKET": "revisions",
        "BUNDLE_KEY": f"{deployment.id}.tar",
        "BUNDLE_VERSION": "",
        "BUNDLE_ETAG": etag,
    }


def test_the_next_revision_stops_with_the_old_scripts_and_removes_what_only_the_old_one_had(host, group):
    group.deploy(shop(group, "1.0", **{"app/old/only.txt": "1.0"}))
    deployment = group.deploy(shop(group, "2.0"))
    assert host.shell(f"ls {group.directory}; cat {group.directory}/version.txt") == "version.txt\n2.0"
    assert "[stdout]stopping 1.0" in host.shell(f"cat {deployment.directory}/logs/scripts.log")


def test_what_has_no_script_is_acknowledged_as_nothing_to_do(group):
    deployment = group.deployment(one_hook("ValidateService", "true"))
    assert {event: deployment.perform(event)["noop"] for event in EVENTS} == {
        "ApplicationStop": True,
        "DownloadBundle": False,
        "BeforeInstall": True,
        "Install": False,
        "AfterInstall": True,
        "ApplicationStart": True,
        "ValidateService": False,
    }


def one_file(group: Group, **appspec: str) -> dict[str, str]:
    more = "".join(f"{key}: {value}\n" for key, value in appspec.items())
    files = f"files:\n  - {{source: page, destination: {group.directory}}}\n"
    return {"appspec.yml": f"version: 0.0\nos: linux\n{more}{files}", "page": "new"}


def behavior(name: str) -> dict:
    return {"AgentActionOverrides": {"AgentOverrides": {"FileExistsBehavior": name}}}


@pytest.mark.parametrize(
    ("overrides", "appspec", "content"),
    [
        (behavior("OVERWRITE"), {}, "new"),
        (behavior("RETAIN"), {}, "mine"),
        (behavior("OVERWRITE"), {"file_exists_behavior": "RETAIN"}, "mine"),
    ],
)
def test_a_file_that_exists_is_overwritten_or_kept_as_asked(host, group, overrides, appspec, content):
    host.shell(f"mkdir {group.directory}; printf mine > {group.directory}/page")
    group.deploy(one_file(group, **appspec), **overrides)
    assert host.shell(f"cat {group.directory}/page") == content


def test_a_file_that_exists_fails_the_install_when_nothing_else_was_asked(host, group):
    group.deploy(
        one_file(group) | {"appspec.yml": one_file(group)["appspec.yml"].replace("page", "other"), "other": "1"}
    )
    host.shell(f"printf mine > {group.directory}/page")
    deployment = group.deployment(one_file(group))
    deployment.perform("DownloadBundle")
    failure = deployment.failure("Install")
    assert failure["error_code"] == UNSUCCESSFUL["unknown"]
    assert f"The file {group.directory}/page already exists on the host" in failure["message"]
    assert host.shell(f"ls {group.directory}") == "page", (
        "the last revision's files are gone by then, as with AWS's agent"
    )


def test_a_failing_script_is_reported_with_the_end_of_its_output(group):
    script = "for i in $(seq 1 300); do echo line $i; done; sleep 0.2; echo the reason >&2; exit 3"
    deployment = group.deployment(one_hook("BeforeInstall", script))
    deployment.perform("DownloadBundle")
    failure = deployment.failure("BeforeInstall")
    assert (failure["error_code"], failure["script_name"]) == (UNSUCCESSFUL["failed"], "hook.sh")
    assert failure["message"] == "The script hook.sh failed with exit code 3."
    lines = failure["log"].splitlines()
    assert 1900 < len(failure["log"]) < 2048
    assert "[stderr]the reason" in lines
    assert {"[stdout]line 299", "[stdout]line 300"} <= set(lines)
    assert lines[0].startswith("[stdout]line "), "only whole lines"


def test_later_scripts_of_an_event_do_not_run_after_a_failure(host, group):
    revision = one_hook("BeforeInstall", "exit 1")
    revision["appspec.yml"] += "    - {location: second.sh}\n"
    revision["second.sh"] = f"#!/bin/sh\ntouch /tmp/{group.name}\n"
    deployment = group.deployment(revision)
    deployment.perform("DownloadBundle")
    assert deployment.failure("BeforeInstall")["script_name"] == "hook.sh"
    assert host.nest.run(host.instance_id, ["ls", f"/tmp/{group.name}"]).returncode != 0


def test_a_script_that_is_not_there_is_reported_as_missing(group):
    revision = one_hook("BeforeInstall", "true")
    del revision["hook.sh"]
    deployment = group.deployment(revision)
    deployment.perform("DownloadBundle")
    failure = deployment.failure("BeforeInstall")
    assert (failure["error_code"], failure["script_name"]) == (UNSUCCESSFUL["missing"], "hook.sh")


def test_a_script_that_takes_too_long_is_ended_with_all_it_started(host, group):
    deployment = group.deployment(one_hook("BeforeInstall", f"sleep 2000{group.number} & sleep 2000{group.number}", 1))
    deployment.perform("DownloadBundle")
    failure = deployment.failure("BeforeInstall")
    assert failure["error_code"] == UNSUCCESSFUL["timed out"]
    assert failure["message"] == "The script hook.sh did not end within its timeout of 1 seconds."
    assert host.eventually(f"! pgrep -fx 'sleep 2000{group.number}'") == ""


def test_a_program_that_keeps_the_scripts_output_open_fails_it(host, group):
    deployment = group.deployment(one_hook("BeforeInstall", f"setsid sleep 3000{group.number} & echo started", 1))
    deployment.perform("DownloadBundle")
    failure = deployment.failure("BeforeInstall")
    assert failure["error_code"] == UNSUCCESSFUL["left open"]
    assert "keeps its stdout open" in failure["message"]
    assert "[stdout]started" in failure["log"]
    host.shell(f"pkill -fx 'sleep 3000{group.number}'")


def test_a_bundle_that_was_changed_since_is_refused(group):
    failure = group.deployment(one_file(group), revision={"ETag": '"of another one"'}).failure("DownloadBundle")
    assert failure["error_code"] == UNSUCCESSFUL["unknown"]
    assert "has changed: its ETag is" in failure["message"]


def test_a_bundle_that_is_not_there_is_reported_with_what_s3_says(group):
    failure = group.deployment(one_file(group), revision={"Key": "none"}).failure("DownloadBundle")
    assert "s3://revisions/none cannot be downloaded: S3 answers 404" in failure["message"]


def test_a_revision_without_an_appspec_says_where_it_was_looked_for(group):
    deployment = group.deployment({"page": "x"})
    deployment.perform("DownloadBundle")
    assert "There is no appspec.yml in the top directory of the revision" in deployment.failure("Install")["message"]


def test_a_hook_that_the_service_does_not_know_fails_the_install(group):
    revision = one_hook("AfterLunch", "true")
    deployment = group.deployment(revision, AllPossibleLifecycleEvents=list(EVENTS))
    deployment.perform("DownloadBundle")
    assert "unknown lifecycle events: AfterLunch" in deployment.failure("Install")["message"]


def test_a_rollback_of_blue_green_runs_the_scripts_of_the_most_recent_revision(host, group):
    group.deploy(one_hook("BeforeBlockTraffic", f"echo installed > /tmp/{group.name}"))
    downloaded = group.deployment(one_hook("BeforeBlockTraffic", f"echo downloaded > /tmp/{group.name}"))
    downloaded.perform("DownloadBundle")
    rollback = {"DeploymentCreator": "codeDeployRollback", "DeploymentType": "BLUE_GREEN"}
    for overrides, ran in ((rollback, "downloaded"), ({}, "installed")):
        group.deployment({}, **overrides).perform("BeforeBlockTraffic")
        assert host.shell(f"cat /tmp/{group.name}") == ran


@pytest.mark.parametrize(("mode", "status"), [("RESTART", "Succeeded"), ("STANDARD", "Failed")])
def test_a_restart_takes_the_revision_from_the_copy_on_the_host(group, mode, status):
    group.deploy(one_hook("ApplicationStart", "true"))
    again = group.deployment({}, revision={"Key": "none"}, DeploymentMode=mode)
    assert again.perform("DownloadBundle")["status"] == status


def test_a_restart_without_a_copy_downloads_the_revision(group):
    first = group.deployment(one_hook("ApplicationStart", "true"), DeploymentMode="RESTART")
    assert first.perform("DownloadBundle")["status"] == "Succeeded"


def test_two_groups_deploy_to_one_host_at_the_same_time(host):
    slow, quick = Group(host), Group(host)
    first = slow.deployment(one_hook("BeforeInstall", f"until [ -e /tmp/{quick.name} ]; do sleep 0.05; done"))
    first.perform("DownloadBundle")
    waiting = first.begin("BeforeInstall")
    second = quick.deployment(one_hook("BeforeInstall", f"touch /tmp/{quick.name}"))
    second.perform("DownloadBundle")
    assert second.perform("BeforeInstall")["status"] == "Succeeded"
    assert host.nest.outcome(waiting)["status"] == "Succeeded"


def test_an_agent_that_is_stopped_lets_the_script_end(host, group):
    script = f"touch /tmp/{group.name}; until [ -e /tmp/{group.name}-go ]; do sleep 0.05; done"
    deployment = group.deployment(one_hook("BeforeInstall", script))
    deployment.perform("DownloadBundle")
    running = deployment.begin("BeforeInstall")
    host.eventually(f"test -e /tmp/{group.name}")
    host.shell(f"(systemctl stop codedeploy-agent; touch /tmp/{group.name}-stopped) > /tmp/stopping 2>&1 &")
    host.shell(f"sleep 0.3; touch /tmp/{group.name}-go")
    assert host.nest.outcome(running)["status"] == "Succeeded"
    host.eventually(f"test -e /tmp/{group.name}-stopped")
    host.shell("! pgrep -f '[c]odedeploy_agent.__main__'; systemctl start codedeploy-agent")


def test_an_event_in_which_the_agent_was_killed_fails_when_it_starts_again(host, group):
    deployment = group.deployment(one_hook("BeforeInstall", f"touch /tmp/{group.name}; exec sleep 1000"))
    deployment.perform("DownloadBundle")
    running = deployment.begin("BeforeInstall")
    host.eventually(f"test -e /tmp/{group.name}")
    host.shell("pkill -KILL -f '[c]odedeploy_agent.__main__'; pkill -fx 'sleep 1000'; systemctl start codedeploy-agent")
    outcome = host.nest.outcome(running)
    assert outcome["status"] == "Failed"
    assert outcome["diagnostics"]["error_code"] == UNSUCCESSFUL["restarted"]
    assert deployment.perform("AfterInstall")["status"] == "Succeeded", "the new agent works"
