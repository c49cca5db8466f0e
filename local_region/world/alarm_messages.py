# SPDX-License-Identifier: GPL-3.0-or-later
"""What others are told of an alarm's change: the message to SNS topics and the event on the event bus.

Sources: CloudWatch user guide, "Alarm events and EventBridge"; the form of SNS messages is that of published ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session

from local_region.engine.alarm_reason import timestamp
from local_region.world.alarm_records import COMPOSITE_ALARM, Change
from local_region.world.metric_queries import Query


def subject(change: Change) -> str:
    """The subject of a notification: at most 99 characters, as SNS asks."""
    return f'{change.state}: "{change.alarm["AlarmName"]}" in {region_title(change.region)}'[:99]


def notification(change: Change) -> str:
    """The message that an SNS topic gets, JSON."""
    alarm = change.alarm
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": change.account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": change.state,
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": timestamp(change.at),
        "Region": region_title(change.region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": change.old_state,
        "OKActions": alarm["OKActions"],
        "AlarmActions": alarm["AlarmActions"],
        "InsufficientDataActions": alarm["InsufficientDataActions"],
    }
    if change.type == COMPOSITE_ALARM:
        children = [
            {"Arn": one["arn"], "State": {"Value": one["state"]["value"], "Timestamp": one["state"]["timestamp"]}}
            for one in change.triggers
        ]
        message |= {"AlarmRule": alarm["AlarmRule"], "TriggeringChildren": children}
    else:
        message["Trigger"] = _trigger(alarm)
    return json.dumps(message)


def _trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    common = {
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        **({"DatapointsToAlarm": alarm["DatapointsToAlarm"]} if "DatapointsToAlarm" in alarm else {}),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm["TreatMissingData"],
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "Metrics" in alarm:
        return {**common, "Metrics": alarm["Metrics"]}
    extended = "ExtendedStatistic" in alarm
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        **(
            {"ExtendedStatistic": alarm["ExtendedStatistic"]} if extended else {"Statistic": _upper(alarm["Statistic"])}
        ),
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"value": one["Value"], "name": one["Name"]} for one in alarm["Dimensions"]],
        "Period": alarm["Period"],
        **common,
    }


def _upper(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def event(change: Change) -> dict[str, Any]:
    """The entry of PutEvents that tells of the change: "CloudWatch Alarm State Change"."""
    alarm = change.alarm
    configuration: dict[str, Any] = {"description": alarm["AlarmDescription"]} if "AlarmDescription" in alarm else {}
    if change.type == COMPOSITE_ALARM:
        configuration["alarmRule"] = alarm["AlarmRule"]
        for name in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
            if name in alarm:
                configuration[f"{name[:1].lower()}{name[1:]}"] = alarm[name]
    else:
        configuration["metrics"] = [_metric(query) for query in change.queries]
    new = _state(change.state, alarm["StateReason"], alarm.get("StateReasonData"), timestamp(change.at))
    if "ActionsSuppressedBy" in alarm:
        new["actionsSuppressedBy"] = alarm["ActionsSuppressedBy"]
        new["actionsSuppressedReason"] = alarm["ActionsSuppressedReason"]
    detail = {
        "alarmName": alarm["AlarmName"],
        "configuration": configuration,
        "previousState": _state(
            change.old_state, change.old_reason, change.old_reason_data, timestamp(change.old_updated)
        ),
        "state": new,
    }
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm["AlarmArn"]],
        "Detail": json.dumps(detail),
    }


def _state(value: str, reason: str, reason_data: str | None, at: str) -> dict[str, Any]:
    return {"value": value, "reason": reason, **({"reasonData": reason_data} if reason_data else {}), "timestamp": at}


def _metric(query: Query) -> dict[str, Any]:
    if query.expression:
        return {
            "id": query.id,
            "expression": query.expression.text,
            "label": query.label,
            "returnData": query.returned,
        }
    metric = {
        "namespace": query.metric.namespace,
        "name": query.metric.name,
        "dimensions": dict(sorted(query.metric.dimensions)),
    }
    stat = {"metric": metric, "period": query.period, "stat": query.statistic}
    return {
        "id": query.id,
        "metricStat": stat | ({"unit": query.unit} if query.unit else {}),
        "returnData": query.returned,
    }


@cache
def region_title(region: str) -> str:
    """US East (N. Virginia) for us-east-1; the region's own name when botocore does not know it."""
    endpoints = botocore.session.get_session().get_component("data_loader").load_data("endpoints")
    titles = {name: data["description"] for part in endpoints["partitions"] for name, data in part["regions"].items()}
    return titles.get(region, region)
