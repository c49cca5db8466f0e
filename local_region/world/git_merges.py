# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging one commit into another without a working copy."""

from __future__ import annotations

from local_region.world.git import GitFailed, Repository

# What git's merge-tree ends with when files conflict.
_CONFLICT = 1


def merge_base(repository: Repository, one: str, other: str) -> str | None:
    """The newest commit that both have; None when they have nothing in common."""
    try:
        return repository.run("merge-base", one, other).decode().strip()
    except GitFailed:
        return None


def merged_tree(repository: Repository, destination: str, source: str) -> str | None:
    """The tree of both commits merged; None when files conflict. Raises GitFailed (git before 2.38 can't)."""
    try:
        return repository.run("merge-tree", "--write-tree", "--no-messages", destination, source).decode().split()[0]
    except GitFailed as failed:
        if failed.code == _CONFLICT:
            return None
        raise
