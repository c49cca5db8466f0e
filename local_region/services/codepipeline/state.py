# SPDX-License-Identifier: GPL-3.0-or-later
"""GetPipelineState: where everything stands."""

from __future__ import annotations

from local_region.engine.pipeline import BEFORE_ENTRY, ON_FAILURE, ON_SUCCESS, StageRun
from local_region.engine.pipeline_flow import inbound
from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.records import PipelineRecord, RunRecord, Store

SHOWN_AS = {
    BEFORE_ENTRY: "beforeEntryConditionState",
    ON_SUCCESS: "onSuccessConditionState",
    ON_FAILURE: "onFailureConditionState",
}


class State(Base):
    """GetPipelineState."""

    @operation
    def get_pipeline_state(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["name"])
        return {
            "pipelineName": pipeline.name,
            "pipelineVersion": pipeline.version,
            "stageStates": [_stage(pipeline, stage) for stage in pipeline.declaration["stages"]],
            "created": pipeline.created,
            "updated": pipeline.updated,
        }


def _stage(pipeline: PipelineRecord, stage: Info) -> Info:
    name = stage["name"]
    shown: Info = {
        "stageName": name,
        "inboundTransitionState": _transition(pipeline, name),
        "actionStates": [_action(pipeline, name, action) for action in stage["actions"]],
    }
    waiting = [
        {"pipelineExecutionId": one.id, "status": one.status, "type": one.type}
        for one in inbound(pipeline.engine, name)
    ]
    if waiting:
        shown |= {"inboundExecution": waiting[-1], "inboundExecutions": waiting}
    run = pipeline.engine.latest.get(name)
    if run:
        execution = run.execution
        shown["latestExecution"] = {
            "pipelineExecutionId": execution.id,
            "status": run.status,
            "type": execution.type,
        }
        shown |= _conditions(pipeline, run) | _retries(run)
    return shown


def _transition(pipeline: PipelineRecord, stage: str) -> Info:
    last = pipeline.transitions.get(stage)
    shown: Info = {"enabled": stage not in pipeline.engine.disabled}
    if last:
        shown |= {"lastChangedBy": last.by, "lastChangedAt": last.at}
        if not shown["enabled"] and last.reason:
            shown["disabledReason"] = last.reason
    return shown


def _action(pipeline: PipelineRecord, stage: str, action: Info) -> Info:
    shown: Info = {"actionName": action["name"]}
    run = pipeline.latest_actions.get((stage, action["name"]))
    if run is None:
        return shown
    shown["latestExecution"] = {"actionExecutionId": run.id} | _latest(run)
    if run.job and run.job.percent is not None:
        shown["latestExecution"]["percentComplete"] = run.job.percent
    if run.job and run.job.log_stream:
        shown["latestExecution"]["logStreamARN"] = run.job.log_stream
    if run.job and run.job.token and run.run.status == "InProgress":
        shown["latestExecution"]["token"] = run.job.token
    if run.job and "ExternalEntityLink" in run.job.configuration:
        shown["entityUrl"] = run.job.configuration["ExternalEntityLink"]
    revision = run.execution.revisions.get(run.name)
    if action["actionTypeId"]["category"] == "Source" and revision:
        change = revision.change_id or revision.id
        shown["currentRevision"] = {"revisionId": revision.id, "revisionChangeId": change, "created": run.updated}
        if revision.url:
            shown["revisionUrl"] = revision.url
    return shown


def _latest(run: RunRecord) -> Info:
    """What ActionExecution and RuleExecution have in common."""
    shown: Info = {"status": run.run.status, "lastStatusChange": run.updated}
    if run.updated_by:
        shown["lastUpdatedBy"] = run.updated_by
    shown |= outcome(run, "summary", "externalExecutionId", "externalExecutionUrl")
    return shown


def outcome(run: RunRecord, summary: str, external_id: str, external_url: str) -> Info:
    """What came of an attempt, under the names that a structure has for it; and errorDetails."""
    shown: Info = {}
    if run.job:
        named = {summary: run.job.summary, external_id: run.job.external_id, external_url: run.job.external_url}
        shown = {name: value for name, value in named.items() if value}
    if run.run.failure:
        shown["errorDetails"] = {"code": run.run.failure.code, "message": run.run.failure.message[:5000]}
    return shown


def _conditions(pipeline: PipelineRecord, run: StageRun) -> Info:
    shown: Info = {}
    for kind, evaluation in run.conditions.items():
        rules = []
        for one in evaluation.rules:
            record = pipeline.runs.get(one.id)
            if record:
                rules.append(
                    {"ruleName": record.name, "latestExecution": {"ruleExecutionId": one.id} | _latest(record)}
                )
        latest: Info = {"status": evaluation.status}
        changed = [record["latestExecution"]["lastStatusChange"] for record in rules]
        if changed:
            latest["lastStatusChange"] = max(changed)
        shown[SHOWN_AS[kind]] = {
            "latestExecution": {"status": evaluation.status},
            "conditionStates": [{"latestExecution": latest, "ruleStates": rules}],
        }
    return shown


def _retries(run: StageRun) -> Info:
    if run.latest_retry is None:
        return {}
    counted = {"autoStageRetryAttempt": run.automatic_retries, "manualStageRetryAttempt": run.manual_retries}
    shown = {name: count for name, count in counted.items() if count}
    return {"retryStageMetadata": shown | {"latestRetryTrigger": run.latest_retry}}
