# SPDX-License-Identifier: GPL-3.0-or-later
"""DescribeTags: resource types as AWS spells them, and no tags of what has been deleted.

moto's own spelling finds nothing for whoever filters by AWS's, as amazon.aws does: it then sets the tags of a NAT
gateway anew on every run. And moto keeps the tags of all that ever was.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TagDescription.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.ec2.models.tags import TagBackend
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

EC2_PREFIX_TO_RESOURCE.update(
    {
        "eipalloc": "elastic-ip",
        "fl": "vpc-flow-log",
        "h": "dedicated-host",
        "nat": "natgateway",
        "pl": "prefix-list",
        "sir": "spot-instances-request",
    }
)

_describe_tags = TagBackend.describe_tags


def _in_twos(by_parent: dict[str, dict[str, Any]]) -> Iterable[str]:
    return (key for inner in list(by_parent.values()) for key in list(inner))


# What there is of each kind. Other kinds' tags are told as moto does.
_PRESENT: dict[str, Callable[[Any], Iterable[str]]] = {
    "elastic-ip": lambda ec2: [address.allocation_id for address in ec2.addresses],
    "internet-gateway": lambda ec2: ec2.internet_gateways,
    "natgateway": lambda ec2: [one.id for one in list(ec2.nat_gateways.values()) if one.state != "deleted"],
    "route-table": lambda ec2: ec2.route_tables,
    "security-group": lambda ec2: _in_twos(ec2.groups),
    "subnet": lambda ec2: _in_twos(ec2.subnets),
    "vpc": lambda ec2: ec2.vpcs,
    "vpc-endpoint": lambda ec2: ec2.vpc_end_points,
    "vpc-flow-log": lambda ec2: ec2.flow_logs,
}


def describe_tags(self: TagBackend, filters: dict[str, list[str]] | None = None) -> list[dict[str, str]]:
    """As moto's, without the tags of networks' parts that are gone."""
    found = _describe_tags(self, filters)
    kinds = {one["resource_type"] for one in found} & set(_PRESENT)
    present = {kind: set(_PRESENT[kind](self)) for kind in kinds}
    return [
        one
        for one in found
        if one["resource_type"] not in present or one["resource_id"] in present[one["resource_type"]]
    ]


TagBackend.describe_tags = describe_tags
