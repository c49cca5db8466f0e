# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeCommit remembers: one `Store` per account and region. Commits and references are in git."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_region.services.codecommit import errors
from local_region.world.git import Repository

Info = dict[str, Any]


@dataclass(eq=False)
class CommentRecord:
    """A comment. `place` has the members that say on what: pullRequestId, commits, location."""

    id: str
    content: str
    author: str
    created: datetime
    modified: datetime
    place: Info
    in_reply_to: str | None = None
    deleted: bool = False


@dataclass(eq=False)
class PullRequest:
    """A pull request. `source` and `destination` are full references (refs/heads/...), the commits what they had when
    it was made, the source moved, or it was merged. `revision` changes with the source's commit. `events` are
    PullRequestEvents, `merge` is MergeMetadata."""

    id: str
    title: str
    description: str | None
    source: str
    destination: str
    source_commit: str
    destination_commit: str
    base: str | None
    author: str
    created: datetime
    active: datetime
    revision: str
    token: str | None = None
    status: str = "OPEN"
    merge: Info = field(default_factory=lambda: {"isMerged": False})
    events: list[Info] = field(default_factory=list)
    comments: dict[str, CommentRecord] = field(default_factory=dict)


@dataclass(eq=False)
class RepositoryRecord:
    """A repository. `lock` is held while its references change; `address` is its part of the clone address.

    `default_branch` is None until the first branch is there. `triggers` are RepositoryTriggers. `pull_requests` are
    by id; with their comments they are guarded by `lock`.
    """

    id: str
    name: str
    account: str
    region: str
    address: str
    git: Repository
    created: datetime
    modified: datetime
    description: str | None = None
    key: str | None = None
    default_branch: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    triggers: list[Info] = field(default_factory=list)
    triggers_id: str = ""
    pull_requests: dict[str, PullRequest] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def arn(self) -> str:
        return f"arn:aws:codecommit:{self.region}:{self.account}:{self.name}"


@dataclass
class Store:
    """All of one account in one region."""

    account: str
    region: str
    repositories: dict[str, RepositoryRecord] = field(default_factory=dict)
    pull_requests_made: int = 0

    def repository(self, name: str) -> RepositoryRecord:
        if name not in self.repositories:
            raise errors.no_repository(name)
        return self.repositories[name]
