# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment's targets as the engine's: in place, blue/green, the way back, and those of Auto Scaling."""

from __future__ import annotations

from collections.abc import Iterable

from local_region.engine import blue_green as engine
from local_region.engine import lifecycle
from local_region.engine.deployment import Deployment, Rules, Target, plan
from local_region.engine.healthy_hosts import NO_MINIMUM
from local_region.engine.order import Standing
from local_region.services.codedeploy import blue_green
from local_region.services.codedeploy.fleet import Instance
from local_region.services.codedeploy.records import DeploymentRecord, Group, revision_key
from local_region.services.codedeploy.rules import rules
from local_region.services.codedeploy.targeting import Targeting, traffic_control


def run_of(record: DeploymentRecord, found: Targeting) -> Deployment:
    """The engine's deployment, ready to start."""
    if record.change:
        return plan(Rules(NO_MINIMUM), [Target(record.change.function, lifecycle=lifecycle.ALLOW_TRAFFIC)])
    wanted = rules(record.config_info, record.info["ignoreApplicationStopFailures"])
    if record.way_back:
        zones = {instance.id: instance.zone for instance in found.instances}
        blue = [one for one in record.way_back.blue if one in zones]
        return engine.plan_way_back(wanted, blue, [one for one in record.way_back.green if one in zones], zones)
    if not blue_green.is_blue_green(record.info):
        return plan(wanted, _targets(record, found.instances))
    return engine.plan(
        wanted,
        [engine.original(instance.id, instance.zone) for instance in found.originals],
        [_replacement(record, instance) for instance in found.instances],
        blue_green.ready_wait(record.info),
        blue_green.termination_wait(record.info),
    )


def _replacement(record: DeploymentRecord, instance: Instance) -> Target:
    standing = standing_of(record.group, instance.id, revision_key(record.info["revision"]))
    return engine.replacement(instance.id, instance.zone, standing, instance.running)


def _targets(record: DeploymentRecord, instances: Iterable[Instance]) -> list[Target]:
    """With updateOutdatedInstancesOnly those that run the revision already are left out."""
    wanted = revision_key(record.info["revision"])
    found = []
    for instance in instances:
        standing = standing_of(record.group, instance.id, wanted)
        if standing is Standing.CURRENT_REVISION and record.info["updateOutdatedInstancesOnly"]:
            continue
        events = _events(record, instance)
        found.append(Target(instance.id, instance.zone, standing, instance.running, lifecycle=events))
    return found


def _events(record: DeploymentRecord, instance: Instance) -> tuple[str, ...]:
    behind_load_balancer = traffic_control(record) and instance.arn.startswith("arn:aws:ec2:")
    if record.action is None:
        return lifecycle.in_place(behind_load_balancer)
    if record.action.launching:
        return lifecycle.auto_scaling_launch(behind_load_balancer)
    return lifecycle.auto_scaling_termination(behind_load_balancer)


def standing_of(group: Group, target_id: str, wanted_revision: str) -> Standing:
    """What the group's earlier deployments say about a host."""
    revision, healthy = group.hosts.get(target_id, (None, True))
    if not healthy:
        return Standing.UNHEALTHY
    if revision is None:
        return Standing.UNKNOWN_REVISION
    return Standing.CURRENT_REVISION if revision == wanted_revision else Standing.OLD_REVISION
