# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""X-Ray sampling rules: which requests services record."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags
from .common import read_tags, tag_list, write_tags, xray

State = dict[str, Any]

DEFAULT = "Default"
OF_DEFAULT = ("fixed_rate", "reservoir_size")
REQUIRED = ("priority", "fixed_rate", "reservoir_size")
# What a rule is about, and how long a pattern may be. Source: API reference, SamplingRule.
PATTERNS = {
    "service_name": 64,
    "service_type": 64,
    "host": 64,
    "http_method": 10,
    "url_path": 128,
    "resource_arn": 500,
}
LONGEST_NAME = 32
MOST_ATTRIBUTES, LONGEST_ATTRIBUTE = 5, 32
HIGHEST_PRIORITY = 9999
FORMAT = 1  # the only version of sampling rules


class SamplingRule(Resource):
    noun = "sampling_rule"
    key = ("rule_name",)
    settings = (*REQUIRED, *PATTERNS, "attributes", "sampling_rate_boost")
    whole = ("tags", "attributes")

    def __init__(self, context):
        super().__init__(context)
        self.client = xray(context)

    def wanted(self) -> State:
        wanted = super().wanted()
        if "attributes" in wanted:
            wanted["attributes"] = {str(key): str(value) for key, value in wanted["attributes"].items()}
        return wanted

    def check(self, wanted: State) -> None:
        if not 1 <= len(wanted["rule_name"]) <= LONGEST_NAME:
            raise Failure(
                f"rule_name: {wanted['rule_name']!r} has {len(wanted['rule_name'])} characters. "
                f"Use 1 to {LONGEST_NAME} of them."
            )
        check_tags(wanted.get("tags"))
        _check_numbers(wanted)
        for name, longest in PATTERNS.items():
            if name in wanted and not 1 <= len(wanted[name]) <= longest:
                raise Failure(f"{name}: {wanted[name]!r} does not fit. Use 1 to {longest} characters, * for anything.")
        _check_attributes(wanted.get("attributes") or {})
        if wanted["rule_name"] == DEFAULT:
            self._check_default(wanted)

    def _check_default(self, wanted: State) -> None:
        if self.options.get("state") == "absent":
            raise Failure(f"rule_name: {DEFAULT} is X-Ray's own rule, which cannot be deleted. Name another one.")
        other = [name for name in self.settings if name in wanted and name not in OF_DEFAULT]
        if other:
            raise Failure(
                f"{', '.join(other)}: of the rule {DEFAULT} only {' and '.join(OF_DEFAULT)} change. "
                "Leave the others out, or make a rule of another name."
            )

    def complete(self, current: State | None, wanted: State) -> State:
        missing = [name for name in REQUIRED if name not in wanted]
        if current is None and missing:
            raise Failure(f"{', '.join(missing)} must be given to create {self.name_of(wanted)}.")
        return wanted

    def defaults(self, wanted: State) -> State:
        return dict.fromkeys(PATTERNS, "*")

    def same(self, setting: str, one: Any, other: Any) -> bool:
        if setting in REQUIRED:
            return one == other  # 0 is something else than none
        return super().same(setting, one, other)

    def find(self, wanted: State) -> State | None:
        rules = list_rules(self.client, f"look for {self.name_of(wanted)}")
        return next((one for one in rules if one["rule_name"] == wanted["rule_name"]), None)

    def create(self, wanted: State) -> None:
        rule = {name: value for name, value in self.after(None, wanted).items() if name != "tags"}
        tags = {"tags": tag_list(wanted["tags"])} if wanted.get("tags") else {}
        self.client.call(
            "create_sampling_rule",
            doing=f"create {self.name_of(wanted)}",
            sampling_rule={**rule, "version": FORMAT},
            **tags,
        )

    def update(self, current: State, changes: State) -> None:
        self.client.call(
            "update_sampling_rule",
            doing=f"change {self.name_of(current)}",
            sampling_rule_update={"rule_name": current["rule_name"], **changes},
        )

    def delete(self, current: State) -> None:
        self.client.call(
            "delete_sampling_rule", doing=f"delete {self.name_of(current)}", rule_name=current["rule_name"]
        )

    def read_tags(self, current: State) -> dict[str, str]:
        return read_tags(self.context, current["rule_arn"])

    def write_tags(self, current: State, to_set: dict[str, str], to_unset: list[str]) -> None:
        write_tags(self.context, current["rule_arn"], to_set, to_unset)


def list_rules(client, doing: str = "list the X-Ray sampling rules") -> list[State]:
    """All rules, without tags, in the order that services look at them."""
    records = client.pages("get_sampling_rules", "sampling_rule_records", doing=doing)
    rules = [
        {**record["sampling_rule"], **{name: record[name] for name in ("created_at", "modified_at") if name in record}}
        for record in records
    ]
    return sorted(rules, key=lambda rule: (rule["priority"], rule["rule_name"]))


def list_sampling_rules(context, names: list[str] | None = None) -> list[State]:
    """The rules of these names (all when None), with their tags. X-Ray's own rule has none."""
    rules = [one for one in list_rules(xray(context)) if names is None or one["rule_name"] in names]
    for rule in rules:
        rule["tags"] = {} if rule["rule_name"] == DEFAULT else read_tags(context, rule["rule_arn"])
    return rules


def _check_numbers(wanted: State) -> None:
    if not 1 <= wanted.get("priority", 1) <= HIGHEST_PRIORITY:
        raise Failure(f"priority: {wanted['priority']} is not possible. Give 1 (first) to {HIGHEST_PRIORITY}.")
    if wanted.get("reservoir_size", 0) < 0:
        raise Failure(f"reservoir_size: {wanted['reservoir_size']} is not possible. Give 0 or more a second.")
    if not 0 <= wanted.get("fixed_rate", 0) <= 1:
        raise Failure(f"fixed_rate: {wanted['fixed_rate']} is not possible. Give a share from 0 to 1; 5 % is 0.05.")
    boost = wanted.get("sampling_rate_boost") or {}
    if not 0 <= boost.get("max_rate", 0) <= 1:
        raise Failure(f"sampling_rate_boost.max_rate: {boost['max_rate']} is not possible. Give a share from 0 to 1.")
    if boost.get("cooldown_window_minutes", 0) < 0:
        raise Failure(
            f"sampling_rate_boost.cooldown_window_minutes: {boost['cooldown_window_minutes']} is not possible. "
            "Give 0 or more."
        )


def _check_attributes(attributes: dict[str, str]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise Failure(f"attributes: {len(attributes)} were given, a rule has {MOST_ATTRIBUTES} at most.")
    for key, value in attributes.items():
        if not all(1 <= len(text) <= LONGEST_ATTRIBUTE for text in (key, value)):
            raise Failure(
                f"attributes: {key}={value} does not fit. Names and values have 1 to {LONGEST_ATTRIBUTE} characters."
            )
