# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an execution of a pipeline did, as data: its stages, their actions with times, what it waits for, what failed.

Pure: from the answers of GetPipelineExecution, ListActionExecutions and GetPipelineState (in option names, times in
ISO 8601) and the pipeline's declaration to a Report. What is printed from it is in ``follow_lines`` (while it runs) and
``failure`` (when it went wrong).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..engine.times import seconds_between

ENDED = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
NOT_REACHED = "Pending"  # of a stage that the execution has not come to: ours, the API has no word for it
CONDITIONS = {
    "before_entry_condition_state": "before entry",
    "on_success_condition_state": "on success",
    "on_failure_condition_state": "on failure",
}
SHORT_ID = 8  # of a commit or an execution, where people read it


@dataclass(frozen=True)
class Action:
    """The last attempt of an execution at one action. ``end`` is None until it ended, texts are "" when not told.

    ``configuration`` is the resolved one. ``attempts`` counts this one and those before it.
    """

    stage: str
    name: str
    status: str
    id: str = ""
    category: str = ""
    provider: str = ""
    start: str | None = None
    end: str | None = None
    external_id: str = ""
    external_url: str = ""
    summary: str = ""
    error_code: str = ""
    error_message: str = ""
    log_stream_arn: str = ""
    updated_by: str = ""
    region: str = ""
    attempts: int = 1
    configuration: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Mapping[str, Any], ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()

    @property
    def running(self) -> bool:
        return self.status == "InProgress"

    @property
    def seconds(self) -> float | None:
        return seconds_between(self.start, self.end)

    @property
    def waits_for_approval(self) -> bool:
        return self.running and self.category == "Approval"


@dataclass(frozen=True)
class Rule:
    """A rule of a stage's condition that failed. ``kind`` is one of the words of CONDITIONS."""

    stage: str
    kind: str
    name: str
    message: str


@dataclass(frozen=True)
class Stage:
    """A stage of the execution. ``status`` is a StageExecutionStatus, or NOT_REACHED.

    ``held`` says why the execution waits in front of it: "disabled" (its transition), "occupied" (by another
    execution), or "" when it does not; ``held_by`` is the reason of the one, the execution of the other.
    """

    name: str
    status: str
    actions: tuple[Action, ...] = ()
    held: str = ""
    held_by: str = ""
    failed_rules: tuple[Rule, ...] = ()

    @property
    def start(self) -> str | None:
        return min((action.start for action in self.actions if action.start), default=None)

    @property
    def end(self) -> str | None:
        if self.status in ("InProgress", "Stopping", NOT_REACHED):
            return None
        return max((action.end for action in self.actions if action.end), default=None)

    @property
    def seconds(self) -> float | None:
        return seconds_between(self.start, self.end)


@dataclass(frozen=True)
class Revision:
    """What a source action found. ``summary`` is a commit's message; "" where it is not told."""

    action: str
    id: str
    summary: str = ""
    url: str = ""

    @property
    def short(self) -> str:
        """As people read it: a commit's first characters, else the whole id."""
        is_commit = len(self.id) >= 40 and all(one in "0123456789abcdef" for one in self.id)
        return self.id[:SHORT_ID] if is_commit else self.id

    def told(self, longest: int) -> str:
        """``9d81c0de  Show prices with tax``: the message's first line, left out where it names the id."""
        line = self._message(longest)
        return f"{self.short}  {line}" if line else self.short

    def named(self, longest: int) -> str:
        """``9d81c0de (Show prices with tax)``: the same within a sentence."""
        line = self._message(longest)
        return f"{self.short} ({line})" if line else self.short

    def _message(self, longest: int) -> str:
        if self.id in self.summary:
            return ""
        return shortened(next(iter(self.summary.strip().splitlines()), ""), longest)


@dataclass(frozen=True)
class Report:
    """One execution of a pipeline. ``facts`` is GetPipelineExecution's answer, for what is only passed on."""

    pipeline: str
    id: str
    status: str
    mode: str = ""
    type: str = ""
    summary: str = ""
    trigger: str = ""
    rolls_back_to: str = ""
    stages: tuple[Stage, ...] = ()
    revisions: tuple[Revision, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def short_id(self) -> str:
        return self.id[:SHORT_ID]

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(action for stage in self.stages for action in stage.actions)

    @property
    def running(self) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if action.running)

    @property
    def failed(self) -> tuple[Action, ...]:
        """The failed actions, the earliest first."""
        return tuple(sorted((one for one in self.actions if one.status == "Failed"), key=lambda one: one.end or "~"))

    @property
    def failed_rules(self) -> tuple[Rule, ...]:
        return tuple(rule for stage in self.stages for rule in stage.failed_rules)

    @property
    def approvals(self) -> tuple[Action, ...]:
        """The approvals that it waits for."""
        return tuple(action for action in self.running if action.waits_for_approval)

    @property
    def held(self) -> Stage | None:
        """The stage in front of which it waits."""
        return next((stage for stage in self.stages if stage.held), None)

    @property
    def needs_somebody(self) -> bool:
        """Whether it goes on only when somebody acts: answers an approval, or enables a transition."""
        if self.ended:
            return False
        if self.running:
            return all(action.waits_for_approval for action in self.running)
        return bool(self.held and self.held.held == "disabled")

    @property
    def outcome(self) -> str:
        """succeeded, failed, stopped, superseded, cancelled, waits_for_approval, waits_for_transition, in_progress."""
        if self.ended:
            return self.status.lower()
        if self.needs_somebody:
            return "waits_for_approval" if self.approvals else "waits_for_transition"
        return "in_progress"

    @property
    def seconds(self) -> float | None:
        """From the start of its first action to the end of its last."""
        starts = [action.start for action in self.actions if action.start]
        ends = [action.end for action in self.actions if action.end]
        return seconds_between(min(starts, default=None), max(ends, default=None)) if self.ended else None


def shortened(text: str, longest: int) -> str:
    """The text on one line, its first so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[:longest].rstrip() + " ..."


def make(
    execution: Mapping[str, Any],
    actions: Sequence[Mapping[str, Any]],
    declaration: Mapping[str, Any],
    state: Mapping[str, Any] | None = None,
) -> Report:
    """The report of an execution.

    ``execution`` is GetPipelineExecution's pipeline_execution, ``actions`` its ListActionExecutions, ``declaration``
    the pipeline of its version, ``state`` GetPipelineState's answer (None: what it waits for is not known).
    """
    attempts: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in sorted(actions, key=lambda one: one.get("start_time") or ""):
        attempts.setdefault((one["stage_name"], one["action_name"]), []).append(one)
    latest = {place: _action(tries[-1], len(tries)) for place, tries in attempts.items()}
    states = {stage["stage_name"]: stage for stage in (state or {}).get("stage_states") or []}
    return Report(
        pipeline=execution["pipeline_name"],
        id=execution["pipeline_execution_id"],
        status=execution["status"],
        mode=execution.get("execution_mode", ""),
        type=execution.get("execution_type", ""),
        summary=execution.get("status_summary", ""),
        trigger=(execution.get("trigger") or {}).get("trigger_type", ""),
        rolls_back_to=(execution.get("rollback_metadata") or {}).get("rollback_target_pipeline_execution_id", ""),
        stages=tuple(
            _stage(stage, latest, states.get(stage["name"], {}), execution["pipeline_execution_id"])
            for stage in declaration.get("stages") or []
        ),
        revisions=_revisions(execution, declaration),
        facts=execution,
    )


def as_result(report: Report, details: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """A report as a module returns it. ``details`` has what a ``build`` or a ``deployment`` did, by the action's id."""
    return {
        **report.facts,
        "seconds": report.seconds,
        "outcome": report.outcome,
        "stages": [_stage_result(stage, details or {}) for stage in report.stages],
        "waiting_approvals": [
            {"stage_name": one.stage, "action_name": one.name, "since": one.start} for one in report.approvals
        ],
    }


def _stage(declared, latest: Mapping[tuple[str, str], Action], state: Mapping[str, Any], execution_id: str) -> Stage:
    name = declared["name"]
    order = {one["name"]: (one.get("run_order") or 1, number) for number, one in enumerate(declared["actions"])}
    actions = [action for (stage, _action_name), action in latest.items() if stage == name]
    actions.sort(key=lambda one: order.get(one.name, (0, 0)))
    ours = (state.get("latest_execution") or {}).get("pipeline_execution_id") == execution_id
    told = state["latest_execution"].get("status", "") if ours else ""
    held, held_by = _held(state, execution_id)
    return Stage(
        name=name,
        status=told or _status(actions),
        actions=tuple(actions),
        held=held,
        held_by=held_by,
        failed_rules=tuple(_failed_rules(name, state)) if told == "Failed" else (),
    )


def _status(actions: Sequence[Action]) -> str:
    """The status of a stage that another execution has entered since, or of which no state was read."""
    statuses = {action.status for action in actions}
    for status, word in (("InProgress", "InProgress"), ("Failed", "Failed"), ("Abandoned", "Stopped")):
        if status in statuses:
            return word
    return "Succeeded" if statuses else NOT_REACHED


def _held(state: Mapping[str, Any], execution_id: str) -> tuple[str, str]:
    """Why an execution waits in front of a stage, and because of what; two "" when it does not."""
    inbound = state.get("inbound_executions") or list(filter(None, [state.get("inbound_execution")]))
    if execution_id not in [one["pipeline_execution_id"] for one in inbound]:
        return "", ""
    transition = state.get("inbound_transition_state") or {}
    if not transition.get("enabled", True):
        return "disabled", transition.get("disabled_reason", "")
    return "occupied", (state.get("latest_execution") or {}).get("pipeline_execution_id", "")


def _failed_rules(stage: str, state: Mapping[str, Any]):
    for member, kind in CONDITIONS.items():
        for condition in (state.get(member) or {}).get("condition_states") or []:
            if (condition.get("latest_execution") or {}).get("status") not in ("Failed", "Errored"):
                continue
            for rule in condition.get("rule_states") or []:
                latest = rule.get("latest_execution") or {}
                if latest.get("status") == "Failed":
                    message = (latest.get("error_details") or {}).get("message") or latest.get("summary") or ""
                    yield Rule(stage, kind, rule.get("rule_name", ""), message)


def _action(one: Mapping[str, Any], attempts: int) -> Action:
    given, output = one.get("input") or {}, one.get("output") or {}
    result = output.get("execution_result") or {}
    error = result.get("error_details") or {}
    kind = given.get("action_type_id") or {}
    return Action(
        stage=one["stage_name"],
        name=one["action_name"],
        status=one.get("status", ""),
        id=one.get("action_execution_id", ""),
        category=kind.get("category", ""),
        provider=kind.get("provider", ""),
        start=one.get("start_time"),
        end=None if one.get("status") == "InProgress" else one.get("last_update_time"),
        external_id=result.get("external_execution_id", ""),
        external_url=result.get("external_execution_url", ""),
        summary=result.get("external_execution_summary", ""),
        error_code=error.get("code", ""),
        error_message=error.get("message", ""),
        log_stream_arn=result.get("log_stream_arn", ""),
        updated_by=one.get("updated_by", ""),
        region=given.get("region", ""),
        attempts=attempts,
        configuration=given.get("resolved_configuration") or given.get("configuration") or {},
        variables=output.get("output_variables") or {},
        inputs=tuple(given.get("input_artifacts") or ()),
        outputs=tuple(output.get("output_artifacts") or ()),
    )


def _revisions(execution: Mapping[str, Any], declaration: Mapping[str, Any]) -> tuple[Revision, ...]:
    """artifact_revisions, one for each source action: GetPipelineExecution tells the artifact, not the action."""
    sources = {}
    for action in ((declaration.get("stages") or [{}])[0]).get("actions") or []:
        for artifact in action.get("output_artifacts") or []:
            sources[artifact["name"]] = action["name"]
    found = {}
    for one in execution.get("artifact_revisions") or []:
        action = sources.get(one.get("name", ""), one.get("name", ""))
        told = Revision(
            action, one.get("revision_id", ""), one.get("revision_summary", ""), one.get("revision_url", "")
        )
        found.setdefault(action, told)
    return tuple(found.values())


def _stage_result(stage: Stage, details: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "name": stage.name,
        "status": stage.status,
        "start_time": stage.start,
        "end_time": stage.end,
        "seconds": stage.seconds,
        "actions": [_action_result(one, details.get(one.id, {})) for one in stage.actions],
    }
    if stage.held:
        result["held"] = {"by": stage.held, "because": stage.held_by}
    if stage.failed_rules:
        result["failed_rules"] = [
            {"condition": one.kind, "name": one.name, "message": one.message} for one in stage.failed_rules
        ]
    return result


def _action_result(action: Action, detail: Mapping[str, Any]) -> dict[str, Any]:
    optional = {
        "external_execution_id": action.external_id,
        "external_execution_url": action.external_url,
        "summary": action.summary,
        "output_variables": dict(action.variables),
    }
    result: dict[str, Any] = {
        "name": action.name,
        "status": action.status,
        "category": action.category,
        "provider": action.provider,
        "action_execution_id": action.id,
        "attempts": action.attempts,
        "start_time": action.start,
        "end_time": action.end,
        "seconds": action.seconds,
        **{name: value for name, value in optional.items() if value},
        **detail,
    }
    if action.error_code or action.error_message:
        result["error"] = {"code": action.error_code, "message": action.error_message}
    return result
