# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stopping an execution, retrying and rolling back a stage, overriding a condition: once, however often it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.errors import Failure
from . import execution_find
from .execution import build_log, finish
from .execution_calls import UNDER_WAY, Executions
from .follow import follow, result_of
from .report import ENDED

OVERRIDABLE = {"BEFORE_ENTRY": "before_entry_condition_state", "ON_SUCCESS": "on_success_condition_state"}


def stop(context) -> dict[str, Any]:
    """Stop the execution that is under way; nothing under way, or ended already, is no change."""
    options = context.options
    executions = Executions(context, options["pipeline_name"])
    identity = options["pipeline_execution_id"] or _only_one_under_way(executions)
    if identity is None:
        return {"changed": False, "diff": {"before": {}, "after": {}}}
    now = executions.get(identity)
    abandons = now["status"] == "Stopping" and options["abandon"]
    if now["status"] in ENDED or (now["status"] == "Stopping" and not abandons and not options["wait"]):
        return {**_changed(now["status"], now["status"]), **result_of(context, executions, identity).result()}
    acts = now["status"] != "Stopping" or abandons
    after = "Stopped"
    if context.check_mode:
        return {**_changed(now["status"], after, acts), "execution": {**now, "status": after}}
    stopped = acts and executions.stop(identity, options["abandon"], options["reason"])
    result = _changed(now["status"], after, stopped)
    if not options["wait"]:
        return {**result, **result_of(context, executions, identity).result()}
    followed = follow(context, executions, identity, options["wait_timeout"], build_log=build_log(context))
    result["diff"]["after"]["status"] = followed.report.status
    return {**result, **followed.result()}


def retry(context) -> dict[str, Any]:
    """Retry the stage in which an execution has failed or was stopped, and follow it. Where none has, nothing is to do.

    A retry that runs already is adopted.
    """
    options = context.options
    executions = Executions(context, options["pipeline_name"])
    stage = _stage_to_retry(executions, options)
    if stage is None:
        newest = execution_find.find(context, executions)
        return {**_changed("", ""), **result_of(context, executions, newest).result()}
    name, latest = stage["stage_name"], stage["latest_execution"]
    identity = latest["pipeline_execution_id"]
    if latest["status"] in UNDER_WAY and not _a_failed_action(stage):
        adopted = {**_changed(latest["status"], latest["status"], True), "adopted": True}
        return finish(context, executions, identity, adopted)
    if latest["status"] not in ("Failed", "Stopped") and not _a_failed_action(stage):
        unchanged = _changed(latest["status"], latest["status"])
        return {**unchanged, **result_of(context, executions, identity).result()}
    result = {**_changed(latest["status"], "InProgress", True), "adopted": False}
    if context.check_mode:
        return {**result, **_predicted(executions, identity, "STANDARD")}
    executions.retry(name, identity, options["retry_mode"])
    context.progress.say(executions.pipeline, f"retries stage {name} of execution {identity[:8]}")
    return finish(context, executions, identity, result)


def roll_back(context) -> dict[str, Any]:
    """Run a stage again with what an earlier execution brought there, and follow it.

    Nothing is to do when the last execution in the stage is such a rollback and succeeded; one that runs is adopted.
    """
    options = context.options
    executions = Executions(context, options["pipeline_name"])
    name = options["stage_name"]
    latest = _stage(executions, name).get("latest_execution") or {}
    present = latest.get("pipeline_execution_id", "")
    now = executions.get(present) if present else {}
    back_to = (now.get("rollback_metadata") or {}).get("rollback_target_pipeline_execution_id")
    # What was rolled back by itself or by a run before is rolled back: further back only when it is asked for.
    target = options["target_pipeline_execution_id"] or back_to or _good_before(executions, name, present)
    if target in (present, back_to):
        if latest["status"] == "Succeeded":
            return {**_rolled(target, target, False), **result_of(context, executions, present).result()}
        if latest["status"] in UNDER_WAY:
            context.progress.say(executions.pipeline, f"adopts execution {present}, which is under way")
            return finish(context, executions, present, {**_rolled(present, target, True), "adopted": True})
    result = {**_rolled(present, target, True), "adopted": False}
    if context.check_mode:
        return {**result, **_predicted(executions, target, "ROLLBACK", target)}
    made = executions.roll_back(name, target)
    context.progress.say(executions.pipeline, f"rolls stage {name} back to execution {target[:8]}")
    return finish(context, executions, made, result)


def override(context) -> dict[str, Any]:
    """Let an execution go on past a stage's condition that failed, or that is being checked, and follow it."""
    options = context.options
    executions = Executions(context, options["pipeline_name"])
    name, kind = options["stage_name"], options["condition_type"]
    stage = _stage(executions, name)
    latest = stage.get("latest_execution") or {}
    identity = options["pipeline_execution_id"] or latest.get("pipeline_execution_id")
    if not identity:
        raise Failure(f"stage_name: no execution has come to stage {name} of {executions.pipeline} yet.")
    status = ((stage.get(OVERRIDABLE[kind]) or {}).get("latest_execution") or {}).get("status")
    if identity == latest.get("pipeline_execution_id") and status == "Overridden":
        return {**_changed(status, status), **result_of(context, executions, identity).result()}
    result = _changed(status or "", "Overridden", True)
    if context.check_mode:
        return {**result, **_predicted(executions, identity, "STANDARD")}
    executions.override(name, identity, kind)
    context.progress.say(executions.pipeline, f"overrides the condition {kind} of stage {name}")
    return finish(context, executions, identity, result)


def _only_one_under_way(executions: Executions) -> str | None:
    found = execution_find.under_way(executions.newest())
    if len(found) > 1:
        named = ", ".join(execution_find.told(one) for one in found[:5])
        raise Failure(
            f"{executions.pipeline}: {len(found)} executions are under way: {named}. "
            "Say with pipeline_execution_id which one is to be stopped."
        )
    return found[0]["pipeline_execution_id"] if found else None


def _stage_to_retry(executions: Executions, options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The state of the stage that is named, or of the first that failed or was stopped; None when there is none."""
    wanted = options["pipeline_execution_id"]
    if options["stage_name"]:
        stage = _stage(executions, options["stage_name"])
        latest = (stage.get("latest_execution") or {}).get("pipeline_execution_id")
        if latest is None:
            raise Failure(f"stage_name: no execution has come to stage {stage['stage_name']} of {executions.pipeline}.")
        if wanted and wanted != latest:
            raise Failure(
                f"pipeline_execution_id: execution {latest} has entered stage {stage['stage_name']} since, so that "
                f"{wanted} cannot be retried there. Retry {latest}, or start a new execution."
            )
        return stage
    found = [
        stage
        for stage in executions.state().get("stage_states") or []
        if (stage.get("latest_execution") or {}).get("status") in ("Failed", "Stopped")
        and (wanted is None or stage["latest_execution"]["pipeline_execution_id"] == wanted)
    ]
    if len(found) > 1:
        named = ", ".join(f"{one['stage_name']} ({one['latest_execution']['pipeline_execution_id']})" for one in found)
        raise Failure(f"{executions.pipeline}: several stages can be retried: {named}. Name one with stage_name.")
    return found[0] if found else None


def _stage(executions: Executions, name: str) -> Mapping[str, Any]:
    stages = executions.state().get("stage_states") or []
    found = next((stage for stage in stages if stage["stage_name"] == name), None)
    if found is None:
        names = ", ".join(stage["stage_name"] for stage in stages)
        raise Failure(f"stage_name: {executions.pipeline} has no stage {name} (it has {names}).")
    return found


def _a_failed_action(stage: Mapping[str, Any]) -> bool:
    """Whether an action has failed in a stage that still runs: FAILED_ACTIONS may be retried beside the others."""
    states = [(one.get("latest_execution") or {}).get("status") for one in stage.get("action_states") or []]
    return stage["latest_execution"]["status"] == "InProgress" and "Failed" in states


def _good_before(executions: Executions, stage: str, present: str) -> str:
    """The last execution that succeeded in a stage before the present one, and is no rollback itself."""
    for one in executions.newest(succeeded_in_stage=stage):
        if one["pipeline_execution_id"] != present and one.get("execution_type") != "ROLLBACK":
            return one["pipeline_execution_id"]
    raise Failure(
        f"{executions.pipeline}: no earlier execution has succeeded in stage {stage}, so there is nothing to roll back "
        "to. Give target_pipeline_execution_id if you know better."
    )


def _changed(before: str, after: str, changed: bool = False) -> dict[str, Any]:
    return {"changed": changed, "diff": {"before": {"status": before}, "after": {"status": after}}}


def _rolled(before: str, after: str, changed: bool) -> dict[str, Any]:
    states = [{"pipeline_execution_id": one} for one in (before, after)]
    return {"changed": changed, "diff": {"before": states[0], "after": states[1]}}


def _predicted(executions: Executions, execution_id: str, kind: str, target: str | None = None) -> dict[str, Any]:
    """What check mode knows of the execution that would go on, or be made with the revisions of this one."""
    known = executions.get(execution_id)
    predicted = {**known, "status": "InProgress", "execution_type": kind}
    if target:
        del predicted["pipeline_execution_id"]
        predicted["rollback_metadata"] = {"rollback_target_pipeline_execution_id": target}
    return {"execution": predicted}
