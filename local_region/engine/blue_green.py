# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue/green deployments as steps: install on green, wait, reroute to green, release blue, wait, terminate blue.

Green are the replacement instances, blue the original ones, as the API labels them.
Source: user guide, "Overview of a blue/green deployment" and "Working with deployment configurations"; steps are named
as the console names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from local_region.engine import healthy_hosts, lifecycle
from local_region.engine.deployment import Deployment, Rules, Step, Target, Wait, in_steps
from local_region.engine.order import Standing


def original(target_id: str, zone: str, events: Sequence[str] = lifecycle.BLOCK_TRAFFIC) -> Target:
    """An instance that has the traffic until now."""
    return Target(target_id, zone, label="Blue", lifecycle=events)


def replacement(target_id: str, zone: str, standing: Standing, deployable: bool) -> Target:
    """An instance that is to have the traffic."""
    events = lifecycle.INSTALL + lifecycle.ALLOW_TRAFFIC
    return Target(target_id, zone, standing, deployable, label="Green", lifecycle=events)


def plan(
    rules: Rules, blue: Sequence[Target], green: Sequence[Target], ready: Wait, termination: Wait | None
) -> Deployment:
    """A blue/green deployment that is ready to start. Without `termination` the original instances are kept alive.

    The configuration's rules hold for the replacement instances, for the installation as for the rerouting. Every
    replacement is registered, and healthy, before the first original instance is deregistered: no request is lost.
    """
    install = Step(
        green,
        partial(healthy_hosts.quota, rules.minimum),
        zonal=rules.zonal,
        until=len(lifecycle.INSTALL),
        through="Ready",
        after=ready,
    )
    reroute = Step(green, partial(healthy_hosts.rerouting_quota, rules.minimum))
    release = Step(blue, healthy_hosts.every_one, after=termination)
    return in_steps(rules, [install, reroute, release], terminates=termination is not None)


def plan_way_back(rules: Rules, blue: Sequence[str], green: Sequence[str], zones: dict[str, str]) -> Deployment:
    """The rollback of a blue/green deployment whose original instances are still there.

    `blue` get the traffic again, all at once; then `green`, those replacement instances that have it, are released.
    """
    back = [original(one, zones[one], lifecycle.ALLOW_TRAFFIC) for one in blue]
    gone = [Target(one, zones[one], label="Green", lifecycle=lifecycle.BLOCK_TRAFFIC) for one in green]
    steps = [Step(back, healthy_hosts.every_one), Step(gone, healthy_hosts.every_one)]
    return in_steps(rules, steps)
