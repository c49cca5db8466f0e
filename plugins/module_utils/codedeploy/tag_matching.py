# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which tags a deployment group's filters find. Pure. Source: user guide, "Tagging instances for deployment groups"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Filters = Sequence[Sequence[Mapping[str, str]]]


def filter_lists(group: Mapping[str, Any], single: str, tag_set: str) -> Filters:
    """The tag filters of a group as an AND of ORs; () when it has none.

    :arg single: the option with one list of filters, "ec2_tag_filters".
    :arg tag_set: the option with several of them, "ec2_tag_set".
    """
    lists = (group.get(tag_set) or {}).get(f"{tag_set}_list") or ()
    return tuple(filters for filters in (lists or [group.get(single) or ()]) if filters)


def matches(tags: Mapping[str, str], filters: Filters) -> bool:
    """Whether an instance with these tags is meant: every list has a filter that it matches."""
    return bool(filters) and all(any(_matches_one(tags, wanted) for wanted in row) for row in filters)


def _matches_one(tags: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    kind = wanted.get("type") or "KEY_AND_VALUE"
    if kind == "KEY_ONLY":
        return wanted.get("key") in tags
    if kind == "VALUE_ONLY":
        return wanted.get("value") in tags.values()
    return tags.get(wanted.get("key", "")) == wanted.get("value", "")
