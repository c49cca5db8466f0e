# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answering an approval for the execution that was reviewed, and for no other.

What waits at an action may have changed since somebody looked at it. So the token is read, its attempt is compared with
the reviewed execution's own, and used at once; CodePipeline takes a token for one attempt only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.errors import Failure
from ..engine.wait import WaitTimeout, wait_until
from . import approval_waiting
from .approval_waiting import Waiting
from .execution_calls import Executions
from .execution_find import check_id
from .report import ENDED, SHORT_ID

ANSWERS = {"approved": "Approved", "rejected": "Rejected"}
COUNTS_SECONDS = 15
LONGEST_SUMMARY = 512  # ApprovalSummary of the service's model


def answer(context) -> dict[str, Any]:
    """Approve or reject; the task's result. The same answer given before is no change.

    Raises Failure when another execution waits there, nothing does, or the approval has been answered otherwise.
    """
    options = context.options
    identity = options["pipeline_execution_id"]
    check_id("pipeline_execution_id", identity)
    if len(options["summary"]) > LONGEST_SUMMARY:
        raise Failure(f"summary: it has {len(options['summary'])} characters. At most {LONGEST_SUMMARY} are possible.")
    executions = Executions(context, options["pipeline_name"])
    stage, action = options["stage_name"], options["action_name"]
    waiting = approval_waiting.waiting_in(executions.state())
    attempts = _attempts(executions.actions(identity), stage, action)
    ours = [one for one in approval_waiting.selected(waiting, stage, action) if _is_for(one, identity, attempts)]
    if len(ours) > 1:
        places = " and ".join(one.place for one in ours)
        raise Failure(
            f"{executions.pipeline}: execution {identity} waits for {places}. "
            "Say with stage_name and action_name which one is meant."
        )
    if not ours:
        return _nothing_waits(executions, options, waiting, attempts)
    return _give(context, executions, ours[0])


def _give(context, executions: Executions, one: Waiting) -> dict[str, Any]:
    options = context.options
    status = ANSWERS[options["state"]]
    approval = {**_place(one.stage, one.action), "pipeline_execution_id": one.execution_id, "status": status}
    approval["summary"] = options["summary"]
    result = {
        "changed": True,
        "approval": {"pipeline_name": executions.pipeline, **approval},
        "diff": {"before": {"status": "InProgress"}, "after": {"status": status, "summary": options["summary"]}},
    }
    if context.check_mode:
        return result
    if not executions.answer(one.stage, one.action, one.token, status, options["summary"]):
        # Somebody else was faster, or a newer execution took its place. What they said decides.
        attempts = _attempts(executions.actions(one.execution_id), one.stage, one.action)
        waiting = approval_waiting.waiting_in(executions.state())
        if attempts and attempts[-1].get("status") == "InProgress":
            raise Failure(
                f"{executions.pipeline}: CodePipeline did not take the answer for {one.place} of execution "
                f"{one.execution_id}, which still waits. Nothing was answered: run the task again."
            )
        return _nothing_waits(executions, {**options, **_place(one.stage, one.action)}, waiting, attempts)
    _until_it_counts(context, executions, one)
    return result


def _until_it_counts(context, executions: Executions, one: Waiting) -> None:
    """Wait until CodePipeline itself shows that the approval is answered, so that who follows it sees it go on."""

    def waits() -> bool:
        attempts = _attempts(executions.actions(one.execution_id), one.stage, one.action)
        return bool(attempts) and attempts[-1].get("status") == "InProgress"

    try:
        wait_until(waits, lambda still: not still, COUNTS_SECONDS, what="the answer to count", clock=context.clock)
    except WaitTimeout:
        context.warn(f"{one.place} is answered, but CodePipeline does not show it yet.")


def _nothing_waits(
    executions: Executions,
    options: Mapping[str, Any],
    waiting: Sequence[Waiting],
    attempts: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The result when the answer was given before; else a refusal that says what waits instead."""
    identity, status = options["pipeline_execution_id"], ANSWERS[options["state"]]
    _check_place(executions, options)
    last = attempts[-1] if attempts else None
    if last and last.get("status") in ("Succeeded", "Failed"):
        given = "Approved" if last["status"] == "Succeeded" else "Rejected"
        if given != status:
            raise Failure(_answered_otherwise(executions.pipeline, identity, last, given))
        approval = {"pipeline_name": executions.pipeline, **_place(last["stage_name"], last["action_name"])}
        approval |= {"pipeline_execution_id": identity, "status": given, "summary": _said(last)}
        if last.get("updated_by"):
            approval["answered_by"] = last["updated_by"]
        state = {"status": given}
        return {"changed": False, "approval": approval, "diff": {"before": state, "after": state}}
    others = approval_waiting.selected(waiting, options["stage_name"], options["action_name"])
    raise Failure(_refusal(executions, identity, others))


def _refusal(executions: Executions, identity: str, others: Sequence[Waiting]) -> str:
    status = executions.get(identity)["status"]
    if status in ENDED:
        how = "was superseded by a newer one" if status == "Superseded" else f"has ended ({status})"
        message = f"{executions.pipeline}: execution {identity} {how}: there is nothing of it to approve or reject."
    else:
        message = f"{executions.pipeline}: execution {identity} does not wait for an approval here (it is {status})."
    if others:
        told = "; ".join(f"{one.place} waits for execution {one.execution_id}" for one in others)
        return (
            f"{message} {told}, which is not the one that was reviewed. Review that one "
            "(convoy.delivery.codepipeline_approval_info), then give its id as pipeline_execution_id."
        )
    if status in ENDED:
        return f"{message} Nothing else waits here either."
    return f"{message} Wait until it does (convoy.delivery.codepipeline_execution, state=followed, wait_for=approval)."


def _answered_otherwise(pipeline: str, identity: str, last: Mapping[str, Any], given: str) -> str:
    by = f" by {last['updated_by']}" if last.get("updated_by") else ""
    said = f" ({_said(last)})" if _said(last) else ""
    place = f"{last['stage_name']}/{last['action_name']}"
    if given == "Approved":
        return (
            f"{pipeline}: {place} has been approved for execution {identity}{by}{said}, so it cannot be rejected any "
            "more. Stop the execution (convoy.delivery.codepipeline_execution, state=stopped), or roll the stage back."
        )
    return (
        f"{pipeline}: {place} was not approved for execution {identity}{by}{said}, and cannot be approved any more. "
        f"Retry the stage (convoy.delivery.codepipeline_execution, state=retried, stage_name={last['stage_name']}), "
        f"then approve execution {identity[:SHORT_ID]} there."
    )


def _attempts(actions: Sequence[Mapping[str, Any]], stage: str | None, action: str | None) -> list[Mapping[str, Any]]:
    """The execution's attempts at the approval that is meant, or at any of its approvals, in their order."""
    found = [
        one
        for one in actions
        if ((one.get("input") or {}).get("action_type_id") or {}).get("category") == "Approval"
        and stage in (None, one["stage_name"])
        and action in (None, one["action_name"])
    ]
    return sorted(found, key=lambda one: one.get("start_time") or "")


def _is_for(one: Waiting, identity: str, attempts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what waits is an attempt of this execution: by the attempt's id, or its stage's where that is not told.

    In a PARALLEL pipeline several executions are in a stage at once, so that only the attempt's id tells.
    """
    if one.action_id:
        return one.action_id in {attempt.get("action_execution_id") for attempt in attempts}
    return one.execution_id == identity


def _check_place(executions: Executions, options: Mapping[str, Any]) -> None:
    """Refuse a stage and an action that are no approval of the pipeline, or could be several."""
    stage, action = options["stage_name"], options["action_name"]
    declared = approval_waiting.approvals_of(executions.declaration())
    meant = [one for one in declared if stage in (None, one[0]) and action in (None, one[1])]
    has = ", ".join("/".join(one) for one in declared)
    if len(meant) > 1:
        raise Failure(
            f"{executions.pipeline}: it has the approvals {has}, none of which waits for execution "
            f"{options['pipeline_execution_id']} now. Say with stage_name and action_name which one is meant."
        )
    if not meant:
        named = "/".join(one for one in (stage, action) if one)
        raise Failure(
            f"{'stage_name' if stage else 'action_name'}: {executions.pipeline} has no approval {named} "
            f"({'it has ' + has if has else 'it has none at all'})."
        )


def _place(stage: str, action: str) -> dict[str, str]:
    return {"stage_name": stage, "action_name": action}


def _said(attempt: Mapping[str, Any]) -> str:
    result = (attempt.get("output") or {}).get("execution_result") or {}
    error = (result.get("error_details") or {}).get("message", "")
    return result.get("external_execution_summary") or error
