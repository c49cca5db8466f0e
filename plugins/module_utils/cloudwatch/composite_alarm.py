# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Composite alarms: one alarm over the states of others."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags
from . import alarm_rule
from .common import cloudwatch, read_tags, tag_list, write_tags

State = dict[str, Any]

ACTIONS = ("alarm_actions", "ok_actions", "insufficient_data_actions")
SUPPRESSION = ("actions_suppressor_wait_period", "actions_suppressor_extension_period")
MOST_ACTIONS = 5
LONGEST_NAME, LONGEST_DESCRIPTION = 255, 1024


class CompositeAlarm(Resource):
    noun = "composite_alarm"
    key = ("alarm_name",)
    settings = (
        "alarm_rule",
        "alarm_description",
        "actions_enabled",
        *ACTIONS,
        "actions_suppressor",
        *SUPPRESSION,
        "action_configuration",
    )
    unordered = (
        *ACTIONS,
        "action_configuration.alarm_tags_propagation.included_tag_keys",
        "action_configuration.alarm_tags_propagation.excluded_tag_keys",
    )
    whole = ("tags", "action_configuration")

    def __init__(self, context):
        super().__init__(context)
        self.client = cloudwatch(context)

    def wanted(self) -> State:
        wanted = super().wanted()
        if "alarm_rule" in wanted:
            wanted["alarm_rule"] = alarm_rule.expression(wanted["alarm_rule"])
        return wanted

    def check(self, wanted: State) -> None:
        check_tags(wanted.get("tags"))
        if not 1 <= len(wanted["alarm_name"]) <= LONGEST_NAME:
            raise Failure(
                f"alarm_name: it has {len(wanted['alarm_name'])} characters. Use 1 to {LONGEST_NAME} of them."
            )
        if len(wanted.get("alarm_description") or "") > LONGEST_DESCRIPTION:
            raise Failure(f"alarm_description: it is too long. Use {LONGEST_DESCRIPTION} characters at most.")
        for name in ACTIONS:
            if len(wanted.get(name) or []) > MOST_ACTIONS:
                raise Failure(f"{name}: {len(wanted[name])} actions were given, at most {MOST_ACTIONS} are possible.")
        for name in SUPPRESSION:
            if wanted.get(name, 0) < 0:
                raise Failure(f"{name}: {wanted[name]} is not possible. Give seconds, 0 or more.")

    def complete(self, current: State | None, wanted: State) -> State:
        after = self.after(current, wanted)
        if not after.get("alarm_rule"):
            raise Failure(f"alarm_rule must be given to create {self.name_of(wanted)}.")
        given = [name for name in SUPPRESSION if after.get(name) is not None]
        if after.get("actions_suppressor") and len(given) < len(SUPPRESSION):
            raise Failure(
                f"actions_suppressor: {' and '.join(SUPPRESSION)} must be given with it. "
                "They say how many seconds to wait for the suppressor, and how long to go on after it."
            )
        if not after.get("actions_suppressor") and any(name in wanted for name in SUPPRESSION):
            named = " and ".join(name for name in SUPPRESSION if name in wanted)
            raise Failure(f"{named}: there is no actions_suppressor. Give one, or leave the period out.")
        return wanted

    def defaults(self, wanted: State) -> State:
        return {"actions_enabled": True}

    def after(self, current: State | None, wanted: State) -> State:
        after = super().after(current, wanted)
        if current and alarm_rule.same(current["alarm_rule"], after["alarm_rule"]):
            after["alarm_rule"] = current["alarm_rule"]
        if not after.get("alarm_description"):  # AWS has none, not an empty one
            after = {**after, "alarm_description": None}
        if not after.get("actions_suppressor"):  # its periods go with it
            after = {**after, "actions_suppressor": None, **dict.fromkeys(SUPPRESSION)}
        return after

    def same(self, setting: str, one: Any, other: Any) -> bool:
        if setting in SUPPRESSION:
            return one == other  # 0 seconds are something else than none
        return super().same(setting, one, other)

    def find(self, wanted: State) -> State | None:
        name = wanted["alarm_name"]
        answer = self.client.call(
            "describe_alarms",
            doing=f"read {self.name_of(wanted)}",
            alarm_names=[name],
            alarm_types=["CompositeAlarm", "MetricAlarm"],
        )
        if answer.get("metric_alarms"):
            raise Failure(f"alarm_name: {name} is a metric alarm. Choose another name, or delete it first.")
        return next(iter(answer.get("composite_alarms") or []), None)

    def create(self, wanted: State) -> None:
        request = _request(self.after(None, wanted))
        if wanted.get("tags"):
            request["tags"] = tag_list(wanted["tags"])
        self.client.call("put_composite_alarm", doing=f"create {self.name_of(wanted)}", **request)

    def update(self, current: State, changes: State) -> None:
        """PutCompositeAlarm replaces all settings: those that stay are given again."""
        self.client.call(
            "put_composite_alarm", doing=f"change {self.name_of(current)}", **_request({**current, **changes})
        )

    def delete(self, current: State) -> None:
        self.client.call("delete_alarms", doing=f"delete {self.name_of(current)}", alarm_names=[current["alarm_name"]])

    def read_tags(self, current: State) -> dict[str, str]:
        return read_tags(self.context, current["alarm_arn"])

    def write_tags(self, current: State, to_set: dict[str, str], to_unset: list[str]) -> None:
        write_tags(self.context, current["alarm_arn"], to_set, to_unset)


def _request(state: State) -> State:
    named = {name: state.get(name) for name in (*CompositeAlarm.key, *CompositeAlarm.settings)}
    return {name: value for name, value in named.items() if value not in (None, "", {})}
