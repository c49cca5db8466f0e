# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the answers of GetPipelineExecution, ListActionExecutions, ListRuleExecutions and GetPipelineState (in option
names, times in ISO 8601) and the pipeline's declaration to a Report, and from a Report to a module's result. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .report import NOT_REACHED, Action, Report, Revision, Rule, Stage

CONDITIONS = {
    "before_entry_condition_state": "before entry",
    "on_success_condition_state": "on success",
    "on_failure_condition_state": "on failure",
}


def make(
    execution: Mapping[str, Any],
    actions: Sequence[Mapping[str, Any]],
    declaration: Mapping[str, Any],
    state: Mapping[str, Any] | None = None,
    rules: Sequence[Mapping[str, Any]] = (),
) -> Report:
    """The report of an execution.

    ``execution`` is GetPipelineExecution's pipeline_execution, ``actions`` its ListActionExecutions, ``declaration``
    the pipeline of its version, ``state`` GetPipelineState's answer (None: what it waits for is not known). ``rules``
    is its ListRuleExecutions, for what the state does not tell: it shows only the last execution in a stage.
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
            _stage(stage, latest, states.get(stage["name"], {}), execution["pipeline_execution_id"], rules)
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


def _stage(
    declared: Mapping[str, Any],
    latest: Mapping[tuple[str, str], Action],
    state: Mapping[str, Any],
    execution_id: str,
    rules: Sequence[Mapping[str, Any]],
) -> Stage:
    name = declared["name"]
    order = {one["name"]: (one.get("run_order") or 1, number) for number, one in enumerate(declared["actions"])}
    actions = [action for (stage, _action_name), action in latest.items() if stage == name]
    actions.sort(key=lambda one: order.get(one.name, (0, 0)))
    ours = (state.get("latest_execution") or {}).get("pipeline_execution_id") == execution_id
    told = state["latest_execution"].get("status", "") if ours else ""
    held, held_by = _held(declared, state, execution_id)
    failed = [_rule(one) for one in rules if (one["stage_name"], one.get("status")) == (name, "Failed")]
    return Stage(
        name=name,
        status=told or ("Failed" if failed else _status(actions)),
        actions=tuple(actions),
        held=held,
        held_by=held_by,
        failed_rules=tuple(failed or (_failed_rules(name, state) if told == "Failed" else ())),
    )


def _status(actions: Sequence[Action]) -> str:
    """The status of a stage that another execution has entered since, or of which no state was read."""
    statuses = {action.status for action in actions}
    for status, word in (("InProgress", "InProgress"), ("Failed", "Failed"), ("Abandoned", "Stopped")):
        if status in statuses:
            return word
    return "Succeeded" if statuses else NOT_REACHED


def _held(declared: Mapping[str, Any], state: Mapping[str, Any], execution_id: str) -> tuple[str, str]:
    """Why an execution waits in front of a stage, and because of what; two "" when it does not."""
    inbound = state.get("inbound_executions") or list(filter(None, [state.get("inbound_execution")]))
    if execution_id not in [one["pipeline_execution_id"] for one in inbound]:
        return "", ""
    transition = state.get("inbound_transition_state") or {}
    if not transition.get("enabled", True):
        return "disabled", transition.get("disabled_reason", "")
    by = (state.get("latest_execution") or {}).get("pipeline_execution_id", "")
    return "unanswered" if _only_approvals_run(declared, state) else "occupied", by


def _only_approvals_run(declared: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """Whether the execution in a stage waits for nothing but answers."""
    approvals = {one["name"] for one in declared["actions"] if one["action_type_id"]["category"] == "Approval"}
    running = {
        one["action_name"]
        for one in state.get("action_states") or []
        if (one.get("latest_execution") or {}).get("status") == "InProgress"
    }
    return bool(running) and running <= approvals


def _failed_rules(stage: str, state: Mapping[str, Any]) -> Iterator[Rule]:
    for member, kind in CONDITIONS.items():
        for condition in (state.get(member) or {}).get("condition_states") or []:
            if (condition.get("latest_execution") or {}).get("status") not in ("Failed", "Errored"):
                continue
            for rule in condition.get("rule_states") or []:
                latest = rule.get("latest_execution") or {}
                if latest.get("status") == "Failed":
                    message = (latest.get("error_details") or {}).get("message") or latest.get("summary") or ""
                    yield Rule(stage, kind, rule.get("rule_name", ""), message)


def _rule(one: Mapping[str, Any]) -> Rule:
    """A failed rule of ListRuleExecutions, which does not tell the condition that it belongs to."""
    result = (one.get("output") or {}).get("execution_result") or {}
    message = (result.get("error_details") or {}).get("message") or result.get("external_execution_summary") or ""
    return Rule(one["stage_name"], "", one.get("rule_name", ""), message)


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
