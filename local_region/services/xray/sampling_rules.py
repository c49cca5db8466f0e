# SPDX-License-Identifier: GPL-3.0-or-later
"""Sampling rules: which requests services record.

Source: API reference, SamplingRule and SamplingRuleUpdate; X-Ray developer guide, "Configuring sampling rules": the
rule Default stays, and only its reservoir and its rate change. 25 rules: AWS general reference, "AWS X-Ray endpoints
and quotas".
"""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.xray.base import Base, checked_tags, operation
from local_region.services.xray.records import DEFAULT, Info, Rule, Store, invalid

MOST_RULES = 25
HIGHEST_PRIORITY = 9999
OF_DEFAULT = {"RuleName", "RuleARN", "FixedRate", "ReservoirSize"}


class SamplingRules(Base):
    """CreateSamplingRule and its relatives."""

    @operation
    def create_sampling_rule(self, store: Store, params: Info) -> Info:
        asked = params["SamplingRule"]
        name = asked.get("RuleName")
        if not name or "RuleARN" in asked:
            raise invalid("RuleName must be given, and no RuleARN: X-Ray makes it")
        if name in store.rules:
            raise invalid(f"Sampling rule {name} already exists")
        if asked["Version"] != 1:
            raise invalid("Version must be 1")
        if len(store.own_rules) >= MOST_RULES:
            message = f"An account may have {MOST_RULES} sampling rules of its own in a region."
            raise ServiceError("RuleLimitExceededException", message)
        _check(asked)
        tags, now = checked_tags(params.get("Tags", [])), self.clock.now()
        settings = {"Attributes": {}, **asked, "RuleARN": store.arn(f"sampling-rule/{name}")}
        store.rules[name] = Rule(settings, now, now, tags)
        store.rules_modified = now
        return {"SamplingRuleRecord": store.rules[name].shown()}

    @operation
    def get_sampling_rules(self, store: Store, params: Info) -> Info:
        found = [rule.shown() for rule in sorted(store.rules.values(), key=_in_order)]
        return paging.page(found, params, "SamplingRuleRecords", token="NextToken", error="InvalidRequestException")

    @operation
    def update_sampling_rule(self, store: Store, params: Info) -> Info:
        asked = params["SamplingRuleUpdate"]
        rule = store.rule(asked)
        if rule.name == DEFAULT and not asked.keys() <= OF_DEFAULT:
            raise invalid("Invalid update request for default sampling rule")
        _check(asked)
        rule.settings = {**rule.settings, **asked}
        rule.modified = store.rules_modified = self.clock.now()
        return {"SamplingRuleRecord": rule.shown()}

    @operation
    def delete_sampling_rule(self, store: Store, params: Info) -> Info:
        rule = store.rule(params)
        if rule.name == DEFAULT:
            raise invalid("The default sampling rule cannot be deleted")
        del store.rules[rule.name]
        store.reports.pop(rule.name, None)
        store.rules_modified = self.clock.now()
        return {"SamplingRuleRecord": rule.shown()}


def _check(asked: Info) -> None:
    """The ranges that the model has for new rules only. An update names a number that is not given at all."""
    if not 1 <= asked.get("Priority", 1) <= HIGHEST_PRIORITY:
        raise invalid(f"Priority must be between 1 and {HIGHEST_PRIORITY}")
    if not 0 <= asked.get("FixedRate", 0) <= 1:
        raise invalid("FixedRate must be between 0 and 1")
    if asked.get("ReservoirSize", 0) < 0:
        raise invalid("ReservoirSize must not be negative")


def _in_order(rule: Rule) -> tuple[int, str]:
    """The order in which services look at rules: by priority, then by name."""
    return rule.settings["Priority"], rule.name
