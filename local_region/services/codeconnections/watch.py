# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices pushes to the repositories of connections: they are looked at about once a second.

On AWS the provider calls a webhook for each push. Here two pushes to one branch between two looks are one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

from local_region.engine.pipeline_triggers import Push
from local_region.services.codeconnections.directory import Directory
from local_region.services.codeconnections.records import AVAILABLE
from local_region.world.git import BRANCHES, TAGS, GitFailed, GitMissing, Repository
from local_region.world.git_folder import find_repository
from local_region.world.git_objects import changes

log = logging.getLogger("local_region.codeconnections")

# Real seconds between two looks.
LOOK = 1.0

# A connection's ARN and a repository's full id.
Watched = tuple[str, str]


class Watch:
    """`wanted()` says what somebody wants to be told of, `pushed(push)` tells. The thread starts with the first
    repository that is added."""

    def __init__(self, directory: Directory, wanted: Callable[[], set[Watched]], pushed: Callable[[Push], object]):
        self._directory, self._wanted, self._pushed = directory, wanted, pushed
        # What each repository had when it was last looked at; None as long as its connection leads nowhere.
        self._seen: dict[Watched, dict[str, str] | None] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        directory.completed.append(self._begin)

    def add(self, connection: str, repository: str) -> None:
        """From now on pushes to the repository are noticed; those before are not."""
        watched = (connection, repository)
        with self._lock:
            if watched not in self._seen:
                self._seen[watched] = self._references(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="connections", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread:
            self._thread.join()

    def look(self) -> None:
        """Tells of what has been pushed since the last look."""
        with self._lock:
            known = set(self._seen)
        # Asked for outside the lock, as who is asked may be adding; what is added meanwhile is not in `known`.
        wanted = self._wanted()
        for watched in known - wanted:
            with self._lock:
                self._seen.pop(watched, None)
        for watched in sorted(known & wanted):
            now = self._references(watched)
            if now is None:
                continue
            with self._lock:
                before, self._seen[watched] = self._seen.get(watched), now
            for push in self._pushes(watched, now if before is None else before, now):
                self._pushed(push)

    def _begin(self, connection: str) -> None:
        """The connection is complete. What its repositories have now is no push, what comes right after is one."""
        with self._lock:
            for watched in [one for one, seen in self._seen.items() if seen is None and one[0] == connection]:
                self._seen[watched] = self._references(watched)

    def _loop(self) -> None:
        while not self._closing.wait(LOOK):
            try:
                self.look()
            except Exception:
                log.exception("connected repositories were not looked at; this is a fault of the local region")

    def _references(self, watched: Watched) -> dict[str, str] | None:
        connection = self._directory.find(watched[0])
        if connection is None or connection.status != AVAILABLE:
            return None
        repository = find_repository(connection.folder, watched[1])
        try:
            return repository.references() if repository else {}
        except (GitFailed, GitMissing) as error:
            log.warning("%s of %s cannot be read: %s", watched[1], watched[0], error)
            return None

    def _pushes(self, watched: Watched, before: dict[str, str], now: dict[str, str]) -> Iterator[Push]:
        for name, new in sorted(now.items()):
            if before.get(name) == new:
                continue
            repository = self._directory.use(*watched)
            commit = repository.resolve(new)
            if commit is None:  # a tag of something that is no commit
                continue
            is_tag, short = name.startswith(TAGS), name.removeprefix(TAGS).removeprefix(BRANCHES)
            files = () if is_tag else changed_files(repository, before.get(name), commit)
            yield Push(*watched, short, commit, is_tag, files)


def changed_files(repository: Repository, before: str | None, commit: str) -> tuple[str, ...]:
    """The paths that a push of a branch has changed; of a new branch, since it left the default branch."""
    if before is None:
        try:
            before = repository.run("merge-base", "HEAD", commit).decode().strip()
        except GitFailed:  # they have nothing in common, or there is no default branch
            before = None
        if before == commit and repository.resolve("HEAD") == commit:  # it is the default branch
            before = None
    return tuple((one.after or one.before).path for one in changes(repository, before, commit))
