# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts belong to a deployment group: by its tags, its Auto Scaling groups, its on-premises tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..codedeploy.on_premises_instance import list_on_premises_instances
from ..codedeploy.tag_matching import Filters, filter_lists, matches
from .plan import Host

ALIVE = ["pending", "running", "stopping", "stopped"]


def find_hosts(context, group: Mapping[str, Any]) -> tuple[list[Host], tuple[str, ...]]:
    """The hosts of a deployment group (GetDeploymentGroup's answer), and what is missing, each in a sentence."""
    hosts: dict[str, Host] = {}
    tags = filter_lists(group, "ec2_tag_filters", "ec2_tag_set")
    if tags:
        hosts |= {host.id: host for host in _tagged_instances(context, tags)}
    names = [entry["name"] for entry in group.get("auto_scaling_groups") or () if entry.get("name")]
    members, missing = _members(context, names) if names else ([], ())
    hosts |= {host.id: host for host in members}
    on_premises = filter_lists(group, "on_premises_instance_tag_filters", "on_premises_tag_set")
    if on_premises:
        hosts |= {host.id: host for host in _on_premises(context, on_premises)}
    return sorted(hosts.values(), key=lambda host: host.id), missing


def selection_of(group: Mapping[str, Any]) -> str:
    """How a group finds its hosts, in words: "tag Environment=production; Auto Scaling group web"."""
    parts = []
    for single, tag_set, kind in (
        ("ec2_tag_filters", "ec2_tag_set", "tag"),
        ("on_premises_instance_tag_filters", "on_premises_tag_set", "on-premises tag"),
    ):
        rows = [" or ".join(_in_words(wanted) for wanted in row) for row in filter_lists(group, single, tag_set)]
        if rows:
            parts.append(
                f"{kind} " + " and ".join(f"({row})" if " or " in row and len(rows) > 1 else row for row in rows)
            )
    parts += [f"Auto Scaling group {entry['name']}" for entry in group.get("auto_scaling_groups") or ()]
    return "; ".join(parts)


def missing_target_groups(context, group: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence for each target group of the load balancer settings that does not exist."""
    style = (group.get("deployment_style") or {}).get("deployment_option")
    info = group.get("load_balancer_info") or {}
    names = [entry["name"] for entry in info.get("target_group_info_list") or () if entry.get("name")]
    if not names or style == "WITHOUT_TRAFFIC_CONTROL":
        return ()
    client = context.client("elbv2")
    absent = []
    for name in names:
        doing = f"look for target group {name}"
        if client.call("describe_target_groups", doing=doing, absent=("TargetGroupNotFound",), names=[name]) is None:
            absent.append(name)
    return tuple(
        f"there is no target group {name}, which its load balancer settings name. Create it, or correct "
        "load_balancer_info of the deployment group."
        for name in absent
    )


def _tagged_instances(context, filters: Filters) -> Iterable[Host]:
    keys = {wanted.get("key") for row in filters for wanted in row if wanted.get("type") != "VALUE_ONLY"}
    narrow = [{"name": "instance-state-name", "values": ALIVE}]
    if all(wanted.get("type") != "VALUE_ONLY" for row in filters for wanted in row):
        narrow.append({"name": "tag-key", "values": sorted(keys)})
    reservations = context.client("ec2").pages(
        "describe_instances", "reservations", doing="find the EC2 instances of the deployment group", filters=narrow
    )
    for instance in (one for reservation in reservations for one in reservation["instances"]):
        tags = {tag["key"]: tag.get("value", "") for tag in instance.get("tags") or ()}
        if matches(tags, filters):
            zone = (instance.get("placement") or {}).get("availability_zone", "")
            yield Host(instance["instance_id"], zone, instance["state"]["name"] in ("pending", "running"))


def _members(context, names: list[str]) -> tuple[list[Host], tuple[str, ...]]:
    found = context.client("autoscaling").pages(
        "describe_auto_scaling_groups",
        "auto_scaling_groups",
        doing=f"read the Auto Scaling groups {', '.join(names)}",
        auto_scaling_group_names=names,
    )
    hosts = [
        Host(instance["instance_id"], instance.get("availability_zone", ""))
        for group in found
        for instance in group.get("instances") or ()
        if not instance.get("lifecycle_state", "").startswith("Terminat")
    ]
    missing = sorted(set(names) - {group["auto_scaling_group_name"] for group in found})
    return hosts, tuple(
        f"there is no Auto Scaling group {name}, which the deployment group names. Create it, or correct "
        "auto_scaling_groups of the deployment group."
        for name in missing
    )


def _on_premises(context, filters: Filters) -> Iterable[Host]:
    for instance in list_on_premises_instances(context, registration_status="Registered"):
        if matches(instance["tags"], filters):
            yield Host(instance["instance_name"])


def _in_words(wanted: Mapping[str, str]) -> str:
    kind = wanted.get("type") or "KEY_AND_VALUE"
    if kind == "KEY_ONLY":
        return f"{wanted.get('key')} (any value)"
    if kind == "VALUE_ONLY":
        return f"any key={wanted.get('value')}"
    return f"{wanted.get('key')}={wanted.get('value', '')}"
