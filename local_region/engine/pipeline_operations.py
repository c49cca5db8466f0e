# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked of a pipeline. Each function takes the state and a time and returns decisions to carry out.

    start -> StartAction, StartRule ... complete / expire / stop / retry / roll_back -> further decisions

A request that AWS refuses raises `Refused` with the API's error code; the state is then as it was.
"""

from __future__ import annotations

from local_region.engine import pipeline_flow, pipeline_stage
from local_region.engine.pipeline import (
    BEFORE_ENTRY,
    MOST_CONCURRENT,
    ON_SUCCESS,
    PARALLEL,
    STANDARD,
    Changed,
    Decision,
    Execution,
    Failure,
    Pipeline,
    Stage,
    StageRun,
)


class Refused(Exception):
    """The request is refused. `code` is an error of CodePipeline's API."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def start(pipeline: Pipeline, execution_id: str, now: float) -> list[Decision]:
    """Begins an execution: it goes to the first stage, or waits in front of it."""
    require_room(pipeline)
    number = len(pipeline.executions)
    execution = Execution(execution_id, number, pipeline.stages, pipeline.version, pipeline.mode)
    pipeline.executions[execution_id] = pipeline.active[execution_id] = execution
    return pipeline_flow.settle(pipeline, now, [Changed("STARTED", execution_id)])


def require_room(pipeline: Pipeline) -> None:
    """Refuses a further execution where the pipeline has as many as may be."""
    if pipeline.full:
        raise Refused(
            "ConcurrentPipelineExecutionsLimitExceededException",
            f"A pipeline in {pipeline.mode} mode may have {MOST_CONCURRENT} executions at once.",
        )


def complete(pipeline: Pipeline, run_id: str, failure: Failure | None, now: float) -> list[Decision]:
    """An action or a rule has ended, well or with a failure. What is reported twice, or too late, changes nothing."""
    if run_id not in pipeline.running:
        return []
    out: list[Decision] = []
    run, one = pipeline.running[run_id]
    pipeline_stage.ended(pipeline, run, one, failure, now, out)
    return pipeline_flow.settle(pipeline, now, out)


def expire(pipeline: Pipeline, now: float) -> list[Decision]:
    """Fails the actions and rules whose time is up."""
    out: list[Decision] = []
    for run, one in list(pipeline.running.values()):
        if one.id in pipeline.running and one.deadline is not None and one.deadline <= now:
            pipeline_stage.time_out(pipeline, run, one, now, out)
    return pipeline_flow.settle(pipeline, now, out)


def next_deadline(pipeline: Pipeline) -> float | None:
    """When `expire` has something to do, at the earliest; None when nothing is due by itself."""
    return min((one.deadline for _, one in pipeline.running.values() if one.deadline is not None), default=None)


def enable_transition(pipeline: Pipeline, stage: str, now: float) -> list[Decision]:
    """Lets executions into the stage again: the one that waits enters at once."""
    pipeline.disabled.discard(stage)
    return pipeline_flow.settle(pipeline, now, [])


def disable_transition(pipeline: Pipeline, stage: str) -> None:
    """Lets no execution into the stage any more; the one that is in it goes on."""
    pipeline.disabled.add(stage)


def stop(pipeline: Pipeline, execution_id: str, abandon: bool, now: float) -> list[Decision]:
    """Stops an execution: when its running actions have ended, or at once with `abandon`.

    Source: user guide, "How pipeline executions are stopped": the first kind can't be asked for twice, the second may
    follow the first; an inbound execution is stopped where it waits. Conditions change nothing: none is waited for.
    """
    execution = pipeline.executions[execution_id]
    if execution.finished:
        raise Refused(
            "PipelineExecutionNotStoppableException",
            f"The pipeline execution {execution_id} is {execution.status}; only one in progress can be stopped.",
        )
    if execution.status == "Stopping" and not abandon:
        raise Refused("DuplicatedStopRequestException", f"The pipeline execution {execution_id} is stopping already.")
    out: list[Decision] = []
    if execution.status != "Stopping":
        execution.status = "Stopping"
        out.append(Changed("STOPPING", execution_id))
    if execution.waiting:
        pipeline_flow.end(pipeline, execution, "Stopped", out)
    else:
        _stop_in_stage(pipeline, execution.run, abandon, now, out)
    return pipeline_flow.settle(pipeline, now, out)


def _stop_in_stage(pipeline: Pipeline, run: StageRun, abandon: bool, now: float, out: list[Decision]) -> None:
    if run.status == "InProgress":
        run.status = "Stopping"
        out.append(Changed("STOPPING", run.execution.id, run.stage.name))
    if abandon:
        pipeline_stage.abandon(pipeline, run, now, out)
    else:
        pipeline_stage.abandon_condition(pipeline, run, "Abandoned", now, out)
    if not run.running:
        pipeline_stage.finish(run, "Stopped", out)


def retry(pipeline: Pipeline, stage: str, execution_id: str, mode: str, now: float) -> list[Decision]:
    """Has another go at a stage that has failed or was stopped (RetryStageExecution).

    FAILED_ACTIONS may come while actions beside the failed one still run; ALL_ACTIONS may not. Only the execution that
    entered the stage last can be retried. A skipped stage, or one that the pipeline's update has changed, cannot.
    """
    run = _latest_run(pipeline, stage, execution_id)
    execution = run.execution
    any_failed = any(one.status == "Failed" for one in run.runs.values())
    busy = run.under_way
    if busy and execution.status == "Stopping":
        raise Refused("ConflictException", f"The execution {execution_id} is stopping: retry the stage when it has.")
    if busy and (not any_failed or mode == "ALL_ACTIONS"):
        raise Refused("StageNotRetryableException", f"The stage {stage} has actions in progress.")
    if not busy and run.status not in ("Failed", "Stopped"):
        raise Refused(
            "StageNotRetryableException", f"The stage {stage} is {run.status}: it contains no failed actions."
        )
    _require_current(pipeline, execution)
    out: list[Decision] = []
    run.manual_retries += 1
    run.latest_retry = "ManualStageRetry"
    _revive(pipeline, execution, out)
    pipeline_stage.again(pipeline, run, mode, now, out)
    return pipeline_flow.settle(pipeline, now, out)


def override(pipeline: Pipeline, stage: str, execution_id: str, kind: str, now: float) -> list[Decision]:
    """Goes on past a condition that has failed, or that is being evaluated (OverrideStageCondition).

    Source: user guide, "Configure conditions for a stage": conditions that skip, and those that have rolled back, can't
    be overridden.
    """
    run = _latest_run(pipeline, stage, execution_id)
    evaluation = run.conditions.get(kind)
    overridable = (
        evaluation is not None
        and kind in (BEFORE_ENTRY, ON_SUCCESS)
        and evaluation.condition.result != "SKIP"
        and (
            evaluation.status == "InProgress"
            or (evaluation.status == "Failed" and evaluation.condition.result == "FAIL" and run.status == "Failed")
        )
    )
    if not overridable or run.execution.status == "Stopping":
        raise Refused("ConditionNotOverridableException", f"The stage {stage} has no {kind} condition to override now.")
    _require_current(pipeline, run.execution)
    out: list[Decision] = []
    _revive(pipeline, run.execution, out)
    pipeline_stage.override(pipeline, run, kind, now, out)
    return pipeline_flow.settle(pipeline, now, out)


def roll_back(pipeline: Pipeline, stage: str, target_id: str, execution_id: str, now: float) -> list[Decision]:
    """Runs a stage again with the revisions and variables of an execution that succeeded in it (RollbackStage).

    Source: user guide, "Considerations for rollbacks"; "Set or change the pipeline execution mode" (not in PARALLEL).
    """
    target = pipeline.executions[target_id]
    if pipeline.mode == PARALLEL:
        raise Refused("UnableToRollbackStageException", "Stage rollback is not available in PARALLEL mode.")
    if stage == pipeline.stages[0].name:
        raise Refused(
            "UnableToRollbackStageException", f"The stage {stage} is a source stage: it can't be rolled back."
        )
    if target.version != pipeline.version:
        raise Refused(
            "PipelineExecutionOutdatedException",
            f"The execution {target_id} was started in version {target.version} of the pipeline; this is version "
            f"{pipeline.version}.",
        )
    if target.type != STANDARD:
        raise Refused("UnableToRollbackStageException", f"The execution {target_id} is itself a rollback.")
    if not pipeline_flow.can_be_rolled_back_to(pipeline, target, stage):
        raise Refused("UnableToRollbackStageException", f"The execution {target_id} has not succeeded in {stage}.")
    if pipeline_flow.locked(pipeline, stage):
        raise Refused("ConflictException", f"The stage {stage} is processing an execution.")
    require_room(pipeline)
    out: list[Decision] = []
    pipeline_flow.begin_rollback(pipeline, stage, target_id, execution_id, now, out)
    return pipeline_flow.settle(pipeline, now, out)


def update(pipeline: Pipeline, stages: tuple[Stage, ...], mode: str, now: float) -> list[Decision]:
    """Gives the pipeline a new structure. Executions under way are cancelled when their running actions have ended.

    Source: user guide, "Edit a pipeline" (running actions are completed); PipelineExecution of the API (Cancelled: the
    definition was updated before the execution could be completed). PARALLEL executions go on as they began.
    """
    pipeline.stages, pipeline.mode = stages, mode
    pipeline.version += 1
    pipeline.disabled &= {stage.name for stage in stages}
    out: list[Decision] = []
    for execution in list(pipeline.active.values()):
        if execution.mode != PARALLEL:
            _outdate(pipeline, execution, now, out)
    return pipeline_flow.settle(pipeline, now, out)


def _outdate(pipeline: Pipeline, execution: Execution, now: float, out: list[Decision]) -> None:
    execution.outdated = True
    if execution.waiting:
        pipeline_flow.end(pipeline, execution, "Cancelled", out)
        return
    pipeline_stage.abandon_condition(pipeline, execution.run, "Cancelled", now, out)
    if not execution.run.running:
        stopping = execution.status == "Stopping"
        pipeline_stage.finish(execution.run, "Stopped" if stopping else "Cancelled", out)


def _latest_run(pipeline: Pipeline, stage: str, execution_id: str) -> StageRun:
    """The run of a stage by an execution, if no other execution has entered the stage since."""
    execution = pipeline.executions.get(execution_id)
    run = execution.runs.get(stage) if execution else None
    latest = pipeline.latest.get(stage)
    if run is None or (run is not latest and execution.mode != PARALLEL):
        raise Refused(
            "NotLatestPipelineExecutionException",
            f"The execution {execution_id} is not the latest in the stage {stage}"
            + (f", which is {latest.execution.id}." if latest else ": none has entered it."),
        )
    return run


def _require_current(pipeline: Pipeline, execution: Execution) -> None:
    if execution.outdated or (execution.mode != PARALLEL and execution.version != pipeline.version):
        raise Refused(
            "StageNotRetryableException", "The pipeline was updated since the execution began: start a new one."
        )


def _revive(pipeline: Pipeline, execution: Execution, out: list[Decision]) -> None:
    """An execution that had ended is under way again, in the stage where it ended."""
    if execution.finished:
        execution.status = "InProgress"
        pipeline.active[execution.id] = execution
        out.append(Changed("RESUMED", execution.id))
