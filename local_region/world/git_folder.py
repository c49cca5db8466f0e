# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of Git repositories on this machine that stands in for a provider such as GitHub.

The repository `owner/name` is the folder's `owner/name.git` or `owner/name`: bare, or with a working copy. They are
only read; who pushes does so with git and the path.
"""

from __future__ import annotations

from pathlib import Path

from local_region.world.git import Repository


def find_repository(folder: Path, full_id: str) -> Repository | None:
    """A repository of the folder by its full id (`owner/name`, or longer); None when there is none."""
    parts = full_id.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts):
        return None
    for name in (f"{parts[-1]}.git", parts[-1]):
        path = folder.joinpath(*parts[:-1], name)
        for directory in (path, path / ".git"):
            if _is_git(directory):
                return Repository(directory)
    return None


def repository_ids(folder: Path) -> list[str]:
    """The `owner/name` of every repository of the folder, sorted."""
    found = set()
    for owner in filter(Path.is_dir, folder.iterdir()):
        for path in filter(Path.is_dir, owner.iterdir()):
            if _is_git(path) or _is_git(path / ".git"):
                found.add(f"{owner.name}/{path.name.removesuffix('.git')}")
    return sorted(found)


def _is_git(directory: Path) -> bool:
    return (directory / "HEAD").is_file() and (directory / "objects").is_dir()
