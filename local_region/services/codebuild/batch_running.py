# SPDX-License-Identifier: GPL-3.0-or-later
"""How a batch goes on: its buildspec read, its builds begun as the engine says, its artifacts put together."""

from __future__ import annotations

import threading
from dataclasses import replace

import yaml

from local_region.engine.build_batch import BadBatch, Plan, decide, plan
from local_region.protocol import ServiceError
from local_region.services.codebuild import artifacts, batchspecs, phases
from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.builder import Output
from local_region.services.codebuild.builds import Builds
from local_region.services.codebuild.overrides import variables
from local_region.services.codebuild.records import Handover, Info, Origin, Store
from local_region.services.codebuild.sources import zipped
from local_region.services.codebuild.unready import Unready

IN_PROGRESS = "IN_PROGRESS"


class BatchRunning(Builds):
    """Nothing of the API. Everything but `_read` holds the lock."""

    def submit_batch(self, store: Store, batch: BatchRecord, seconds: float) -> None:
        """A new batch: its buildspec is read by another thread. It may take so many real seconds."""
        now = self.clock.now()
        phases.begin(batch.info, "SUBMITTED", now)
        phases.end(batch.info, "SUCCEEDED", now)
        phases.begin(batch.info, "DOWNLOAD_BATCHSPEC", now)
        batch.timer = threading.Timer(seconds, self._overdue, (store, batch))
        batch.timer.daemon = True
        batch.timer.start()
        self.runner.later(lambda: self._read(store, batch))

    def stop_batch(self, store: Store, batch: BatchRecord, status: str) -> None:
        """Ends it with a status, soon."""
        if batch.complete or batch.stopping:
            return
        batch.stopping = status
        if batch.plan:
            self._go_on(store, batch)

    def retry_batch(self, store: Store, batch: BatchRecord, everything: bool) -> str:
        """Begins its builds again: all, or those that have not succeeded."""
        batch.refused.clear()
        for identifier, build in list(batch.builds.items()):
            if everything or build.info["buildStatus"] != "SUCCEEDED":
                batch.earlier.setdefault(identifier, []).append(batch.builds.pop(identifier))
        batch.stopping = None
        batch.info |= {"buildBatchStatus": IN_PROGRESS, "complete": False, "phases": []}
        batch.info.pop("endTime", None)
        self.submit_batch(store, batch, batch.info["buildBatchConfig"].get("timeoutInMins", 480) * 60.0)
        return batch.id

    def close_batches(self) -> None:
        """Nothing ends a batch any more."""
        with self.lock:
            for store in self.stores.values():
                for batch in store.batches.values():
                    batch.timer.cancel()

    # Without the lock

    def _read(self, store: Store, batch: BatchRecord) -> None:
        try:
            text, version = batchspecs.read(store, batch, self.surroundings)
            made = plan(yaml.safe_load(text))
            _check_restrictions(batch, made)
        except (Unready, BadBatch, yaml.YAMLError) as problem:
            with self.lock:
                message = getattr(problem, "message", None) or str(problem)
                phases.end(batch.info, "FAILED", self.clock.now(), "BATCH_SPEC_ERROR", message)
                self._end(store, batch, batch.stopping or "FAILED")
            return
        with self.lock:
            if version:
                batch.info["resolvedSourceVersion"] = version
            batch.plan = made
            now = self.clock.now()
            phases.end(batch.info, "SUCCEEDED", now)
            phases.begin(batch.info, IN_PROGRESS, now)
            self._go_on(store, batch)

    # With the lock held

    def _go_on(self, store: Store, batch: BatchRecord) -> None:
        if batch.complete:
            return
        decision = decide(batch.plan, batch.statuses(), bool(batch.stopping))
        for identifier in decision.stop:
            self.runner.stop(store, batch.builds[identifier])
        for identifier in decision.begin:
            self._begin(store, batch, identifier)
        if batch.refused and decision.begin:
            self._go_on(store, batch)
        elif decision.status:
            self._end_builds(store, batch, batch.stopping or decision.status)

    def _begin(self, store: Store, batch: BatchRecord, identifier: str) -> None:
        task = next(one for one in batch.plan.tasks if one.identifier == identifier)
        asked = _asked(batch, task.asked)
        built_in = {
            "CODEBUILD_BATCH_BUILD_IDENTIFIER": identifier,
            "CODEBUILD_BATCH_BUILD_ARN": batch.info["arn"],
        }
        try:
            build = self.begin_build(
                store,
                batch.project,
                asked,
                Origin(
                    batch.info["initiator"],
                    _handover(batch, identifier),
                    batch_arn=batch.info["arn"],
                    collects=batch.combines,
                    variables=dict(batch.variables) | built_in,
                ),
            )
        except ServiceError as error:
            batch.refused[identifier] = error.message
            return
        batch.builds[identifier] = build
        build.finished.append(lambda _: self._build_ended(store, batch))

    def _build_ended(self, store: Store, batch: BatchRecord) -> None:
        with self.lock:
            self._go_on(store, batch)

    def _end_builds(self, store: Store, batch: BatchRecord, status: str) -> None:
        now = self.clock.now()
        reason = next((f"{name}: {text}" for name, text in batch.refused.items()), "")
        phases.end(batch.info, status, now, "BATCH_BUILD_ERROR" if reason else "", reason)
        if status == "SUCCEEDED" and batch.combines:
            phases.begin(batch.info, "COMBINE_ARTIFACTS", now)
            problem = self._combine(store, batch)
            status = "FAILED" if problem else status
            phases.end(batch.info, status, self.clock.now(), "CLIENT_ERROR" if problem else "", problem)
        self._end(store, batch, status)

    def _combine(self, store: Store, batch: BatchRecord) -> str:
        """Puts the files of all builds into one artifact, later builds over earlier ones. Returns what is wrong."""
        files: dict[str, bytes] = {}
        for build in batch.builds.values():
            for output in build.archives.values():
                files |= artifacts.unpacked(output.archive)
            build.archives.clear()
        output = Output(zipped(files), len(files))
        try:
            batch.info["artifacts"] = artifacts.store_output(store, batch, "", output, self.surroundings)
        except LookupError as missing:
            return str(missing.args[0])
        return ""

    def _end(self, store: Store, batch: BatchRecord, status: str) -> None:
        now = self.clock.now()
        batch.timer.cancel()
        phases.begin(batch.info, status if status in ("SUCCEEDED", "STOPPED") else "FAILED", now)
        batch.info |= {"buildBatchStatus": status, "complete": True, "endTime": now}
        batch.handover_gone = batch.handover is not None
        batch.handover = None

    def _overdue(self, store: Store, batch: BatchRecord) -> None:
        with self.lock:
            self.stop_batch(store, batch, "TIMED_OUT")


def _asked(batch: BatchRecord, own: Info) -> Info:
    """StartBuild's members for a build of the batch: the batch's, over them its own; all of the same commit."""
    both = variables(
        batch.asked.get("environmentVariablesOverride", []), list(own.get("environmentVariablesOverride", []))
    )
    asked = {name: value for name, value in batch.asked.items() if name != "buildBatchConfigOverride"} | dict(own)
    if batch.settings["source"]["type"] == "CODECOMMIT" and "resolvedSourceVersion" in batch.info:
        asked["sourceVersion"] = batch.info["resolvedSourceVersion"]
    return asked | {"environmentVariablesOverride": both}


def _handover(batch: BatchRecord, identifier: str) -> Handover | None:
    """A pipeline's, for one build: its artifact has the build's identifier for a name, unless all become one."""
    whole = batch.handover
    if whole is None:
        return None
    if batch.combines:
        return replace(whole, wanted=frozenset({""}), put=lambda name, archive: "")
    return replace(whole, wanted=whole.wanted | {""}, put=lambda name, archive: whole.put(name or identifier, archive))


def _check_restrictions(batch: BatchRecord, made: Plan) -> None:
    """Source: BatchRestrictions of the API."""
    limits = batch.info["buildBatchConfig"].get("restrictions", {})
    most = limits.get("maximumBuildsAllowed")
    if most and len(made.tasks) > most:
        raise BadBatch(f"The batch has {len(made.tasks)} builds; the project allows {most}.")
    allowed = limits.get("computeTypesAllowed")
    for task in made.tasks:
        compute = task.asked.get("computeTypeOverride", batch.settings["environment"]["computeType"])
        if allowed and compute not in allowed:
            raise BadBatch(
                f"{task.identifier} has the compute type {compute}; the project allows {', '.join(allowed)}."
            )
