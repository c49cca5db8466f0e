# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the runner that need no host: shell, log, patterns, outputs, sources, runtimes, the wire."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from local_region.world.build import outputs, patterns, runtimes, source
from local_region.world.build.buildspec import ArtifactSpec, ReportSpec
from local_region.world.build.log import LONGEST_LINE, Log, Masker
from local_region.world.build.reading import BuildspecError
from local_region.world.build.shell import Shell
from local_region.world.build.wire import Broken, Wire


@pytest.fixture
def tree(tmp_path):
    """Makes files, each with its own path as content; a path with an arrow is a link."""

    def make(*paths: str) -> Path:
        for path in paths:
            name, _, target = path.partition(" -> ")
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.symlink_to(target) if target else file.write_text(name)
        return tmp_path

    return make


# --- shell


@pytest.fixture
def shell(tmp_path):
    """A shell and what its commands print."""
    printed: list[bytes] = []
    (tmp_path / "src").mkdir()
    environment = {"PATH": os.environ["PATH"], "GIVEN": "by the order"}
    made = Shell("/bin/sh", tmp_path / "shell", tmp_path / "src", environment, printed.append)
    made.printed = lambda: b"".join(printed).decode()
    yield made
    made.close()


def test_a_shell_keeps_variables_directory_and_functions_between_commands(shell):
    for command in ("A='1 2'", "mkdir d; cd d", "say() { echo said $1; }"):
        assert shell.run(command) == 0
    assert shell.run('say "$A $GIVEN in $(basename "$PWD")"') == 0
    assert shell.printed() == "said 1 2 by the order in d\n"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("true", 0),
        ("false", 1),
        ("exit 7", 7),
        ("set -e\nfalse\ntrue", 1),
        ("kill -9 $$", 137),
        ("no-such-command", 127),
    ],
)
def test_a_command_has_its_exit_status_also_when_it_ends_the_shell(shell, command, status):
    assert shell.run(command) == status
    assert shell.run("true") == 0


def test_what_is_exported_and_the_directory_outlive_the_shell(shell):
    shell.run("export KEPT='it is'; mkdir d; cd d")
    assert shell.run("exit 1") == 1
    shell.run('echo "$KEPT in $(basename "$PWD")"')
    shell.forget()
    shell.run('echo "${KEPT-gone} $(basename "$PWD")"')
    assert shell.printed() == "it is in d\ngone src\n"


def test_a_command_knows_how_the_build_goes_and_reads_nothing(shell):
    shell.run("cat; echo $CODEBUILD_BUILD_SUCCEEDING $CODEBUILD_LAST_EXIT", succeeding=False, last=3)
    assert shell.printed() == "0 3\n"


def test_a_program_left_in_the_background_holds_nobody_up(shell):
    assert shell.run("sleep 300 & echo $! > pid") == 0
    assert shell.run("kill $(cat pid) && echo ended") == 0
    assert shell.printed() == "ended\n"


def test_the_values_of_variables_are_those_of_the_shell(shell):
    shell.run("A='two\nlines'; export B='$B'")
    assert shell.values(["A", "B", "C"]) == {"A": "two\nlines", "B": "$B", "C": ""}
    assert shell.values([]) == {}


# --- log


def said(*chunks: bytes, secrets: tuple[str, ...] = ()) -> list[str]:
    lines: list[str] = []
    log = Log(lines.extend, Masker(secrets), now=lambda: 1.5)
    for chunk in chunks:
        log.output(chunk)
    log.end_of_output()
    return lines


def test_output_is_cut_into_lines_wherever_it_is_cut_into_pieces():
    assert said(b"one\ntw", b"o\r\n\nthree") == ["one", "two", "", "three"]
    assert said("grün\n".encode()[:3], "grün\n".encode()[3:]) == ["grün"]


def test_secrets_are_masked_wherever_they_stand():
    assert said(b"a hunter22 b\nhunt", b"er22\n", secrets=("hunter22",)) == ["a *** b", "***"]
    assert said(b"begin\nkey line\nend of key\n", secrets=("key line\nend of key",)) == ["begin", "***"]
    assert said(b"only end of key\n", secrets=("key line\nend of key",)) == ["only ***"]
    assert said(b"hunter22x\n", secrets=("hunter22", "hunter22x")) == ["***"]
    assert said(b"1 is too short to mask\n", secrets=("1",)) == ["1 is too short to mask"]


def test_a_line_without_end_is_cut_and_no_secret_with_it():
    lines = said(b"x" * (LONGEST_LINE - 4) + b"hunt", b"er22" + b"y" * 100, secrets=("hunter22",))
    assert "".join(lines) == "x" * (LONGEST_LINE - 4) + "***" + "y" * 100
    assert all(len(line) <= LONGEST_LINE + 100 for line in lines)


def test_the_runners_own_lines_are_stamped_and_masked():
    lines: list[str] = []
    log = Log(lines.extend, Masker(["hunter22"]), now=lambda: 1.25)
    log.say("Running command echo hunter22")
    log.output(b"printed")
    log.say("Phase complete")
    stamp = "[Container] 1970/01/01 00:00:01.250000"
    assert lines == [f"{stamp} Running command echo ***", "printed", "", f"{stamp} Phase complete"]


# --- patterns and outputs


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*", [".env", "a.txt", "b/.hidden/d.txt", "b/c.py", "b/d/e.py"]),
        ("*", [".env", "a.txt"]),
        ("b/*", ["b/c.py"]),
        ("b/**/*", ["b/.hidden/d.txt", "b/c.py", "b/d/e.py"]),
        ("**/*.py", ["b/c.py", "b/d/e.py"]),
        ("./a.txt", ["a.txt"]),
        ("?.t[wx]t", ["a.txt"]),
        ("[!b].txt", ["a.txt"]),
        ("b", []),
        ("a+txt", []),
    ],
)
def test_patterns_match_within_names_and_two_stars_over_directories(tree, pattern, names):
    base = tree("a.txt", ".env", "b/c.py", "b/d/e.py", "b/.hidden/d.txt")
    assert patterns.matching(base, [pattern]) == {pattern: names}


def test_absolute_patterns_and_patterns_of_directories(tree):
    base = tree("one/a", "one-b/b", "two/c")
    assert patterns.matching(Path("/"), [f"{base}/one/*", f"{base}/two/c"]) == {
        f"{base}/one/*": [f"{base}/one/a"],
        f"{base}/two/c": [f"{base}/two/c"],
    }
    assert patterns.directories(base, "one*") == [base / "one", base / "one-b"]
    assert patterns.directories(base, None) == [base]


def artifact_of(base: Path, **spec) -> dict[str, str]:
    """Name in the artifact -> content; a link's is where it leads, with an arrow."""
    archive = base.parent / "artifact.zip"
    count = outputs.artifact(ArtifactSpec(**spec), base, archive, lambda line: None)
    with zipfile.ZipFile(archive) as files:
        assert len(files.infolist()) == count
        links = {one.filename for one in files.infolist() if stat.S_ISLNK(one.external_attr >> 16)}
        return {name: ("-> " if name in links else "") + files.read(name).decode() for name in files.namelist()}


def test_an_artifact_has_the_files_without_the_excluded_ones(tree):
    base = tree("src/dist/a.py", "src/dist/b/c.py", "src/dist/b/c.pyc", "src/e") / "src"
    assert artifact_of(base, files=("**/*",), base_directory="dist", exclude_paths=("**/*.pyc",)) == {
        "a.py": "src/dist/a.py",
        "b/c.py": "src/dist/b/c.py",
    }
    assert set(artifact_of(base, files=("dist/**/*.py", "e"), discard_paths=True)) == {"a.py", "c.py", "e"}


def test_links_are_followed_unless_they_are_to_be_kept(tree):
    base = tree("src/a", "src/lib/b", "src/to-a -> a", "src/to-lib -> lib", "src/lost -> nowhere") / "src"
    assert artifact_of(base, files=("to-*", "lost")) == {"to-a": "src/a", "to-lib/b": "src/lib/b"}
    kept = artifact_of(base, files=("to-*", "lost"), enable_symlinks=True)
    assert kept == {"to-a": "-> a", "to-lib": "-> lib", "lost": "-> nowhere"}


def test_an_artifact_or_report_without_files_is_an_error(tree):
    base = tree("a")
    with pytest.raises(outputs.NothingFound, match="no matching artifact paths found"):
        outputs.artifact(ArtifactSpec(("b",)), base, base / "x.zip", lambda line: None)
    with pytest.raises(outputs.NothingFound, match="report files not found in build"):
        outputs.report(ReportSpec(("*.xml",)), base, lambda line: None)


def test_an_executable_stays_one_on_its_way_through_an_artifact(tree):
    base = tree("src/run.sh", "src/link -> run.sh") / "src"
    (base / "run.sh").chmod(0o755)
    archive = base.parent / "artifact.zip"
    outputs.artifact(ArtifactSpec(("*",), enable_symlinks=True), base, archive, lambda line: None)
    source.fetch({}, archive, base.parent / "next", {})
    assert stat.S_IMODE((base.parent / "next/run.sh").stat().st_mode) == 0o755
    assert os.readlink(base.parent / "next/link") == "run.sh"


def test_a_cache_brings_links_and_modes_back(tree):
    base = tree("src/deps/a", "src/deps/link -> a", "src/other") / "src"
    os.link(base / "deps/a", base / "deps/b")
    (base / "deps/a").chmod(0o750)
    assert outputs.save_cache(["deps/**/*", f"{base}/other"], base, base.parent / "cache", lambda line: None)
    (base / "other").unlink()
    (base.parent / "next").mkdir()
    outputs.restore_cache(base.parent / "cache", base.parent / "next")
    deps = base.parent / "next" / "deps"
    assert (deps / "b").read_text() == "src/deps/a" and os.readlink(deps / "link") == "a"
    assert stat.S_IMODE((deps / "a").stat().st_mode) == 0o750
    assert (base / "other").read_text() == "src/other"
    assert not outputs.save_cache(["none/*"], base, base.parent / "empty", lambda line: None)


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out"])
def test_a_source_archive_cannot_write_outside(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(source.SourceError, match="which leads out of it"):
        source.fetch({}, tmp_path / "a.zip", tmp_path / "src", {})


def test_what_is_no_archive_is_said_to_be_none(tmp_path):
    (tmp_path / "a.zip").write_text("no zip")
    with pytest.raises(source.SourceError, match="cannot be unpacked"):
        source.fetch({}, tmp_path / "a.zip", tmp_path / "src", {})


# --- runtimes and wire


@pytest.mark.parametrize(
    ("wanted", "version"), [("3.12", "3.12"), ("3.x", "3.12"), ("latest", "3.12"), ("3", "3.12"), ("3.9", "3.9")]
)
def test_a_runtime_is_chosen_among_those_that_there_are(wanted, version):
    assert runtimes.select({"python": wanted}, lambda runtime: ["3.9", "3.12"]) == {"python": version}


@pytest.mark.parametrize(
    ("runtime", "wanted", "message"),
    [
        (
            "python",
            "3.1",
            "Unknown runtime version named '3.1' of python. This build image has the following versions: 3.9",
        ),
        ("cobol", "85", "Unknown runtime named 'cobol'. This build image has the following runtimes: android, docker"),
        ("ruby", "3.3", "Unknown runtime version named '3.3' of ruby. This build image does not have it."),
    ],
)
def test_other_runtimes_are_refused_in_codebuilds_words(runtime, wanted, message):
    with pytest.raises(BuildspecError) as refused:
        runtimes.select({runtime: wanted}, lambda runtime: ["3.9"] if runtime == "python" else [])
    assert message in str(refused.value)


def test_messages_cross_the_wire_with_their_bytes_and_a_broken_one_is_noticed(tmp_path):
    (tmp_path / "file").write_bytes(b"of a file")
    sent = io.BytesIO()
    wire = Wire(io.BytesIO(), sent)
    wire.send({"log": ["a\nb"]})
    wire.send({"blob": "x"}, b"\n{}\n")
    wire.send({"blob": "y"}, tmp_path / "file")
    received = Wire(io.BytesIO(sent.getvalue()[:-1]), io.BytesIO())
    assert received.receive() == {"log": ["a\nb"]}
    assert received.payload(received.receive()) == b"\n{}\n"
    last = received.receive()
    with pytest.raises(Broken):
        received.payload(last)
