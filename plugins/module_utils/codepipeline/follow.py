# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Following an execution to its end, or until somebody has to act, with what builds and deployments do meanwhile."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import ApiError, Failure
from ..engine.times import ServiceClock, epoch
from ..engine.wait import WaitTimeout, wait_until
from . import failure, pace, report_make
from .execution_calls import Executions
from .failure import Aftermath
from .follow_details import Detail, detail_of
from .follow_lines import changes
from .report import Action, Report

JITTER_SECONDS = 0.2  # waiters that began together soon ask at different times
# While actions run they tell what happens; the whole execution is read this seldom all the same.
READ_ALL_SECONDS = 30
ROLLBACK_SECONDS = 10  # CodePipeline begins a stage's rollback a moment after the execution has failed
LEAST_ROLLBACK_WAIT = 60  # seconds that a deployment's rollback may take of a wait that is nearly over

HELD = {
    "disabled": "whose transition is disabled",
    "occupied": "which is occupied",
    "unanswered": "in which an older execution waits for an approval",
}


@dataclass
class Followed:
    """An execution as it was seen last; ``details`` are its builds and deployments, ``told`` why they failed, both by
    the action's id. ``rollback`` is the execution that rolled a stage back after it. ``unread`` says in sentences which
    of them could not be read."""

    report: Report
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    aftermath: Aftermath = field(default_factory=Aftermath)
    rollback: Followed | None = None
    unread: tuple[str, ...] = ()

    def result(self) -> dict[str, Any]:
        """``execution`` and, when there was one, ``rollback``: as a module returns them."""
        found = {"execution": report_make.as_result(self.report, self.details)}
        if self.report.needs_somebody:
            found["next_step"] = failure.next_step(self.report)
        if self.rollback:
            found["rollback"] = self.rollback.result()["execution"]
        return found

    def explanation(self) -> str:
        """Why it did not succeed, for people."""
        return failure.explain(self.report, self.told, self.aftermath, self.rollback and self.rollback.report)


def result_of(context, executions: Executions, execution_id: str, build_log: str = "none") -> Followed:
    """An execution as it is now, with its builds and deployments, without waiting and without a word."""
    look = Look(context, executions, execution_id, build_log, silent=True)
    look()
    return Followed(look.report, look.results(), unread=look.unread())


def follow(
    context,
    executions: Executions,
    execution_id: str,
    timeout: float,
    wait_for: str = "end",
    build_log: str = "failed",
) -> Followed:
    """Wait for the end of an execution, printing what changes; ``timeout`` in seconds, with what rolls back after it.

    ``wait_for`` "approval" is also content with an execution that goes on only when somebody acts. ``build_log`` says
    what is shown of the logs of builds: "none", "failed" (the end of a failed one, in the explanation), "live".

    Raises Failure with the execution in its facts when the time is over.
    """
    end = context.clock.now() + timeout
    followed = _wait_for(context, executions, execution_id, timeout, wait_for, build_log)
    if followed.report.status == "Failed":
        summaries = executions.newest()
        rollback = _rollback_of(context, executions, followed.report, summaries, end - context.clock.now())
        if rollback:
            try:
                followed.rollback = _wait_for(
                    context, executions, rollback, max(0.0, end - context.clock.now()), wait_for, build_log
                )
            except Failure:
                followed.rollback = result_of(context, executions, rollback)  # the first failure matters more
    elif followed.report.ended and followed.report.status != "Succeeded":
        followed.aftermath = aftermath_of(followed.report.id, executions.newest())
    return followed


def aftermath_of(execution_id: str, summaries: list[dict[str, Any]]) -> Aftermath:
    """What the summaries of a pipeline's executions, the newest first, tell about one that ended. Pure."""
    ids = [one["pipeline_execution_id"] for one in summaries]
    if execution_id not in ids:
        return Aftermath()
    place = ids.index(execution_id)
    reason = (summaries[place].get("stop_trigger") or {}).get("reason", "")
    newer = [one["pipeline_execution_id"] for one in summaries[:place] if one.get("status") != "Superseded"]
    return Aftermath(reason, newer[-1] if newer else "")


class Look:
    """A look at an execution and at what its actions do; and the pause until the next. Prints what changes.

    While actions run a look is one request, and one for each build or deployment.
    """

    def __init__(self, context, executions: Executions, execution_id: str, build_log: str, silent: bool = False):
        self._context, self._executions, self._id = context, executions, execution_id
        self._build_log, self._silent = build_log, silent
        self._began, self._asked = context.clock.now(), float("-inf")
        self._service = ServiceClock()
        self._usual: dict[tuple[str, str], pace.Usual] | None = None
        self._facts: tuple[Any, Any, Any] = ({}, {}, {})
        self._details: dict[str, Detail] = {}
        self._finished: set[str] = set()
        self.report: Report | None = None

    def __call__(self) -> tuple[Report, tuple]:
        before, now = self.report, self._context.clock.now()
        self.report = self._read(now)
        for action in self.report.actions:
            # What had ended before the wait began is read for the result, but it is no news.
            silent = self._silent or (before is None and not action.running)
            if action.id not in self._details and (detail := self._detail(action, silent)):
                self._details[action.id] = detail
        self._look_at([one.id for one in self.report.actions if not one.running])
        if not self._silent:
            for line in changes(before, self.report, now - self._began):
                self._context.progress.emit(line)
        return self.report, self._look_at([one.id for one in self.report.running])

    def pause(self, quiet: float) -> float:
        """Seconds until the next look, given those since the last change; for wait_until."""
        if self._usual is None:
            self._usual = pace.usual_of(self._executions.latest_actions())
        dues = [self._details[one.id].due(quiet) for one in self.report.running if one.id in self._details]
        now = self._service.at(self._context.clock.now())
        live = self._build_log == "live" and bool(dues)
        known = pace.known_of(self.report, now, quiet, self._usual, live, [due for due in dues if due is not None])
        seconds = pace.pause(known)
        return seconds if seconds <= pace.SHORTEST else seconds - JITTER_SECONDS * random.random()

    def results(self) -> dict[str, dict[str, Any]]:
        """What the details add to their actions, by the action's id."""
        return {identity: detail.result() for identity, detail in self._details.items()}

    def unread(self) -> tuple[str, ...]:
        """Which details could not be read, and why."""
        return tuple(detail.unread for detail in self._details.values() if detail.unread)

    def explanations(self, timeout: float) -> dict[str, str]:
        """Why actions failed, by their ids; a rollback that CodeDeploy makes is waited for, ``timeout`` seconds."""
        told = {}
        for identity in [one.id for one in self.report.failed if one.id in self._details]:
            try:
                told[identity] = self._details[identity].explanation(timeout)
            except ApiError:
                continue  # then the action's own words have to do; what cannot be read was warned of
        return told

    def _read(self, now: float) -> Report:
        execution, state, declaration = self._facts
        working = self.report and any(not one.waits_for_approval for one in self.report.running)
        if working and now - self._asked < READ_ALL_SECONDS:
            actions = self._executions.actions(self._id)
            seen = report_make.make(execution, actions, declaration, state)
            if _statuses(seen) == _statuses(self.report):
                return seen
        # The execution before its actions: one that has ended has no action that has not.
        execution = self._executions.get(self._id)
        actions = self._executions.actions(self._id)
        state = self._executions.state()
        if not declaration:
            declaration = self._executions.declaration(execution.get("pipeline_version"))
        self._facts, self._asked = (execution, state, declaration), now
        times = [epoch(one[name]) for one in actions for name in ("start_time", "last_update_time") if one.get(name)]
        self._service.observe(max(times, default=None), self._context.clock.now())
        seen = report_make.make(execution, actions, declaration, state)
        if seen.status == "Failed" and not seen.failed and not seen.failed_rules:
            return report_make.make(execution, actions, declaration, state, self._executions.rules(self._id))
        return seen

    def _detail(self, action: Action, silent: bool) -> Detail | None:
        return detail_of(self._context, action, self._executions.region, self._build_log, silent)

    def _look_at(self, ids: list[str]) -> tuple:
        """Looks at the details of these actions, at those that have ended only once more."""
        running = {one.id for one in self.report.running}
        seen = []
        for identity in ids:
            if identity not in self._details or identity in self._finished:
                continue
            seen.append(self._details[identity].look())
            if identity not in running:
                self._finished.add(identity)
        return tuple(seen)


def _wait_for(
    context, executions: Executions, execution_id: str, timeout: float, wait_for: str, build_log: str
) -> Followed:
    look = Look(context, executions, execution_id, build_log)
    end = context.clock.now() + timeout
    until = "end" if wait_for == "end" else "end or to need somebody"
    try:
        wait_until(
            look,
            lambda seen: seen[0].ended or (wait_for == "approval" and seen[0].needs_somebody),
            timeout,
            what=f"execution {execution_id} to {until}",
            describe=lambda seen: _describe(seen[0]),
            clock=context.clock,
            pace=look,
        )
    except WaitTimeout as error:
        over = Followed(look.report, look.results())
        told = " ".join(filter(None, (f"{executions.pipeline}: {error}", failure.next_step(look.report))))
        raise Failure(told, changed=True, **over.result()) from error
    if look.report.status != "Failed":
        return Followed(look.report, look.results())
    told = look.explanations(max(end - context.clock.now(), LEAST_ROLLBACK_WAIT))
    return Followed(look.report, look.results(), told)


def _rollback_of(context, executions: Executions, seen: Report, summaries: list[dict[str, Any]], left: float) -> str:
    """The execution that rolls back a stage in which this one failed; "" when none does. Waits where one is due."""

    def found(listed: list[dict[str, Any]]) -> str:
        for one in listed:
            detail = (one.get("trigger") or {}).get("trigger_detail", "")
            if one.get("execution_type") == "ROLLBACK" and seen.id in detail:
                return one["pipeline_execution_id"]
        return ""

    rollback = found(summaries)
    if rollback or seen.type == "ROLLBACK" or left <= 0 or not _rolls_back(executions, seen):
        return rollback
    try:
        return wait_until(
            lambda: found(executions.newest(20)),
            bool,
            min(left, ROLLBACK_SECONDS),
            what=f"the rollback of {seen.id}",
            clock=context.clock,
        )
    except WaitTimeout:
        return ""


def _rolls_back(executions: Executions, seen: Report) -> bool:
    """Whether the pipeline says that the stage in which this execution failed is rolled back."""
    failed = {stage.name for stage in seen.stages if stage.status == "Failed"}
    declared = executions.declaration(seen.facts.get("pipeline_version"))
    return any(
        (stage.get("on_failure") or {}).get("result") == "ROLLBACK" or _a_condition_rolls_back(stage)
        for stage in declared.get("stages") or []
        if stage["name"] in failed
    )


def _a_condition_rolls_back(stage: Mapping[str, Any]) -> bool:
    kinds = (stage.get(kind) or {} for kind in ("on_failure", "on_success"))
    return any(one.get("result") == "ROLLBACK" for kind in kinds for one in kind.get("conditions") or [])


def _statuses(seen: Report | None) -> list[tuple[str, str]]:
    return [(action.id, action.status) for action in seen.actions] if seen else []


def _describe(seen: Report) -> str:
    if seen.approvals:
        return "waits for approval " + " and ".join(f"{one.stage}/{one.name}" for one in seen.approvals)
    if seen.running:
        return "runs " + ", ".join(f"{one.stage}/{one.name}" for one in seen.running)
    if seen.held:
        return f"waits before stage {seen.held.name}, {HELD[seen.held.held]}"
    return "in progress"
