# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue/green settings of a deployment group, as the engine takes them."""

from __future__ import annotations

from local_region.engine.deployment import Wait
from local_region.services.codedeploy.records import Info

COPY, DISCOVER = "COPY_AUTO_SCALING_GROUP", "DISCOVER_EXISTING"
MINUTE = 60.0


def is_blue_green(info: Info) -> bool:
    """Of a group's or a deployment's members. Deployments to functions are called so too, and replace no instances."""
    return info["computePlatform"] == "Server" and info["deploymentStyle"].get("deploymentType") == "BLUE_GREEN"


def copies(info: Info) -> bool:
    """Whether the replacement environment is a copy of the group's Auto Scaling group."""
    return is_blue_green(info) and _option(info, "greenFleetProvisioningOption").get("action") == COPY


def ready_wait(info: Info) -> Wait:
    """What follows the installation: traffic at once, or a wait for ContinueDeployment that ends in a stop."""
    option = _option(info, "deploymentReadyOption")
    if option.get("actionOnTimeout") == "STOP_DEPLOYMENT":
        return Wait("READY_WAIT", option.get("waitTimeInMinutes", 0) * MINUTE, stops=True)
    return Wait("READY_WAIT", 0.0)


def termination_wait(info: Info) -> Wait | None:
    """How long the original instances are kept; None: for good. Without a word about it they are terminated at once."""
    option = _option(info, "terminateBlueInstancesOnDeploymentSuccess")
    if option.get("action") == "KEEP_ALIVE":
        return None
    return Wait("TERMINATION_WAIT", option.get("terminationWaitTimeInMinutes", 0) * MINUTE)


def green_group_name(group_name: str, deployment_id: str) -> str:
    """What CodeDeploy calls the copy that it makes of an Auto Scaling group."""
    return f"CodeDeploy_{group_name}_{deployment_id}"


def _option(info: Info, name: str) -> Info:
    return info.get("blueGreenDeploymentConfiguration", {}).get(name, {})
