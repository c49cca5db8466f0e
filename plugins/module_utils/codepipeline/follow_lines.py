# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is printed while an execution runs: a line for what changed, none when nothing did. Pure."""

from __future__ import annotations

from ..engine.progress import Event as Line
from .report import NOT_REACHED, SHORT_ID, Action, Report, Stage, shortened

LONGEST_MESSAGE = 120  # of an action's error on its line: the whole of it is in the failure's message
LONGEST_SUMMARY = 60


def changes(before: Report | None, now: Report, seconds: float) -> list[Line]:
    """The lines for what differs between two reports of one execution. ``seconds`` is the time since the wait began."""
    lines = []
    if not now.ended and (before is None or (not before.revisions and now.revisions)):
        lines.append(_execution_line(now, "in progress"))
    earlier = {stage.name: stage for stage in before.stages} if before else {}
    for stage in now.stages:
        lines += _stage_lines(earlier.get(stage.name), stage)
    if before is None and now.ended:
        lines.append(_execution_line(now, _words(now.status), now.seconds))
    elif before is not None and now.status != before.status:
        lines.append(_execution_line(now, _words(now.status), seconds))
    return lines


def _stage_lines(before: Stage | None, now: Stage) -> list[Line]:
    known = {action.id: action for action in before.actions} if before else {}
    lines = [
        _action_line(action)
        for action in now.actions
        if action.id not in known or _said(known[action.id]) != _said(action)
    ]
    if now.held and (before is None or (before.held, before.held_by) != (now.held, now.held_by)):
        lines.append(Line(f"  {now.name}", _held(now), facts={"stage": now.name, "held": now.held}))
    skipped = now.status == "Skipped" and (before is None or before.status in (NOT_REACHED, "InProgress"))
    if skipped:
        lines.append(Line(f"  {now.name}", "skipped", facts={"stage": now.name, "status": now.status}))
    if now.failed_rules and (before is None or not before.failed_rules):
        for rule in now.failed_rules:
            text = f"{'the condition ' + rule.kind if rule.kind else 'a condition'} is not met: {rule.name}"
            lines.append(Line(f"  {now.name}", text, facts={"stage": now.name, "rule": rule.name}))
    return lines


def _said(action: Action) -> tuple:
    return (action.status, action.attempts)


def _action_line(action: Action) -> Line:
    facts = {"stage": action.stage, "action": action.name, "status": action.status}
    subject = f"  {action.stage}/{action.name}"
    if action.waits_for_approval:
        return Line(subject, "waits for approval", facts=facts)
    columns = [action.provider if action.running else "", _state(action)]
    return Line(subject, "  ".join(filter(None, columns)), action.seconds, facts)


def _state(action: Action) -> str:
    words = _words(action.status)
    if action.category == "Approval":
        words = {"Succeeded": "approved", "Failed": "not approved"}.get(action.status, words)
    if action.running and action.attempts > 1:
        words = f"running again, attempt {action.attempts}"
    if action.status == "Failed" and action.error_message:
        words += ": " + shortened(action.error_message, LONGEST_MESSAGE)
    return words


def _held(stage: Stage) -> str:
    if stage.held == "disabled":
        because = f": {stage.held_by}" if stage.held_by else ""
        return f"waits, the transition into it is disabled{because}"
    if stage.held == "unanswered":
        return f"waits, execution {stage.held_by[:SHORT_ID]} is in it and waits for an approval"
    return f"waits, execution {stage.held_by[:SHORT_ID]} is in it" if stage.held_by else "waits to enter"


def _execution_line(report: Report, state: str, seconds: float | None = None) -> Line:
    kind = "rollback" if report.type == "ROLLBACK" else ""
    columns = [kind, report.short_id, state, revisions_of(report)]
    facts = {"pipeline_execution_id": report.id, "status": report.status}
    return Line(report.pipeline, "  ".join(column for column in columns if column), seconds, facts)


def revisions_of(report: Report) -> str:
    """What an execution is made of: ``9d81c0de  Show prices with tax``; "" before its sources were read."""
    return ", ".join(revision.told(LONGEST_SUMMARY) for revision in report.revisions)


def _words(status: str) -> str:
    return {"InProgress": "running"}.get(status, status.lower())
