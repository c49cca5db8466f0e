# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The hosts of deployment groups as an inventory shows them. Pure functions over plain data in option names.

A I(machine) is an EC2 instance or a registered on-premises instance: C(id), C(platform) (ec2, on_premises), C(region),
C(tags) and C(facts). A I(membership) is one deployment group that a machine belongs to, with its last deployment.
"""

from __future__ import annotations

from ..module_utils.codedeploy.revision_location import name_of
from ..module_utils.codedeploy.tag_matching import filter_lists, matches

# EC2 Auto Scaling puts it on every instance that it starts.
AUTO_SCALING_TAG = "aws:autoscaling:groupName"

_TAG_OPTIONS = {
    "ec2": ("ec2_tag_filters", "ec2_tag_set"),
    "on_premises": ("on_premises_instance_tag_filters", "on_premises_tag_set"),
}

# What a machine may be called in the inventory, beside C(tag:KEY).
NAMES = (
    "instance_id",
    "on_premises_name",
    "private_ip_address",
    "private_dns_name",
    "public_ip_address",
    "public_dns_name",
)


def tag_lists(group, platform):
    """The group's lists of tag filters for a platform; () finds no machine by tags."""
    return filter_lists(group, *_TAG_OPTIONS[platform])


def belongs(machine, group):
    """Would the group's next deployment reach the machine? By its tags or, on EC2, by its Auto Scaling group."""
    if matches(machine["tags"], tag_lists(group, machine["platform"])):
        return True
    auto_scaling_group = machine["tags"].get(AUTO_SCALING_TAG)
    return machine["platform"] == "ec2" and auto_scaling_group in (group.get("auto_scaling_groups") or [])


def tag_keys(groups):
    """The tag keys of which an EC2 instance of these groups has at least one; None where that can't be told."""
    keys = set()
    for group in groups:
        if group.get("auto_scaling_groups"):
            keys.add(AUTO_SCALING_TAG)
        for wanted in (wanted for row in tag_lists(group, "ec2") for wanted in row):
            if not wanted.get("key"):
                return None
            keys.add(wanted["key"])
    return sorted(keys)


def membership(group, deployment, statuses, machine_id):
    """What an inventory says of one machine in one group.

    :arg deployment: the group's last deployment, None before the first one.
    :arg statuses: {target id: status} of that deployment.
    """
    told = {
        "application_name": group["application_name"],
        "deployment_group_name": group["deployment_group_name"],
        "deployment_group_id": group.get("deployment_group_id"),
        "deployment_id": None,
        "deployment_status": None,
        "deployment_create_time": None,
        "deployment_complete_time": None,
        "revision": None,
        "revision_name": None,
        "target_status": statuses.get(machine_id),
        "target_revision": group.get("target_revision"),
        "target_revision_name": name_of(group["target_revision"]) if group.get("target_revision") else None,
    }
    if deployment:
        revision = deployment.get("revision")
        told.update(
            deployment_id=deployment["deployment_id"],
            deployment_status=deployment.get("status"),
            deployment_create_time=deployment.get("create_time"),
            deployment_complete_time=deployment.get("complete_time"),
            revision=revision,
            revision_name=name_of(revision) if revision else None,
        )
    return told


def latest(memberships):
    """The membership whose deployment was created last; the first by name where there was none."""
    return max(memberships, key=lambda one: one["deployment_create_time"] or "")


def variables(machine, memberships):
    """The host's variables: those of the machine, of the membership that was deployed to last, and all memberships."""
    shown = {"platform": machine["platform"], "instance_id": machine["id"], "region": machine["region"]}
    shown.update(machine["facts"], tags=machine["tags"])
    shown.update({name: value for name, value in latest(memberships).items() if name != "deployment_group_id"})
    shown["deployment_groups"] = memberships
    return {f"codedeploy_{name}": value for name, value in shown.items()}


def groups_of(machine, memberships, kinds):
    """The names of the inventory groups of a machine, without the C(codedeploy_) in front, in order and once each."""
    found = {
        "platform": [machine["platform"]],
        "zone": [machine["facts"].get("availability_zone")],
        "application": [one["application_name"] for one in memberships],
        "deployment_group": [f"{one['application_name']}_{one['deployment_group_name']}" for one in memberships],
        "deployment_status": [one["deployment_status"] for one in memberships],
        "target_status": [one["target_status"] for one in memberships],
        "revision": [_last_part(one["revision_name"]) for one in memberships],
    }
    names = [
        value if kind == "platform" else f"{kind}_{value}" for kind in kinds for value in found.get(kind, []) if value
    ]
    return list(dict.fromkeys(name.lower() if "_status_" in name else name for name in names))


def _last_part(revision_name):
    """C(storefront-2.0.zip) of s3://bundles/storefront/storefront-2.0.zip."""
    return revision_name.rsplit("/", 1)[-1] if revision_name else None


def name_for(machine, preferences):
    """The first of the preferred names that the machine has, else its id."""
    names = {
        "instance_id": machine["id"] if machine["platform"] == "ec2" else None,
        "on_premises_name": machine["id"] if machine["platform"] == "on_premises" else None,
    }
    for wanted in preferences:
        if wanted.startswith("tag:"):
            found = machine["tags"].get(wanted[len("tag:") :])
        else:
            found = names.get(wanted) or machine["facts"].get(wanted)
        if found:
            return found
    return machine["id"]


def same_names(named):
    """{name: ids} of the names that more than one machine would have. C(named): pairs (name, machine)."""
    ids = {}
    for name, machine in named:
        ids.setdefault(name, []).append(f"{machine['id']} ({machine['region']})")
    return {name: found for name, found in ids.items() if len(found) > 1}
