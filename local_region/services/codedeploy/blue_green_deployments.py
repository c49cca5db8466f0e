# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to do about blue/green deployments: end their waits, and make green the group's when they succeed."""

from __future__ import annotations

from local_region.engine.deployment import Event
from local_region.protocol import ServiceError
from local_region.services.codedeploy import blue_green, hooks
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.records import DeploymentRecord, Info, Store, WayBack

READY_WAIT, TERMINATION_WAIT = "READY_WAIT", "TERMINATION_WAIT"


class BlueGreenDeployments(Base):
    """ContinueDeployment and its older relative."""

    @operation
    def continue_deployment(self, store: Store, params: dict) -> None:
        record = _blue_green(store, params)
        self._end_wait(record, params.get("deploymentWaitType", READY_WAIT))

    @operation
    def skip_wait_time_for_instance_termination(self, store: Store, params: dict) -> None:
        record = _blue_green(store, params)
        if record.run is None:
            raise ServiceError("DeploymentNotStartedException", f"The deployment {record.id} has not started.")
        if record.run.wait and record.run.wait.kind == TERMINATION_WAIT:
            self._end_wait(record, TERMINATION_WAIT)

    def _end_wait(self, record: DeploymentRecord, kind: str) -> None:
        wait = record.run.wait if record.run else None
        if wait is None or wait.kind != kind:
            what = "to reroute traffic" if kind == READY_WAIT else "to terminate the original instances"
            raise ServiceError(
                "DeploymentIsNotInReadyStateException", f"The deployment {record.id} does not wait {what}."
            )
        self.runner.go_on(record)

    def adopt_green(self, record: DeploymentRecord) -> None:
        """The replacement environment is the group's from now on, as the original one of the next deployment.

        For COPY_AUTO_SCALING_GROUP that is what AWS does; that the instances of DISCOVER_EXISTING take the place of the
        group's own is inferred, as the group would find none after the termination. Holds the lock.
        """
        green = record.info["targetInstances"]
        before, group = record.group.info, record.group
        adopted: Info = {"autoScalingGroups": [{"name": name} for name in green.get("autoScalingGroups", [])]}
        if not blue_green.copies(record.info):
            adopted["ec2TagFilters"] = green.get("tagFilters", [])
            adopted["ec2TagSet"] = green.get("ec2TagSet")
        after = {name: value for name, value in (before | adopted).items() if value is not None}
        hooks.keep(self.auto_scaling, self.store(*record.place), after, before)
        group.info = after


def way_back(record: DeploymentRecord) -> WayBack | None:
    """How traffic comes back after a blue/green deployment that did not succeed; None where that is no question."""
    if record.run is None or not blue_green.is_blue_green(record.info):
        return None
    if record.way_back:
        return record.way_back
    targets = record.run.targets.values()
    blue = [target.id for target in targets if target.label == "Blue"]
    green = [target.id for target in targets if target.label == "Green" and any(map(_may_have_traffic, target.events))]
    return WayBack(blue, green) if blue else None


def _may_have_traffic(event: Event) -> bool:
    return event.name == "AllowTraffic" and event.started is not None


def _blue_green(store: Store, params: dict) -> DeploymentRecord:
    if not params.get("deploymentId"):
        raise ServiceError("DeploymentIdRequiredException", "deploymentId is required.")
    record = store.deployment(params["deploymentId"])
    if not blue_green.is_blue_green(record.info) or record.way_back:
        raise ServiceError(
            "UnsupportedActionForDeploymentTypeException", f"The deployment {record.id} is not a blue/green one."
        )
    if record.finished:
        raise ServiceError("DeploymentAlreadyCompletedException", f"Deployment {record.id} is already completed.")
    return record
