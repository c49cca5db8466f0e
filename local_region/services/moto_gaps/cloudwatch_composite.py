# SPDX-License-Identifier: GPL-3.0-or-later
"""What a composite alarm asks for, checked and parsed. Raises the API's errors.

Rules: the API reference of PutCompositeAlarm.
"""

from __future__ import annotations

from typing import Any

from local_region.engine.alarm_rule import InvalidRule, Rule, UnsupportedRule, cycle
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.world.monitoring import Monitoring

Place = tuple[str, str]
Params = dict[str, Any]

MOST_ALARMS_IN_RULE = 100


def composite_rule(monitoring: Monitoring, place: Place, configuration: Params) -> Rule:
    try:
        rule = Rule(configuration["AlarmRule"])
    except InvalidRule as error:
        raise ServiceError("ValidationError", str(error)) from None
    except UnsupportedRule as error:
        raise NotImplementedInLocalRegion(str(error)) from None
    if len(rule.alarms) > MOST_ALARMS_IN_RULE:
        raise ServiceError(
            "ValidationError", f"AlarmRule refers to {len(rule.alarms)} alarms; {MOST_ALARMS_IN_RULE} is the most."
        )
    name, alarms = configuration["AlarmName"], monitoring.alarms
    unknown = [one for one in rule.alarms if not alarms.get(*place, one) and _name(one) != name]
    if unknown:
        raise ServiceError(
            "ValidationError",
            f"Could not save the composite alarm as alarms [{', '.join(unknown)}] in the alarm rule do not exist",
        )
    children_of = {
        one.name: [child.name for child in alarms.children(one)]
        for one in alarms.all(*place)
        if isinstance(one.watch, Rule)
    }
    if circle := cycle(name, [_name(one) for one in rule.alarms], children_of):
        raise NotImplementedInLocalRegion(
            f"AlarmRule closes a circle of composite alarms ({' -> '.join(circle)}), which the local region "
            "does not evaluate."
        )
    return rule


def check_suppressor(monitoring: Monitoring, place: Place, configuration: Params) -> None:
    suppressor = configuration.get("ActionsSuppressor")
    periods = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
    if suppressor is None:
        return
    for member in periods:
        if member not in configuration:
            raise ServiceError("ValidationError", f"{member} is required with ActionsSuppressor.")
    if not monitoring.alarms.get(*place, suppressor):
        raise ServiceError("ValidationError", f"ActionsSuppressor {suppressor} does not exist.")


def _name(alarm: str) -> str:
    return alarm.partition(":alarm:")[2] or alarm
