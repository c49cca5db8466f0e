# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeDeploy needs of the rest of the region."""

from __future__ import annotations

from dataclasses import dataclass

from local_region.services.codedeploy.alarms import Alarms
from local_region.services.codedeploy.auto_scaling import AutoScaling
from local_region.services.codedeploy.fleet import Fleet
from local_region.services.codedeploy.functions import Functions
from local_region.services.codedeploy.notices import Publish
from local_region.services.codedeploy.traffic import Traffic
from local_region.services.outbox import Emit


@dataclass(frozen=True)
class Surroundings:
    """Instances, load balancers, alarms, Auto Scaling groups, functions, and ways to SNS and EventBridge."""

    fleet: Fleet
    traffic: Traffic
    alarms: Alarms
    publish: Publish
    auto_scaling: AutoScaling
    functions: Functions
    emit: Emit = lambda account, region, entry: None
