# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent plans to install, and how it cleans up: on a directory of the test's own."""

from __future__ import annotations

import json
import os

import pytest

from local_region.world.agent.appspec import AppSpec, FileMapping, Permission
from local_region.world.agent.install import InstallError, install, matches, plan
from local_region.world.agent.instructions import clean_up, complete_acl


@pytest.fixture
def archive(tmp_path):
    """A revision with app/run.py, app/static/a.css and a link; scripts/x.sh at its top."""
    top = tmp_path / "deployment-archive"
    (top / "app/static").mkdir(parents=True)
    (top / "app/run.py").write_text("run")
    (top / "app/static/a.css").write_text("css")
    (top / "app/link").symlink_to("run.py")
    (top / "VERSION").write_text("1.0")
    (top / "VERSION").chmod(0o604)
    os.utime(top / "VERSION", (1000, 1000))
    return top


def files(*pairs) -> tuple[FileMapping, ...]:
    return tuple(FileMapping(source, str(destination)) for source, destination in pairs)


def steps_of(archive, mappings, permissions=(), behavior="DISALLOW") -> list[dict]:
    return [step.as_json() for step in plan(archive, AppSpec(mappings, permissions, {}), behavior)]


def test_a_directory_gives_its_contents_and_a_file_keeps_its_name(archive, tmp_path):
    target = tmp_path / "opt/shop"
    steps = steps_of(archive, files(("app", target), ("VERSION", target)))
    assert [step["directory"] for step in steps if step["type"] == "mkdir"] == [
        f"{tmp_path}/opt",
        f"{target}",
        f"{target}/static",
    ]
    assert [step["destination"] for step in steps if step["type"] == "copy"] == [
        f"{target}/link",
        f"{target}/run.py",
        f"{target}/static/a.css",
        f"{target}/VERSION",
    ]


def test_what_is_installed_keeps_mode_time_and_link(archive, tmp_path):
    target = tmp_path / "opt"
    install(archive, AppSpec(files(("app", target), ("VERSION", target)), (), {}), "DISALLOW", tmp_path / "i", "g")
    version = (target / "VERSION").stat()
    assert (version.st_mode & 0o7777, version.st_mtime) == (0o604, 1000)
    assert os.readlink(target / "link") == "run.py"


def test_the_instructions_are_written_down(archive, tmp_path):
    install(archive, AppSpec(files(("VERSION", tmp_path / "o")), (), {}), "DISALLOW", tmp_path / "i", "g")
    assert json.loads((tmp_path / "i/g-install.json").read_text()) == {
        "instructions": [
            {"type": "mkdir", "directory": f"{tmp_path}/o"},
            {"type": "copy", "source": f"{archive}/VERSION", "destination": f"{tmp_path}/o/VERSION"},
        ]
    }
    assert (tmp_path / "i/g-cleanup").read_text() == f"{tmp_path}/o\n{tmp_path}/o/VERSION\n"


def test_the_next_revision_removes_what_only_the_last_one_had(archive, tmp_path):
    target, notes = tmp_path / "opt", tmp_path / "i"
    install(archive, AppSpec(files(("app", target)), (), {}), "DISALLOW", notes, "g")
    (archive / "app/static/a.css").unlink()
    (archive / "app/static").rmdir()
    install(archive, AppSpec(files(("app", target)), (), {}), "DISALLOW", notes, "g")
    assert sorted(path.name for path in target.iterdir()) == ["link", "run.py"]


def test_cleaning_up_leaves_directories_with_somebody_elses_files(archive, tmp_path):
    target = tmp_path / "opt"
    install(archive, AppSpec(files(("app", target)), (), {}), "DISALLOW", tmp_path / "i", "g")
    (target / "uploads").write_text("mine")
    clean_up(tmp_path / "i/g-cleanup")
    assert [path.name for path in target.iterdir()] == ["uploads"]


def test_cleaning_up_ignores_a_line_that_was_not_finished(tmp_path):
    (tmp_path / "kept").touch()
    (tmp_path / "gone").touch()
    (tmp_path / "cleanup").write_text(f"{tmp_path}/gone\n{tmp_path}/kept")
    clean_up(tmp_path / "cleanup")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_disallow_fails_for_a_file_that_exists(archive, tmp_path):
    (tmp_path / "VERSION").write_text("mine")
    with pytest.raises(InstallError, match=f"The file {tmp_path}/VERSION already exists on the host"):
        steps_of(archive, files(("VERSION", tmp_path)))


def test_overwrite_copies_over_it_and_retain_leaves_it(archive, tmp_path):
    (tmp_path / "VERSION").write_text("mine")
    assert [step["type"] for step in steps_of(archive, files(("VERSION", tmp_path)), behavior="OVERWRITE")] == ["copy"]
    assert steps_of(archive, files(("VERSION", tmp_path)), behavior="RETAIN") == []


def test_the_appspecs_behavior_beats_that_of_the_deployment(archive, tmp_path):
    (tmp_path / "VERSION").write_text("mine")
    appspec = AppSpec(files(("VERSION", tmp_path)), (), {}, "RETAIN")
    install(archive, appspec, "OVERWRITE", tmp_path / "i", "g")
    assert (tmp_path / "VERSION").read_text() == "mine"


@pytest.mark.parametrize(
    ("mappings", "reason"),
    [
        ([("VERSION", "o"), ("VERSION", "o")], "Two files go to"),
        ([("VERSION", "o"), ("app", "o/VERSION")], "both a file"),
        ([("app", "o/VERSION"), ("VERSION", "o")], "both a file"),
        ([("no-such-file", "o")], "no-such-file, which is not in the revision"),
    ],
)
def test_files_that_contradict_each_other_are_refused(archive, tmp_path, mappings, reason):
    with pytest.raises(InstallError, match=reason):
        steps_of(archive, files(*((source, tmp_path / place) for source, place in mappings)))


@pytest.mark.parametrize(
    ("pattern", "exclude", "path", "applies"),
    [
        ("**", (), "/opt/shop/a/b/c.py", True),
        ("**", (), "/opt/shop", False),
        ("**", (), "/opt/shop2/a", False),
        ("*", (), "/opt/shop/run.py", True),
        ("*", (), "/opt/shop/a/run.py", False),
        ("*.py", (), "/opt/shop/run.py", True),
        ("*.py", (), "/opt/shop/runXpy", False),
        ("r*.p*", (), "/opt/shop/run.py", True),
        ("[r]un.py", (), "/opt/shop/run.py", False),
        ("run.py", (), "/opt/shop/run.py", True),
        ("**", ("run.py",), "/opt/shop/run.py", False),
        ("**", ("*.py",), "/opt/shop/a/run.py", True),
    ],
)
def test_patterns_reach_directly_into_the_object_and_two_stars_any_depth(pattern, exclude, path, applies):
    assert matches(Permission("/opt/shop/", pattern, exclude), path) is applies


@pytest.mark.parametrize(
    ("types", "changed"),
    [
        (("file",), ["link", "run.py", "static/a.css"]),
        (("directory",), ["static"]),
        (("file", "directory"), ["link", "run.py", "static/a.css", "static"]),
    ],
)
def test_a_permission_changes_what_is_installed_below_its_object_by_type(archive, tmp_path, types, changed):
    permission = Permission(f"{tmp_path}/opt", types=types, mode="0640")
    steps = steps_of(archive, files(("app", tmp_path / "opt")), (permission,))
    assert [step["file"] for step in steps if step["type"] == "chmod"] == [f"{tmp_path}/opt/{name}" for name in changed]


def test_a_permission_leaves_alone_what_was_there_before(archive, tmp_path):
    (tmp_path / "opt/old").mkdir(parents=True)
    permission = Permission(f"{tmp_path}/opt", mode="700")
    steps = steps_of(archive, files(("VERSION", tmp_path / "opt")), (permission,))
    assert [step["file"] for step in steps if step["type"] == "chmod"] == [f"{tmp_path}/opt/VERSION"]


def test_mode_comes_before_acls_and_owner_last(archive, tmp_path):
    permission = Permission(f"{tmp_path}/VERSION", owner="root", group="root", mode="600", acls=("u:1:r",))
    steps = steps_of(archive, files(("VERSION", tmp_path)), (permission,))
    assert [step["type"] for step in steps] == ["copy", "chmod", "setfacl", "chown"]


@pytest.mark.parametrize(
    ("permissions", "reason"),
    [
        (
            [{"object": "opt"}, {"object": "opt", "pattern": "*.py"}],
            "Two entries of the AppSpec's permissions apply to",
        ),
        ([{"object": "opt/run.py", "pattern": "*"}], "has a pattern or except"),
        ([{"object": "opt/run.py", "acls": ("d:u:1:r",)}], "default acls to a file"),
        ([{"object": "opt", "context": {"type": "t"}}], "no SELinux"),
    ],
)
def test_permissions_that_cannot_be_given_are_refused(archive, tmp_path, permissions, reason):
    wanted = tuple(
        Permission(**entry | {"object": f"{tmp_path}/{entry['object']}"}, mode="600") for entry in permissions
    )
    with pytest.raises(InstallError, match=reason):
        steps_of(archive, files(("app", tmp_path / "opt")), wanted)


@pytest.mark.parametrize(
    ("acls", "mode", "complete"),
    [
        (("u:shop:rw",), 0o640, ["u::6", "g::4", "o::0", "m::4", "u:shop:rw"]),
        (("u:shop:rw", "m::rw"), 0o750, ["u::7", "g::5", "o::0", "u:shop:rw", "m::rw"]),
        (("d:u:shop:rw",), 0o755, ["u::7", "g::5", "o::5", "d:u:shop:rw"]),
    ],
)
def test_acls_are_completed_from_the_mode(acls, mode, complete):
    assert complete_acl(acls, mode) == complete
