# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines that pushes to connected repositories start."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from local_region.engine.pipeline_operations import Refused
from local_region.engine.pipeline_triggers import Push, is_filtered, is_started
from local_region.protocol import ServiceError
from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.executions import Executions
from local_region.services.codepipeline.records import PipelineRecord

log = logging.getLogger("local_region.codepipeline")

PROVIDER = "CodeStarSourceConnection"


class Pushes(Executions):
    """Nothing of the API: what watches repositories asks and tells here."""

    def connected_repositories(self) -> set[tuple[str, str]]:
        """(connection ARN, full repository id) of all pipelines' sources."""
        with self.lock:
            return {
                (one["configuration"]["ConnectionArn"], one["configuration"]["FullRepositoryId"])
                for _, one in self._connected()
            }

    def push_came(self, push: Push) -> None:
        """Starts every pipeline that the push is for, with the commit that was pushed."""
        with self.lock:
            for pipeline, action in list(self._connected()):
                triggers = pipeline.declaration.get("triggers", [])
                if not is_started(action, triggers, push):
                    continue
                # Between the look before and now an execution may have found the commit by itself.
                if not is_filtered(action, triggers) and pipeline.seen.get(action["name"]) == push.commit:
                    continue
                self._start_by_push(pipeline, action, push)

    def _start_by_push(self, pipeline: PipelineRecord, action: Info, push: Push) -> None:
        name = action["name"]
        revision = {"actionName": name, "revisionType": "COMMIT_ID", "revisionValue": push.commit}
        if not push.is_tag:
            revision["branch"] = push.name
        try:
            trigger = {"triggerType": "WebhookV2", "triggerDetail": push.connection}
            self.start_execution(pipeline, trigger, source_revisions=[revision])
        except (Refused, ServiceError) as refusal:
            log.warning("%s was not started by a push to %s: %s", pipeline.name, push.repository, refusal.message)

    def _connected(self) -> Iterator[tuple[PipelineRecord, Info]]:
        for store in self.stores.values():
            for pipeline in store.pipelines.values():
                for action in pipeline.declaration["stages"][0]["actions"]:
                    if action["actionTypeId"]["provider"] == PROVIDER:
                        yield pipeline, action
