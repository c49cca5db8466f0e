# SPDX-License-Identifier: GPL-3.0-or-later
"""How executions move between stages: locks, transitions, superseding and queues.

Source of the rules: user guide, "How pipeline executions work".
"""

from __future__ import annotations

from local_region.engine import pipeline_stage
from local_region.engine.pipeline import (
    PARALLEL,
    ROLLBACK,
    STANDARD,
    SUPERSEDED,
    Changed,
    Decision,
    Execution,
    Pipeline,
    RollbackBegan,
    StageRun,
)

ENDINGS = {
    "Succeeded": "SUCCEEDED",
    "Failed": "FAILED",
    "Stopped": "STOPPED",
    "Cancelled": "CANCELED",
    "Superseded": "SUPERSEDED",
}


def settle(pipeline: Pipeline, now: float, out: list[Decision]) -> list[Decision]:
    """Moves executions on until none can move: out of stages they are done with, into stages that are free."""
    while _leave_stages(pipeline, now, out) or _enter_stages(pipeline, now, out):
        pass
    return out


def locked(pipeline: Pipeline, stage: str) -> bool:
    """Whether an execution is in the stage (rule 1: a stage is locked while it processes an execution)."""
    return any(
        not one.waiting and one.mode != PARALLEL and one.stage.name == stage and one.run.under_way
        for one in pipeline.active.values()
    )


def inbound(pipeline: Pipeline, stage: str) -> list[Execution]:
    """The executions that wait in front of a stage, the oldest first."""
    waiting = [one for one in pipeline.active.values() if one.waiting and one.stage.name == stage]
    return sorted(waiting, key=lambda one: one.number)


def end(pipeline: Pipeline, execution: Execution, status: str, out: list[Decision]) -> None:
    """The execution is over. It can come back to life only by the retry of a stage, or an override."""
    execution.status = status
    del pipeline.active[execution.id]
    out.append(Changed(ENDINGS[status], execution.id))


def begin_rollback(
    pipeline: Pipeline, stage: str, target: str, execution_id: str, now: float, out: list[Decision]
) -> None:
    """A rollback is an execution of its own: it goes straight into the stage, and ends with it.

    It does not come through the stage's transition, so a disabled one does not hold it.
    """
    position = next(index for index, one in enumerate(pipeline.stages) if one.name == stage)
    execution = Execution(
        execution_id,
        len(pipeline.executions),
        pipeline.stages,
        pipeline.version,
        pipeline.mode,
        type=ROLLBACK,
        target=target,
        position=position,
    )
    pipeline.executions[execution.id] = pipeline.active[execution.id] = execution
    out.append(Changed("STARTED", execution.id))
    pipeline_stage.enter(pipeline, execution, now, out)


def rollback_target(pipeline: Pipeline, failed: StageRun) -> str | None:
    """The last execution that succeeded in the stage; None when there is none to go back to.

    Source: user guide, "Considerations for rollbacks": not a rollback itself, and begun in the current structure.
    """
    for execution in reversed(pipeline.executions.values()):
        if execution is not failed.execution and can_be_rolled_back_to(pipeline, execution, failed.stage.name):
            return execution.id
    return None


def can_be_rolled_back_to(pipeline: Pipeline, execution: Execution, stage: str) -> bool:
    """Whether a stage can be rolled back to an execution."""
    run = execution.runs.get(stage)
    return (
        run is not None
        and run.status == "Succeeded"
        and execution.type == STANDARD
        and execution.version == pipeline.version
    )


def _leave_stages(pipeline: Pipeline, now: float, out: list[Decision]) -> bool:
    done = [one for one in pipeline.active.values() if not one.waiting and not one.run.under_way]
    for execution in done:
        _leave(pipeline, execution, now, out)
    return bool(done)


def _leave(pipeline: Pipeline, execution: Execution, now: float, out: list[Decision]) -> None:
    run = execution.run
    if run.status not in ("Succeeded", "Skipped"):
        end(pipeline, execution, run.status, out)
        if run.rolls_back:
            _roll_back_after(pipeline, run, now, out)
    elif execution.type == ROLLBACK or execution.position == len(execution.stages) - 1:
        end(pipeline, execution, "Succeeded", out)
    elif execution.status == "Stopping":
        end(pipeline, execution, "Stopped", out)
    elif execution.outdated:
        end(pipeline, execution, "Cancelled", out)
    else:
        execution.position += 1
        execution.waiting = True


def _roll_back_after(pipeline: Pipeline, run: StageRun, now: float, out: list[Decision]) -> None:
    target = None if run.execution.type == ROLLBACK else rollback_target(pipeline, run)
    if target is None or locked(pipeline, run.stage.name):
        return
    execution_id = pipeline.new_id()
    out.append(RollbackBegan(execution_id, target, run.stage.name, run.execution.id))
    begin_rollback(pipeline, run.stage.name, target, execution_id, now, out)


def _enter_stages(pipeline: Pipeline, now: float, out: list[Decision]) -> bool:
    """Lets executions into the stages, the last stage first; a waiting one may be superseded instead."""
    moved = False
    for name in reversed(dict.fromkeys(stage.name for one in pipeline.active.values() for stage in one.stages)):
        waiting = inbound(pipeline, name)
        moved |= _supersede(pipeline, waiting, out)
        for execution in waiting:
            if execution.finished or name in pipeline.disabled:
                continue
            if execution.mode == PARALLEL or not locked(pipeline, name):
                pipeline_stage.enter(pipeline, execution, now, out)
                moved = True
    return moved


def _supersede(pipeline: Pipeline, waiting: list[Execution], out: list[Decision]) -> bool:
    """Rule 3: in front of a stage, the most recent execution takes the place of those that wait already.

    Executions are superseded between stages only, whether the stage is locked or its transition is disabled. QUEUED
    executions keep their place (first in, first out), PARALLEL ones have nothing to do with each other.
    """
    rivals = [one for one in waiting if one.mode == SUPERSEDED]
    for older in rivals[:-1]:
        end(pipeline, older, "Superseded", out)
    return len(rivals) > 1
