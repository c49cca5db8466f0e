# SPDX-License-Identifier: GPL-3.0-or-later
"""Every change of a branch or tag goes through here, be it a push or a call of the API.

While a repository's references change its lock is held; what has changed is seen by comparing them before and after.
So no hook is needed, of two pushes at once each is told of with its own commits, and a push that changes two branches
gives two events. Events are delivered by another thread: they never hold up a push, and never make it fail.

Source: CodeCommit user guide, "Monitoring CodeCommit events in Amazon EventBridge".
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local_region.clock import Clock
from local_region.services.codecommit.records import RepositoryRecord
from local_region.services.outbox import Outbox
from local_region.world.git import BRANCHES, TAGS

log = logging.getLogger("local_region.codecommit")

# A repository's first branch becomes its default; where the first push brings several, one of these if it is there.
USUAL_DEFAULTS = ("main", "master")


@dataclass(frozen=True)
class Move:
    """One reference that has changed. `old` or `new` is None where it is not there. `by` is the ARN of who did it."""

    name: str
    old: str | None
    new: str | None
    by: str

    @property
    def event(self) -> str:
        if self.old is None:
            return "referenceCreated"
        return "referenceDeleted" if self.new is None else "referenceUpdated"

    @property
    def kind(self) -> str:
        return "branch" if self.name.startswith(BRANCHES) else "tag"

    @property
    def short_name(self) -> str:
        return self.name.removeprefix(BRANCHES).removeprefix(TAGS)


Listener = Callable[[RepositoryRecord, list[Move]], None]


class References:
    """`listeners` hear of the moves of each change, with the repository's lock held; they must not take long."""

    def __init__(self, clock: Clock, outbox: Outbox):
        self._clock, self._outbox = clock, outbox
        self.listeners: list[Listener] = []

    @contextlib.contextmanager
    def changing(self, repository: RepositoryRecord, by: str) -> Iterator[None]:
        """Whatever changes references does so in here. They are told of even when it fails halfway."""
        with repository.lock:
            before = repository.git.references()
            try:
                yield
            finally:
                self._changed(repository, before, repository.git.references(), by)

    def _changed(self, repository: RepositoryRecord, before: dict[str, str], after: dict[str, str], by: str) -> None:
        names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if not names:
            return
        moves = [Move(name, before.get(name), after.get(name), by) for name in names]
        repository.modified = self._clock.now()
        if repository.default_branch is None:
            _choose_default_branch(repository, after)
        for move in moves:
            log.info("%s: %s %s", repository.name, move.event, move.name)
            self._outbox.put(repository.account, repository.region, event(repository, move))
        for listener in self.listeners:
            listener(repository, moves)


def _choose_default_branch(repository: RepositoryRecord, references: dict[str, str]) -> None:
    branches = [name.removeprefix(BRANCHES) for name in references if name.startswith(BRANCHES)]
    if branches:
        repository.default_branch = next((name for name in USUAL_DEFAULTS if name in branches), branches[0])
        repository.git.set_default_branch(repository.default_branch)


def event(repository: RepositoryRecord, move: Move) -> dict[str, Any]:
    """The entry of PutEvents that tells of a move."""
    ids = {"commitId": move.new, "oldCommitId": move.old}
    detail = {
        "event": move.event,
        "repositoryName": repository.name,
        "repositoryId": repository.id,
        "referenceType": move.kind,
        "referenceName": move.short_name,
        "referenceFullName": move.name,
        **{name: value for name, value in ids.items() if value},
        "callerUserArn": move.by,
    }
    return {
        "Source": "aws.codecommit",
        "DetailType": "CodeCommit Repository State Change",
        "Resources": [repository.arn],
        "Detail": json.dumps(detail),
    }
