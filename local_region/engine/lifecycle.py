# SPDX-License-Identifier: GPL-3.0-or-later
"""Lifecycle events of a host: their order, who performs them, and which of their failures are forgiven."""

from __future__ import annotations

from typing import Literal

Performer = Literal["agent", "load balancer"]

BLOCK_TRAFFIC = ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic")
INSTALL = (
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
)
ALLOW_TRAFFIC = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")


def in_place(traffic_control: bool) -> tuple[str, ...]:
    """Events of a host in an in-place deployment, with or without a load balancer.

    Source: user guide, "AppSpec 'hooks' section", lifecycle event hook availability and run order.
    """
    return BLOCK_TRAFFIC + INSTALL + ALLOW_TRAFFIC if traffic_control else INSTALL


def auto_scaling_launch(traffic_control: bool) -> tuple[str, ...]:
    """Events of an instance that an Auto Scaling group has launched, and of a replacement in a blue/green deployment.

    Nothing is blocked, as the instance has no traffic yet. Source: as `in_place`.
    """
    return INSTALL + ALLOW_TRAFFIC if traffic_control else INSTALL


def auto_scaling_termination(traffic_control: bool) -> tuple[str, ...]:
    """Events of an instance that an Auto Scaling group takes out, with terminationHookEnabled.

    Source: inferred from CreateDeploymentGroup, terminationHookEnabled; the guide doesn't list them.
    """
    return (*BLOCK_TRAFFIC, "ApplicationStop") if traffic_control else ("ApplicationStop",)


def performer(event: str) -> Performer:
    """Who performs an event. BlockTraffic and AllowTraffic can't be scripted: the service talks to the load balancer.

    Source: user guide, "AppSpec 'hooks' section": reserved for CodeDeploy, and the agent has no command of that name.
    """
    return "load balancer" if event in ("BlockTraffic", "AllowTraffic") else "agent"


def forgiven(event: str, ignore_application_stop_failures: bool) -> bool:
    """True when a failure of the event lets the host go on to the next one.

    Source: CreateDeployment, ignoreApplicationStopFailures: it covers ApplicationStop, BeforeBlockTraffic and
    AfterBlockTraffic, the events that run the scripts of the revision that is being replaced.
    """
    old_scripts = ("ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic")
    return ignore_application_stop_failures and event in old_scripts
