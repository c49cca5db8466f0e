# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of CodePipeline in option names, made in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import report_make
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.report import Report

EXECUTION = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
COMMIT = "9d81c0de5b1f4a0c8d3e2f1a0b9c8d7e6f5a4b3c"
KINDS = {
    "Git": ("Source", "CodeCommit"),
    "Unit": ("Build", "CodeBuild"),
    "Hosts": ("Deploy", "CodeDeploy"),
    "Ok": ("Approval", "Manual"),
}
STAGES = {"Source": ["Git"], "Build": ["Unit"], "Approve": ["Ok"], "Production": ["Hosts"]}


def golden(name: str) -> dict[str, str]:
    """The sections of golden/<name>.txt, each under a line ``== its name``."""
    text = (Path(__file__).parent / "golden" / f"{name}.txt").read_text()
    sections = (part.partition("\n") for part in text.removeprefix("== ").split("\n== "))
    return {title: body.strip() for title, _newline, body in sections}


def at(seconds: float) -> str:
    """A time of the service."""
    return (datetime(2026, 1, 15, 10, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


def declaration(stages: dict[str, list[str]] | None = None) -> dict:
    """A pipeline: its stages with the names of their actions, whose kind follows from their names."""
    made = []
    for name, actions in (stages or STAGES).items():
        declared = []
        for action in actions:
            category, provider = KINDS[action]
            kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
            outputs = [{"name": "App"}] if category == "Source" else []
            declared.append({"name": action, "action_type_id": kind, "run_order": 1, "output_artifacts": outputs})
        made.append({"name": name, "actions": declared})
    return {"name": "storefront", "stages": made}


def action(stage: str, name: str, status: str = "Succeeded", start: float = 0, end: float = 10, **more) -> dict:
    """An entry of ListActionExecutions. ``result`` is its execution_result, ``error`` the message of a failure."""
    category, provider = KINDS[name]
    result = more.pop("result", {})
    if "error" in more:
        result = {**result, "error_details": {"code": "JobFailed", "message": more.pop("error")}}
    return {
        "stage_name": stage,
        "action_name": name,
        "action_execution_id": more.pop("id", f"{stage}-{name}-{start}"),
        "status": status,
        "start_time": at(start),
        "last_update_time": at(end),
        "input": {"action_type_id": {"category": category, "provider": provider}, "region": "us-east-1"},
        "output": {"execution_result": result, **more.pop("output", {})},
        **more,
    }


def execution(status: str = "InProgress", **more) -> dict:
    """GetPipelineExecution's pipeline_execution, of one commit."""
    revision = {"name": "App", "revision_id": COMMIT, "revision_summary": "Show prices with tax\n\nAs asked for."}
    return {
        "pipeline_name": "storefront",
        "pipeline_version": 1,
        "pipeline_execution_id": EXECUTION,
        "status": status,
        "artifact_revisions": [revision],
        "execution_mode": "SUPERSEDED",
        "execution_type": "STANDARD",
        **more,
    }


def stage_state(name: str, status: str | None = None, of: str = EXECUTION, **more) -> dict:
    """A stage of GetPipelineState."""
    latest = {"latest_execution": {"pipeline_execution_id": of, "status": status}} if status else {}
    return {"stage_name": name, "inbound_transition_state": {"enabled": True}, **latest, **more}


def make(status: str, *actions: dict, states: list[dict] | None = None, **more) -> Report:
    """A report of the execution."""
    state = {"pipeline_name": "storefront", "stage_states": states or []}
    return report_make.make(execution(status, **more), actions, declaration(), state)
