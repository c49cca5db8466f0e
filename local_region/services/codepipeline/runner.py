# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's hands: gives actions and rules to their performers, keeps deadlines, and tells of every change.

Decisions of the engine are carried out with the service's lock held. Performers work without it: they are started on
threads of a pool and asked how they stand by the runner's own thread.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from local_region.clock import Clock
from local_region.engine import pipeline_operations as operations
from local_region.engine.pipeline import Abandon, Changed, Decision, Failure, RollbackBegan, StartAction, StartRule
from local_region.engine.pipeline_operations import Refused
from local_region.protocol import ServiceError
from local_region.services.codepipeline import events
from local_region.services.codepipeline.actions.performer import Failed, Job, Outcome, Performer, Succeeded
from local_region.services.codepipeline.jobs_made import JobMaker, Unresolvable
from local_region.services.codepipeline.records import Info, PipelineRecord, RunRecord
from local_region.services.outbox import Outbox

log = logging.getLogger("local_region.codepipeline")

# Real seconds between two looks at the actions that are under way elsewhere (deployments, builds).
LOOK = 0.1
# Service seconds between two looks at polled sources: "about once a minute".
LOOK_AT_SOURCES = 60.0
# Service seconds; something wakes the thread when there is news.
IDLE = 3600.0
WORKERS = 8

Find = Callable[[PipelineRecord, Info], Performer | None]


class Runner:
    """`find(pipeline, type id)` gives what performs an action or a rule. `look_at_sources()` is called about once a
    minute, `began_by_itself(pipeline, decision)` makes the record of a rollback; the latter with the lock held."""

    def __init__(
        self,
        lock: threading.RLock,
        clock: Clock,
        outbox: Outbox,
        jobs: JobMaker,
        find: Find,
        look_at_sources: Callable[[], None],
        began_by_itself: Callable[[PipelineRecord, RollbackBegan], None],
    ):
        self._lock, self._clock, self._outbox, self._jobs = lock, clock, outbox, jobs
        self._find, self._look_at_sources, self._began_by_itself = find, look_at_sources, began_by_itself
        self._pipelines: dict[int, PipelineRecord] = {}
        self._polled: dict[str, tuple[PipelineRecord, Performer, Job]] = {}
        self._sources_due = LOOK_AT_SOURCES
        self._news = threading.Event()
        self._closed = False
        self._pool = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="codepipeline-actions")
        # One thread: of two events the execution of the first must be the older one, which the other supersedes.
        self._starts = ThreadPoolExecutor(max_workers=1, thread_name_prefix="codepipeline-starts")
        self._thread = threading.Thread(target=self._loop, name="codepipeline", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends all threads. Pipelines stay as they are."""
        self._closed = True
        self._news.set()
        self._thread.join()
        for pool in (self._starts, self._pool):
            pool.shutdown(wait=True, cancel_futures=True)
        self._outbox.close()

    def later(self, function: Callable[[], object]) -> None:
        """Calls the function on another thread, in the order in which they come; what it raises is logged."""
        self._starts.submit(self._logged, function)

    # With the lock held

    def carry_out(self, pipeline: PipelineRecord, decisions: Iterable[Decision]) -> None:
        """Does what the engine has decided, and what follows from it."""
        self._pipelines[id(pipeline)] = pipeline
        left = deque(decisions)
        while left:
            decision = left.popleft()
            if isinstance(decision, StartAction | StartRule):
                # A rule beside it that could not even begin may have decided the condition by now.
                if decision.id in pipeline.engine.running:
                    left += self._begin(pipeline, decision)
            elif isinstance(decision, Abandon):
                self._abandon(pipeline, decision.id)
            elif isinstance(decision, RollbackBegan):
                self._began_by_itself(pipeline, decision)
            else:
                self._tell(pipeline, decision)
        if not pipeline.engine.active:
            del self._pipelines[id(pipeline)]
        self._news.set()

    def finish(self, pipeline: PipelineRecord, run: RunRecord, outcome: Outcome, by: str | None = None) -> None:
        """An action or a rule has ended. Nothing happens when it has ended before."""
        if run.id not in pipeline.engine.running:
            return
        run.updated_by = by
        failure = None
        if isinstance(outcome, Failed):
            failure = Failure(outcome.code, outcome.message)
        else:
            keep_results(run, outcome)
        self.carry_out(pipeline, operations.complete(pipeline.engine, run.id, failure, self._clock.seconds()))

    def forget(self, pipeline: PipelineRecord) -> None:
        """The pipeline is deleted: nobody waits for its actions any more."""
        for run_id in list(pipeline.engine.running):
            self._abandon(pipeline, run_id)
        pipeline.engine.running.clear()
        pipeline.engine.active.clear()
        self._pipelines.pop(id(pipeline), None)

    def _begin(self, pipeline: PipelineRecord, decision: StartAction | StartRule) -> list[Decision]:
        """Hands an action or a rule to its performer. Returns what follows when that can't be."""
        run = self._record(pipeline, decision)
        performer = self._find(pipeline, run.type_id)
        try:
            if performer is None:
                raise Unresolvable(f"The type of {run.name} has been deleted.")
            run.job = self._jobs.make(run)
        except Unresolvable as problem:
            failure = Failure("ConfigurationError", str(problem))
            return operations.complete(pipeline.engine, run.id, failure, self._clock.seconds())
        self._pool.submit(self._start, pipeline, performer, run)
        return []

    def _record(self, pipeline: PipelineRecord, decision: StartAction | StartRule) -> RunRecord:
        execution = pipeline.executions[decision.execution_id]
        stage = next(one for one in execution.declaration["stages"] if one["name"] == decision.stage)
        now = self._clock.now()
        engine_run = pipeline.engine.running[decision.id][1]
        if isinstance(decision, StartAction):
            declaration = next(one for one in stage["actions"] if one["name"] == decision.action)
            run = RunRecord(decision.id, execution, decision.stage, declaration, engine_run, now, now)
            execution.actions.append(run)
            pipeline.latest_actions[decision.stage, decision.action] = run
        else:
            rules = stage[decision.kind]["conditions"][0]["rules"]
            declaration = next(one for one in rules if one["name"] == decision.rule)
            run = RunRecord(decision.id, execution, decision.stage, declaration, engine_run, now, now, decision.kind)
            execution.rules.append(run)
            pipeline.latest_rules[decision.stage, decision.kind, decision.rule] = run
        pipeline.runs[run.id] = run
        return run

    def _abandon(self, pipeline: PipelineRecord, run_id: str) -> None:
        self._polled.pop(run_id, None)
        run = pipeline.runs.get(run_id)
        if run is None:  # it had not begun
            return
        run.updated = self._clock.now()
        performer = self._find(pipeline, run.type_id)
        if run.begun and performer:
            self._pool.submit(self._guarded, performer.abandon, run.job)

    def _tell(self, pipeline: PipelineRecord, change: Changed) -> None:
        execution = pipeline.executions[change.execution_id]
        execution.updated = self._clock.now()
        run = None
        if change.action_id:
            run = pipeline.runs[change.action_id]
            run.updated = execution.updated
        elif not change.stage:
            log.info("%s %s %s", pipeline.name, execution.id, change.state)
        self._outbox.put(pipeline.account, pipeline.region, events.event(execution, change, run))

    # On threads of the pool

    def _start(self, pipeline: PipelineRecord, performer: Performer, run: RunRecord) -> None:
        outcome = self._guarded(performer.start, run.job)
        with self._lock:
            run.begun = True
            if outcome:
                self.finish(pipeline, run, outcome)
            elif run.id in pipeline.engine.running:
                self._polled[run.id] = (pipeline, performer, run.job)
            else:  # it was abandoned while it began
                self._pool.submit(self._guarded, performer.abandon, run.job)
        self._news.set()

    def _guarded(self, function: Callable[[Job], Outcome | None], job: Job) -> Outcome | None:
        try:
            return function(job)
        except Exception:
            log.exception("%s of %s failed; this is a fault of the local region", job.action, job.pipeline)
            return Failed("The local region failed; see its log.", "SystemUnavailable")

    @staticmethod
    def _logged(function: Callable[[], object]) -> None:
        try:
            function()
        except (LookupError, Refused, ServiceError) as error:
            log.warning("an event started no pipeline: %s", error)
        except Exception:
            log.exception("an event started no pipeline; this is a fault of the local region")

    # What the thread does

    def _loop(self) -> None:
        while not self._closed:
            self._news.clear()
            try:
                self._poll()
                self._keep_deadlines()
                if self._clock.seconds() >= self._sources_due:
                    self._sources_due = self._clock.seconds() + LOOK_AT_SOURCES
                    self._look_at_sources()
            except Exception:
                log.exception("the pipelines' runner failed; this is a fault of the local region")
                self._clock.wait(threading.Event(), self._clock.scale)  # one real second, so as not to spin
            if not self._closed:
                self._clock.wait(self._news, self._pause())

    def _pause(self) -> float:
        """Service seconds until the thread has something to do by itself."""
        with self._lock:
            now = self._clock.seconds()
            due = [operations.next_deadline(one.engine) for one in self._pipelines.values()]
            pauses = [moment - now for moment in [*due, self._sources_due] if moment is not None]
            if self._polled:
                pauses.append(LOOK * self._clock.scale)
        return max(0.0, min(pauses, default=IDLE))

    def _poll(self) -> None:
        with self._lock:
            polled = list(self._polled.items())
        for run_id, (pipeline, performer, job) in polled:
            outcome = self._guarded(performer.poll, job)
            if outcome is None:
                continue
            with self._lock:
                self._polled.pop(run_id, None)
                self.finish(pipeline, pipeline.runs[run_id], outcome)

    def _keep_deadlines(self) -> None:
        with self._lock:
            now = self._clock.seconds()
            for pipeline in list(self._pipelines.values()):
                deadline = operations.next_deadline(pipeline.engine)
                if deadline is not None and deadline <= now:
                    self.carry_out(pipeline, operations.expire(pipeline.engine, now))


def keep_results(run: RunRecord, outcome: Succeeded) -> None:
    """What an action has put out, for those that come after it."""
    execution = run.execution
    run.variables = dict(outcome.variables)
    if "namespace" in run.declaration:
        execution.namespaces[run.declaration["namespace"]] = run.variables
    if outcome.revision:
        execution.revisions[run.name] = outcome.revision
        execution.pipeline.seen[run.name] = outcome.revision.id
    for artifact in run.job.outputs:
        execution.artifacts[artifact.name] = replace(artifact, revision=outcome.revision)
