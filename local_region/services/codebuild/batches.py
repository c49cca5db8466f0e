# SPDX-License-Identifier: GPL-3.0-or-later
"""Build batches: start, look at, stop, retry and forget them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from local_region.services.codebuild import artifacts, errors, logs, overrides, paging
from local_region.services.codebuild.base import operation
from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.batch_running import BatchRunning
from local_region.services.codebuild.builds import SHOWN_SETTINGS
from local_region.services.codebuild.project_checks import check
from local_region.services.codebuild.records import Handover, Info, ProjectRecord, Store, new_id

BATCH_MINUTES = 480


class Batches(BatchRunning):
    """StartBuildBatch and its relatives."""

    @operation
    def start_build_batch(self, store: Store, params: dict) -> dict:
        project = store.project(params["projectName"])
        asked = {name: value for name, value in params.items() if name != "idempotencyToken"}

        def begin() -> str:
            return self.begin_batch(store, project, asked, "root").id

        batch_id = self.once(project, params.get("idempotencyToken"), asked | {"batch": True}, begin)
        return {"buildBatch": store.batch(batch_id).shown()}

    @operation
    def batch_get_build_batches(self, store: Store, params: dict) -> dict:
        found = {batch_id: store.find_batch(batch_id) for batch_id in params["ids"]}
        return {
            "buildBatches": [one.shown() for one in found.values() if one],
            "buildBatchesNotFound": [batch_id for batch_id, one in found.items() if not one],
        }

    @operation
    def list_build_batches(self, store: Store, params: dict) -> dict:
        return _listed(list(store.batches.values()), params)

    @operation
    def list_build_batches_for_project(self, store: Store, params: dict) -> dict:
        if "projectName" not in params:
            raise errors.invalid("projectName is required.")
        project = store.project(params["projectName"])
        return _listed([one for one in store.batches.values() if one.info["projectName"] == project.name], params)

    @operation
    def stop_build_batch(self, store: Store, params: dict) -> dict:
        batch = store.batch(params["id"])
        self.stop_batch(store, batch, "STOPPED")
        return {"buildBatch": batch.shown()}

    @operation
    def retry_build_batch(self, store: Store, params: dict) -> dict:
        if "id" not in params:
            raise errors.invalid("id is required.")
        batch = store.batch(params["id"])
        if batch.info["buildBatchStatus"] == "IN_PROGRESS":
            raise errors.invalid(f"Build batch {batch.id} is in progress: it can be retried when it has ended")
        if batch.handover_gone:
            raise errors.invalid(f"Build batch {batch.id} belongs to a pipeline: retry the pipeline's stage")
        everything = params.get("retryType", "RETRY_ALL_BUILDS") == "RETRY_ALL_BUILDS"
        self.once(
            batch.project,
            params.get("idempotencyToken"),
            {"retry": batch.id, "everything": everything},
            lambda: self.retry_batch(store, batch, everything),
        )
        return {"buildBatch": batch.shown()}

    @operation
    def delete_build_batch(self, store: Store, params: dict) -> dict:
        batch = store.find_batch(params["id"])
        if batch is None:
            return {"statusCode": "BUILD_BATCH_NOT_FOUND", "buildsDeleted": [], "buildsNotDeleted": []}
        if not batch.complete:
            return {"statusCode": "BUILD_BATCH_IN_PROGRESS", "buildsDeleted": [], "buildsNotDeleted": []}
        builds = [*batch.builds.values(), *(one for past in batch.earlier.values() for one in past)]
        for build in builds:
            store.builds.pop(build.id, None)
        del store.batches[batch.id]
        deleted = [build.info["arn"] for build in builds]
        return {"statusCode": "SUCCEEDED", "buildsDeleted": deleted, "buildsNotDeleted": []}

    # With the lock held

    def begin_batch(
        self,
        store: Store,
        project: ProjectRecord,
        asked: Info,
        initiator: str,
        handover: Handover | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> BatchRecord:
        """Makes a batch of a project. `asked` has StartBuildBatch's members; `handover` is a pipeline's. `variables`
        are further ones of the build environments."""
        self.require_builder()
        settings = overrides.settings(project.info, asked)
        check({"cache": {"type": "NO_CACHE"}} | settings, store.account)
        self.require_startable(store, settings, asked, handover)
        config = settings.get("buildBatchConfig", {})
        if not config.get("serviceRole"):
            raise errors.invalid(
                f"Project {project.name} cannot run batches: its buildBatchConfig must have a serviceRole"
            )
        project.batches += 1
        batch_id = f"{project.name}:{new_id()}"
        batch = BatchRecord(self._new_batch(store, project, batch_id, settings, initiator), settings, project, asked)
        batch.handover, batch.variables = handover, variables or {}
        batch.info["buildBatchConfig"] = config
        store.batches[batch_id] = batch
        self.submit_batch(store, batch, config.get("timeoutInMins", BATCH_MINUTES) * 60.0)
        return batch

    def _new_batch(self, store: Store, project: ProjectRecord, batch_id: str, settings: Info, initiator: str) -> Info:
        """A BuildBatch that has just come."""
        primary, secondary = artifacts.expected(settings)
        shown = deepcopy({name: settings[name] for name in SHOWN_SETTINGS if name in settings})
        shown["buildTimeoutInMinutes"] = shown.pop("timeoutInMinutes")
        awaited = logs.awaited(settings)
        return {
            "id": batch_id,
            "arn": store.arn(f"build-batch/{batch_id}"),
            "buildBatchNumber": project.batches,
            "startTime": self.clock.now(),
            "currentPhase": "SUBMITTED",
            "buildBatchStatus": "IN_PROGRESS",
            "projectName": project.name,
            "phases": [],
            "artifacts": primary,
            "secondaryArtifacts": secondary,
            "logConfig": {name: awaited[name] for name in ("cloudWatchLogs", "s3Logs")},
            "complete": False,
            "initiator": initiator,
        } | shown


def _listed(found: list[BatchRecord], params: dict) -> dict:
    wanted = params.get("filter", {}).get("status")
    ids = [one.id for one in found if wanted in (None, one.info["buildBatchStatus"])]
    return paging.page(ids, params, "ids", descending=True)
