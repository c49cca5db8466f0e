# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What carries given tags, of all kinds that EC2 has, in one list of tags."""

from __future__ import annotations

from collections import defaultdict

from ..engine.errors import Failure
from .common import REMEDIES, filters


def tagged(context) -> dict[str, list[str]]:
    """The ids of what carries all of the tags, by EC2's name of its kind: C({"subnet": ["subnet-1"]}).

    EC2 has a list of tags, not of things: of what has one of the tags, those are kept that have them all.
    """
    tags = {str(key): str(value) for key, value in context.options["tags"].items()}
    if not tags:
        raise Failure("tags: none were given. Name at least one.")
    client = context.client("ec2", remedies=REMEDIES)
    carried: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    named = [{"name": "key", "values": sorted(tags)}, {"name": "value", "values": sorted(set(tags.values()))}]
    if context.options["resource_type"]:
        named += filters(resource_type=context.options["resource_type"])
    for one in client.pages("describe_tags", "tags", doing="look for what carries the tags", filters=named):
        carried[one["resource_type"], one["resource_id"]][one["key"]] = one["value"]
    found = defaultdict(list)
    for (kind, resource), present in sorted(carried.items()):
        if tags.items() <= present.items():
            found[kind].append(resource)
    return dict(found)
