# SPDX-License-Identifier: GPL-3.0-or-later
"""Executions: start, stop, get and list; and all that starts one without being asked for it."""

from __future__ import annotations

import json
import logging

from local_region.engine import pipeline_operations as operations
from local_region.engine.pipeline import RollbackBegan
from local_region.engine.pipeline_operations import Refused
from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codepipeline import errors
from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.base import Base, operation, user_of
from local_region.services.codepipeline.execution_views import execution_detail, execution_summary
from local_region.services.codepipeline.pipelines import performer_of
from local_region.services.codepipeline.records import ExecutionRecord, PipelineRecord, Store, new_id

log = logging.getLogger("local_region.codepipeline")

REVISION_TYPES = {
    "S3": ("S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"),
    "ECR": ("IMAGE_DIGEST",),
    "CodeCommit": ("COMMIT_ID",),
    "CodeStarSourceConnection": ("COMMIT_ID",),
}


class Executions(Base):
    """StartPipelineExecution and its relatives."""

    @operation
    def start_pipeline_execution(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["name"])
        token = params.get("clientRequestToken")
        if token in pipeline.tokens:
            return {"pipelineExecutionId": pipeline.tokens[token]}
        variables = {one["name"]: one["value"] for one in params.get("variables", [])}
        trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": self.user(store)}
        execution = self.start_execution(pipeline, trigger, variables, params.get("sourceRevisions", []))
        if token:
            pipeline.tokens[token] = execution.id
        return {"pipelineExecutionId": execution.id}

    @operation
    def stop_pipeline_execution(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        execution_id = params["pipelineExecutionId"]
        if execution_id not in pipeline.executions:
            # The operation declares no PipelineExecutionNotFoundException.
            raise Refused(
                "PipelineExecutionNotStoppableException",
                f"Pipeline '{pipeline.name}' does not have an execution with id '{execution_id}'",
            )
        execution = pipeline.executions[execution_id]
        before = execution.stop_reason
        execution.stop_reason = params.get("reason", before)
        try:
            decided = operations.stop(pipeline.engine, execution_id, params.get("abandon", False), self.clock.seconds())
        except Refused:
            execution.stop_reason = before
            raise
        self.runner.carry_out(pipeline, decided)
        return {"pipelineExecutionId": execution_id}

    @operation
    def get_pipeline_execution(self, store: Store, params: dict) -> dict:
        execution = store.pipeline(params["pipelineName"]).execution(params["pipelineExecutionId"])
        return {"pipelineExecution": execution_detail(execution)}

    @operation
    def list_pipeline_executions(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        stage = params.get("filter", {}).get("succeededInStage", {}).get("stageName")
        found = [one for one in reversed(pipeline.executions.values()) if stage is None or _succeeded_in(one, stage)]
        return paging.page([execution_summary(one) for one in found], params, "pipelineExecutionSummaries")

    def user(self, store: Store) -> str:
        return user_of(store.account)

    def start_execution(
        self,
        pipeline: PipelineRecord,
        trigger: Info,
        variables: dict[str, str] | None = None,
        source_revisions: list[Info] | None = None,
    ) -> ExecutionRecord:
        """Starts an execution; `trigger` is an ExecutionTrigger. Holds the lock; raises what the API raises."""
        resolved = _resolved(pipeline, variables or {})
        overrides = {one["actionName"]: one for one in source_revisions or []}
        for override in overrides.values():
            _check_override(pipeline, override)
        operations.require_room(pipeline.engine)
        now = self.clock.now()
        execution = ExecutionRecord(
            new_id(), pipeline, pipeline.version, trigger, now, now, variables=resolved, overrides=overrides
        )
        pipeline.executions[execution.id] = execution
        self.runner.carry_out(pipeline, operations.start(pipeline.engine, execution.id, self.clock.seconds()))
        return execution

    def event_came(self, arn: str, rule_arn: str, text: str, target: Info) -> None:
        """An EventBridge rule has this pipeline for a target. It is started soon, by another thread: events are
        delivered wherever they arise, even in the midst of another pipeline's work."""
        given = _given(text)
        self.runner.later(lambda: self.start_by_event(arn, rule_arn, given))

    def start_by_event(self, arn: str, trigger_detail: str, given: Info | None = None) -> str:
        """Starts the pipeline of an ARN, as the target of an EventBridge rule (`trigger_detail` is the rule's ARN).

        `given` may hold sourceRevisions and variables, as for StartPipelineExecution. Returns the execution's id.
        Raises LookupError, with a sentence, for a pipeline that is not there.
        """
        _, _, _, region, account, name = arn.split(":", 5)
        given = given or {}
        with self.lock:
            pipeline = self.store(account, region).pipelines.get(name)
            if pipeline is None:
                raise LookupError(f"there is no pipeline {arn}")
            trigger = {"triggerType": "CloudWatchEvent", "triggerDetail": trigger_detail}
            variables = {one["name"]: one["value"] for one in given.get("variables", [])}
            return self.start_execution(pipeline, trigger, variables, given.get("sourceRevisions", [])).id

    def rollback_began(self, pipeline: PipelineRecord, decision: RollbackBegan) -> None:
        """Makes the record of a rollback that a failure has begun. Holds the lock."""
        trigger = {"triggerType": "AutomatedRollback", "triggerDetail": decision.failed_id}
        self.record_rollback(pipeline, decision.execution_id, decision.target_id, trigger)

    def record_rollback(self, pipeline: PipelineRecord, execution_id: str, target_id: str, trigger: Info) -> None:
        """Makes the record of a rollback: it has the variables, revisions and artifacts of its target.

        Source: user guide, "Considerations for rollbacks".
        """
        target, now = pipeline.executions[target_id], self.clock.now()
        pipeline.executions[execution_id] = ExecutionRecord(
            execution_id,
            pipeline,
            pipeline.version,
            trigger,
            now,
            now,
            variables=target.variables,
            overrides=target.overrides,
            revisions=dict(target.revisions),
            artifacts=dict(target.artifacts),
            namespaces=dict(target.namespaces),
        )

    def look_at_sources(self) -> None:
        """Starts the pipelines of which a polled source has changed since it was last read, or looked at."""
        with self.lock:
            pipelines = [(store, one) for store in self.stores.values() for one in store.pipelines.values()]
        for store, pipeline in pipelines:
            for action in pipeline.declaration["stages"][0]["actions"]:
                performer = performer_of(store, self.actions, action["actionTypeId"])
                revision = performer.current_revision(pipeline.account, pipeline.region, action) if performer else None
                if revision is not None:
                    self._source_shows(store, pipeline, action["name"], revision)

    def _source_shows(self, store: Store, pipeline: PipelineRecord, action: str, revision: str) -> None:
        with self.lock:
            deleted = store.pipelines.get(pipeline.name) is not pipeline
            # What is not there when a pipeline is made is found by polling, when it comes.
            if deleted or pipeline.seen.get(action) == revision or self._reading(pipeline, action):
                return
            pipeline.seen[action] = revision
            trigger = {"triggerType": "PollForSourceChanges", "triggerDetail": action}
            try:
                self.start_execution(pipeline, trigger)
            except (Refused, ServiceError) as refusal:
                log.warning("%s was not started by its source %s: %s", pipeline.name, action, refusal.message)

    @staticmethod
    def _reading(pipeline: PipelineRecord, action: str) -> bool:
        """Whether the source action is just being performed: it will find the new revision itself."""
        return any(run.what.name == action for _, run in pipeline.engine.running.values())


def _given(text: str) -> Info:
    """Source revisions and variables that a rule's input transformer has made; nothing where it made none.

    Source: user guide, "Use input transformers for EventBridge targets".
    """
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: data[name] for name in ("sourceRevisions", "variables") if isinstance(data.get(name), list)}


def _resolved(pipeline: PipelineRecord, given: dict[str, str]) -> dict[str, str]:
    """Values of the pipeline's variables: as given, or their defaults. Raises ValidationException."""
    declared = {one["name"]: one.get("defaultValue") for one in pipeline.declaration.get("variables", [])}
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise errors.invalid(f"Pipeline '{pipeline.name}' has no variable with the name '{unknown[0]}'")
    values = declared | given
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise errors.invalid(f"The pipeline variable '{missing[0]}' has no default value: it must be given.")
    return values


def _check_override(pipeline: PipelineRecord, override: Info) -> None:
    sources = {one["name"]: one["actionTypeId"]["provider"] for one in pipeline.declaration["stages"][0]["actions"]}
    name, kind = override["actionName"], override["revisionType"]
    if name not in sources:
        raise errors.invalid(f"Pipeline '{pipeline.name}' does not have a source action with the name '{name}'")
    allowed = REVISION_TYPES.get(sources[name], ())
    if kind not in allowed:
        raise errors.invalid(
            f"The source action '{name}' ({sources[name]}) takes the revision types {', '.join(allowed) or 'none'}, "
            f"not {kind}."
        )


def _succeeded_in(execution: ExecutionRecord, stage: str) -> bool:
    run = execution.state.runs.get(stage)
    return run is not None and run.status == "Succeeded"
