# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a repository: commits, folders, files, and the zip of a commit's files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from local_region.world.git import GitFailed, Repository

FILE, EXECUTABLE, SYMLINK, FOLDER, SUBMODULE = "100644", "100755", "120000", "040000", "160000"

_PERSON = re.compile(r"(?P<name>.*?) ?<(?P<email>[^>]*)> (?P<seconds>-?\d+) (?P<zone>[+-]\d{4})")


@dataclass(frozen=True)
class Person:
    """Who wrote or committed. `date` is git's own way to write it: seconds since 1970, and the time zone."""

    name: str
    email: str
    date: str

    @property
    def when(self) -> datetime:
        seconds, zone = self.date.split()
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
        return datetime.fromtimestamp(int(seconds), timezone(offset))

    @property
    def timestamp(self) -> str:
        """`2024-02-29T10:11:12Z`"""
        return self.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Commit:
    """A commit. `message` is whole, with its last newline."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str
    extra: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry of a folder. `mode` is git's (100644, 100755, 120000, 040000, 160000), `path` from the root."""

    mode: str
    id: str
    path: str


@dataclass(frozen=True)
class Change:
    """A file that differs between two commits. `kind` is A, M or D; before or after is None where it is not there."""

    kind: str
    before: Entry | None
    after: Entry | None


def read_commit(repository: Repository, commit_id: str) -> Commit:
    """A commit by its id. Raises GitFailed."""
    text = repository.run("cat-file", "commit", commit_id).decode(errors="replace")
    head, _, message = text.partition("\n\n")
    fields: dict[str, list[str]] = {}
    # A line that begins with a space goes on with the one before (signatures).
    for line in re.sub(r"\n ", "\0", head).split("\n"):
        name, _, value = line.partition(" ")
        fields.setdefault(name, []).append(value.replace("\0", "\n"))
    known = ("tree", "parent", "author", "committer")
    extra = "\n".join(f"{name} {value}" for name, values in fields.items() if name not in known for value in values)
    author, committer = _person(fields["author"][0]), _person(fields["committer"][0])
    return Commit(commit_id, fields["tree"][0], tuple(fields.get("parent", ())), author, committer, message, extra)


def entries(repository: Repository, tree: str, path: str = "", recursive: bool = False) -> list[Entry]:
    """What a folder of a commit or tree holds; all files below it with `recursive`. Raises GitFailed."""
    options = ["-r"] if recursive else []
    spelled = f"{tree}:{path}" if path else tree
    lines = repository.run("ls-tree", "-z", *options, "--end-of-options", spelled).split(b"\0")
    prefix = f"{path}/" if path else ""
    found = []
    for line in filter(None, lines):
        meta, _, name = line.partition(b"\t")
        mode, _, object_id = meta.decode().split()
        found.append(Entry(mode, object_id, prefix + name.decode(errors="surrogateescape")))
    return found


def entry(repository: Repository, commit_id: str, path: str) -> Entry | None:
    """The file or folder at a path of a commit; None when there is none."""
    given = path.strip("/")
    if not given:
        tree = repository.resolve(commit_id, "tree")
        return Entry(FOLDER, tree, "") if tree else None
    folder, _, _ = given.rpartition("/")
    try:
        found = entries(repository, commit_id, folder)
    except GitFailed:
        return None
    return next((one for one in found if one.path == given), None)


def read_blob(repository: Repository, blob_id: str) -> bytes:
    """A file's content. Raises GitFailed."""
    return repository.run("cat-file", "blob", blob_id)


def changes(repository: Repository, before: str | None, after: str) -> list[Change]:
    """The files that differ between two commits, by path; from nothing where `before` is None."""
    ends = [before or repository.run("hash-object", "-t", "tree", "/dev/null").decode().strip(), after]
    raw = repository.run("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", *ends).split(b"\0")
    found = []
    for meta, path in zip(raw[0::2], raw[1::2], strict=False):
        old_mode, new_mode, old_id, new_id, kind = meta.decode().lstrip(":").split()
        name = path.decode(errors="surrogateescape")
        old = Entry(old_mode, old_id, name) if kind != "A" else None
        new = Entry(new_mode, new_id, name) if kind != "D" else None
        found.append(Change(kind if kind in "AD" else "M", old, new))
    return found


def archive(repository: Repository, commit_id: str) -> bytes:
    """The zip of a commit's files, without git's own data and without submodules' files.

    Not `git archive`: a `.gitattributes` of the commit would leave files out of it, or change them.
    """
    commit = read_commit(repository, commit_id)
    made = commit.committer.when.astimezone(UTC)
    # A zip knows no time before 1980.
    stamp = max((made.year, made.month, made.day, made.hour, made.minute, made.second), (1980, 1, 1, 0, 0, 0))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for one, data in _contents(repository, commit_id):
            # Names in a zip are text; those in git need not be.
            name = one.path.encode(errors="surrogateescape").decode(errors="replace")
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = int(one.mode, 8) << 16
            packed.writestr(info, data)
    return buffer.getvalue()


def _contents(repository: Repository, commit_id: str) -> Iterator[tuple[Entry, bytes]]:
    """Every file of a commit with its content, asked for in one go."""
    files = [one for one in entries(repository, commit_id, recursive=True) if one.mode != SUBMODULE]
    asked = "".join(f"{one.id}\n" for one in files).encode()
    answer = io.BytesIO(repository.run("cat-file", "--batch", input=asked))
    for one in files:
        _, _, size = answer.readline().split()
        yield one, answer.read(int(size))
        answer.read(1)  # the newline after each


def _person(text: str) -> Person:
    found = _PERSON.fullmatch(text)
    if found is None:  # a damaged commit; git itself shows it with the epoch
        return Person(text, "", "0 +0000")
    return Person(found["name"], found["email"], f"{found['seconds']} {found['zone']}")


def history(repository: Repository, commit_id: str, path: str) -> list[str]:
    """The commits that have changed a file, the newest first."""
    return repository.run("rev-list", commit_id, "--", path).decode().split()
