# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listing executions: by status, stage and source revision, or by id, with or without their stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import execution_find
from .execution_calls import Executions
from .follow import result_of


def list_executions(context) -> list[dict[str, Any]]:
    """The executions that the task's options ask for, the newest first."""
    options = context.options
    for identity in options["pipeline_execution_ids"] or []:
        execution_find.check_id("pipeline_execution_ids", identity)
    execution_find.check_revision(options["source_revision"])
    executions = Executions(context, options["pipeline_name"])
    found = [one for one in executions.all(options["succeeded_in_stage"]) if _wanted(one, options)]
    if options["limit"] > 0:
        found = found[: options["limit"]]
    if not options["stages"]:
        return found
    return [{**one, **_with_stages(context, executions, one)} for one in found]


def _with_stages(context, executions: Executions, summary: Mapping[str, Any]) -> dict[str, Any]:
    identity = summary["pipeline_execution_id"]
    build_log = "failed" if context.options["build_log"] else "none"
    return result_of(context, executions, identity, build_log).result()["execution"]


def _wanted(summary: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    ids, statuses, revision = (options[name] for name in ("pipeline_execution_ids", "statuses", "source_revision"))
    if ids is not None and summary["pipeline_execution_id"] not in ids:
        return False
    if statuses and summary.get("status") not in statuses:
        return False
    sources = summary.get("source_revisions") or []
    return not revision or any(execution_find.matches(one.get("revision_id", ""), revision) for one in sources)
