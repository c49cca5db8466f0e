# SPDX-License-Identifier: GPL-3.0-or-later
"""Metric filters of CloudWatch Logs, which moto keeps and never applies: here they count what is put into log groups.

moto also keeps each change of a filter as another filter of the same name, and the filters of a group that is deleted.

Source: API reference of PutMetricFilter; CloudWatch Logs user guide, "Creating metrics from log events using filters".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.metric_filters import MetricFilters
from moto.logs.models import LogsBackend

from local_region.engine import log_filter
from local_region.engine.alarm_statistics import Samples
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.world.metric_store import Metric

# Account, AWS region, the metric, its samples, when (seconds since 1970), and their unit.
Put = Callable[[str, str, Metric, Samples, float | None, str], None]
Filter = dict[str, Any]

_put: Put = lambda account, region, metric, samples, at, unit: None  # noqa: E731  (until a region says who keeps them)

_put_metric_filter = LogsBackend.put_metric_filter
_put_log_events = LogsBackend.put_log_events
_delete_log_group = LogsBackend.delete_log_group


def measure(put: Put) -> None:
    """From now on `put` gets what metric filters find."""
    global _put
    _put = put


def put_metric_filter(
    self: LogsBackend, filter_name: str, filter_pattern: str, log_group_name: str, metric_transformations: Any
) -> None:
    """Creates or replaces a filter. It sees the events that are put from now on."""
    if log_group_name not in self.groups:
        raise ResourceNotFoundException(msg="The specified log group does not exist.")
    try:
        log_filter.pattern_of(filter_pattern)
        for one in metric_transformations:
            _check(one, filter_pattern)
    except log_filter.UnknownPattern as error:
        raise NotImplementedInLocalRegion(
            f"The local region's metric filters do not know {error}: use terms or a JSON pattern."
        ) from None
    except log_filter.InvalidPattern as error:
        raise ServiceError("InvalidParameterException", f"Invalid metric filter pattern: {error}") from None
    _put_metric_filter(self, filter_name, filter_pattern, log_group_name, metric_transformations)


def _check(transformation: Filter, pattern: str) -> None:
    dimensions = transformation.get("dimensions") or {}
    fields = [one for one in (transformation["metricValue"], *dimensions.values()) if one.startswith("$")]
    for field in fields:
        if not pattern.strip().startswith("{"):
            raise log_filter.InvalidPattern(f"{field} is a field, which only events of a JSON pattern have.")
        log_filter.steps_of(field)
    if dimensions and transformation.get("defaultValue") is not None:
        raise log_filter.InvalidPattern("a metric with dimensions has no default value.")


def add_filter(
    self: MetricFilters, filter_name: str, filter_pattern: str, log_group_name: str, metric_transformations: Any
) -> None:
    """As moto's, in the place of the filter that has the name."""
    self.delete_filter(filter_name, log_group_name)
    wanted = {
        "filterName": filter_name,
        "filterPattern": filter_pattern,
        "logGroupName": log_group_name,
        "metricTransformations": metric_transformations,
    }
    self.metric_filters.append(wanted)


def delete_filter(self: MetricFilters, filter_name: str | None = None, log_group_name: str | None = None) -> list:
    """As moto's, which changes the list that it walks through."""
    gone = (filter_name, log_group_name)
    self.metric_filters = [one for one in self.metric_filters if (one["filterName"], one["logGroupName"]) != gone]
    return self.metric_filters


def delete_log_group(self: LogsBackend, log_group_name: str) -> None:
    """As moto's, with the group's metric filters."""
    _delete_log_group(self, log_group_name)
    self.filters.metric_filters = [one for one in self.filters.metric_filters if one["logGroupName"] != log_group_name]


def put_log_events(
    self: LogsBackend, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
) -> Any:
    """As moto's; then each of the group's metric filters counts the events that match."""
    answer = _put_log_events(self, log_group_name, log_stream_name, log_events)
    for one in [one for one in self.filters.metric_filters if one["logGroupName"] == log_group_name]:
        _apply(self, one, log_events)
    return answer


def _apply(backend: LogsBackend, one: Filter, events: list[dict[str, Any]]) -> None:
    matches = log_filter.pattern_of(one["filterPattern"])
    found = [event for event in events if matches(event["message"])]
    for transformation in one["metricTransformations"]:
        for event in found:
            _count(backend, transformation, event)
        default = transformation.get("defaultValue")
        if default is not None and events and not found:
            _publish(backend, transformation, {}, float(default), events[-1])


def _count(backend: LogsBackend, transformation: Filter, event: dict[str, Any]) -> None:
    value = _field(transformation["metricValue"], event)
    dimensions = {name: _field(field, event) for name, field in (transformation.get("dimensions") or {}).items()}
    try:
        number = float(value)
    except (TypeError, ValueError):  # as on AWS: an event whose field is no number is not counted
        return
    if math.isfinite(number) and log_filter.MISSING not in dimensions.values():
        shown = {name: log_filter.shown(value) for name, value in dimensions.items()}
        _publish(backend, transformation, shown, number, event)


def _field(wanted: str, event: dict[str, Any]) -> Any:
    if not wanted.startswith("$"):
        return wanted
    return log_filter.at(log_filter.parsed(event["message"]), log_filter.steps_of(wanted))


def _publish(
    backend: LogsBackend, transformation: Filter, dimensions: dict[str, str], value: float, event: dict[str, Any]
) -> None:
    metric = Metric(transformation["metricNamespace"], transformation["metricName"], frozenset(dimensions.items()))
    at, unit = event["timestamp"] / 1000, transformation.get("unit") or "None"
    _put(backend.account_id, backend.region_name, metric, Samples.of([value]), at, unit)


LogsBackend.put_metric_filter = put_metric_filter
LogsBackend.put_log_events = put_log_events
LogsBackend.delete_log_group = delete_log_group
MetricFilters.add_filter = add_filter
MetricFilters.delete_filter = delete_filter
