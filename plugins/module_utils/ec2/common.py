# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the EC2 resources share: the client, filters, and tags, which every answer carries."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)

from ..engine.resource import Resource
from ..engine.tags import check_tags
from ..engine.wait import Pace

State = dict[str, Any]

PACE = Pace(shortest=1.0, longest=10.0)
REMEDIES = {
    "InvalidVpcID.NotFound": "Check vpc_id, and that region and account are those of the VPC.",
    "InvalidServiceName": "Check the service's name; amazon.aws.ec2_vpc_endpoint_info lists those of the region.",
    "VpcEndpointLimitExceeded": "Delete endpoints that are not needed, or ask AWS for a higher quota.",
}


def filters(**values: Any) -> list[dict[str, Any]]:
    """EC2's filters, in option names: C(filters(vpc_id="vpc-1"))."""
    return [{"name": name.replace("_", "-"), "values": [value]} for name, value in values.items()]


def tag_specification(kind: str, tags: dict[str, Any] | None) -> dict[str, Any]:
    """The part of a request that tags what it makes."""
    return {"tag_specifications": [{"resource_type": kind, "tags": _pairs(tags)}]} if tags else {}


def _pairs(tags: dict[str, Any]) -> list[dict[str, str]]:
    return [{"key": one["Key"], "value": one["Value"]} for one in ansible_dict_to_boto3_tag_list(tags)]


class Ec2Resource(Resource):
    """A resource whose state carries its tags, and whose id is C(id_name)."""

    id_name = ""

    def __init__(self, context):
        super().__init__(context)
        self.client = context.client("ec2", remedies=REMEDIES)

    def check(self, wanted: State) -> None:
        check_tags(wanted.get("tags"))

    def with_tags(self, answer: State) -> State:
        """An answer of EC2 with its tags as a map."""
        return {**answer, "tags": boto3_tag_list_to_ansible_dict(answer.get("tags") or [], "key", "value")}

    def read_tags(self, current: State) -> dict[str, str]:
        return current["tags"]

    def write_tags(self, current: State, to_set: dict[str, str], to_unset: list[str]) -> None:
        resources, doing = [current[self.id_name]], f"tag {self.name_of(current)}"
        if to_unset:
            self.client.call("delete_tags", doing=doing, resources=resources, tags=[{"key": key} for key in to_unset])
        if to_set:
            self.client.call("create_tags", doing=doing, resources=resources, tags=_pairs(to_set))
