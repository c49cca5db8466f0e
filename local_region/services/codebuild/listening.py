# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build's record becomes as its builder tells how it goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from local_region.clock import Clock
from local_region.services.codebuild import artifacts, caches, phases, reporting
from local_region.services.codebuild.builder import Phase, Result
from local_region.services.codebuild.logs import BuildLog
from local_region.services.codebuild.records import BuildRecord, Info, Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codebuild.telling import Telling
from local_region.services.codebuild.unready import Unready

log = logging.getLogger("local_region.codebuild")

# The phase in which artifacts are stored: the builder picks them, the service stores them, before it ends.
UPLOAD = "UPLOAD_ARTIFACTS"
Finish = Callable[[Store, BuildRecord, str], None]


class Listening:
    """The Listener of one build. `finish(store, build, status)` is called with the lock held."""

    def __init__(
        self,
        lock: threading.RLock,
        clock: Clock,
        surroundings: Surroundings,
        store: Store,
        build: BuildRecord,
        telling: Telling,
        finish: Finish,
    ):
        self._lock, self._clock, self._surroundings = lock, clock, surroundings
        self._store, self._build, self._telling, self._finish = store, build, telling, finish
        self._log: BuildLog | None = None
        self._picked: Phase | None = None

    def open(self) -> None:
        """Makes the log's stream and says where it is."""
        self._log = BuildLog(self._store, self._build, self._surroundings)
        with self._lock:
            self._build.info["logs"] = self._log.location

    def begun(self, phase: str) -> None:
        with self._lock:
            phases.begin(self._build.info, phase, self._clock.now())

    def phase(self, phase: Phase) -> None:
        if phase.name == UPLOAD:
            self._picked = phase
            return
        with self._lock:
            self._end(phase)

    def log(self, lines: list[str]) -> None:
        try:
            self._log.write(lines)
        except LookupError as missing:
            log.warning("%s: its log is not kept: %s", self._build.id, missing)

    def ended(self, result: Result) -> None:
        try:
            self._conclude(result)
        except Exception:
            log.exception("%s could not be ended well; this is a fault of the local region", self._build.id)
            with self._lock:
                if not self._build.complete:
                    self._end_open("FAULT")
                    self._finish(self._store, self._build, "FAULT")

    def _conclude(self, result: Result) -> None:
        status = result.status
        problem = self._store_outputs(result)
        if problem and status == "SUCCEEDED":
            status = "FAILED"
        self._make_reports(result)
        self._close_log()
        with self._lock:
            if result.exported:
                pairs = [{"name": name, "value": value} for name, value in result.exported.items()]
                self._build.info["exportedEnvironmentVariables"] = pairs
            self._end_upload(problem)
            self._end_open(status)
            now = self._clock.now()
            phases.begin(self._build.info, "FINALIZING", now)
            self._tell(phases.end(self._build.info, "SUCCEEDED", now))
            self._finish(self._store, self._build, status)

    def failed_before(self, unready: Unready) -> None:
        """The build ends before the builder has it."""
        if self._log:
            self.log([f"[Container] Phase context status code: {unready.code} Message: {unready.message}"])
            self._close_log()
        with self._lock:
            now = self._clock.now()
            if unready.phase != "PROVISIONING":
                self._tell(phases.end(self._build.info, "SUCCEEDED", now))
                phases.begin(self._build.info, unready.phase, now)
            fault = unready.code == "INTERNAL_SERVICE_ERROR"
            status = "FAULT" if fault else "FAILED"
            self._tell(phases.end(self._build.info, status, now, unready.code, unready.message))
            self._finish(self._store, self._build, status)

    def _store_outputs(self, result: Result) -> str:
        """Stores what the build puts out. Returns what is wrong, or nothing."""
        problem = ""
        for identifier, output in result.artifacts.items():
            if self._build.origin.collects:
                self._build.archives[identifier] = output
                continue
            try:
                stored = artifacts.store_output(self._store, self._build, identifier, output, self._surroundings)
            except LookupError as missing:
                problem = problem or str(missing.args[0])
                continue
            with self._lock:
                self._keep(identifier, stored)
        if result.cache is not None and caches.kept(self._build):
            try:
                caches.put(self._store, self._build, self._surroundings, result.cache)
            except LookupError as missing:
                self.log([f"[Container] Unable to upload cache: {missing.args[0]}"])
        return problem

    def _make_reports(self, result: Result) -> None:
        """What is wrong with a report is said in the log; it fails no build, as on AWS."""
        for given in result.reports:
            now = self._clock.now()
            try:
                with self._lock:
                    group = reporting.group_for(self._store, self._build, given, now)
                report, problems = reporting.report_of(self._build, given, group.info, now)
                with self._lock:
                    group.reports[report.info["arn"]] = report
                    self._build.info.setdefault("reportArns", []).append(report.info["arn"])
                self.log([f"[Container] Report {report.info['arn']}: {problem}" for problem in problems])
                reporting.export(self._store, report.info, given, self._surroundings)
            except (reporting.NoSuchGroup, LookupError) as problem:
                self.log([f"[Container] Error processing report {given.group}: {problem.args[0]}"])

    def _keep(self, identifier: str, stored: Info) -> None:
        if not identifier:
            self._build.info["artifacts"] = stored
            return
        others = [one for one in self._build.info["secondaryArtifacts"] if one.get("artifactIdentifier") != identifier]
        self._build.info["secondaryArtifacts"] = [*others, stored | {"artifactIdentifier": identifier}]

    def _close_log(self) -> None:
        try:
            self._log.close()
        except LookupError as missing:
            log.warning("%s: its log is not kept: %s", self._build.id, missing)

    # With the lock held

    def _end_upload(self, problem: str) -> None:
        picked = self._picked
        if problem and (picked is None or picked.status == "SUCCEEDED"):
            began = picked.began if picked else self._clock.now().timestamp()
            picked = Phase(UPLOAD, "FAILED", began, self._clock.now().timestamp(), "CLIENT_ERROR", problem)
        if picked:
            self._end(picked)

    def _end(self, phase: Phase) -> None:
        phases.begin(self._build.info, phase.name, _moment(phase.began))
        self._tell(phases.end(self._build.info, phase.status, _moment(phase.ended), phase.code, phase.message))

    def _end_open(self, status: str) -> None:
        """A phase in which the build was stopped, or broke down, ends with it."""
        self._tell(phases.end(self._build.info, status, self._clock.now()))

    def _tell(self, phase: Info | None) -> None:
        self._telling.phase(self._store, self._build, phase)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
