# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds: start, look at, stop, retry and forget them."""

from __future__ import annotations

from copy import deepcopy

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.codebuild import artifacts, errors, logs, overrides, paging, sources
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.builder import Builder
from local_region.services.codebuild.project_checks import check
from local_region.services.codebuild.records import BuildRecord, Handover, Info, ProjectRecord, Store, new_id
from local_region.services.codebuild.runner import MOST_QUEUED

SHOWN_SETTINGS = (
    "source",
    "secondarySources",
    "sourceVersion",
    "secondarySourceVersions",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
    "fileSystemLocations",
)


class Builds(Base):
    """StartBuild and its relatives. `builder` runs the builds; None where there are no hosts."""

    builder: Builder | None = None

    @operation
    def start_build(self, store: Store, params: dict) -> dict:
        project = store.project(params["projectName"])
        asked = {name: value for name, value in params.items() if name != "idempotencyToken"}
        token = params.get("idempotencyToken")
        if token and token in project.tokens:
            before, build_id = project.tokens[token]
            if before != asked:
                raise errors.invalid(f"The idempotency token {token} was used for another request.")
            if build_id in store.builds:
                return {"build": store.builds[build_id].info}
        build = self.begin_build(store, project, asked, "root")
        if token:
            project.tokens[token] = (asked, build.id)
        return {"build": build.info}

    @operation
    def batch_get_builds(self, store: Store, params: dict) -> dict:
        found = {build_id: store.find_build(build_id) for build_id in params["ids"]}
        return {
            "builds": [one.info for one in found.values() if one],
            "buildsNotFound": [build_id for build_id, one in found.items() if not one],
        }

    @operation
    def stop_build(self, store: Store, params: dict) -> dict:
        build = store.build(params["id"])
        self.runner.stop(store, build)
        return {"build": build.info}

    @operation
    def list_builds(self, store: Store, params: dict) -> dict:
        return paging.page(list(store.builds), params, "ids", descending=True)

    @operation
    def list_builds_for_project(self, store: Store, params: dict) -> dict:
        project = store.project(params["projectName"])
        ids = [one.id for one in store.builds.values() if one.info["projectName"] == project.name]
        return paging.page(ids, params, "ids", descending=True)

    @operation
    def batch_delete_builds(self, store: Store, params: dict) -> dict:
        deleted, kept = [], []
        for build_id in params["ids"]:
            build = store.find_build(build_id)
            if build is None:
                kept.append({"id": build_id, "statusCode": "BUILD_NOT_FOUND"})
            elif not build.complete:
                kept.append({"id": build_id, "statusCode": "BUILD_IN_PROGRESS"})
            else:
                del store.builds[build.id]
                deleted.append(build.info["arn"])
        return {"buildsDeleted": deleted, "buildsNotDeleted": kept}

    # With the lock held

    def begin_build(
        self,
        store: Store,
        project: ProjectRecord,
        asked: Info,
        initiator: str,
        handover: Handover | None = None,
        own_uuid: str | None = None,
    ) -> BuildRecord:
        """Makes a build of a project and queues it. `asked` has StartBuild's members; `handover` is a pipeline's.

        With `own_uuid` it is a build that CodeBuild's API and events do not show.
        """
        if self.builder is None:
            raise NotImplementedInLocalRegion(
                "This region has no hosts to build on; start one with `python -m local_region start`."
            )
        settings = overrides.settings(project.info, asked)
        check({"cache": {"type": "NO_CACHE"}} | settings, store.account)
        if settings["source"]["type"] == "CODEPIPELINE" and handover is None:
            raise errors.invalid(
                "Invalid project source: a build of source type CODEPIPELINE is started by its pipeline"
            )
        sources.require_served(settings, handover is not None)
        self._require_room(store, project)
        project.builds += 1
        build_id = f"{project.name}:{own_uuid or new_id()}"
        info = self._new(store, project, build_id, settings, initiator)
        build = BuildRecord(info, settings, project, asked, self.clock.seconds(), handover, hidden=bool(own_uuid))
        if not build.hidden:
            store.builds[build_id] = build
        self.runner.submit(store, build)
        return build

    def _require_room(self, store: Store, project: ProjectRecord) -> None:
        """Over the project's limit is an error, over the account's waits. Source: user guide, "Working with builds"."""
        limit = project.info.get("concurrentBuildLimit")
        if limit and self.runner.active(lambda build: build.project is project) >= limit:
            raise errors.too_many(f"Cannot have more than {limit} active builds for the project")
        if self.runner.queued(store) >= MOST_QUEUED:
            raise errors.too_many(f"Cannot have more than {MOST_QUEUED} builds in queue for the account")

    def _new(self, store: Store, project: ProjectRecord, build_id: str, settings: Info, initiator: str) -> Info:
        """A Build that has just come."""
        primary, secondary = artifacts.expected(settings)
        return {
            "id": build_id,
            "arn": store.arn(f"build/{build_id}"),
            "buildNumber": project.builds,
            "startTime": self.clock.now(),
            "currentPhase": "SUBMITTED",
            "buildStatus": "IN_PROGRESS",
            "projectName": project.name,
            "phases": [],
            "artifacts": primary,
            "secondaryArtifacts": secondary,
            "logs": logs.awaited(settings),
            "buildComplete": False,
            "initiator": initiator,
        } | deepcopy({name: settings[name] for name in SHOWN_SETTINGS if name in settings})
