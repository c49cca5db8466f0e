# SPDX-License-Identifier: GPL-3.0-or-later
"""Stages: transitions, retries, rollbacks, overridden conditions."""

from __future__ import annotations

from local_region.engine import pipeline_operations as operations
from local_region.engine.pipeline import BEFORE_ENTRY, ON_SUCCESS
from local_region.engine.pipeline_operations import Refused
from local_region.services.codepipeline import errors
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.records import PipelineRecord, Store, Transition, new_id

CONDITIONS = {"BEFORE_ENTRY": BEFORE_ENTRY, "ON_SUCCESS": ON_SUCCESS}


class Stages(Base):
    """DisableStageTransition, RetryStageExecution, RollbackStage and their relatives."""

    @operation
    def disable_stage_transition(self, store: Store, params: dict) -> None:
        pipeline = store.pipeline(params["pipelineName"])
        stage = _inbound_of(pipeline, params["stageName"], params["transitionType"])
        operations.disable_transition(pipeline.engine, stage)
        pipeline.transitions[stage] = Transition(False, self.user(store), self.clock.now(), params["reason"])

    @operation
    def enable_stage_transition(self, store: Store, params: dict) -> None:
        pipeline = store.pipeline(params["pipelineName"])
        stage = _inbound_of(pipeline, params["stageName"], params["transitionType"])
        pipeline.transitions[stage] = Transition(True, self.user(store), self.clock.now())
        self.runner.carry_out(pipeline, operations.enable_transition(pipeline.engine, stage, self.clock.seconds()))

    @operation
    def retry_stage_execution(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        stage, execution_id = params["stageName"], params["pipelineExecutionId"]
        pipeline.stage(stage)
        now = self.clock.seconds()
        decided = operations.retry(pipeline.engine, stage, execution_id, params["retryMode"], now)
        pipeline.executions[execution_id].stop_reason = None
        self.runner.carry_out(pipeline, decided)
        return {"pipelineExecutionId": execution_id}

    @operation
    def rollback_stage(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        stage, target = params["stageName"], params["targetPipelineExecutionId"]
        pipeline.stage(stage)
        pipeline.execution(target)
        execution_id = new_id()
        decided = operations.roll_back(pipeline.engine, stage, target, execution_id, self.clock.seconds())
        trigger = {"triggerType": "ManualRollback", "triggerDetail": self.user(store)}
        self.record_rollback(pipeline, execution_id, target, trigger)
        self.runner.carry_out(pipeline, decided)
        return {"pipelineExecutionId": execution_id}

    @operation
    def override_stage_condition(self, store: Store, params: dict) -> None:
        pipeline = store.pipeline(params["pipelineName"])
        pipeline.stage(params["stageName"])
        kind = CONDITIONS[params["conditionType"]]
        execution_id = params["pipelineExecutionId"]
        try:
            decided = operations.override(
                pipeline.engine, params["stageName"], execution_id, kind, self.clock.seconds()
            )
        except Refused as refusal:
            if refusal.code == "StageNotRetryableException":  # which this operation does not declare
                raise Refused("ConditionNotOverridableException", refusal.message) from None
            raise
        self.runner.carry_out(pipeline, decided)


def _inbound_of(pipeline: PipelineRecord, stage: str, direction: str) -> str:
    """The stage that a transition leads into: the outbound one of a stage is the inbound one of the next."""
    pipeline.stage(stage)
    if direction == "Inbound":
        return stage
    names = [one["name"] for one in pipeline.declaration["stages"]]
    following = names[names.index(stage) + 1 :]
    if not following:
        raise errors.invalid(f"The stage '{stage}' is the last: it has no outbound transition.")
    return following[0]
