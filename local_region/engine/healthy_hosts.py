# SPDX-License-Identifier: GPL-3.0-or-later
"""Minimum healthy hosts: how many hosts of a deployment may be out at once, and how many may fail.

Letters as in the sources: N hosts in the deployment, M of them must stay healthy, A = N - M may be out or failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["HOST_COUNT", "FLEET_PERCENT", "MOST_CONCURRENCY"]


@dataclass(frozen=True)
class MinimumHealthyHosts:
    """The rule of a deployment configuration.

    `value` is a number of hosts that stay healthy (HOST_COUNT), per cent of the fleet that stay healthy
    (FLEET_PERCENT), or the number of hosts that may be out at once (MOST_CONCURRENCY, only CodeDeploy's own use it).
    """

    kind: Kind
    value: int


NO_MINIMUM = MinimumHealthyHosts("HOST_COUNT", 0)


def required_healthy(rule: MinimumHealthyHosts, hosts: int) -> int:
    """M: the number of hosts that must stay healthy, fixed when the deployment starts.

    Per cent are rounded up (user guide, "Instance health": "CodeDeploy converts the percentage to the equivalent
    number of instances and rounds up fractional instances").
    """
    if rule.kind == "FLEET_PERCENT":
        return -(-rule.value * hosts // 100)
    if rule.kind == "MOST_CONCURRENCY":
        return max(0, hosts - rule.value)
    return rule.value


def expendable(rule: MinimumHealthyHosts, hosts: int) -> int:
    """A: how many hosts may be out or failed at once; 0 or less when the rule leaves no host to deploy to.

    With none to spare the deployment fails before it starts, HEALTH_CONSTRAINTS_INVALID (user guide: "the number of
    healthy instances will already be less than or equal to the specified minimum", fails immediately).
    """
    return hosts - required_healthy(rule, hosts)


def may_start(spare: int, failed: int, in_flight: int) -> int:
    """How many more hosts may be taken out now: hosts in flight never exceed A - failed.

    A failed host counts as unhealthy until the deployment ends (user guide, "Instance health").
    """
    return max(0, spare - failed - in_flight)


def too_many_failed(spare: int, failed: int, waiting: int) -> bool:
    """True when hosts are left and none of them may be touched any more: HEALTH_CONSTRAINTS, the rest is skipped."""
    return waiting > 0 and failed >= spare


@dataclass(frozen=True)
class Quota:
    """What a rule makes of a number of hosts: `spare` may be out or failed at once, `required` must succeed."""

    spare: int
    required: int


def quota(rule: MinimumHealthyHosts, hosts: int) -> Quota:
    """For an installation. The verdict, once every host has been tried: at least M, and at least one, succeeded.

    It contains the guide's last-instance exception of CodeDeployDefault.OneAtATime: with M = N - 1 the last host may
    fail. ("The deployment succeeds if the revision is deployed to all or all but the last instance.")
    """
    return Quota(expendable(rule, hosts), max(1, required_healthy(rule, hosts)))


def rerouting_quota(rule: MinimumHealthyHosts, hosts: int) -> Quota:
    """For the rerouting of traffic to replacement instances: as an installation, but one at a time all must succeed.

    Nothing is out meanwhile, so that there is always one to begin with.
    Source: user guide, "Working with deployment configurations", traffic rerouting of CodeDeployDefault.OneAtATime
    ("Fails after the very first rerouting failure").
    """
    usual = quota(rule, hosts)
    required = hosts if rule.kind == "MOST_CONCURRENCY" else min(hosts, usual.required)
    return Quota(max(1, usual.spare), required)


def every_one(hosts: int) -> Quota:
    """All hosts at once, and none may fail.

    Source: user guide, "Instance health": a blue/green deployment fails "if even a single original instance fails to
    be deregistered successfully".
    """
    return Quota(hosts, hosts)
