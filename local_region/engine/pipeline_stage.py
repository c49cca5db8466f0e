# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens inside a stage: the entry condition, the actions by run order, then the condition on success or failure.

Decisions are appended to `out`. A run that ends here (Succeeded, Failed, Skipped, Stopped, Cancelled) is moved on by
`pipeline_flow`.
"""

from __future__ import annotations

from local_region.engine.pipeline import (
    BEFORE_ENTRY,
    ON_FAILURE,
    ON_SUCCESS,
    Abandon,
    Action,
    Changed,
    Condition,
    ConditionRun,
    Decision,
    Execution,
    Failure,
    Pipeline,
    Run,
    StageRun,
    StartAction,
    StartRule,
)

ENDINGS = {
    "Succeeded": "SUCCEEDED",
    "Skipped": "SUCCEEDED",
    "Failed": "FAILED",
    "Stopped": "STOPPED",
    "Cancelled": "CANCELED",
}
TIMED_OUT = "The {what} {name} did not end within {minutes:.0f} minutes."


def enter(pipeline: Pipeline, execution: Execution, now: float, out: list[Decision]) -> None:
    """An execution enters the stage it has waited for, and locks it."""
    run = StageRun(execution.stage, execution, now)
    execution.waiting = False
    execution.runs[run.stage.name] = pipeline.latest[run.stage.name] = run
    out.append(Changed("STARTED", execution.id, run.stage.name))
    begin(pipeline, run, now, out)


def begin(pipeline: Pipeline, run: StageRun, now: float, out: list[Decision]) -> None:
    """Begins at the beginning: the entry condition, where there is one, then the actions."""
    if run.stage.before_entry:
        _evaluate(pipeline, run, BEFORE_ENTRY, run.stage.before_entry, now, out)
    else:
        go_on(pipeline, run, now, out)


def go_on(pipeline: Pipeline, run: StageRun, now: float, out: list[Decision]) -> None:
    """After an action has ended, or before the first.

    Actions of one run order run in parallel; the next run order begins when all of them have succeeded. A failed action
    does not end those beside it: the stage fails when the last of them has ended.
    Source: user guide, "Action structure requirements" (runOrder); "How pipeline executions work".
    """
    if run.running:
        return
    if run.execution.status == "Stopping":
        finish(run, "Stopped", out)
    elif run.execution.outdated:
        finish(run, "Cancelled", out)
    elif any(one.status != "Succeeded" for one in run.runs.values()):
        _after_failure(pipeline, run, now, out)
    elif not start_next(pipeline, run, now, out):
        if run.stage.on_success:
            _evaluate(pipeline, run, ON_SUCCESS, run.stage.on_success, now, out)
        else:
            finish(run, "Succeeded", out)


def start_next(pipeline: Pipeline, run: StageRun, now: float, out: list[Decision]) -> bool:
    """Starts the actions of the lowest run order of which some are to be done; False when all have been begun."""
    missing = [action for action in run.stage.actions if action.name not in run.runs]
    order = min((action.run_order for action in missing), default=None)
    for action in missing:
        if action.run_order == order:
            _start(pipeline, run, action, now, out)
    return bool(missing)


def again(pipeline: Pipeline, run: StageRun, mode: str, now: float, out: list[Decision]) -> None:
    """Has another go at a stage: at what has not succeeded (FAILED_ACTIONS), or at everything (ALL_ACTIONS).

    A stage that failed at a condition evaluates that condition again; its actions run again with ALL_ACTIONS only.
    Source: RetryStageExecution of the API.
    """
    run.status, run.rolls_back = "InProgress", False
    out.append(Changed("RESUMED", run.execution.id, run.stage.name))
    entry = run.conditions.get(BEFORE_ENTRY)
    never_entered = entry is not None and entry.status in ("Failed", "Abandoned")
    run.conditions.pop(ON_SUCCESS, None)
    run.conditions.pop(ON_FAILURE, None)
    if mode == "ALL_ACTIONS":
        run.runs.clear()
    else:
        run.runs = {name: one for name, one in run.runs.items() if one.status in ("Succeeded", "InProgress")}
    if never_entered:
        begin(pipeline, run, now, out)
    elif run.running:
        start_next(pipeline, run, now, out)
    else:
        go_on(pipeline, run, now, out)


def ended(
    pipeline: Pipeline, run: StageRun, one: Run, failure: Failure | None, now: float, out: list[Decision]
) -> None:
    """An action or a rule has ended, well or with a failure."""
    _close(pipeline, one, "Failed" if failure else "Succeeded", now, failure)
    if isinstance(one.what, Action):
        out.append(
            Changed("FAILED" if failure else "SUCCEEDED", run.execution.id, run.stage.name, one.what.name, one.id)
        )
        go_on(pipeline, run, now, out)
    else:
        _after_rule(pipeline, run, now, out)


def time_out(pipeline: Pipeline, run: StageRun, one: Run, now: float, out: list[Decision]) -> None:
    """An action or a rule has taken too long: it has failed, as a timed-out approval has.

    Source: user guide, "How pipeline executions work" (a timed-out approval is processed as a failed action).
    """
    out.append(Abandon(one.id))
    what = "action" if isinstance(one.what, Action) else "rule"
    minutes = (one.what.timeout or 0.0) / 60
    message = TIMED_OUT.format(what=what, name=one.what.name, minutes=minutes)
    ended(pipeline, run, one, Failure("TimedOut", message), now, out)


def abandon(pipeline: Pipeline, run: StageRun, now: float, out: list[Decision]) -> None:
    """Waits no longer for the actions that run."""
    for one in run.running:
        _close(pipeline, one, "Abandoned", now)
        out.append(Abandon(one.id))
        out.append(Changed("ABANDONED", run.execution.id, run.stage.name, one.what.name, one.id))
    abandon_condition(pipeline, run, "Abandoned", now, out)


def abandon_condition(pipeline: Pipeline, run: StageRun, status: str, now: float, out: list[Decision]) -> None:
    """Ends the evaluation that is under way, if there is one; its condition gets the status."""
    kind = run.evaluating
    if kind is None:
        return
    evaluation = run.conditions[kind]
    for one in evaluation.rules:
        if one.status == "InProgress":
            _close(pipeline, one, "Abandoned", now)
            out.append(Abandon(one.id))
    evaluation.status, evaluation.changed = status, now


def override(pipeline: Pipeline, run: StageRun, kind: str, now: float, out: list[Decision]) -> None:
    """Goes on as if the condition had been met (OverrideStageCondition of the API)."""
    abandon_condition(pipeline, run, "Overridden", now, out)
    run.conditions[kind].status, run.conditions[kind].changed = "Overridden", now
    run.rolls_back = False
    if not run.under_way:
        run.status = "InProgress"
        out.append(Changed("RESUMED", run.execution.id, run.stage.name))
    if kind == BEFORE_ENTRY:
        go_on(pipeline, run, now, out)
    else:
        finish(run, "Succeeded", out)


def finish(run: StageRun, status: str, out: list[Decision]) -> None:
    """The execution is done with the stage, which is unlocked."""
    run.status = status
    out.append(Changed(ENDINGS[status], run.execution.id, run.stage.name))


def _start(pipeline: Pipeline, run: StageRun, action: Action, now: float, out: list[Decision]) -> None:
    one = Run(pipeline.new_id(), action, now)
    run.runs[action.name] = one
    pipeline.running[one.id] = (run, one)
    out.append(StartAction(run.execution.id, run.stage.name, action.name, one.id))
    out.append(Changed("STARTED", run.execution.id, run.stage.name, action.name, one.id))


def _close(pipeline: Pipeline, one: Run, status: str, now: float, failure: Failure | None = None) -> None:
    del pipeline.running[one.id]
    one.status, one.ended, one.failure = status, now, failure


def _after_failure(pipeline: Pipeline, run: StageRun, now: float, out: list[Decision]) -> None:
    """Retries once, rolls back, asks the condition, or fails.

    Source: FailureConditions of the API; user guide, "Configure a stage for automatic retry" (one attempt). A rollback
    that fails is not rolled back: no execution of the type ROLLBACK can be gone back to, nor does one begin another.
    """
    wanted = run.stage.on_failure
    if wanted.result == "RETRY" and not run.automatic_retries:
        run.automatic_retries += 1
        run.latest_retry = "AutomatedStageRetry"
        again(pipeline, run, wanted.retry_mode, now, out)
    elif wanted.condition:
        _evaluate(pipeline, run, ON_FAILURE, wanted.condition, now, out)
    else:
        run.rolls_back = wanted.result == "ROLLBACK"
        finish(run, "Failed", out)


def _evaluate(
    pipeline: Pipeline, run: StageRun, kind: str, condition: Condition, now: float, out: list[Decision]
) -> None:
    """Starts all rules of a condition, which are evaluated together."""
    evaluation = ConditionRun(condition, [Run(pipeline.new_id(), rule, now) for rule in condition.rules], now)
    run.conditions[kind] = evaluation
    for one in evaluation.rules:
        pipeline.running[one.id] = (run, one)
        out.append(StartRule(run.execution.id, run.stage.name, kind, one.what.name, one.id))


def _after_rule(pipeline: Pipeline, run: StageRun, now: float, out: list[Decision]) -> None:
    """A condition is met when all of its rules succeed; the first that fails decides against it.

    Source: user guide, "Configure conditions for a stage": the result is engaged only when the condition fails.
    """
    kind = run.evaluating
    evaluation = run.conditions[kind]
    if any(one.status == "Failed" for one in evaluation.rules):
        abandon_condition(pipeline, run, "Failed", now, out)
        _engage(run, kind, evaluation.condition.result, out)
    elif all(one.status == "Succeeded" for one in evaluation.rules):
        evaluation.status, evaluation.changed = "Succeeded", now
        if kind == BEFORE_ENTRY:
            go_on(pipeline, run, now, out)
        else:
            finish(run, "Succeeded" if kind == ON_SUCCESS else "Failed", out)


def _engage(run: StageRun, kind: str, result: str, out: list[Decision]) -> None:
    if kind == BEFORE_ENTRY and result == "SKIP":
        finish(run, "Skipped", out)
        return
    run.rolls_back = result == "ROLLBACK"
    finish(run, "Failed", out)
