# SPDX-License-Identifier: GPL-3.0-or-later
"""What the default event bus is told of deployments and their instances: entries of PutEvents.

Source: EventBridge events reference, "CodeDeploy Deployment State-change Notification" and "CodeDeploy Instance
State-change Notification".
"""

from __future__ import annotations

import json
from typing import Any

from local_region.services.codedeploy.records import DeploymentRecord

# The state of an event, by what a group's triggers call it. A rollback is a deployment with events of its own.
_STATES = {"Start": "START", "Ready": "READY", "Success": "SUCCESS", "Failure": "FAILURE", "Stop": "STOP"}


def of_deployment(record: DeploymentRecord, event: str) -> dict[str, Any] | None:
    """The entry for a deployment's event, such as "DeploymentFailure"; None for one that the bus is not told."""
    state = _STATES.get(event.removeprefix("Deployment"))
    return state and _entry("Deployment", record, state, {})


def of_instance(record: DeploymentRecord, instance_id: str, event: str) -> dict[str, Any] | None:
    """The same for an event of an instance, such as "InstanceFailure"."""
    state = _STATES.get(event.removeprefix("Instance"))
    return state and _entry("Instance", record, state, {"instanceId": instance_id})


def _entry(kind: str, record: DeploymentRecord, state: str, more: dict[str, Any]) -> dict[str, Any]:
    application, group = record.application.name, record.group.name
    place = f"arn:aws:codedeploy:{record.region}:{record.account}"
    detail = {
        "region": record.region,
        "application": application,
        "deploymentGroup": group,
        "instanceGroupId": record.group.id,
        "deploymentId": record.id,
        "state": state,
        **more,
    }
    return {
        "Source": "aws.codedeploy",
        "DetailType": f"CodeDeploy {kind} State-change Notification",
        "Resources": [f"{place}:deploymentgroup:{application}/{group}", f"{place}:application:{application}"],
        "Detail": json.dumps(detail),
    }
