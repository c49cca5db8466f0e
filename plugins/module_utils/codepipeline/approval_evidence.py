# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The evidence for an approval, as data: what is in the execution, what its tests said, what will change. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..codedeploy.revision_location import name_of
from .approval_facts import Facts, Target
from .report import Action, Report, Revision

TOLD_OF_A_COMMIT = ("AuthorDate", "AuthorDisplayName", "AuthorEmail", "AuthorId", "BranchName", "RepositoryName")


def evidence(facts: Facts) -> dict[str, Any]:
    """The evidence as a module returns it; ``concerns`` are sentences about what speaks against an approval."""
    report = facts.execution.report
    found = {
        "revisions": [_revision(one, report) for one in report.revisions],
        "actions": [_action(one) for one in _before(report, facts)],
        "builds": [_build(one, facts) for one in _before(report, facts) if "build" in _detail(one, facts)],
        "deployments": [
            _deployment(one, facts) for one in _before(report, facts) if "deployment" in _detail(one, facts)
        ],
        "alarms": _alarms(facts),
        "changes": [_change(target, facts) for target in facts.targets],
        "unread": list(facts.unread),
    }
    found["concerns"] = concerns(found, facts)
    return found


def concerns(found: Mapping[str, Any], facts: Facts) -> list[str]:
    """What speaks against an approval, one sentence each; [] when nothing is known that does."""
    told = []
    for alarm in found["alarms"]:
        if alarm["state"] == "ALARM":
            told.append(f"Alarm {alarm['name']} rings: {alarm['reason']}".rstrip(": "))
        elif alarm["state"] == "missing":
            told.append(f"Alarm {alarm['name']} does not exist.")
    for build in found["builds"]:
        for tests in build["tests"]:
            if tests.get("failed"):
                told.append(f"{tests['failed']} of {tests['total']} tests of {tests['name']} failed.")
    for deployment in found["deployments"]:
        if deployment["status"] != "Succeeded":
            told.append(f"Deployment {deployment['deployment_id']} {deployment['status'].lower()}.")
    for change in found["changes"]:
        if change["same"]:
            told.append(f"{change['application_name']}/{change['deployment_group_name']} has this revision already.")
    newer = _newer(facts)
    if newer:
        told.append(f"{len(newer)} newer execution{'s' * (len(newer) > 1)} began since: {', '.join(newer)}.")
    return told


def _before(report: Report, facts: Facts) -> list[Action]:
    """What has ended in the execution, but for its sources and approvals."""
    return [one for one in report.actions if not one.running and one.category not in ("Source", "Approval")]


def _detail(action: Action, facts: Facts) -> Mapping[str, Any]:
    return facts.execution.details.get(action.id, {})


def _revision(revision: Revision, report: Report) -> dict[str, Any]:
    source = next((one for one in report.actions if one.name == revision.action), None)
    variables = source.variables if source else {}
    told = {name: variables[name] for name in TOLD_OF_A_COMMIT if variables.get(name)}
    message = variables.get("CommitMessage") or revision.summary
    return {
        "action_name": revision.action,
        "revision_id": revision.id,
        "message": message,
        "url": revision.url,
        "about": told,
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "stage_name": action.stage,
        "action_name": action.name,
        "category": action.category,
        "provider": action.provider,
        "status": action.status,
        "seconds": action.seconds,
        "summary": action.summary,
        "url": action.external_url,
    }


def _build(action: Action, facts: Facts) -> dict[str, Any]:
    build = _detail(action, facts)["build"]
    return {
        "stage_name": action.stage,
        "action_name": action.name,
        "build_id": build.get("id", ""),
        "status": build["build_status"],
        "seconds": action.seconds,
        "tests": [one.as_result() for one in facts.tests.get(action.id, ())],
    }


def _deployment(action: Action, facts: Facts) -> dict[str, Any]:
    deployment = _detail(action, facts)["deployment"]
    return {
        "stage_name": action.stage,
        "action_name": action.name,
        "application_name": deployment.get("application_name", ""),
        "deployment_group_name": deployment.get("deployment_group_name", ""),
        "deployment_id": deployment["deployment_id"],
        "status": deployment["status"],
        "counts": deployment.get("counts") or {},
        "seconds": deployment.get("seconds"),
    }


def _alarms(facts: Facts) -> list[dict[str, Any]]:
    """The state of each alarm that was asked for, in that order; "missing" of one that does not exist."""
    known = {one["alarm_name"]: one for one in facts.alarms}
    found = []
    for name in facts.asked:
        alarm = known.get(name, {})
        found.append(
            {
                "name": name,
                "state": alarm.get("state_value", "missing"),
                "reason": alarm.get("state_reason", ""),
                "since": alarm.get("state_transitioned_timestamp") or alarm.get("state_updated_timestamp"),
            }
        )
    return found


def _change(target: Target, facts: Facts) -> dict[str, Any]:
    """What a deployment group has now, and what it will have."""
    report, group = facts.execution.report, target.group or {}
    now, then = group.get("target_revision"), _artifact(report, target.artifact)
    last = group.get("last_successful_deployment") or {}
    return {
        "stage_name": target.stage,
        "action_name": target.action,
        "application_name": target.application,
        "deployment_group_name": target.group_name,
        "known": target.group is not None,
        "now": {
            "revision": now,
            "revision_name": name_of(now) if now else "",
            "deployment_id": last.get("deployment_id", ""),
            "deployed_at": last.get("end_time"),
            **_origin(_place(now), facts),
        },
        "then": {
            "revision": then,
            "revision_name": name_of(then) if then else "",
            "pipeline_execution_id": report.id,
            "source_revisions": [{"revision_id": one.id, "message": one.summary} for one in report.revisions],
        },
        "same": bool(now and then) and _place(now) == _place(then),
    }


def _artifact(report: Report, name: str) -> dict[str, Any] | None:
    """The revision that an artifact of this execution is, None before it was made."""
    for action in report.actions:
        for artifact in action.outputs:
            if artifact.get("name") == name and artifact.get("s3location"):
                place = artifact["s3location"]
                location = {"bucket": place["bucket"], "key": place["key"], "bundle_type": "zip"}
                return {"revision_type": "S3", "s3_location": location}
    return None


def _origin(place: tuple[str, str] | None, facts: Facts) -> dict[str, Any]:
    """The execution of this pipeline that made what is at a place in S3, with its revisions; nothing when none did."""
    for one in facts.recent:
        artifacts = (one.get("output") or {}).get("output_artifacts") or []
        places = [artifact.get("s3location") or {} for artifact in artifacts]
        if place and place in [(each.get("bucket"), each.get("key")) for each in places]:
            return _execution(one["pipeline_execution_id"], facts.executions)
    return {"pipeline_execution_id": "", "source_revisions": []}


def _execution(identity: str, summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found = next((one for one in summaries if one["pipeline_execution_id"] == identity), {})
    revisions = [
        {"revision_id": one.get("revision_id", ""), "message": one.get("revision_summary", "")}
        for one in found.get("source_revisions") or []
    ]
    return {"pipeline_execution_id": identity, "source_revisions": revisions}


def _place(revision: Mapping[str, Any] | None) -> tuple[str, str] | None:
    location = (revision or {}).get("s3_location") or {}
    return (location["bucket"], location["key"]) if location.get("key") else None


def _newer(facts: Facts) -> list[str]:
    """The executions that began after this one and are under way."""
    ids = [one["pipeline_execution_id"] for one in facts.executions]
    identity = facts.execution.report.id
    newer = facts.executions[: ids.index(identity)] if identity in ids else []
    return [one["pipeline_execution_id"] for one in newer if one.get("status") == "InProgress"]
