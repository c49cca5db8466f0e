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


class GitRepository(Protocol):
    """A Git repository that the region can reach. Every method raises LookupError, with a sentence."""

    def resolve(self, version: str | None) -> str:
        """The commit of a branch, tag or commit, or of the default branch."""

    def clone_url(self) -> str:
        """Where a host of the region clones it from."""

    def file(self, commit: str, path: str) -> bytes:
        """A file of a commit."""

    def message(self, commit: str) -> str:
        """A commit's message."""


# resolve(account, region, kind, name): a parameter's or a secret's value; see builder.Resolve.
ResolveIn = Callable[[str, str, str, str], str]


@dataclass(frozen=True)
class Surroundings:
    """S3, logs, parameters and secrets, and `emit(account, region, entry)` to the default event bus (an entry of
    PutEvents). Repositories are `codecommit(account, region, name)` and `connected(connection's ARN, "owner/name")`,
    None where the region has none."""

    objects: Folders
    logs: Logs
    resolve: ResolveIn
    emit: Callable[[str, str, dict[str, Any]], None]
    codecommit: Callable[[str, str, str], GitRepository] | None = None
    connected: Callable[[str, str], GitRepository] | None = None
