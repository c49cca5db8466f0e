# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits that are made without a working copy: files put and removed on top of a parent."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from local_region.world.git import Repository

REMOVED = "0"


@dataclass(frozen=True)
class FileChange:
    """A file as it is to be: its mode (git's; REMOVED takes it away) and the id of its content."""

    path: str
    mode: str
    blob: str = "0" * 40


@dataclass(frozen=True)
class Signature:
    """Who makes a commit, and the seconds since 1970 when."""

    name: str
    email: str
    seconds: int

    def environment(self) -> dict[str, str]:
        return {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", self.name), ("EMAIL", self.email), ("DATE", f"@{self.seconds} +0000"))
        }


def write_blob(repository: Repository, content: bytes) -> str:
    """Stores a content. Returns its id."""
    return repository.run("hash-object", "-w", "--stdin", input=content).decode().strip()


def write_tree(repository: Repository, parent: str | None, changes: Iterable[FileChange]) -> str:
    """The tree of a parent commit with the changes made; of nothing without a parent. Raises GitFailed."""
    with _index() as environment:
        if parent:
            repository.run("read-tree", parent, environment=environment)
        lines = "".join(f"{one.mode} {one.blob}\t{one.path}\0" for one in changes)
        repository.run("update-index", "-z", "--index-info", input=lines.encode(), environment=environment)
        return repository.run("write-tree", environment=environment).decode().strip()


def write_commit(repository: Repository, tree: str, parents: Iterable[str], message: str, signature: Signature) -> str:
    """Makes a commit that no reference leads to yet. Returns its id."""
    options = [word for parent in parents for word in ("-p", parent)]
    done = repository.run(
        "commit-tree", tree, *options, "-F", "-", input=message.encode(), environment=signature.environment()
    )
    return done.decode().strip()


@contextlib.contextmanager
def _index() -> Iterator[dict[str, str]]:
    """An index of its own: the repository's may be somebody else's."""
    with tempfile.TemporaryDirectory() as folder:
        yield {"GIT_INDEX_FILE": str(Path(folder, "index"))}
