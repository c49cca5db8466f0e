# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an alarm: its configuration, its state, and its history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_region.engine.alarm import INSUFFICIENT_DATA, Threshold
from local_region.engine.alarm_reason import INITIAL, timestamp
from local_region.engine.alarm_rule import Rule
from local_region.engine.alarm_suppression import Suppression
from local_region.world.metric_queries import Query

METRIC_ALARM, COMPOSITE_ALARM = "MetricAlarm", "CompositeAlarm"
CONFIGURATION_UPDATE, STATE_UPDATE, ACTION = "ConfigurationUpdate", "StateUpdate", "Action"

ACTION_LISTS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
# What an item of the alarm history may hold (HistoryData of the API).
MOST_HISTORY_DATA = 4095


@dataclass(frozen=True)
class MetricWatch:
    """What a metric alarm looks at: the query that is compared, the queries it is made of, and how."""

    threshold: Threshold
    period: int
    query: Query
    queries: tuple[Query, ...]
    says_how_many: bool = False
    keeps_state_with_few_samples: bool = False

    @property
    def high_resolution(self) -> bool:
        return self.period < 60


@dataclass
class Alarm:
    """An alarm as it is now. `configuration` has the members of PutMetricAlarm or PutCompositeAlarm, without tags."""

    account: str
    region: str
    arn: str
    configuration: dict[str, Any]
    watch: MetricWatch | Rule
    updated: datetime
    state_updated: datetime
    state: str = INSUFFICIENT_DATA
    reason: str = INITIAL
    reason_data: str | None = None
    suppression: Suppression | None = None
    held_back: Change | None = None
    last_value: float | None = None

    @property
    def name(self) -> str:
        return self.configuration["AlarmName"]

    @property
    def type(self) -> str:
        return COMPOSITE_ALARM if isinstance(self.watch, Rule) else METRIC_ALARM

    @property
    def actions_enabled(self) -> bool:
        return self.configuration.get("ActionsEnabled", True)

    def actions(self, state: str) -> list[str]:
        return self.configuration.get(ACTION_LISTS[state], [])

    def describe(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms shows it: what was put, and the state."""
        shown: dict[str, Any] = {name: [] for name in ACTION_LISTS.values()}
        if self.type == METRIC_ALARM:
            shown |= {"Dimensions": [], "TreatMissingData": "missing"}
        shown |= self.configuration
        shown |= {
            "ActionsEnabled": self.actions_enabled,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.updated,
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateUpdatedTimestamp": self.state_updated,
            "StateTransitionedTimestamp": self.state_updated,
        }
        if self.reason_data is not None:
            shown["StateReasonData"] = self.reason_data
        if self.suppression:
            shown["ActionsSuppressedBy"] = self.suppression.by
            shown["ActionsSuppressedReason"] = f"Actions suppressed by {self.suppression.by}"
        return shown


@dataclass(frozen=True)
class Change:
    """An alarm's change from one state to another; `alarm` is its description after it, `value` the newest datapoint.

    Where both states are the same, only what is repeated minute by minute is to be done: scaling policies.
    """

    account: str
    region: str
    alarm: Mapping[str, Any]
    type: str
    old_state: str
    old_reason: str
    old_reason_data: str | None
    old_updated: datetime
    at: datetime
    value: float | None = None
    triggers: tuple[Mapping[str, Any], ...] = ()
    queries: tuple[Query, ...] = ()

    @property
    def state(self) -> str:
        return self.alarm["StateValue"]

    @property
    def repeated(self) -> bool:
        return self.state == self.old_state

    @property
    def actions(self) -> list[str]:
        """The actions to be carried out."""
        actions = self.alarm[ACTION_LISTS[self.state]]
        return [action for action in actions if is_scaling(action)] if self.repeated else actions


@dataclass(frozen=True)
class HistoryItem:
    """An item of the alarm history, with the API's members as fields."""

    name: str
    alarm_type: str
    at: datetime
    type: str
    summary: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        data = json.dumps({"version": "1.0", **self.data}, separators=(",", ":"), default=_plain)
        return {
            "AlarmName": self.name,
            "AlarmType": self.alarm_type,
            "Timestamp": self.at,
            "HistoryItemType": self.type,
            "HistorySummary": self.summary[:255],
            "HistoryData": data[:MOST_HISTORY_DATA],
        }


def is_scaling(action: str) -> bool:
    """Whether an action is an Auto Scaling policy, carried out every minute that the alarm stays in the state."""
    return ":autoscaling:" in action


def configured(alarm: Alarm, what: str, at: datetime) -> HistoryItem:
    """ConfigurationUpdate: the alarm was created, updated or deleted (`what` is Create, Update or Delete)."""
    done = f"{what.lower()}d"
    shown = {f"{key[:1].lower()}{key[1:]}": value for key, value in alarm.describe().items()}
    data = {"type": what, f"{done}Alarm": shown}
    return HistoryItem(alarm.name, alarm.type, at, CONFIGURATION_UPDATE, f'Alarm "{alarm.name}" {done}', data)


def changed(change: Change) -> HistoryItem:
    """StateUpdate: from one state to another, with both reasons."""
    alarm = change.alarm
    return HistoryItem(
        alarm["AlarmName"],
        change.type,
        change.at,
        STATE_UPDATE,
        f"Alarm updated from {change.old_state} to {change.state}",
        {
            "oldState": _state(change.old_state, change.old_reason, change.old_reason_data),
            "newState": _state(change.state, alarm["StateReason"], alarm.get("StateReasonData")),
        },
    )


def acted(change: Change, action: str, at: datetime, error: str | None, message: str | None) -> HistoryItem:
    """Action: one action of the new state was carried out, or could not be."""
    summary = f"Successfully executed action {action}"
    if error:
        summary = f'Failed to execute action {action}. Received error: "{error}"'
    data = {
        "actionState": "Failed" if error else "Succeeded",
        "stateUpdateTimestamp": int(change.at.timestamp() * 1000),
        "notificationResource": action,
        "publishedMessage": message if message and len(message) < MOST_HISTORY_DATA // 2 else None,
        "error": error,
    }
    return HistoryItem(change.alarm["AlarmName"], change.type, at, ACTION, summary, data)


def _state(state: str, reason: str, reason_data: str | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"stateValue": state, "stateReason": reason}
    if reason_data:
        try:
            shown["stateReasonData"] = json.loads(reason_data)
        except ValueError:
            shown["stateReasonData"] = reason_data
    return shown


def _plain(value: Any) -> str:
    return timestamp(value) if isinstance(value, datetime) else str(value)
