# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes to the repositories of connections: what a provider would tell a webhook of, the region notices by itself.

Pull requests and releases are not in a Git repository: only a delivery tells of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from local_region.engine import build_webhook
from local_region.engine.pipeline_triggers import Push
from local_region.protocol import ServiceError
from local_region.services.codebuild.git_sources import connection_of, full_id
from local_region.services.codebuild.records import ProjectRecord, Store
from local_region.services.codebuild.webhooks import Webhooks

log = logging.getLogger("local_region.codebuild")

INITIATOR = "GitHub-Hookshot"


class Pushes(Webhooks):
    """Nothing of the API. `watch(connection's ARN, full repository id)` has pushes to a repository noticed."""

    watch: Callable[[str, str], object] | None = None

    def hooked_repositories(self) -> set[tuple[str, str]]:
        """(connection's ARN, full repository id) of all projects with a webhook and a connection."""
        with self.lock:
            found = {(connection, repository) for _, _, connection, repository in self._hooked()}
        if self.watch:
            for connection, repository in found:  # a project's source may have changed since its webhook was made
                self.watch(connection, repository)
        return found

    def push_came(self, push: Push) -> None:
        """Starts a build of every project whose webhook wants the push."""
        with self.lock:
            for store, project, connection, repository in list(self._hooked()):
                if (connection, repository) == (push.connection, push.repository):
                    self._build_push(store, project, push)

    def webhook_made(self, store: Store, project: ProjectRecord) -> None:
        connection = connection_of(store, project.info["source"])
        if connection and self.watch:
            self.watch(connection, full_id(project.info["source"]))

    def _hooked(self) -> Iterator[tuple[Store, ProjectRecord, str, str]]:
        for store in self.stores.values():
            for project in store.projects.values():
                connection = connection_of(store, project.info["source"])
                if project.webhook and connection:
                    yield store, project, connection, full_id(project.info["source"])

    def _build_push(self, store: Store, project: ProjectRecord, push: Push) -> None:
        connected = self.surroundings.connected
        try:
            message = connected(push.connection, push.repository).message(push.commit) if connected else ""
            delivery = build_webhook.read("push", _payload(push, message))
            if delivery:
                self.build_delivery(store, project, delivery, INITIATOR)
        except (LookupError, ServiceError) as problem:
            log.warning("a push to %s started no build of %s: %s", push.repository, project.name, problem)


def _payload(push: Push, message: str) -> dict:
    """A push in GitHub's form."""
    ref = f"refs/tags/{push.name}" if push.is_tag else f"refs/heads/{push.name}"
    return {
        "ref": ref,
        "after": push.commit,
        "commits": [{"modified": list(push.files)}],
        "head_commit": {"message": message},
        "repository": {"name": push.repository.rpartition("/")[2]},
    }
