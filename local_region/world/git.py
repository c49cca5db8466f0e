# SPDX-License-Identifier: GPL-3.0-or-later
"""git on this machine, run so that neither the user's nor the machine's configuration has a say."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

# What a file of configuration would set, for every git command of the region. A repository may belong to somebody else
# than the region's user (a folder that stands in for GitHub); nothing of the region ever runs hooks of such a one.
_CONFIGURATION = {
    "safe.directory": "*",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "receive.autogc": "false",
    "http.receivepack": "true",
    "http.getanyfile": "false",
    "uploadpack.allowAnySHA1InWant": "true",
}

BRANCHES, TAGS = "refs/heads/", "refs/tags/"


class GitFailed(Exception):
    """A git command failed. The message is what git said, `code` its exit status."""

    def __init__(self, said: str, code: int):
        super().__init__(said or f"git ended with {code}")
        self.code = code


class GitMissing(Exception):
    """There is no git on this machine. The message is one sentence and the remedy."""

    def __init__(self):
        super().__init__("The local region needs the command git for this, which is not installed: install git.")


def git_command() -> str:
    """Where git is. Raises GitMissing."""
    found = shutil.which("git")
    if found is None:
        raise GitMissing
    return found


def git_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a git process: nothing comes from the region's own but the search path."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_CONFIG_COUNT": str(len(_CONFIGURATION)),
    }
    for number, (key, value) in enumerate(_CONFIGURATION.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment | dict(more or {})


class Repository:
    """A repository on this machine; `path` is its git directory (of a bare one, itself)."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def create(cls, path: Path, branch: str = "main") -> Repository:
        """Makes an empty bare repository, without hooks, of which `branch` will be the default. Raises GitMissing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [git_command(), "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(path)]
        _run(command, b"", git_environment())
        return cls(path)

    def run(self, *arguments: str, input: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """What a git command prints. Raises GitFailed."""
        command = [git_command(), f"--git-dir={self.path}", *arguments]
        return _run(command, input, git_environment(environment))

    def references(self) -> dict[str, str]:
        """The object of every branch and tag, by full name (refs/heads/main), sorted by name."""
        lines = self.run("for-each-ref", "--format=%(objectname) %(refname)", BRANCHES, TAGS).decode().splitlines()
        return {name: found for found, _, name in (line.partition(" ") for line in lines)}

    def branches(self) -> dict[str, str]:
        """The newest commit of each branch, by the branch's short name."""
        lines = self.run("for-each-ref", "--format=%(objectname) %(refname)", BRANCHES).decode().splitlines()
        return {name.removeprefix(BRANCHES): found for found, _, name in (line.partition(" ") for line in lines)}

    def branch(self, name: str) -> str | None:
        """The newest commit of a branch; None when there is no such branch."""
        return self.resolve(f"{BRANCHES}{name}")

    def resolve(self, specifier: str, kind: str = "commit") -> str | None:
        """The id of the commit (or tree, blob) that a name or id stands for; None when nothing of the kind does."""
        try:
            found = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{specifier}^{{{kind}}}")
        except GitFailed:
            return None
        return found.decode().strip()

    def set_reference(self, name: str, new: str, old: str | None = None) -> None:
        """Moves a reference, or makes it. Raises GitFailed when it is not at `old` any more ("0" * 40: not there)."""
        self.run("update-ref", name, new, *([old] if old else []))

    def delete_reference(self, name: str) -> None:
        self.run("update-ref", "-d", name)

    def set_default_branch(self, name: str) -> None:
        """What a clone checks out."""
        self.run("symbolic-ref", "HEAD", f"{BRANCHES}{name}")


def _run(command: list[str], data: bytes, environment: dict[str, str]) -> bytes:
    done = subprocess.run(command, input=data, env=environment, capture_output=True, cwd="/", check=False)
    if done.returncode != 0:
        raise GitFailed(done.stderr.decode(errors="replace").strip(), done.returncode)
    return done.stdout
