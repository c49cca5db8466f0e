# SPDX-License-Identifier: GPL-3.0-or-later
"""What X-Ray remembers: one `Store` per account and region."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local_region.protocol import ServiceError

Info = dict[str, Any]

DEFAULT = "Default"
EPOCH = datetime.fromtimestamp(0, UTC)
# What every account has. Source: X-Ray developer guide, "Configuring sampling rules" and "Using sampling rules with the
# X-Ray API", which show its fields.
DEFAULT_RULE: Info = {
    "RuleName": DEFAULT,
    "ResourceARN": "*",
    "Priority": 10000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}


def invalid(message: str) -> ServiceError:
    """X-Ray's error for nearly everything, what is not there included."""
    return ServiceError("InvalidRequestException", message)


@dataclass(eq=False)
class Group:
    name: str
    arn: str
    filter_expression: str | None = None
    insights: Info = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def shown(self) -> Info:
        """Group and GroupSummary of the API."""
        told = {"GroupName": self.name, "GroupARN": self.arn, "InsightsConfiguration": self.insights}
        return told | ({"FilterExpression": self.filter_expression} if self.filter_expression else {})


@dataclass(eq=False)
class Rule:
    """A sampling rule. `settings` are the API's SamplingRule."""

    settings: Info
    created: datetime
    modified: datetime
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.settings["RuleName"]

    @property
    def arn(self) -> str:
        return self.settings["RuleARN"]

    def shown(self) -> Info:
        """SamplingRuleRecord of the API."""
        return {"SamplingRule": self.settings, "CreatedAt": self.created, "ModifiedAt": self.modified}


@dataclass
class Store:
    """All of one account in one region, by name. `reports` says when which client last reported on a rule; `traces` are
    the documents of their segments, by the ids of both."""

    account: str
    region: str
    groups: dict[str, Group] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    rules_modified: datetime = EPOCH
    encryption: Info = field(default_factory=lambda: {"Type": "NONE", "Status": "ACTIVE"})
    reports: dict[str, dict[str, datetime]] = field(default_factory=dict)
    traces: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self):
        settings = {**DEFAULT_RULE, "RuleARN": self.arn(f"sampling-rule/{DEFAULT}")}
        self.rules[DEFAULT] = Rule(settings, EPOCH, EPOCH)

    def arn(self, resource: str) -> str:
        return f"arn:aws:xray:{self.region}:{self.account}:{resource}"

    @property
    def own_rules(self) -> list[str]:
        """The names of the rules that somebody has made."""
        return [name for name in list(self.rules) if name != DEFAULT]

    def group(self, params: Info) -> Group:
        """The group of a request that names it by `GroupName` or `GroupARN`."""
        return self._named("Group", self.groups, params.get("GroupName"), params.get("GroupARN"))

    def rule(self, params: Info) -> Rule:
        """The rule of a request that names it by `RuleName` or `RuleARN`."""
        return self._named("Sampling rule", self.rules, params.get("RuleName"), params.get("RuleARN"))

    def _named(self, kind: str, known: dict[str, Any], name: str | None, arn: str | None) -> Any:
        if (name is None) == (arn is None):
            raise invalid(f"{kind}: either its name or its ARN must be given, and not both.")
        found = known.get(name) if name else next((one for one in known.values() if one.arn == arn), None)
        if found is None:
            raise invalid(f"{kind} not found")
        return found

    def tagged(self, arn: str) -> Group | Rule:
        resources = [*self.groups.values(), *self.rules.values()]
        found = next((one for one in resources if one.arn == arn), None)
        if found is None:
            raise ServiceError("ResourceNotFoundException", f"Resource not found: {arn}", status=404)
        return found
