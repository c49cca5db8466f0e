# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's operations that show alarms and their history.

Rules: the API reference of DescribeAlarms, DescribeAlarmsForMetric and DescribeAlarmHistory.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from local_region.protocol import ServiceError
from local_region.world.alarm_records import ACTION_LISTS, COMPOSITE_ALARM, METRIC_ALARM, Alarm
from local_region.world.metric_store import Metric
from local_region.world.monitoring import Monitoring

Place = tuple[str, str]
Params = dict[str, Any]

DEFAULT_PAGE = 50


def describe_alarms(monitoring: Monitoring, place: Place, params: Params) -> Params:
    """The alarms that match all filters, in the order of their names; composite ones only when asked for."""
    if relation := next((one for one in ("ChildrenOfAlarmName", "ParentsOfAlarmName") if one in params), None):
        return _related(monitoring, place, params, relation)
    if "AlarmNames" in params and "AlarmNamePrefix" in params:
        raise ServiceError("ValidationError", "AlarmNames and AlarmNamePrefix exclude each other.")
    types = params.get("AlarmTypes") or [METRIC_ALARM]
    matching = [alarm for alarm in monitoring.alarms.all(*place) if alarm.type in types and _matches(alarm, params)]
    page, token = paged([alarm.describe() | {"type": alarm.type} for alarm in matching], params)
    return _by_type(page) | token


def _matches(alarm: Alarm, params: Params) -> bool:
    actions = [action for state in ACTION_LISTS for action in alarm.actions(state)]
    return (
        (not params.get("AlarmNames") or alarm.name in params["AlarmNames"])
        and alarm.name.startswith(params.get("AlarmNamePrefix", ""))
        and alarm.state == params.get("StateValue", alarm.state)
        and ("ActionPrefix" not in params or any(action.startswith(params["ActionPrefix"]) for action in actions))
    )


def _related(monitoring: Monitoring, place: Place, params: Params, relation: str) -> Params:
    """The children or parents of an alarm, with only their names, ARNs and states."""
    others = sorted(params.keys() - {relation, "MaxRecords", "NextToken"})
    if others:
        raise ServiceError("ValidationError", f"{relation} and {others[0]} exclude each other.")
    alarm = monitoring.alarms.get(*place, params[relation])
    if alarm is None:
        raise ServiceError("ValidationError", f"There is no alarm {params[relation]}.")
    parents = relation == "ParentsOfAlarmName"
    found = monitoring.alarms.parents(alarm) if parents else monitoring.alarms.children(alarm)
    members = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")
    if parents:
        members = members[:2]
    shown = [{name: one.describe()[name] for name in members} | {"type": one.type} for one in found]
    page, token = paged(shown, params)
    return _by_type(page) | token


def _by_type(alarms: list[Params]) -> Params:
    result: Params = {"MetricAlarms": [], "CompositeAlarms": []}
    for alarm in alarms:
        result["CompositeAlarms" if alarm.pop("type") == COMPOSITE_ALARM else "MetricAlarms"].append(alarm)
    return result


def describe_alarms_for_metric(monitoring: Monitoring, place: Place, params: Params) -> Params:
    """The alarms on one metric itself; those on metric math are not shown (API reference)."""
    wanted = Metric.of(params["Namespace"], params["MetricName"], params.get("Dimensions"))
    narrower = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    found = [
        alarm.describe()
        for alarm in monitoring.alarms.all(*place)
        if alarm.type == METRIC_ALARM
        and "Metrics" not in alarm.configuration
        and alarm.watch.query.metric == wanted
        and all(alarm.configuration.get(name) == params[name] for name in narrower if name in params)
    ]
    return {"MetricAlarms": found}


def describe_alarm_history(monitoring: Monitoring, place: Place, params: Params) -> Params:
    """The alarm history, the newest first unless ScanBy says otherwise; also of alarms that are gone."""
    types = params.get("AlarmTypes") or [METRIC_ALARM]
    items = [
        item
        for item in monitoring.alarms.history(*place)
        if item.alarm_type in types
        and item.name == params.get("AlarmName", item.name)
        and item.type == params.get("HistoryItemType", item.type)
        and ("StartDate" not in params or item.at >= params["StartDate"])
        and ("EndDate" not in params or item.at <= params["EndDate"])
    ]
    if params.get("ScanBy") != "TimestampAscending":
        items.reverse()
    page, token = paged(items, params)
    return {"AlarmHistoryItems": [item.describe() for item in page]} | token


def paged(items: list[Any], params: Params, most: int = DEFAULT_PAGE) -> tuple[list[Any], Params]:
    """One page of a list, and the answer's NextToken, if there is more."""
    start = 0
    if token := params.get("NextToken"):
        try:
            start = int(urlsafe_b64decode(token.encode()))
        except ValueError:
            raise ServiceError("InvalidNextToken", "The next token specified is invalid.") from None
    end = start + params.get("MaxRecords", most)
    more = {"NextToken": urlsafe_b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return items[start:end], more
