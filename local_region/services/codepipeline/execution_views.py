# SPDX-License-Identifier: GPL-3.0-or-later
"""Executions as the API shows them."""

from __future__ import annotations

from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.records import ExecutionRecord


def execution_detail(execution: ExecutionRecord) -> Info:
    """PipelineExecution."""
    sources = {action["name"]: action["outputArtifacts"] for action in execution.declaration["stages"][0]["actions"]}
    revisions = []
    for action, revision in execution.revisions.items():
        optional = {
            "revisionSummary": revision.summary,
            "revisionUrl": revision.url,
            "revisionChangeIdentifier": revision.change_id,
        }
        given = {name: value for name, value in optional.items() if value}
        for artifact in sources.get(action, []):
            revisions.append({"name": artifact["name"], "revisionId": revision.id} | given)
    shown = {
        "pipelineName": execution.pipeline.name,
        "pipelineVersion": execution.version,
        "artifactRevisions": revisions,
        "variables": [{"name": name, "resolvedValue": value} for name, value in sorted(execution.variables.items())],
    }
    return shown | _common(execution)


def execution_summary(execution: ExecutionRecord) -> Info:
    """PipelineExecutionSummary."""
    sources = []
    for action, revision in execution.revisions.items():
        optional = {"revisionSummary": revision.summary, "revisionUrl": revision.url}
        shown = {"actionName": action, "revisionId": revision.id}
        sources.append(shown | {name: value for name, value in optional.items() if value})
    shown = {"startTime": execution.started, "lastUpdateTime": execution.updated, "sourceRevisions": sources}
    if execution.stop_reason is not None:
        shown["stopTrigger"] = {"reason": execution.stop_reason}
    return shown | _common(execution)


def _common(execution: ExecutionRecord) -> Info:
    state = execution.state
    shown = {
        "pipelineExecutionId": execution.id,
        "status": state.status,
        "trigger": execution.trigger,
        "executionMode": state.mode,
        "executionType": state.type,
    }
    if state.target:
        shown["rollbackMetadata"] = {"rollbackTargetPipelineExecutionId": state.target}
    if state.status == "Failed":
        shown["statusSummary"] = _why(execution)
    return shown


def _why(execution: ExecutionRecord) -> str:
    """Which actions or rules have failed the execution."""
    failed = [one for one in execution.actions + execution.rules if one.run.status == "Failed" and one.run.failure]
    if not failed:
        return "The execution has failed."
    last = failed[-1]
    return f"{last.stage}, {last.name}: {last.run.failure.message}"
