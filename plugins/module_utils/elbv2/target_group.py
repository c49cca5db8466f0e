# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Target groups: what is checked, how targets come and go, and which clients stay with which target."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)

from ..engine.errors import Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags

State = dict[str, Any]

CHECKS = (
    "health_check_enabled",
    "health_check_protocol",
    "health_check_port",
    "health_check_path",
    "health_check_interval_seconds",
    "health_check_timeout_seconds",
    "healthy_threshold_count",
    "unhealthy_threshold_count",
    "matcher",
)
# Needed to make one for targets of these types; a group for a Lambda function has none of them.
NEEDED = ("protocol", "port", "vpc_id")
HTTP = ("HTTP", "HTTPS")
# What ELBv2 fills in. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
HTTP_CHECKS = {
    "health_check_enabled": True,
    "health_check_protocol": "HTTP",
    "health_check_port": "traffic-port",
    "health_check_path": "/",
    "health_check_interval_seconds": 30,
    "health_check_timeout_seconds": 5,
    "healthy_threshold_count": 5,
    "unhealthy_threshold_count": 2,
    "matcher": {"http_code": "200"},
}
# Option: (least, most), for every kind of load balancer.
LIMITS = {
    "port": (1, 65535),
    "health_check_interval_seconds": (5, 300),
    "health_check_timeout_seconds": (2, 120),
    "healthy_threshold_count": (2, 10),
    "unhealthy_threshold_count": (2, 10),
}
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
SLOW_START, ALGORITHM = "slow_start.duration_seconds", "load_balancing.algorithm.type"
REMEDIES = {
    "ResourceInUse": "Delete the listeners and rules that forward to it first, or their load balancer.",
    "TooManyTargetGroups": "Delete target groups that are not needed, or ask AWS for a higher quota.",
}


class TargetGroup(Resource):
    noun = "target_group"
    key = ("name",)
    settings = (
        "target_type",
        "protocol",
        "protocol_version",
        "port",
        "vpc_id",
        "ip_address_type",
        *CHECKS,
        "attributes",
    )
    immutable = ("target_type", "protocol", "protocol_version", "port", "vpc_id", "ip_address_type")

    def __init__(self, context):
        super().__init__(context)
        self.client = context.client("elbv2", remedies=REMEDIES)

    def wanted(self) -> State:
        wanted = super().wanted()
        if "attributes" in wanted:
            wanted["attributes"] = {name: _text(value) for name, value in wanted["attributes"].items()}
        return wanted

    def check(self, wanted: State) -> None:
        check_tags(wanted.get("tags"))
        if not NAME.fullmatch(wanted["name"]) or wanted["name"].startswith("internal-"):
            raise Failure(
                f"name: {wanted['name']!r} cannot be a target group's. Use 1 to 32 letters, digits and hyphens, "
                "with no hyphen at an end and no internal- at the beginning."
            )
        for name, (least, most) in LIMITS.items():
            if not least <= wanted.get(name, least) <= most:
                raise Failure(f"{name}: {wanted[name]} is not possible. Give {least} to {most}.")

    def complete(self, current: State | None, wanted: State) -> State:
        after = self.after(current, wanted)
        missing = [name for name in NEEDED if after.get(name) is None]
        if missing and after.get("target_type") != "lambda":
            raise Failure(f"{' and '.join(missing)} must be given to create {self.name_of(wanted)}.")
        _require_less("health_check_timeout_seconds", "health_check_interval_seconds", after)
        attributes = after.get("attributes") or {}
        if attributes.get(SLOW_START, "0") != "0" and attributes.get(ALGORITHM, "round_robin") != "round_robin":
            raise Failure(
                f"attributes: {SLOW_START} is for the algorithm round_robin, not {attributes[ALGORITHM]}. "
                f"Set it to 0, or {ALGORITHM} to round_robin."
            )
        return wanted

    def defaults(self, wanted: State) -> State:
        known = {"target_type": "instance", "ip_address_type": "ipv4"}
        if wanted.get("protocol") not in HTTP:
            return known
        return {**known, "protocol_version": "HTTP1", **HTTP_CHECKS}

    def find(self, wanted: State) -> State | None:
        """With those attributes alone that the task names: the others are none of its business."""
        answer = self.client.call(
            "describe_target_groups",
            doing=f"read {self.name_of(wanted)}",
            absent=("TargetGroupNotFound",),
            names=[wanted["name"]],
        )
        found = next(iter((answer or {}).get("target_groups") or []), None)
        if found is None:
            return None
        state = {"name": found.pop("target_group_name"), **found}
        if wanted.get("attributes"):
            state["attributes"] = self._attributes(state, wanted["attributes"])
        return state

    def _attributes(self, state: State, named: State) -> dict[str, str]:
        answer = self.client.call(
            "describe_target_group_attributes",
            doing=f"read the attributes of {self.name_of(state)}",
            target_group_arn=state["target_group_arn"],
        )
        return {one["key"]: one.get("value", "") for one in answer["attributes"] if one["key"] in named}

    def create(self, wanted: State) -> None:
        request = {name: value for name, value in wanted.items() if name not in ("attributes", "tags")}
        if wanted.get("tags"):
            request["tags"] = _tag_list(wanted["tags"])
        answer = self.client.call("create_target_group", doing=f"create {self.name_of(wanted)}", **request)
        if wanted.get("attributes"):
            (made,) = answer["target_groups"]
            self._write_attributes({**wanted, **made}, wanted["attributes"])

    def update(self, current: State, changes: State) -> None:
        checks = {name: changes[name] for name in CHECKS if name in changes}
        if checks:
            self.client.call(
                "modify_target_group",
                doing=f"change {self.name_of(current)}",
                target_group_arn=current["target_group_arn"],
                **checks,
            )
        before = current.get("attributes") or {}
        differ = {name: value for name, value in (changes.get("attributes") or {}).items() if before.get(name) != value}
        if differ:
            self._write_attributes(current, differ)

    def _write_attributes(self, state: State, attributes: dict[str, str]) -> None:
        self.client.call(
            "modify_target_group_attributes",
            doing=f"change the attributes of {self.name_of(state)}",
            target_group_arn=state["target_group_arn"],
            attributes=[{"key": name, "value": value} for name, value in attributes.items()],
        )

    def delete(self, current: State) -> None:
        self.client.call(
            "delete_target_group",
            doing=f"delete {self.name_of(current)}",
            target_group_arn=current["target_group_arn"],
        )

    def read_tags(self, current: State) -> dict[str, str]:
        answer = self.client.call(
            "describe_tags",
            doing=f"read the tags of {self.name_of(current)}",
            resource_arns=[current["target_group_arn"]],
        )
        (described,) = answer["tag_descriptions"]
        return boto3_tag_list_to_ansible_dict(described.get("tags") or [], "key", "value")

    def write_tags(self, current: State, to_set: dict[str, str], to_unset: list[str]) -> None:
        arns = {"resource_arns": [current["target_group_arn"]]}
        if to_unset:
            self.client.call("remove_tags", doing=f"remove tags of {self.name_of(current)}", tag_keys=to_unset, **arns)
        if to_set:
            self.client.call("add_tags", doing=f"tag {self.name_of(current)}", tags=_tag_list(to_set), **arns)


def _require_less(one: str, other: str, state: State) -> None:
    if one in state and other in state and state[one] >= state[other]:
        raise Failure(f"{one}: {state[one]} is not less than {other}, which is {state[other]}. Give fewer seconds.")


def _text(value: Any) -> str:
    """An attribute's value as ELBv2 writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in ansible_dict_to_boto3_tag_list(tags)]
