# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds: start, look at, stop, retry and forget them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.codebuild import artifacts, errors, logs, overrides, paging, sources
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.builder import Builder
from local_region.services.codebuild.project_checks import check
from local_region.services.codebuild.records import BuildRecord, Handover, Info, Origin, ProjectRecord, Store, new_id
from local_region.services.codebuild.runner import MOST_QUEUED

# Service seconds in which an idempotency token is the same request. Source: StartBuild of the API.
TOKEN_SECONDS = 300.0
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
        build_id = self.once(project, token, asked, lambda: self.begin_build(store, project, asked, Origin("root")).id)
        return {"build": store.build(build_id).info}

    @operation
    def retry_build(self, store: Store, params: dict) -> dict:
        if "id" not in params:
            raise errors.invalid("id is required.")
        build = store.build(params["id"])
        if not build.complete:
            raise errors.invalid(f"Build {build.id} is in progress: it can be retried when it has ended")
        if build.settings["source"]["type"] == "CODEPIPELINE":
            raise errors.invalid(f"Build {build.id} belongs to a pipeline: retry the pipeline's stage")
        token, asked = params.get("idempotencyToken"), build.asked
        again = self.once(
            build.project,
            token,
            {"retry": build.id},
            lambda: self.begin_build(store, build.project, asked, Origin("root")).id,
        )
        return {"build": store.build(again).info}

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

    def once(self, project: ProjectRecord, token: str | None, asked: Info, begin: Callable[[], str]) -> str:
        """Begins a build (or batch), unless the token has begun it already. Returns its id."""
        now = self.clock.seconds()
        if token and token in project.tokens:
            before, known_id, at = project.tokens[token]
            if now - at < TOKEN_SECONDS and before != asked:
                raise errors.invalid(f"The idempotency token {token} was used for another request")
            if now - at < TOKEN_SECONDS:
                return known_id
        new = begin()
        if token:
            project.tokens[token] = (asked, new, now)
        return new

    def begin_build(self, store: Store, project: ProjectRecord, asked: Info, origin: Origin) -> BuildRecord:
        """Makes a build of a project and queues it. `asked` has members of StartBuild."""
        self.require_builder()
        settings = overrides.settings(project.info, asked)
        check({"cache": {"type": "NO_CACHE"}} | settings, store.account)
        self.require_startable(store, settings, asked, origin.handover)
        self._require_room(store, project, origin)
        project.builds += 1
        build_id = f"{project.name}:{origin.own_uuid or new_id()}"
        info = self._new(store, project, build_id, settings, origin)
        build = BuildRecord(info, settings, project, asked, self.clock.seconds(), origin)
        if not build.hidden:
            store.builds[build_id] = build
        if "autoRetryConfig" in info:
            build.finished.append(lambda ended: self._retry_by_itself(store, ended))
        self.runner.submit(store, build)
        return build

    def require_builder(self) -> None:
        if self.builder is None:
            raise NotImplementedInLocalRegion(
                "This region has no hosts to build on; start one with `python -m local_region start`."
            )

    @staticmethod
    def require_startable(store: Store, settings: Info, asked: Info, handover: Handover | None) -> None:
        """Refuses a build whose source can't be had, or that would miss something on the hosts of the region."""
        if asked.get("debugSessionEnabled"):
            raise NotImplementedInLocalRegion("The local region has no debug sessions (debugSessionEnabled).")
        if settings["source"]["type"] == "CODEPIPELINE" and handover is None:
            raise errors.invalid(
                "Invalid project source: a build of source type CODEPIPELINE is started by its pipeline"
            )
        sources.require_served(store, settings, handover is not None)
        _require_served(settings)

    def _retry_by_itself(self, store: Store, build: BuildRecord) -> None:
        """A build that has failed is begun again, as often as autoRetryLimit says."""
        with self.lock:
            config = build.info["autoRetryConfig"]
            number = config["autoRetryNumber"] + 1
            if build.info["buildStatus"] in ("SUCCEEDED", "STOPPED") or number > config["autoRetryLimit"]:
                return
            again = self.begin_build(
                store, build.project, build.asked, Origin(build.info["initiator"], retries=number, of=build.info["arn"])
            )
            config["nextAutoRetry"] = again.info["arn"]

    def _require_room(self, store: Store, project: ProjectRecord, origin: Origin) -> None:
        """Over the project's limit is an error, over the account's waits. Source: user guide, "Working with builds"."""
        limit = project.info.get("concurrentBuildLimit")
        if limit and not origin.batch_arn and self.runner.active(lambda build: build.project is project) >= limit:
            raise errors.too_many(f"Cannot have more than {limit} active builds for the project")
        if self.runner.queued(store) >= MOST_QUEUED:
            raise errors.too_many(f"Cannot have more than {MOST_QUEUED} builds in queue for the account")

    def _new(self, store: Store, project: ProjectRecord, build_id: str, settings: Info, origin: Origin) -> Info:
        """A Build that has just come."""
        primary, secondary = artifacts.expected(settings)
        shown = {
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
            "initiator": origin.initiator,
        }
        if origin.batch_arn:
            shown["buildBatchArn"] = origin.batch_arn
        if settings.get("autoRetryLimit") and not origin.handover and not origin.batch_arn:
            shown["autoRetryConfig"] = {
                "autoRetryLimit": settings["autoRetryLimit"],
                "autoRetryNumber": origin.retries,
            } | ({"previousAutoRetry": origin.of} if origin.of else {})
        return shown | deepcopy({name: settings[name] for name in SHOWN_SETTINGS if name in settings})


def _require_served(settings: Info) -> None:
    """Refuses what a build would miss on the hosts of the region."""
    kind = settings["environment"]["type"]
    if kind.startswith(("WINDOWS", "MAC")):
        raise NotImplementedInLocalRegion(f"The local region builds on Linux, not in the environment type {kind}.")
    if settings.get("fileSystemLocations"):
        raise NotImplementedInLocalRegion("The local region mounts no file systems (fileSystemLocations) in builds.")
