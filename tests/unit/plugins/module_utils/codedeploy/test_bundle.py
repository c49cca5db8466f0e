# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal content gives an equal bundle; what cannot be a part of a revision is refused."""

import hashlib
import io
import os
import socket
import subprocess
import tarfile
import zipfile

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import archive, bundle
from hypothesis import given, settings
from hypothesis import strategies as st


def make(root, files):
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


@pytest.fixture
def tree(tmp_path):
    root = make(tmp_path / "shop", {"appspec.yml": "version: 0.0", "app/main.py": "print()", "bin/run": "#!/bin/sh"})
    (root / "bin/run").chmod(0o700)
    (root / "app/empty").mkdir()
    (root / "app/latest").symlink_to("main.py")
    return root


def archive_bytes(root, bundle_type):
    output = io.BytesIO()
    bundle.write_bundle(bundle.scan_directory(root), bundle_type, output)
    return output.getvalue()


@pytest.mark.parametrize("bundle_type", bundle.BUNDLE_TYPES)
def test_the_same_content_gives_the_same_bytes_whoever_made_it_and_when(tree, tmp_path, bundle_type):
    other = tmp_path / "elsewhere"
    subprocess.run(["cp", "-r", tree, other], check=True)
    (other / "app/main.py").chmod(0o600)
    os.utime(other / "app/main.py", (1, 1))
    assert archive_bytes(tree, bundle_type) == archive_bytes(other, bundle_type)
    assert bundle.content_digest(bundle.scan_directory(tree)) == bundle.content_digest(bundle.scan_directory(other))


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "app/main.py").write_text("print(1)"),
        lambda root: (root / "app/main.py").rename(root / "app/shop.py"),
        lambda root: (root / "bin/run").chmod(0o600),
        lambda root: (root / "app/empty").rmdir(),
        lambda root: ((root / "app/latest").unlink(), (root / "app/latest").symlink_to("../bin/run")),
    ],
    ids=["content", "name", "executable bit", "empty directory", "link target"],
)
def test_a_change_that_matters_changes_the_digest(tree, change):
    before = bundle.content_digest(bundle.scan_directory(tree))
    change(tree)
    assert bundle.content_digest(bundle.scan_directory(tree)) != before


def test_a_changed_file_of_the_same_length_gets_another_time(tree):
    def time_of_main():
        with tarfile.open(fileobj=io.BytesIO(archive_bytes(tree, "tar"))) as opened:
            return opened.getmember("app/main.py").mtime

    before = time_of_main()
    (tree / "app/main.py").write_text("PRINT()")
    assert time_of_main() != before


def test_a_zip_unpacks_to_the_tree_with_its_modes_and_links(tree):
    with zipfile.ZipFile(io.BytesIO(archive_bytes(tree, "zip"))) as opened:
        modes = {member.filename: member.external_attr >> 16 for member in opened.infolist()}
        assert opened.read("app/latest") == b"main.py"
    assert {name: oct(mode) for name, mode in modes.items()} == {
        "app/": "0o40755",
        "app/empty/": "0o40755",
        "app/latest": "0o120777",
        "app/main.py": "0o100644",
        "appspec.yml": "0o100644",
        "bin/": "0o40755",
        "bin/run": "0o100755",
    }


@pytest.mark.parametrize("bundle_type", ["tgz", "tar"])
def test_a_tar_unpacks_with_the_ordinary_tar_command(tree, tmp_path, bundle_type):
    (tmp_path / "out").mkdir()
    (tmp_path / "bundle").write_bytes(archive_bytes(tree, bundle_type))
    subprocess.run(["tar", "-xf", tmp_path / "bundle", "-C", tmp_path / "out"], check=True)
    assert (tmp_path / "out/app/main.py").read_text() == "print()"
    assert os.access(tmp_path / "out/bin/run", os.X_OK)
    assert os.readlink(tmp_path / "out/app/latest") == "main.py"


@pytest.mark.parametrize("bundle_type", bundle.BUNDLE_TYPES)
def test_an_archive_is_read_back_as_the_entries_it_was_made_of(tree, tmp_path, bundle_type):
    path = tmp_path / "bundle"
    path.write_bytes(archive_bytes(tree, bundle_type))
    assert archive.bundle_type_of(str(path)) == bundle_type

    def facts(entries):
        return [(e.path, e.kind, e.size, e.executable, e.target) for e in entries]

    assert facts(archive.scan_archive(str(path), bundle_type)) == facts(bundle.scan_directory(tree))


@pytest.mark.parametrize(
    "pattern, left",
    [
        ("*.py", {"appspec.yml", "app/notes.txt", "docs/a/b.txt"}),
        ("docs", {"appspec.yml", "app/main.py", "app/notes.txt"}),
        ("/docs/", {"appspec.yml", "app/main.py", "app/notes.txt"}),
        ("app/*.txt", {"appspec.yml", "app/main.py", "docs/a/b.txt"}),
        ("b.txt", {"appspec.yml", "app/main.py", "app/notes.txt"}),
        ("nothing", {"appspec.yml", "app/main.py", "app/notes.txt", "docs/a/b.txt"}),
    ],
)
def test_excluded_paths_are_left_out(tmp_path, pattern, left):
    make(tmp_path, {"appspec.yml": "", "app/main.py": "", "app/notes.txt": "", "docs/a/b.txt": ""})
    entries = bundle.scan_directory(tmp_path, [pattern])
    assert {entry.path for entry in entries if entry.kind == "file"} == left


def test_version_control_and_compiled_files_are_left_out_by_default(tmp_path):
    make(tmp_path, {"appspec.yml": "", ".git/HEAD": "", "app/__pycache__/main.pyc": "", "app/main.py": ""})
    assert [e.path for e in bundle.scan_directory(tmp_path)] == ["app", "app/main.py", "appspec.yml"]


@pytest.mark.parametrize(
    "target, part",
    [("/etc/passwd", "is outside the bundle"), ("../../etc", "leaves the bundle"), ("../..", "leaves the bundle")],
)
def test_links_that_leave_the_bundle_are_refused(tree, target, part):
    (tree / "app/escape").symlink_to(target)
    with pytest.raises(bundle.BundleError, match=part) as refused:
        bundle.scan_directory(tree)
    assert str(refused.value).startswith(f"app/escape: is a link to {target}")


def test_a_socket_is_refused(tree, monkeypatch):
    monkeypatch.chdir(tree)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("app.sock")
        with pytest.raises(bundle.BundleError, match="app.sock: is neither a file, a directory nor a link"):
            bundle.scan_directory(tree)


def test_an_empty_directory_is_refused(tmp_path):
    with pytest.raises(bundle.BundleError, match="there is no file to bundle"):
        bundle.scan_directory(tmp_path)


def tar_with(path, *members):
    with tarfile.open(path, "w:gz") as opened:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            opened.addfile(member)
    return str(path)


@pytest.mark.parametrize(
    "member, part",
    [
        (("/etc/cron.d/evil", tarfile.REGTYPE, ""), "has an absolute path"),
        (("../evil", tarfile.REGTYPE, ""), "climbs out of the bundle"),
        (("a/../../evil", tarfile.REGTYPE, ""), "climbs out of the bundle"),
        (("a/b", tarfile.SYMTYPE, "../../evil"), "leaves the bundle"),
        (("a/b", tarfile.LNKTYPE, "/etc/passwd"), "has an absolute path"),
        (("a/b", tarfile.CHRTYPE, ""), "is a device or pipe"),
    ],
)
def test_archive_entries_that_leave_the_bundle_are_refused(tmp_path, member, part):
    path = tar_with(tmp_path / "evil.tgz", ("appspec.yml", tarfile.REGTYPE, ""), member)
    with pytest.raises(bundle.BundleError, match=part):
        archive.scan_archive(path, "tgz")


@pytest.mark.parametrize("name", ["/evil", "../evil", "..\\evil", "c:\\evil"])
def test_zip_entries_that_leave_the_bundle_are_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as opened:
        opened.writestr(name, "x")
    with pytest.raises(bundle.BundleError, match="absolute path|climbs out"):
        archive.scan_archive(str(tmp_path / "evil.zip"), "zip")


def test_an_entry_that_is_twice_in_an_archive_is_refused(tmp_path):
    path = tar_with(tmp_path / "twice.tgz", ("x", tarfile.REGTYPE, ""), ("./x", tarfile.REGTYPE, ""))
    with pytest.raises(bundle.BundleError, match="holds x twice"):
        archive.scan_archive(path, "tgz")


def test_a_broken_archive_is_refused_in_words(tmp_path):
    (tmp_path / "broken.tgz").write_bytes(b"\x1f\x8b\x08" + b"nonsense" * 20)
    with pytest.raises(bundle.BundleError, match="cannot be read as a tgz archive"):
        archive.scan_archive(str(tmp_path / "broken.tgz"), "tgz")


def test_a_single_top_directory_with_an_appspec_is_stripped_as_the_agent_does(tmp_path):
    path = tar_with(tmp_path / "b.tgz", ("shop-1/appspec.yml", tarfile.REGTYPE, ""), ("shop-1/x", tarfile.REGTYPE, ""))
    assert [entry.path for entry in archive.scan_archive(path, "tgz")] == ["appspec.yml", "x"]


def test_a_file_that_is_no_archive_has_no_bundle_type(tmp_path):
    (tmp_path / "notes.txt").write_text("hello, this is text")
    assert archive.bundle_type_of(str(tmp_path / "notes.txt")) is None


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.text("abcé ", min_size=1).filter(lambda s: s.strip(".")), st.binary(max_size=40), min_size=1, max_size=5
    )
)
def test_any_tree_survives_the_trip_through_each_archive_type(tmp_path_factory, files):
    root = tmp_path_factory.mktemp("tree")
    for name, content in files.items():
        (root / name).write_bytes(content)
    for bundle_type in bundle.BUNDLE_TYPES:
        data = archive_bytes(root, bundle_type)
        if bundle_type == "zip":
            with zipfile.ZipFile(io.BytesIO(data)) as opened:
                found = {name: opened.read(name) for name in opened.namelist()}
        else:
            with tarfile.open(fileobj=io.BytesIO(data)) as opened:
                found = {member.name: opened.extractfile(member).read() for member in opened}
        assert found == files


def test_a_large_file_is_digested_and_written_in_chunks(tmp_path):
    block = bytes(range(256)) * 4096
    with open(tmp_path / "appspec.yml", "wb") as stream:
        for _ in range(8):
            stream.write(block)

    class Counting(io.RawIOBase):
        largest = 0

        def writable(self):
            return True

        def write(self, data):
            Counting.largest = max(Counting.largest, len(data))
            return len(data)

    entries = bundle.scan_directory(tmp_path)
    assert bundle.file_digest(entries[0]) == hashlib.sha256(block * 8).digest()
    bundle.write_bundle(entries, "tar", Counting())
    assert Counting.largest <= 1 << 20
