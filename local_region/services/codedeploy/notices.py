# SPDX-License-Identifier: GPL-3.0-or-later
"""Triggers: what a deployment group tells SNS topics about its deployments and their instances.

Source: user guide, "Monitoring deployments with Amazon SNS event notifications" and "JSON data formats for triggers".
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local_region.services.codedeploy import views
from local_region.services.codedeploy.records import DeploymentRecord, Info

log = logging.getLogger("local_region.codedeploy")

OF_STATUS = {
    "Created": "DeploymentStart",
    "InProgress": "DeploymentStart",
    "Succeeded": "DeploymentSuccess",
    "Failed": "DeploymentFailure",
    "Stopped": "DeploymentStop",
    "Ready": "DeploymentReady",
}
OF_INSTANCE_STATUS = {
    "InProgress": "InstanceStart",
    "Succeeded": "InstanceSuccess",
    "Failed": "InstanceFailure",
    "Ready": "InstanceReady",
}


@dataclass(frozen=True)
class Notice:
    """A message for an SNS topic."""

    topic_arn: str
    subject: str
    message: str


Publish = Callable[[Notice], None]


class Outbox:
    """Publishes notices one after the other on a thread of its own: a slow subscriber holds up no deployment."""

    def __init__(self, publish: Publish):
        self._publish = publish
        self._queue: queue.SimpleQueue[Notice | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="codedeploy-notices", daemon=True)
        self._thread.start()

    def put(self, notice: Notice) -> None:
        self._queue.put(notice)

    def close(self) -> None:
        """Publishes what is left, then ends."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (notice := self._queue.get()) is not None:
            try:
                self._publish(notice)
            except Exception as error:  # as on AWS: a topic that is gone or refuses does not hold up a deployment
                log.warning("the trigger's topic %s took no message: %s", notice.topic_arn, error)


def of_deployment(record: DeploymentRecord, times: views.Times, event: str | None = None) -> Iterator[Notice]:
    """What the group's triggers want to be told of a deployment as it stands now."""
    event = event or OF_STATUS[record.status]
    info = views.deployment(record, times)
    for trigger in _wanted(record, event):
        told = _common(record, trigger) | {
            "applicationName": record.application.name,
            "deploymentGroupName": record.group.name,
            "createTime": str(info["createTime"]),
            "completeTime": str(info["completeTime"]) if "completeTime" in info else None,
            "deploymentOverview": json.dumps(info["deploymentOverview"]),
            "status": "CREATED" if event == "DeploymentStart" else record.status.upper(),
        }
        if record.error:
            told["errorInformation"] = json.dumps(
                {"ErrorCode": record.error.code, "ErrorMessage": record.error.message}
            )
        if record.rollback_info:
            told["rollbackInformation"] = json.dumps(record.rollback_info)
        yield _notice(record, trigger, told["status"], told)


def of_instance(
    record: DeploymentRecord, target_id: str, times: views.Times, status: str | None = None
) -> Iterator[Notice]:
    """What the group's triggers want to be told of one target as it stands now, or stood when it had that `status`."""
    target = record.run.targets[target_id]
    status = status or target.status
    event = OF_INSTANCE_STATUS.get(status)
    for trigger in _wanted(record, event) if event else ():
        summary = views.instance_summary(record, target, times)
        events = summary["lifecycleEvents"]
        shown = [{"LifecycleEvent": event["lifecycleEventName"], "Status": event["status"]} for event in events]
        told = _common(record, trigger) | {
            "instanceId": summary["instanceId"],
            "lastUpdatedAt": str(summary["lastUpdatedAt"]),
            "instanceStatus": status,
            "lifecycleEvents": json.dumps(shown),
        }
        yield _notice(record, trigger, status.upper(), told)


def _wanted(record: DeploymentRecord, event: str) -> list[Info]:
    return [trigger for trigger in record.group.info["triggerConfigurations"] if event in trigger["triggerEvents"]]


def _common(record: DeploymentRecord, trigger: Info) -> dict[str, Any]:
    return {
        "region": record.region,
        "accountId": record.account,
        "eventTriggerName": trigger["triggerName"],
        "deploymentId": record.id,
    }


def _notice(record: DeploymentRecord, trigger: Info, status: str, told: dict[str, Any]) -> Notice:
    subject = f"{status}: AWS CodeDeploy {record.id} in {record.region} to {record.application.name}"
    return Notice(trigger["triggerTargetArn"], subject[:99], json.dumps(told))
