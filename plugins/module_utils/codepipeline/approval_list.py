# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listing the approvals that wait, of one pipeline or of all, with their evidence."""

from __future__ import annotations

from typing import Any

from . import approval_facts, approval_waiting
from .approval_evidence import evidence
from .approval_text import text
from .approval_waiting import Waiting
from .execution_calls import Executions, codepipeline


def list_approvals(context) -> list[dict[str, Any]]:
    """The approvals that wait, by pipeline and in the order of its stages."""
    options = context.options
    found = []
    for pipeline in _pipelines(context):
        executions = Executions(context, pipeline)
        waiting = approval_waiting.waiting_in(executions.state())
        for one in approval_waiting.selected(waiting, options["stage_name"], options["action_name"]):
            found.append({**_told(one), **(_evidence(context, executions, one) if options["evidence"] else {})})
    return found


def _pipelines(context) -> list[str]:
    if context.options["pipeline_name"]:
        return [context.options["pipeline_name"]]
    pipelines = codepipeline(context).pages("list_pipelines", "pipelines", doing="list the pipelines")
    return sorted(one["name"] for one in pipelines)


def _told(one: Waiting) -> dict[str, Any]:
    """What names the approval; never its token."""
    return {
        "pipeline_name": one.pipeline,
        "stage_name": one.stage,
        "action_name": one.action,
        "pipeline_execution_id": one.execution_id,
        "since": one.since,
        "external_entity_link": one.link,
    }


def _evidence(context, executions: Executions, one: Waiting) -> dict[str, Any]:
    facts = approval_facts.read(context, executions, one, context.options["alarms"] or [])
    found = evidence(facts)
    return {
        "custom_data": facts.configuration.get("CustomData", ""),
        "evidence": found,
        "text": text(one, found, facts.configuration),
    }
