# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""X-Ray groups: the traces that a filter expression finds, with metrics and insights of their own."""

from __future__ import annotations

import re
from typing import Any

from ..engine.errors import ApiError, Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags
from .common import read_tags, tag_list, write_tags, xray

State = dict[str, Any]

LONGEST_NAME = 32
NO_INSIGHTS = {"insights_enabled": False, "notifications_enabled": False}
_SPACE = re.compile(r'("(?:\\.|[^"\\])*")|\s+')


class Group(Resource):
    noun = "group"
    key = ("group_name",)
    settings = ("filter_expression", "insights_configuration")

    def __init__(self, context):
        super().__init__(context)
        self.client = xray(context)

    def name_of(self, state: State) -> str:
        return f"X-Ray group {state['group_name']}"

    def wanted(self) -> State:
        wanted = super().wanted()
        if "filter_expression" in wanted:
            wanted["filter_expression"] = _one_line(wanted["filter_expression"])
        return wanted

    def check(self, wanted: State) -> None:
        name = wanted["group_name"]
        if not 1 <= len(name) <= LONGEST_NAME:
            raise Failure(f"group_name: {name!r} has {len(name)} characters. Use 1 to {LONGEST_NAME} of them.")
        if name.lower() == "default":
            raise Failure(f"group_name: {name} is X-Ray's own group, which stays as it is. Choose another name.")
        if wanted.get("filter_expression") == "":
            raise Failure("filter_expression: it is empty. Give an expression, or leave it out for all traces.")
        check_tags(wanted.get("tags"))

    def complete(self, current: State | None, wanted: State) -> State:
        asked = wanted.get("insights_configuration") or {}
        insights = {**(current or {}).get("insights_configuration", {}), **asked}
        if insights.get("notifications_enabled") and not insights.get("insights_enabled"):
            if asked.get("notifications_enabled"):
                raise Failure(
                    "insights_configuration: notifications are told of insights. Set insights_enabled to true, or "
                    "notifications_enabled to false."
                )
            return {**wanted, "insights_configuration": {**asked, "notifications_enabled": False}}
        return wanted

    def defaults(self, wanted: State) -> State:
        return {"insights_configuration": dict(NO_INSIGHTS)}

    def same(self, setting: str, one: Any, other: Any) -> bool:
        if setting == "filter_expression" and one and other:
            return _one_line(one) == _one_line(other)
        return super().same(setting, one, other)

    def after(self, current: State | None, wanted: State) -> State:
        after = super().after(current, wanted)
        if current and self.same("filter_expression", current.get("filter_expression"), after.get("filter_expression")):
            after = {**after, "filter_expression": current.get("filter_expression")}
        return after

    def find(self, wanted: State) -> State | None:
        try:
            answer = self.client.call(
                "get_group", doing=f"read {self.name_of(wanted)}", group_name=wanted["group_name"]
            )
        except ApiError as error:
            if _is_missing(error):
                return None
            raise
        return answer["group"]

    def create(self, wanted: State) -> None:
        request = {**wanted, "tags": tag_list(wanted["tags"])} if wanted.get("tags") else _without_tags(wanted)
        self.client.call("create_group", doing=f"create {self.name_of(wanted)}", **request)

    def update(self, current: State, changes: State) -> None:
        self.client.call(
            "update_group", doing=f"change {self.name_of(current)}", group_arn=current["group_arn"], **changes
        )

    def delete(self, current: State) -> None:
        self.client.call("delete_group", doing=f"delete {self.name_of(current)}", group_arn=current["group_arn"])

    def read_tags(self, current: State) -> dict[str, str]:
        return read_tags(self.context, current["group_arn"])

    def write_tags(self, current: State, to_set: dict[str, str], to_unset: list[str]) -> None:
        write_tags(self.context, current["group_arn"], to_set, to_unset)


def list_groups(context, names: list[str] | None = None) -> list[State]:
    """The groups of these names (all when None), with their tags, by name. X-Ray's own group has none."""
    found = xray(context).pages("get_groups", "groups", doing="list the X-Ray groups")
    groups = [one for one in found if names is None or one["group_name"] in names]
    for group in groups:
        group["tags"] = {} if group["group_name"] == "Default" else read_tags(context, group["group_arn"])
    return sorted(groups, key=lambda group: group["group_name"])


def _is_missing(error: ApiError) -> bool:
    """X-Ray has one code for what is wrong with a request, and for what is not there."""
    told = str(error.facts.get("error", {}).get("message", ""))
    return error.code == "InvalidRequestException" and "not found" in told.lower()


def _one_line(expression: str) -> str:
    """The expression with single spaces, but for those in texts."""
    return _SPACE.sub(lambda found: found[1] or " ", expression).strip()


def _without_tags(wanted: State) -> State:
    return {name: value for name, value in wanted.items() if name != "tags"}
