# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of a deployment: resolved once, when it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from local_region.engine import lifecycle
from local_region.engine.deployment import Error, Target
from local_region.engine.order import Standing
from local_region.services.codedeploy.fleet import Fleet, Instance, matches, tag_groups
from local_region.services.codedeploy.records import DeploymentRecord, Group, OnPremisesInstance, revision_key
from local_region.services.codedeploy.traffic import Traffic


@dataclass(frozen=True)
class Targeting:
    """What was found: EC2 instances, the ARNs of the target groups, or why the deployment can't start (`error`)."""

    instances: list[Instance]
    target_groups: list[str]
    error: Error | None = None


def look_around(record: DeploymentRecord, fleet: Fleet, traffic: Traffic) -> Targeting:
    """Asks the world; called without the service's lock."""
    info = record.group.info
    tags = tag_groups(info, "ec2TagFilters", "ec2TagSet", "ec2TagSetList")
    names = [group["name"] for group in info["autoScalingGroups"]]
    instances = fleet.find(record.account, record.region, tags, names)
    try:
        return Targeting(
            instances, [traffic.target_group(record.account, record.region, name) for name in _wanted(record)]
        )
    except LookupError as error:
        return Targeting([], [], Error("ELASTIC_LOAD_BALANCING_INVALID", str(error.args[0])))


def on_premises(record: DeploymentRecord, registered: Iterable[OnPremisesInstance]) -> list[Instance]:
    """The registered on-premises instances that the deployment group's tags find."""
    tags = tag_groups(record.group.info, "onPremisesInstanceTagFilters", "onPremisesTagSet", "onPremisesTagSetList")
    return [
        Instance(instance.name, instance.arn, zone="")
        for instance in registered
        if instance.deregistered is None and matches(instance.tags, tags)
    ]


def targets(record: DeploymentRecord, instances: Iterable[Instance]) -> list[Target]:
    """The engine's targets. With updateOutdatedInstancesOnly those that run the revision already are left out."""
    wanted = revision_key(record.info["revision"])
    found = []
    for instance in instances:
        standing = standing_of(record.group, instance.id, wanted)
        if standing is Standing.CURRENT_REVISION and record.info["updateOutdatedInstancesOnly"]:
            continue
        behind_load_balancer = traffic_control(record) and instance.arn.startswith("arn:aws:ec2:")
        events = lifecycle.in_place(behind_load_balancer)
        found.append(Target(instance.id, instance.zone, standing, instance.running, lifecycle=events))
    return found


def standing_of(group: Group, target_id: str, wanted_revision: str) -> Standing:
    """What the group's earlier deployments say about a host."""
    revision, healthy = group.hosts.get(target_id, (None, True))
    if not healthy:
        return Standing.UNHEALTHY
    if revision is None:
        return Standing.UNKNOWN_REVISION
    return Standing.CURRENT_REVISION if revision == wanted_revision else Standing.OLD_REVISION


def traffic_control(record: DeploymentRecord) -> bool:
    return record.info["deploymentStyle"].get("deploymentOption") == "WITH_TRAFFIC_CONTROL"


def _wanted(record: DeploymentRecord) -> list[str]:
    if not traffic_control(record):
        return []
    return [group["name"] for group in record.info["loadBalancerInfo"]["targetGroupInfoList"]]
