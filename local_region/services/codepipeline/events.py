# SPDX-License-Identifier: GPL-3.0-or-later
"""What the default event bus is told: entries of PutEvents.

Source: user guide, "Monitoring CodePipeline events".
"""

from __future__ import annotations

import json
from typing import Any

from local_region.engine.pipeline import Changed, Execution
from local_region.services.codepipeline.records import ExecutionRecord, RunRecord


def event(record: ExecutionRecord, change: Changed, run: RunRecord | None) -> dict[str, Any]:
    """The entry that tells of a change of an execution, of its stage or of an action (`run`)."""
    detail: dict[str, Any] = {"pipeline": record.pipeline.name, "execution-id": record.id, "state": change.state}
    if change.action:
        kind = "Action"
        detail |= {"stage": change.stage, "action": change.action, **_of_action(run)}
    elif change.stage:
        kind = "Stage"
        detail["stage"] = change.stage
    else:
        kind = "Pipeline"
        if change.state == "STARTED":
            trigger = record.trigger
            detail["execution-trigger"] = {
                "trigger-type": trigger["triggerType"],
                "trigger-detail": trigger.get("triggerDetail", ""),
            }
        if record.stop_reason and change.state in ("STOPPING", "STOPPED"):
            detail["stop-execution-comments"] = record.stop_reason
    detail |= {"version": record.version, "pipeline-execution-attempt": _attempt(record.state, change.stage)}
    return {
        "Source": "aws.codepipeline",
        "DetailType": f"CodePipeline {kind} Execution State Change",
        "Resources": [record.pipeline.arn],
        "Detail": json.dumps(detail),
    }


def _of_action(run: RunRecord) -> dict[str, Any]:
    type_id = run.declaration["actionTypeId"]
    told: dict[str, Any] = {
        "action-execution-id": run.id,
        "type": {name: type_id[name] for name in ("owner", "category", "provider", "version")},
        "region": run.declaration.get("region", run.execution.pipeline.region),
    }
    result: dict[str, Any] = {}
    if run.job:
        named = {
            "external-execution-id": run.job.external_id,
            "external-execution-url": run.job.external_url,
            "external-execution-summary": run.job.summary,
        }
        result = {name: value for name, value in named.items() if value}
    if run.run.failure:
        result |= {"error-code": run.run.failure.code}
    return told | ({"execution-result": result} if result else {})


def _attempt(state: Execution, stage: str | None) -> int:
    """Counted from 1: each retry of a stage is a further attempt at the execution."""
    runs = [state.runs[stage]] if stage in state.runs else state.runs.values()
    return 1 + sum(run.manual_retries + run.automatic_retries for run in runs)
