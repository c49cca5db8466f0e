# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups: traces that a filter expression finds, with their own insights.

Source: API reference, CreateGroup and UpdateGroup (names, insights); the code of errors is always
InvalidRequestException there. 25 groups: AWS general reference, "AWS X-Ray endpoints and quotas".
"""

from __future__ import annotations

import uuid

from local_region.services import paging
from local_region.services.xray import filters
from local_region.services.xray.base import Base, checked_tags, operation
from local_region.services.xray.records import DEFAULT, Group, Info, Store, invalid

MOST_GROUPS = 25
NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}


class Groups(Base):
    """CreateGroup and its relatives."""

    @operation
    def create_group(self, store: Store, params: Info) -> Info:
        name = params["GroupName"]
        if name.lower() == DEFAULT.lower():
            raise invalid("Default is a reserved group name")
        if name in store.groups:
            raise invalid(f"Group {name} already exists")
        if len(store.groups) >= MOST_GROUPS:
            raise invalid(f"An account may have {MOST_GROUPS} groups in a region.")
        group = Group(name, store.arn(f"group/{name}/{uuid.uuid4().hex.upper()}"), insights=NO_INSIGHTS)
        group.tags = checked_tags(params.get("Tags", []))
        _set(group, params)
        store.groups[name] = group
        return {"Group": group.shown()}

    @operation
    def get_group(self, store: Store, params: Info) -> Info:
        return {"Group": store.group(params).shown()}

    @operation
    def get_groups(self, store: Store, params: Info) -> Info:
        found = [group.shown() for group in store.groups.values()]
        return paging.page(found, params, "Groups", token="NextToken", error="InvalidRequestException")

    @operation
    def update_group(self, store: Store, params: Info) -> Info:
        group = store.group(params)
        _set(group, params)
        return {"Group": group.shown()}

    @operation
    def delete_group(self, store: Store, params: Info) -> None:
        del store.groups[store.group(params).name]


def _set(group: Group, params: Info) -> None:
    """What is not given stays. Nothing changes where something is refused."""
    expression = params.get("FilterExpression", group.filter_expression)
    if expression and (problem := filters.problem(expression)):
        raise invalid(f"Invalid filter expression: {problem}")
    asked = params.get("InsightsConfiguration", {})
    insights = {**group.insights, **asked}
    if insights["NotificationsEnabled"] and not insights["InsightsEnabled"]:
        if asked.get("NotificationsEnabled"):
            raise invalid("Notifications can only be enabled on a group with InsightsEnabled set to true")
        insights["NotificationsEnabled"] = False
    group.filter_expression, group.insights = expression, insights
