# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances a deployment group's tag filters and Auto Scaling groups find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from local_region.moto_access import Moto
from local_region.services.codedeploy.records import Info

TagGroups = Sequence[Sequence[Info]]
"""Groups of tag filters: an instance must match every group, in each of them at least one filter."""


@dataclass(frozen=True)
class Instance:
    """A deployment target. `id` is an instance id or an on-premises name, `arn` how its agent names itself.

    `running` is False for an instance that is stopped, or about to be.
    """

    id: str
    arn: str
    zone: str
    running: bool = True


class Fleet(Protocol):
    """The instances of the region."""

    def find(self, account: str, region: str, tags: TagGroups, auto_scaling_groups: Sequence[str]) -> list[Instance]:
        """Instances that match the tags or belong to one of the groups; terminated ones are left out, and those that a
        group has not put into service yet, or takes out: these have deployments of their own."""

    def find_by_id(self, account: str, region: str, ids: Sequence[str]) -> list[Instance]:
        """Those of the instances that are not terminated."""

    def missing_auto_scaling_groups(self, account: str, region: str, names: Sequence[str]) -> list[str]:
        """Those of the names that no Auto Scaling group has."""


def tag_groups(info: Info, filters: str, tag_set: str, set_list: str) -> TagGroups:
    """The tag groups of a deployment group: one list of filters is OR, a tag set an AND of ORs."""
    lists = info.get(tag_set, {}).get(set_list, [])
    single = info.get(filters, [])
    return [tags for tags in (lists or [single]) if tags]


def matches(tags: Mapping[str, str], groups: TagGroups) -> bool:
    """Whether an instance with these tags is meant. Without any tag group none is."""
    return bool(groups) and all(any(_matches_one(tags, wanted) for wanted in group) for group in groups)


def _matches_one(tags: Mapping[str, str], wanted: Info) -> bool:
    kind = wanted.get("Type", "KEY_AND_VALUE")
    if kind == "VALUE_ONLY":
        return wanted["Value"] in tags.values()
    if kind == "KEY_ONLY":
        return wanted["Key"] in tags
    return tags.get(wanted["Key"]) == wanted.get("Value", "")


def _snapshot(read: Callable[[], list]) -> list:
    """What `read` gives of moto's state. It may be read while another thread changes it; then it is read again."""
    while True:
        try:
            return read()
        except RuntimeError as error:
            if "changed size during iteration" not in str(error):
                raise


class MotoFleet:
    """The fleet of moto's EC2 and Auto Scaling."""

    def __init__(self, moto: Moto):
        self._moto = moto

    def find(self, account: str, region: str, tags: TagGroups, auto_scaling_groups: Sequence[str]) -> list[Instance]:
        members = self._members(account, region, auto_scaling_groups)
        found = []
        for instance in self._alive(account, region):
            carried = {tag["key"]: tag["value"] for tag in instance.get_tags()} if tags else {}
            if members.get(instance.id, matches(carried, tags)):
                found.append(_found(instance, account, region))
        return found

    def find_by_id(self, account: str, region: str, ids: Sequence[str]) -> list[Instance]:
        return [_found(instance, account, region) for instance in self._alive(account, region) if instance.id in ids]

    def missing_auto_scaling_groups(self, account: str, region: str, names: Sequence[str]) -> list[str]:
        known = self._moto.backend("autoscaling", account, region).autoscaling_groups
        return [name for name in names if name not in known]

    def _alive(self, account: str, region: str) -> list[Any]:
        instances = _snapshot(self._moto.backend("ec2", account, region).all_instances)
        return [instance for instance in instances if instance.state not in ("terminated", "shutting-down")]

    def _members(self, account: str, region: str, names: Iterable[str]) -> dict[str, bool]:
        """The instances of Auto Scaling groups: True for one that is neither on its way in nor on its way out."""
        groups = self._moto.backend("autoscaling", account, region).autoscaling_groups
        return {
            state.instance.id: not state.lifecycle_state.startswith(("Pending", "Terminating"))
            for name in names
            if name in groups
            for state in list(groups[name].instance_states)
        }


def _found(instance: Any, account: str, region: str) -> Instance:
    arn = f"arn:aws:ec2:{region}:{account}:instance/{instance.id}"
    return Instance(instance.id, arn, instance.placement.zone, instance.state in ("running", "pending"))
