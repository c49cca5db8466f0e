# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Reads the deployment groups of one region and the machines in them, with as few requests as the API allows.

An application costs two requests (its groups' names, the groups), a group's last deployment one for each status that
its targets have; all deployments together one for every 25, all EC2 instances one a page, all on-premises instances
one a page and one for every 25.
"""

from __future__ import annotations

from ..module_utils.codedeploy.common import codedeploy
from ..module_utils.codedeploy.deployment_group import ABSENT, BATCH_SIZE, as_options
from ..module_utils.codedeploy.deployment_list import read_deployments
from ..module_utils.codedeploy.on_premises_instance import list_on_premises_instances
from ..module_utils.engine.client import Client
from .codedeploy_hosts import belongs, membership, tag_keys, tag_lists

MOST_FILTER_VALUES = 200  # of a filter of DescribeInstances
NOT_STARTED = ("DeploymentNotStartedException", "DeploymentDoesNotExistException")

# {variable: member of an EC2 instance}
EC2_FACTS = {
    "instance_type": "instance_type",
    "image_id": "image_id",
    "vpc_id": "vpc_id",
    "subnet_id": "subnet_id",
    "private_ip_address": "private_ip_address",
    "private_dns_name": "private_dns_name",
    "public_ip_address": "public_ip_address",
    "public_dns_name": "public_dns_name",
}
ON_PREMISES_FACTS = ("instance_arn", "iam_user_arn", "iam_session_arn", "register_time")


class Region:
    """One region as the reading functions of module_utils want it: clients, by service."""

    def __init__(self, plugin, name):
        self.name = name
        self.params = {"endpoint_url": plugin.get_option("endpoint_url")}
        self._connect, self._clients = plugin.client, {}

    def client(self, service, remedies=None, config=None):
        """A C(Client) of ours; with C(config), as that class itself asks, the boto3 client beneath it."""
        if config is not None:
            return self._connect(service, region=self.name, config=config)
        if service not in self._clients:
            self._clients[service] = Client(self, service, remedies)
        return self._clients[service]


def read_hosts(region, applications=None, group_names=None, instance_states=("running",)):
    """The region's machines that belong to deployment groups: {"machine": ..., "memberships": [...]}, by id.

    :arg applications: names, None for all. Those that are not there are left out.
    :arg group_names: names of deployment groups, None for all.
    """
    groups = read_groups(region, applications, group_names)
    deployments, statuses = _last_deployments(region, groups)
    hosts = []
    for machine in [*_ec2(region, groups, instance_states), *_on_premises(region, groups)]:
        memberships = []
        for group in groups:
            if belongs(machine, group):
                deployment = deployments.get(_last_id(group))
                memberships.append(membership(group, deployment, statuses.get(_last_id(group), {}), machine["id"]))
        if memberships:
            hosts.append({"machine": machine, "memberships": memberships})
    return sorted(hosts, key=lambda host: host["machine"]["id"])


def read_groups(region, applications=None, group_names=None):
    """The deployment groups for servers, by application and name."""
    client = codedeploy(region)
    if applications is None:
        applications = client.pages("list_applications", "applications", doing="list the applications")
    groups = []
    for application in sorted(applications):
        names = client.pages(
            "list_deployment_groups",
            "deployment_groups",
            doing=f"list the deployment groups of {application}",
            absent=ABSENT,
            application_name=application,
        )
        found = client.batches(
            "batch_get_deployment_groups",
            ("deployment_group_names", sorted(name for name in names if group_names is None or name in group_names)),
            "deployment_groups_info",
            BATCH_SIZE,
            doing=f"read the deployment groups of {application}",
            application_name=application,
        )
        groups += [as_options(info) for info in found if info.get("compute_platform", "Server") == "Server"]
    return sorted(groups, key=lambda group: (group["application_name"], group["deployment_group_name"]))


def _last_id(group):
    return (group.get("last_attempted_deployment") or {}).get("deployment_id")


def _last_deployments(region, groups):
    """({id: deployment}, {id: {target id: status}}) of the last deployments of the groups."""
    ids = sorted({_last_id(group) for group in groups} - {None})
    deployments = {found["deployment_id"]: found for found in read_deployments(region, ids)}
    return deployments, {one: _target_statuses(region, found) for one, found in deployments.items()}


def _target_statuses(region, deployment):
    """{target id: status}: asked for once a status, which tells a hundred targets a page, not 25 as their details."""
    found = {}
    for status, count in (deployment.get("deployment_overview") or {}).items():
        if not count:
            continue
        name = {"in_progress": "InProgress"}.get(status, status.title())
        targets = codedeploy(region).pages(
            "list_deployment_targets",
            "target_ids",
            doing=f"list the targets of deployment {deployment['deployment_id']}",
            absent=NOT_STARTED,
            deployment_id=deployment["deployment_id"],
            target_filters={"TargetStatus": [name]},
        )
        found.update(dict.fromkeys(targets, name))
    return found


def _ec2(region, groups, instance_states):
    keys = tag_keys(groups)
    if keys == []:
        return []
    filters = [{"name": "instance-state-name", "values": list(instance_states)}]
    if keys is not None and len(keys) <= MOST_FILTER_VALUES:
        filters.append({"name": "tag-key", "values": keys})
    reservations = region.client("ec2").pages(
        "describe_instances", "reservations", doing="read the EC2 instances", filters=filters
    )
    return [_ec2_machine(region, found) for entry in reservations for found in entry.get("instances") or []]


def _ec2_machine(region, instance):
    facts = {name: instance.get(member) or None for name, member in EC2_FACTS.items()}
    facts["availability_zone"] = (instance.get("placement") or {}).get("availability_zone")
    facts["instance_state"] = (instance.get("state") or {}).get("name")
    tags = {tag["key"]: tag.get("value", "") for tag in instance.get("tags") or []}
    return _machine(region, "ec2", instance["instance_id"], tags, facts)


def _on_premises(region, groups):
    if not any(tag_lists(group, "on_premises") for group in groups):
        return []
    return [
        _machine(
            region,
            "on_premises",
            found["instance_name"],
            found["tags"],
            {name: found[name] for name in ON_PREMISES_FACTS if name in found},
        )
        for found in list_on_premises_instances(region, registration_status="Registered")
    ]


def _machine(region, platform, identity, tags, facts):
    return {"id": identity, "platform": platform, "region": region.name, "tags": tags, "facts": facts}
