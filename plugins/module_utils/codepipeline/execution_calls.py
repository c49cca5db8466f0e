# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The calls about the executions of one pipeline."""

from __future__ import annotations

from typing import Any

UNDER_WAY = ("InProgress", "Stopping")

REMEDIES = {
    "PipelineNotFoundException": (
        "Create it with convoy.delivery.codepipeline, or correct pipeline_name (and region, where it has to be)."
    ),
    "PipelineExecutionNotFoundException": "Correct pipeline_execution_id: the executions are listed by "
    "convoy.delivery.codepipeline_execution_info.",
    "StageNotFoundException": "Correct stage_name.",
    "ActionNotFoundException": "Correct action_name.",
    "ConcurrentPipelineExecutionsLimitExceededException": "Wait until executions have ended, or stop some.",
    "PipelineExecutionOutdatedException": (
        "The pipeline was changed since: choose an execution of its present version as target_pipeline_execution_id."
    ),
    "UnableToRollbackStageException": "Choose a target_pipeline_execution_id that succeeded in this stage.",
    "StageNotRetryableException": "Start a new execution where nothing can be retried any more.",
    "NotLatestPipelineExecutionException": (
        "A newer execution has entered the stage: follow that one, or leave pipeline_execution_id out."
    ),
    "ConditionNotOverridableException": "Only a condition that failed, or that is being checked, can be overridden.",
}


def codepipeline(context):
    """The CodePipeline client of this run."""
    return context.client("codepipeline", remedies=REMEDIES)


class Executions:
    """The executions of one pipeline. Answers are in option names."""

    def __init__(self, context, pipeline: str):
        self._client = codepipeline(context)
        self.pipeline = pipeline
        self._scope = {"pipeline_name": pipeline}
        self._declared: dict[int, dict[str, Any]] = {}

    @property
    def region(self) -> str:
        return self._client.region

    def declaration(self, version: int | None = None) -> dict[str, Any]:
        """The pipeline's declaration, of one version (which never changes) or as it is now."""
        if version in self._declared:
            return self._declared[version]
        doing = f"read pipeline {self.pipeline}"
        found = self._client.call("get_pipeline", doing=doing, name=self.pipeline, version=version)["pipeline"]
        if version is not None:
            self._declared[version] = found
        return found

    def state(self) -> dict[str, Any]:
        """GetPipelineState's answer."""
        return self._client.call("get_pipeline_state", doing=f"read the state of {self.pipeline}", name=self.pipeline)

    def get(self, execution_id: str) -> dict[str, Any]:
        """pipeline_execution of GetPipelineExecution."""
        return self._client.call(
            "get_pipeline_execution",
            doing=f"read execution {execution_id} of {self.pipeline}",
            pipeline_execution_id=execution_id,
            **self._scope,
        )["pipeline_execution"]

    def newest(self, most: int = 100, succeeded_in_stage: str | None = None) -> list[dict[str, Any]]:
        """The summaries of at most so many executions (100 or fewer), the newest first. One request."""
        succeeded = {"succeeded_in_stage": {"stage_name": succeeded_in_stage}} if succeeded_in_stage else None
        answer = self._client.call(
            "list_pipeline_executions",
            doing=f"list the executions of {self.pipeline}",
            max_results=min(most, 100),
            filter=succeeded,
            **self._scope,
        )
        return answer.get("pipeline_execution_summaries") or []

    def all(self, succeeded_in_stage: str | None = None) -> list[dict[str, Any]]:
        """The summaries of all executions that CodePipeline still knows, the newest first."""
        succeeded = {"succeeded_in_stage": {"stage_name": succeeded_in_stage}} if succeeded_in_stage else None
        return self._client.pages(
            "list_pipeline_executions",
            "pipeline_execution_summaries",
            doing=f"list the executions of {self.pipeline}",
            filter=succeeded,
            **self._scope,
        )

    def actions(self, execution_id: str) -> list[dict[str, Any]]:
        """The action executions of one execution, all attempts, the newest first."""
        return self._client.pages(
            "list_action_executions",
            "action_execution_details",
            doing=f"read the actions of execution {execution_id} of {self.pipeline}",
            filter={"pipeline_execution_id": execution_id},
            **self._scope,
        )

    def rules(self, execution_id: str) -> list[dict[str, Any]]:
        """The rule executions of one execution, the newest first."""
        return self._client.pages(
            "list_rule_executions",
            "rule_execution_details",
            doing=f"read the rules of execution {execution_id} of {self.pipeline}",
            filter={"pipeline_execution_id": execution_id},
            **self._scope,
        )

    def latest_actions(self) -> list[dict[str, Any]]:
        """The last hundred action executions of the pipeline, whatever execution they belong to. One request."""
        answer = self._client.call(
            "list_action_executions",
            doing=f"read the actions of {self.pipeline}",
            max_results=100,
            **self._scope,
        )
        return answer.get("action_execution_details") or []

    def start(self, **request) -> str:
        """StartPipelineExecution; the execution's id."""
        doing = f"start pipeline {self.pipeline}"
        answer = self._client.call("start_pipeline_execution", doing=doing, name=self.pipeline, **request)
        return answer["pipeline_execution_id"]

    def stop(self, execution_id: str, abandon: bool, reason: str | None) -> bool:
        """StopPipelineExecution; False when it is stopping already, or has ended."""
        answer = self._client.call(
            "stop_pipeline_execution",
            doing=f"stop execution {execution_id} of {self.pipeline}",
            absent=("DuplicatedStopRequestException", "PipelineExecutionNotStoppableException"),
            pipeline_execution_id=execution_id,
            abandon=abandon,
            reason=reason,
            **self._scope,
        )
        return answer is not None

    def retry(self, stage: str, execution_id: str, mode: str) -> None:
        """RetryStageExecution."""
        self._client.call(
            "retry_stage_execution",
            doing=f"retry stage {stage} of {self.pipeline}",
            stage_name=stage,
            pipeline_execution_id=execution_id,
            retry_mode=mode,
            **self._scope,
        )

    def roll_back(self, stage: str, target_id: str) -> str:
        """RollbackStage; the id of the execution that rolls back."""
        answer = self._client.call(
            "rollback_stage",
            doing=f"roll stage {stage} of {self.pipeline} back to execution {target_id}",
            stage_name=stage,
            target_pipeline_execution_id=target_id,
            **self._scope,
        )
        return answer["pipeline_execution_id"]

    def override(self, stage: str, execution_id: str, condition_type: str) -> None:
        """OverrideStageCondition."""
        self._client.call(
            "override_stage_condition",
            doing=f"override the condition {condition_type} of stage {stage} of {self.pipeline}",
            stage_name=stage,
            pipeline_execution_id=execution_id,
            condition_type=condition_type,
            **self._scope,
        )

    def answer(self, stage: str, action: str, token: str, status: str, summary: str) -> bool:
        """PutApprovalResult; False when the approval of this token has been answered before, or is over."""
        answer = self._client.call(
            "put_approval_result",
            doing=f"answer the approval {stage}/{action} of {self.pipeline}",
            absent=("ApprovalAlreadyCompletedException", "InvalidApprovalTokenException"),
            stage_name=stage,
            action_name=action,
            token=token,
            result={"status": status, "summary": summary},
            **self._scope,
        )
        return answer is not None
