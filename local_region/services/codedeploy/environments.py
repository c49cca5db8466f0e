# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment does to Auto Scaling groups: it suspends processes while it runs; a blue/green one has green made,
which takes over, and blue terminated."""

from __future__ import annotations

from local_region.engine.deployment import Error
from local_region.services.codedeploy import blue_green
from local_region.services.codedeploy.auto_scaling import AutoScaling
from local_region.services.codedeploy.records import DeploymentRecord

PROVISIONING = 3600.0
"""Service seconds in which the instances of a copied Auto Scaling group must be in service."""

NO_GREEN_IN_TIME = Error("TIMEOUT", "The instances of the replacement environment were not in service within one hour.")


class Environments:
    """Asks Auto Scaling for what deployments need. Called without the service's lock."""

    def __init__(self, auto_scaling: AutoScaling):
        self._auto_scaling = auto_scaling

    def provision(self, record: DeploymentRecord) -> Error | None:
        """Makes the replacement environment, when the deployment does not bring its own; the reason if it can't."""
        source, name = record.auto_scaling_groups[0], blue_green.green_group_name(record.group.name, record.id)
        try:
            record.green_size = self._auto_scaling.copy(record.place, source, name)
        except LookupError as error:
            return Error("AUTO_SCALING_CONFIGURATION", str(error.args[0]))
        record.info["targetInstances"] = {"tagFilters": [], "autoScalingGroups": [name]}
        return None

    def provisioned(self, record: DeploymentRecord) -> bool:
        """Whether all instances of the replacement environment are in service."""
        (name,) = record.info["targetInstances"]["autoScalingGroups"]
        return self._auto_scaling.in_service(record.place, name) >= record.green_size

    def take_over(self, record: DeploymentRecord) -> None:
        """Traffic has moved: the copied group looks after its target groups itself from now on."""
        if blue_green.copies(record.info) and record.way_back is None:
            (name,) = record.info["targetInstances"]["autoScalingGroups"]
            self._auto_scaling.take_over(record.place, record.auto_scaling_groups[0], name)

    def suspend_processes(self, record: DeploymentRecord) -> Error | None:
        """Suspends what autoScalingGroupProcessesToSuspend names; the reason if it can't. For in-place deployments."""
        processes = record.info.get("ec2DeploymentOptions", {}).get("autoScalingGroupProcessesToSuspend", [])
        if not processes or record.action or blue_green.is_blue_green(record.info):
            return None
        try:
            for name in record.auto_scaling_groups:
                record.suspended[name] = self._auto_scaling.suspend(record.place, name, processes)
        except LookupError as error:
            return Error("AUTO_SCALING_CONFIGURATION", str(error.args[0]))
        return None

    def resume_processes(self, record: DeploymentRecord) -> None:
        """Resumes what the deployment has suspended itself."""
        for name, processes in record.suspended.items():
            self._auto_scaling.resume(record.place, name, processes)

    def terminate(self, record: DeploymentRecord) -> None:
        """Terminates the original instances, and the Auto Scaling groups that would start them again."""
        green = record.info["targetInstances"].get("autoScalingGroups", [])
        for name in record.auto_scaling_groups:
            if name not in green:
                self._auto_scaling.delete(record.place, name)
        originals = [target.id for target in record.run.targets.values() if target.label == "Blue"]
        self._auto_scaling.terminate(record.place, originals)
