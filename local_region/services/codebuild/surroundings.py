# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeBuild needs of the rest of the region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from local_region.services.codepipeline.surroundings import Objects


class Folders(Objects, Protocol):
    """S3, with folders."""

    def under(self, account: str, bucket: str, prefix: str) -> dict[str, bytes]:
        """Objects of a bucket whose keys begin with the prefix, by what follows it."""


class Logs(Protocol):
    """CloudWatch Logs."""

    def create(self, account: str, region: str, group: str, stream: str) -> None:
        """Makes a log stream, and the group where there is none."""

    def put(self, account: str, region: str, group: str, stream: str, lines: Sequence[str]) -> None:
        """Adds lines, with the time of now."""


class Repositories(Protocol):
    """Git repositories of the region (CodeCommit)."""

    def resolve(self, account: str, region: str, name: str, version: str | None) -> str:
        """The commit of a branch, tag or commit, or of the default branch; raises LookupError with a sentence."""

    def file(self, account: str, region: str, name: str, commit: str, path: str) -> bytes:
        """A file of a commit; raises LookupError with a sentence."""

    def clone_url(self, account: str, region: str, name: str) -> str:
        """Where a host of the region clones it from."""


# resolve(account, region, kind, name): a parameter's or a secret's value; see builder.Resolve.
ResolveIn = Callable[[str, str, str, str], str]


@dataclass(frozen=True)
class Surroundings:
    """S3, logs, parameters and secrets, repositories (None: the region has none), and `emit(account, region, entry)` to
    the default event bus (an entry of PutEvents)."""

    objects: Folders
    logs: Logs
    resolve: ResolveIn
    emit: Callable[[str, str, dict[str, Any]], None]
    repositories: Repositories | None = None
