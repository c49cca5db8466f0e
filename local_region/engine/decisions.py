# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine decides, for others to carry out, and the errors with which it ends a deployment."""

from __future__ import annotations

from dataclasses import dataclass

from local_region.engine import lifecycle
from local_region.engine.deployment import Error, Wait

NO_INSTANCES = Error(
    "NO_INSTANCES",
    "The deployment failed because no instances were found in your deployment group. Check your deployment group "
    "settings to make sure the tags for your Amazon EC2 instances or Auto Scaling groups correctly identify the "
    "instances you want to deploy to, and then try again.",
)
HEALTH_CONSTRAINTS = Error(
    "HEALTH_CONSTRAINTS",
    "The overall deployment failed because too many individual instances failed deployment, too few healthy instances "
    "are available for deployment, or some instances in your deployment group are experiencing problems.",
)
HEALTH_CONSTRAINTS_INVALID = Error(
    "HEALTH_CONSTRAINTS_INVALID",
    "The deployment can't start because the minimum number of healthy instances, as defined by the deployment "
    "configuration, are not available. You can reduce the required number of healthy instances by updating your "
    "deployment configuration or increase the number of instances in this deployment group.",
)
READY_TIMEOUT = Error(
    "TIMEOUT",
    "The deployment was stopped because traffic was not rerouted to the replacement instances within the wait time "
    "of its deployment group (deploymentReadyOption).",
)
NOT_PICKED_UP = (
    "CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host and "
    "make sure the agent is running and can connect to the CodeDeploy server."
)


@dataclass(frozen=True, slots=True)
class Command:
    """Have this event performed on this host."""

    target_id: str
    event: str
    performer: lifecycle.Performer


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back a command: the event is over, whatever its performer may still report."""

    target_id: str
    event: str


@dataclass(frozen=True, slots=True)
class HostDone:
    """A host has been dealt with: Succeeded, Failed, or Skipped where the deployment was stopped on its way; or it is
    Ready: a replacement that waits for traffic."""

    target_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wait of a blue/green deployment has begun."""

    wait: Wait


@dataclass(frozen=True, slots=True)
class Rerouted:
    """Traffic has moved: all replacement instances have been registered, all original ones deregistered."""


@dataclass(frozen=True, slots=True)
class Terminate:
    """Have the original instances terminated, and say so with `progress.terminated`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The deployment is over: Succeeded, Failed or Stopped; `error` is None when it succeeded."""

    status: str
    error: Error | None


Decision = Command | Withdraw | HostDone | Waiting | Rerouted | Terminate | Ended
