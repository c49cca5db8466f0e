# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment targets, and their older form, deployment instances."""

from __future__ import annotations

from local_region.engine.deployment import Target
from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy import errors, views
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.records import DeploymentRecord, Store


class Targets(Base):
    """Get and list the targets of a deployment."""

    times: views.Times

    @operation
    def get_deployment_target(self, store: Store, params: dict) -> dict:
        record = _started(store, params)
        _require(params, "targetId", "DeploymentTargetIdRequiredException")
        return {"deploymentTarget": views.target(record, _target(record, params["targetId"]), self.times)}

    @operation
    def batch_get_deployment_targets(self, store: Store, params: dict) -> dict:
        record = _started(store, params)
        _require(params, "targetIds", "DeploymentTargetIdRequiredException")
        errors.check_batch(params["targetIds"], 25, "target ids", "DeploymentTargetListSizeExceededException")
        found = [_target(record, target_id) for target_id in params["targetIds"]]
        return {"deploymentTargets": [views.target(record, target, self.times) for target in found]}

    @operation
    def list_deployment_targets(self, store: Store, params: dict) -> dict:
        record = _started(store, params)
        filters = params.get("targetFilters", {})
        statuses, labels = filters.get("TargetStatus"), filters.get("ServerInstanceLabel")
        return paging.page(_ids(record, statuses, labels), params, "targetIds")

    @operation
    def get_deployment_instance(self, store: Store, params: dict) -> dict:
        record = _started(store, params)
        found = _instance(record, params["instanceId"])
        return {"instanceSummary": views.instance_summary(record, found, self.times)}

    @operation
    def batch_get_deployment_instances(self, store: Store, params: dict) -> dict:
        record = _started(store, params)
        errors.check_batch(params["instanceIds"], 100, "instance ids")
        known = record.run.targets if record.run else {}
        ids = [_plain(instance_id) for instance_id in params["instanceIds"]]
        summaries = [views.instance_summary(record, known[found], self.times) for found in ids if found in known]
        missing = [instance_id for instance_id in ids if instance_id not in known]
        answer = {"instancesSummary": summaries}
        return answer | ({"errorMessage": f"Not targets of {record.id}: {', '.join(missing)}"} if missing else {})

    @operation
    def list_deployment_instances(self, store: Store, params: dict) -> dict:
        record = _started(store, params)
        if params.get("instanceTypeFilter") and record.info["deploymentStyle"].get("deploymentType") != "BLUE_GREEN":
            raise ServiceError(
                "InvalidDeploymentInstanceTypeException", "instanceTypeFilter is for blue/green deployments."
            )
        found = _ids(record, params.get("instanceStatusFilter"), params.get("instanceTypeFilter"))
        return paging.page(found, params, "instancesList")


def _started(store: Store, params: dict) -> DeploymentRecord:
    _require(params, "deploymentId", "DeploymentIdRequiredException")
    record = store.deployment(params["deploymentId"])
    if record.run is None and not record.finished:
        raise ServiceError("DeploymentNotStartedException", f"The deployment {record.id} has not started.")
    return record


def _require(params: dict, member: str, code: str) -> None:
    if not params.get(member):
        raise ServiceError(code, f"{member} is required.")


def _target(record: DeploymentRecord, target_id: str) -> Target:
    found = record.run.targets.get(target_id) if record.run else None
    if found is None:
        raise ServiceError(
            "DeploymentTargetDoesNotExistException",
            f"The target {target_id} does not belong to the deployment {record.id}.",
        )
    return found


def _instance(record: DeploymentRecord, instance_id: str) -> Target:
    found = record.run.targets.get(_plain(instance_id)) if record.run else None
    if found is None:
        raise ServiceError(
            "InstanceDoesNotExistException",
            f"The instance {instance_id} does not belong to the deployment {record.id}.",
        )
    return found


def _plain(instance_id: str) -> str:
    """The older operations take an instance's ARN as well as its id."""
    return instance_id.rpartition("/")[2]


def _ids(record: DeploymentRecord, statuses: list[str] | None, labels: list[str] | None) -> list[str]:
    targets = record.run.targets.values() if record.run else []
    return [
        target.id
        for target in targets
        if (not statuses or target.status in statuses) and (not labels or target.label in labels)
    ]
