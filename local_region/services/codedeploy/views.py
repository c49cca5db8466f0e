# SPDX-License-Identifier: GPL-3.0-or-later
"""Records and engine states as the API shows them."""

from __future__ import annotations

from datetime import datetime, timedelta

from local_region.clock import Clock
from local_region.engine.deployment import Event, Target
from local_region.services.codedeploy.records import DeploymentRecord, Group, Info

# Members of a DeploymentRecord's info that are ours and not DeploymentInfo's.
NOT_SHOWN = ("alarms",)


class Times:
    """Service seconds as wall-clock time; the same moment always becomes the same timestamp."""

    def __init__(self, clock: Clock):
        self._scale = clock.scale
        self._origin = clock.now() - timedelta(seconds=clock.seconds() / clock.scale)

    def wall(self, service_seconds: float) -> datetime:
        return self._origin + timedelta(seconds=round(service_seconds / self._scale, 3))


def group(found: Group) -> Info:
    """DeploymentGroupInfo."""
    shown = found.info | {"deploymentGroupId": found.id}
    if found.last_successful:
        shown["lastSuccessfulDeployment"] = _last(found.last_successful)
        shown["targetRevision"] = found.last_successful.info["revision"]
    if found.last_attempted:
        shown["lastAttemptedDeployment"] = _last(found.last_attempted)
    return shown


def deployment(record: DeploymentRecord, times: Times) -> Info:
    """DeploymentInfo."""
    shown = {name: value for name, value in record.info.items() if name not in NOT_SHOWN}
    shown |= {
        "applicationName": record.application.name,
        "deploymentGroupName": record.group.name,
        "deploymentId": record.id,
        "status": record.status,
        "createTime": record.created,
        "deploymentOverview": overview(record),
    }
    if record.run and record.run.started is not None:
        # Told by another clock, which may differ by microseconds.
        shown["startTime"] = max(record.created, times.wall(record.run.started))
        shown["instanceTerminationWaitTimeStarted"] = record.run.termination_wait_started
    if record.completed:
        shown["completeTime"] = record.completed
    if record.error:
        shown["errorInformation"] = {"code": record.error.code, "message": record.error.message}
    if record.rollback_info:
        shown["rollbackInfo"] = record.rollback_info
    return shown


def overview(record: DeploymentRecord) -> dict[str, int]:
    """DeploymentOverview: the number of targets by status."""
    counts = record.run.counts if record.run else {}
    return {
        status: counts.get(status, 0) for status in ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
    }


def target(record: DeploymentRecord, found: Target, times: Times) -> Info:
    """DeploymentTarget."""
    if record.change:
        return {"deploymentTargetType": "LambdaTarget", "lambdaTarget": _function(record, found, times)}
    instance = _common(record, found, times) | {"targetId": found.id, "targetArn": record.hosts[found.id]}
    if found.label:
        instance["instanceLabel"] = found.label
    return {"deploymentTargetType": "InstanceTarget", "instanceTarget": instance}


def _function(record: DeploymentRecord, found: Target, times: Times) -> Info:
    """LambdaTarget."""
    change = record.change
    return _common(record, found, times) | {
        "targetId": found.id,
        "targetArn": record.hosts[found.id],
        "lambdaFunctionInfo": {
            "functionName": change.function,
            "functionAlias": change.alias,
            "currentVersion": change.current,
            "targetVersion": change.target,
            "targetVersionWeight": float(record.shifted),  # per cent
        },
    }


def instance_summary(record: DeploymentRecord, found: Target, times: Times) -> Info:
    """InstanceSummary, the older form of the same. Its instanceId is an ARN."""
    summary = _common(record, found, times) | {"instanceId": record.hosts[found.id]}
    if found.label:
        summary["instanceType"] = found.label
    return summary


def _common(record: DeploymentRecord, found: Target, times: Times) -> Info:
    shown: Info = {
        "deploymentId": record.id,
        "status": found.status,
        "lifecycleEvents": [_event(event, times) for event in found.events],
    }
    if found.updated is not None:
        shown["lastUpdatedAt"] = times.wall(found.updated)
    return shown


def _event(event: Event, times: Times) -> Info:
    shown: Info = {"lifecycleEventName": event.name, "status": event.status}
    if event.started is not None:
        shown["startTime"] = times.wall(event.started)
    if event.ended is not None:
        shown["endTime"] = times.wall(event.ended)
    if event.diagnostics:
        shown["diagnostics"] = {
            "errorCode": event.diagnostics.error_code,
            "scriptName": event.diagnostics.script_name,
            "message": event.diagnostics.message,
            "logTail": event.diagnostics.log_tail,
        }
    return shown


def _last(record: DeploymentRecord) -> Info:
    shown = {"deploymentId": record.id, "status": record.status, "createTime": record.created}
    return shown | ({"endTime": record.completed} if record.completed else {})
