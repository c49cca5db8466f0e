# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy and its agents' service on moto's EC2, Auto Scaling and ELBv2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.services.codedeploy.alarms import Alarms
from local_region.services.codedeploy.fleet import MotoFleet
from local_region.services.codedeploy.service import CodeDeploy
from local_region.services.codedeploy.traffic import MotoTraffic

if TYPE_CHECKING:
    from local_region.world.world import World


def codedeploy(clock: Clock, moto: Moto, world: World | None, alarms: Alarms) -> CodeDeploy:
    """The service. Without a world there is no load balancer: what is registered with a target group is healthy."""
    if world is None:
        traffic = MotoTraffic(moto)
    else:
        balancers = world.balancers
        traffic = MotoTraffic(moto, lambda arn, instance_id: balancers.health(arn, instance_id).state, world.balance)
    return CodeDeploy(clock, MotoFleet(moto), traffic, alarms)
