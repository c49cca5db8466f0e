# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been done: action executions, rule executions, targets of deploy actions."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codepipeline import errors
from local_region.services.codepipeline.actions.performer import Artifact, Info
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.records import PipelineRecord, RunRecord, Store
from local_region.services.codepipeline.secret_values import masked_configuration
from local_region.services.codepipeline.state import outcome


class Histories(Base):
    """ListActionExecutions, ListRuleExecutions, ListDeployActionExecutionTargets."""

    @operation
    def list_action_executions(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        found = [run for execution in _executions(pipeline, params) for run in execution.actions]
        newest_first = _in_order(found, params)
        return paging.page([self._action(store, run) for run in newest_first], params, "actionExecutionDetails")

    @operation
    def list_rule_executions(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        found = [run for execution in _executions(pipeline, params) for run in execution.rules]
        newest_first = _in_order(found, params)
        return paging.page([_rule(run) for run in newest_first], params, "ruleExecutionDetails")

    @operation
    def list_deploy_action_execution_targets(self, store: Store, params: dict) -> dict:
        name = params.get("pipelineName")
        pipelines = [store.pipeline(name)] if name else list(store.pipelines.values())
        action_id = params["actionExecutionId"]
        if not any(action_id in pipeline.runs for pipeline in pipelines):
            raise ServiceError("ActionExecutionNotFoundException", f"There is no action execution {action_id}.")
        # EC2 and EKS deploy actions have targets here; the hosts of a CodeDeploy action are listed by CodeDeploy.
        raise errors.invalid(f"The action execution {action_id} is not one of a deploy action that lists its targets.")

    def _action(self, store: Store, run: RunRecord) -> Info:
        """ActionExecutionDetail."""
        declaration = run.declaration
        asked = masked_configuration(declaration, declaration["configuration"], store, self.actions)
        given: Info = {"actionTypeId": declaration["actionTypeId"], "configuration": asked}
        if run.job:
            given["resolvedConfiguration"] = masked_configuration(
                declaration, run.job.configuration, store, self.actions
            )
        given |= {name: declaration[name] for name in ("roleArn", "namespace") if name in declaration}
        given["region"] = declaration.get("region", run.execution.pipeline.region)
        given["inputArtifacts"] = [_artifact(one) for one in run.job.inputs] if run.job else []
        made = run.job.outputs if run.job and run.run.status == "Succeeded" else []
        result = outcome(run, "externalExecutionSummary", "externalExecutionId", "externalExecutionUrl") | (
            {"logStreamARN": run.job.log_stream} if run.job and run.job.log_stream else {}
        )
        return _common(run) | {
            "actionExecutionId": run.id,
            "actionName": run.name,
            "input": given,
            "output": {
                "outputArtifacts": [_artifact(one) for one in made],
                "executionResult": result,
                "outputVariables": run.variables,
            },
        }


def _rule(run: RunRecord) -> Info:
    """RuleExecutionDetail."""
    declaration = run.declaration
    given: Info = {"ruleTypeId": declaration["ruleTypeId"], "configuration": declaration["configuration"]}
    if run.job:
        given["resolvedConfiguration"] = run.job.configuration
        given["inputArtifacts"] = [_artifact(one) for one in run.job.inputs]
    result = outcome(run, "externalExecutionSummary", "externalExecutionId", "externalExecutionUrl")
    named = {"ruleExecutionId": run.id, "ruleName": run.name, "input": given, "output": {"executionResult": result}}
    return _common(run) | named


def _common(run: RunRecord) -> Info:
    shown = {
        "pipelineExecutionId": run.execution.id,
        "pipelineVersion": run.execution.version,
        "stageName": run.stage,
        "startTime": run.started,
        "lastUpdateTime": run.updated,
        "status": run.run.status,
    }
    return shown | ({"updatedBy": run.updated_by} if run.updated_by else {})


def _artifact(artifact: Artifact) -> Info:
    """ArtifactDetail."""
    return {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}


def _executions(pipeline: PipelineRecord, params: dict) -> list:
    """Those that the filter names; all of them without one."""
    wanted = params.get("filter", {})
    execution_id = wanted.get("pipelineExecutionId") or wanted.get("latestInPipelineExecution", {}).get(
        "pipelineExecutionId"
    )
    return [pipeline.execution(execution_id)] if execution_id else list(pipeline.executions.values())


def _in_order(runs: list[RunRecord], params: dict) -> list[RunRecord]:
    """The newest first. With startTimeRange Latest, of what was retried the last attempt only."""
    newest_first = sorted(runs, key=lambda run: run.started, reverse=True)
    if params.get("filter", {}).get("latestInPipelineExecution", {}).get("startTimeRange") != "Latest":
        return newest_first
    latest: dict[tuple[str, str, str | None], RunRecord] = {}
    for run in newest_first:
        latest.setdefault((run.stage, run.name, run.kind), run)
    return list(latest.values())
