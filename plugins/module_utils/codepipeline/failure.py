# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why an execution did not succeed, in words: the most useful first. Pure.

What failed, with what the build, the deployment or the approver says about it; then how far the execution came; then
what became of it and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..engine.progress import duration
from .follow_lines import LONGEST_SUMMARY
from .report import NOT_REACHED, SHORT_ID, Action, Report

INFO = "convoy.delivery.codepipeline_execution"


@dataclass(frozen=True)
class Aftermath:
    """What is known about an execution's end beside itself.

    ``stop_reason``: what the one who stopped it said. ``successor``: the execution that took its place.
    """

    stop_reason: str = ""
    successor: str = ""


def explain(
    report: Report,
    told: Mapping[str, str] | None = None,
    aftermath: Aftermath | None = None,
    rollback: Report | None = None,
) -> str:
    """The message for an execution that ended otherwise than Succeeded; several lines.

    ``told`` is what a build or a deployment says about its failure, by the action's id; ``rollback`` the execution
    that rolled a stage back after this one.
    """
    aftermath = aftermath or Aftermath()
    failed = report.status == "Failed"
    lines = _failed(report, told or {}) if failed else [ENDS[report.status](report, aftermath)]
    if report.stages:
        lines.append(_course(report))
    if rollback:
        lines.append(_rolled_back(rollback))
    return "\n".join([*lines, *([_remedy(report)] if failed else [])])


def next_step(report: Report) -> str:
    """What somebody has to do so that an execution goes on; "" when nobody has to."""
    if report.ended:
        return ""
    of = f" (pipeline_execution_id={report.id})"
    if report.approvals:
        places = " and ".join(f"{one.stage}/{one.name}" for one in report.approvals)
        return (
            f"{report.pipeline}: execution {report.short_id} waits for the approval {places}. Look at the evidence "
            "with convoy.delivery.codepipeline_approval_info, then answer with convoy.delivery.codepipeline_approval"
            f"{of}."
        )
    held = report.held
    if held and held.held == "disabled":
        because = f" ({held.held_by})" if held.held_by else ""
        return (
            f"{report.pipeline}: execution {report.short_id} waits before stage {held.name}, the transition into it is "
            f"disabled{because}. Enable it with convoy.delivery.codepipeline_stage_transition."
        )
    if held and held.held == "unanswered":
        return (
            f"{report.pipeline}: execution {report.short_id} waits before stage {held.name}, in which an older one "
            "waits for an approval. Approve or reject that one with convoy.delivery.codepipeline_approval "
            f"(pipeline_execution_id={held.held_by})."
        )
    return ""


def _failed(report: Report, told: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for action in report.failed:
        text = told.get(action.id) or _own_words(action)
        place = f"{action.stage}/{action.name}"
        lines += f"{'' if lines else report.pipeline + ': '}{place}: {text}".splitlines()
    for rule in report.failed_rules:
        message = _dotted(rule.message or "it gives no reason")
        prefix = "" if lines else f"{report.pipeline}: "
        condition = f"the condition {rule.kind}" if rule.kind else "a condition"
        lines.append(f"{prefix}{rule.stage}: {condition} is not met, rule {rule.name}: {message}")
    if not lines:
        why = _dotted(report.summary or "CodePipeline gives no reason")
        lines.append(f"{report.pipeline}: execution {report.id} failed: {why}")
    return lines


def _own_words(action: Action) -> str:
    message = " ".join(action.error_message.split())
    if action.category == "Approval":
        by = f" by {action.updated_by}" if action.updated_by and action.updated_by not in message else ""
        return f"not approved{by}: {_dotted(message or 'no reason was given')}"
    code = f" ({action.error_code})" if action.error_code else ""
    link = f" See {action.external_url}" if action.external_url else ""
    return f"{_dotted(message or action.summary or 'the action failed and gives no reason')}{code}{link}"


def _stopped(report: Report, aftermath: Aftermath) -> str:
    reason = _dotted(f": {aftermath.stop_reason}" if aftermath.stop_reason else "; no reason was given")
    stage = next((one.name for one in reversed(report.stages) if one.status == "Stopped"), "")
    where = f" in stage {stage}" if stage else ""
    retry = f"retry the stage ({INFO}, state=retried, stage_name={stage}), or " if stage else ""
    return (
        f"{report.pipeline}: execution {report.id} was stopped{where}{reason} To go on, {retry}start a new execution."
    )


def _superseded(report: Report, aftermath: Aftermath) -> str:
    what = f" of {_revisions(report)}" if report.revisions else ""
    if not aftermath.successor:
        return f"{report.pipeline}: execution {report.id}{what} was superseded by a newer one. Follow the newest one."
    return (
        f"{report.pipeline}: execution {report.id}{what} was superseded by {aftermath.successor}, which took its "
        f"place. Follow that one ({INFO}, state=followed, pipeline_execution_id={aftermath.successor})."
    )


def _cancelled(report: Report, aftermath: Aftermath) -> str:
    return (
        f"{report.pipeline}: execution {report.id} was cancelled: the pipeline was changed while it ran. "
        "Start a new execution."
    )


ENDS = {"Stopped": _stopped, "Superseded": _superseded, "Cancelled": _cancelled}


def _course(report: Report) -> str:
    """``Execution 3f2a91bc of 9d81c0de (Show prices): Source succeeded, Build failed, after 2m 05s.``"""
    stages = ", ".join(f"{one.name} {_word(one.status)}" for one in report.stages)
    took = f", after {duration(report.seconds)}" if report.seconds is not None else ""
    revisions = _revisions(report)
    return f"Execution {report.short_id}{' of ' + revisions if revisions else ''}: {stages}{took}."


def _revisions(report: Report) -> str:
    return " and ".join(revision.named(LONGEST_SUMMARY) for revision in report.revisions)


def _word(status: str) -> str:
    return {NOT_REACHED: "not reached", "InProgress": "in progress"}.get(status, status.lower())


def _rolled_back(rollback: Report) -> str:
    back = f" to execution {rollback.rolls_back_to[:SHORT_ID]}" if rollback.rolls_back_to else ""
    if rollback.status == "Succeeded":
        took = f" in {duration(rollback.seconds)}" if rollback.seconds is not None else ""
        return f"Rolled back{back} by execution {rollback.id}{took}."
    if not rollback.ended:
        return f"The rollback{back}, execution {rollback.id}, still runs."
    inner = "\n".join(f"  {line}" for line in explain(rollback).splitlines())
    return f"The rollback{back}, execution {rollback.id}, {rollback.status.lower()} too:\n{inner}"


def _remedy(report: Report) -> str:
    stage = next((one.name for one in report.stages if one.status == "Failed"), "")
    if stage and stage == report.stages[0].name:
        return "Correct what is wrong with the source, then start a new execution."
    if stage:
        return (
            "Correct the cause and push it; where the cause was outside of the revision, retry the stage "
            f"({INFO}, state=retried, stage_name={stage})."
        )
    return "Correct the cause, then start a new execution."


def _dotted(text: str) -> str:
    text = text.rstrip()
    return text if text.endswith((".", "!", "?")) else text + "."
