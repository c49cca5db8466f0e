# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy and its agents' service on moto's EC2, Auto Scaling, ELBv2, SNS and EventBridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.services.codedeploy.alarms import Alarms
from local_region.services.codedeploy.auto_scaling import MotoAutoScaling, action_of
from local_region.services.codedeploy.fleet import MotoFleet
from local_region.services.codedeploy.functions import MotoFunctions
from local_region.services.codedeploy.notices import Notice, Publish
from local_region.services.codedeploy.service import CodeDeploy
from local_region.services.codedeploy.surroundings import Surroundings
from local_region.services.codedeploy.traffic import MotoTraffic
from local_region.services.moto_gaps import autoscaling_lifecycle
from local_region.services.outbox import Emit

if TYPE_CHECKING:
    from local_region.world.world import World


def codedeploy(clock: Clock, moto: Moto, world: World | None, alarms: Alarms) -> CodeDeploy:
    """The service. Without a world there is no load balancer: what is registered with a target group is healthy."""
    if world is None:
        traffic = MotoTraffic(moto)
    else:
        balancers = world.balancers
        traffic = MotoTraffic(moto, lambda arn, instance_id: balancers.health(arn, instance_id).state, world.balance)
    surroundings = Surroundings(
        MotoFleet(moto),
        traffic,
        alarms,
        _publisher(moto),
        MotoAutoScaling(moto),
        MotoFunctions(moto),
        _emitter(moto),
    )
    service = CodeDeploy(clock, surroundings)
    autoscaling_lifecycle.keep_holds(clock, lambda hold: service.instance_held(action_of(hold)))
    return service


def _emitter(moto: Moto) -> Emit:
    def emit(account: str, region: str, entry: dict[str, Any]) -> None:
        moto.backend("events", account, region).put_events([entry])

    return emit


def _publisher(moto: Moto) -> Publish:
    def publish(notice: Notice) -> None:
        _, _, _, region, account, _ = notice.topic_arn.split(":", 5)
        moto.backend("sns", account, region).publish(notice.message, arn=notice.topic_arn, subject=notice.subject)

    return publish
