# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of a deployment: resolved once, when it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from local_region.engine.deployment import Error
from local_region.services.codedeploy import blue_green
from local_region.services.codedeploy.fleet import Fleet, Instance, matches, tag_groups
from local_region.services.codedeploy.functions import Functions, problem
from local_region.services.codedeploy.records import DeploymentRecord, Info, OnPremisesInstance
from local_region.services.codedeploy.traffic import Traffic


@dataclass(frozen=True)
class Targeting:
    """What was found: the instances to deploy to, in a blue/green deployment the original ones beside them, the ARNs of
    the target groups, or why the deployment can't start (`error`)."""

    instances: list[Instance] = field(default_factory=list)
    originals: list[Instance] = field(default_factory=list)
    target_groups: list[str] = field(default_factory=list)
    error: Error | None = None


def look_around(record: DeploymentRecord, fleet: Fleet, traffic: Traffic) -> Targeting:
    """Asks the world; called without the service's lock."""
    found = _instances(record, fleet)
    try:
        arns = [traffic.target_group(record.account, record.region, name) for name in _wanted(record)]
    except LookupError as error:
        return Targeting(error=Error("ELASTIC_LOAD_BALANCING_INVALID", str(error.args[0])))
    return replace(found, target_groups=arns)


def function(record: DeploymentRecord, functions: Functions) -> Targeting:
    """The function of a Lambda deployment, the one target that it has."""
    if error := problem(functions, record.place, record.change):
        return Targeting(error=error)
    return Targeting([Instance(record.change.function, functions.alias_arn(record.place, record.change), zone="")])


def _instances(record: DeploymentRecord, fleet: Fleet) -> Targeting:
    only = record.way_back.blue + record.way_back.green if record.way_back else record.only
    if only is not None:
        return Targeting(fleet.find_by_id(*record.place, only))
    info = record.group.info
    tags = tag_groups(info, "ec2TagFilters", "ec2TagSet", "ec2TagSetList")
    of_group = fleet.find(*record.place, tags, [group["name"] for group in info["autoScalingGroups"]])
    if not blue_green.is_blue_green(record.info):
        return Targeting(of_group)
    replacements = _replacements(record, fleet)
    ids = {instance.id for instance in replacements}
    # What does not run takes no requests: there is nothing to release.
    return Targeting(replacements, [one for one in of_group if one.id not in ids and one.running])


def _replacements(record: DeploymentRecord, fleet: Fleet) -> list[Instance]:
    wanted: Info = record.info["targetInstances"]
    tags = tag_groups(wanted, "tagFilters", "ec2TagSet", "ec2TagSetList")
    return fleet.find(*record.place, tags, wanted.get("autoScalingGroups", []))


def on_premises(record: DeploymentRecord, registered: Iterable[OnPremisesInstance]) -> list[Instance]:
    """The registered on-premises instances that the deployment group's tags find."""
    if record.only is not None or blue_green.is_blue_green(record.info):
        return []
    tags = tag_groups(record.group.info, "onPremisesInstanceTagFilters", "onPremisesTagSet", "onPremisesTagSetList")
    return [
        Instance(instance.name, instance.arn, zone="")
        for instance in registered
        if instance.deregistered is None and matches(instance.tags, tags)
    ]


def traffic_control(record: DeploymentRecord) -> bool:
    return record.info["deploymentStyle"].get("deploymentOption") == "WITH_TRAFFIC_CONTROL"


def _wanted(record: DeploymentRecord) -> list[str]:
    if not traffic_control(record):
        return []
    return [group["name"] for group in record.info["loadBalancerInfo"]["targetGroupInfoList"]]
