# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's operations on metrics. Periods that a caller asks for are real time, as the timestamps are.

Rules: the API reference of PutMetricData, GetMetricData, GetMetricStatistics and ListMetrics.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from local_region.engine.alarm_math import InvalidExpression
from local_region.engine.alarm_statistics import compute
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services.moto_gaps.cloudwatch_checks import parse_queries, require_period, require_statistic
from local_region.services.moto_gaps.cloudwatch_views import paged
from local_region.world import metric_queries
from local_region.world.metric_queries import Query
from local_region.world.metric_store import Metric, samples_of
from local_region.world.monitoring import Monitoring

Place = tuple[str, str]
Params = dict[str, Any]

# API reference: how far from now a datapoint's time may be, and how many GetMetricStatistics returns.
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)
MOST_DATAPOINTS, MOST_METRICS = 1440, 500


def put_metric_data(monitoring: Monitoring, place: Place, params: Params) -> None:
    """Publishes datapoints, all or none."""
    if "EntityMetricData" in params:
        raise NotImplementedInLocalRegion("The local region does not know entities (EntityMetricData): use MetricData.")
    checked = [(datum, _samples(datum, index)) for index, datum in enumerate(params.get("MetricData", []), start=1)]
    for datum, samples in checked:
        metric = Metric.of(params["Namespace"], datum["MetricName"], datum.get("Dimensions"))
        at = datum.get("Timestamp")
        monitoring.metrics.put(*place, metric, samples, at and at.timestamp(), datum.get("Unit", "None"))


def _samples(datum: Params, index: int) -> Any:
    where = f"MetricData.member.{index}"
    given = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
    if len(given) != 1:
        raise ServiceError(
            "InvalidParameterCombination", f"{where} must have one of Value, Values and StatisticValues."
        )
    at = datum.get("Timestamp")
    now = datetime.now(UTC)
    if at and not now - OLDEST <= at.replace(tzinfo=at.tzinfo or UTC) <= now + NEWEST:
        raise ServiceError(
            "InvalidParameterValue", f"{where}.Timestamp must be within the last two weeks or the next two hours."
        )
    try:
        samples = samples_of(datum)
    except ValueError:
        raise ServiceError("InvalidParameterValue", f"{where}: Values and Counts must be of equal length.") from None
    if not math.isfinite(samples.total):
        raise ServiceError("InvalidParameterValue", f"{where} must be a number: NaN and Infinity are not supported.")
    return samples


def get_metric_statistics(monitoring: Monitoring, place: Place, params: Params) -> Params:
    """The statistics of a metric, one datapoint a period that has samples."""
    start, end, period = _time(params["StartTime"]), _time(params["EndTime"]), params["Period"]
    if start >= end:
        raise ServiceError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    require_period(period)
    simple, extended = params.get("Statistics", []), params.get("ExtendedStatistics", [])
    if not simple and not extended:
        raise ServiceError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    for statistic in extended:
        require_statistic(statistic)
    metric = Metric.of(params["Namespace"], params["MetricName"], params.get("Dimensions"))
    edges = _edges(start, end, period)
    if len(edges) > MOST_DATAPOINTS + 1:
        raise ServiceError(
            "InvalidParameterCombination",
            f"You have requested up to {len(edges) - 1} datapoints, which exceeds the limit of {MOST_DATAPOINTS}.",
        )
    unit = params.get("Unit")
    shown_unit = unit or monitoring.metrics.unit(*place, metric, edges)
    points = []
    for at, samples in zip(edges, monitoring.metrics.samples(*place, metric, edges, unit), strict=False):
        if samples.count:
            values = {name: compute(name, samples) for name in simple}
            more = {name: value for name in extended if (value := compute(name, samples)) is not None}
            point = {"Timestamp": datetime.fromtimestamp(at, UTC), **values, "Unit": shown_unit}
            points.append(point | ({"ExtendedStatistics": more} if more else {}))
    return {"Label": metric.name, "Datapoints": points}


def get_metric_data(monitoring: Monitoring, place: Place, params: Params) -> Params:
    """Metrics and metric math, each that is returned as a list of times and one of values."""
    start, end = _time(params["StartTime"]), _time(params["EndTime"])
    if start >= end:
        raise ServiceError("ValidationError", "The parameter EndTime must be greater than StartTime.")
    queries = parse_queries(place, params["MetricDataQueries"])
    for query in queries:
        if query.metric:
            require_statistic(query.statistic)
            require_period(query.period)
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for query in queries:
        if query.returned:
            points = _points(monitoring, place, query, queries, (start, end))
            shown = [point for point in points if point is not None]
            if newest_first:
                shown.reverse()
            results.append(
                {
                    "Id": query.id,
                    "Label": query.label,
                    "Timestamps": [datetime.fromtimestamp(point.at, UTC) for point in shown],
                    "Values": [point.value for point in shown],
                    "StatusCode": "Complete",
                }
            )
    return {"MetricDataResults": results}


def _points(
    monitoring: Monitoring, place: Place, query: Query, queries: tuple[Query, ...], span: tuple[float, float]
) -> metric_queries.Points:
    periods = metric_queries.periods_of(query, queries)
    if len(periods) > 1:
        raise NotImplementedInLocalRegion(
            f"The local region's metric math needs one period: {query.id} is made of metrics with the periods "
            f"{', '.join(map(str, sorted(periods)))}."
        )
    (period,) = periods
    try:
        return metric_queries.answer(monitoring.metrics, *place, query, queries, _edges(*span, period or 60))
    except InvalidExpression as error:
        raise ServiceError("ValidationError", str(error)) from None


def list_metrics(monitoring: Monitoring, place: Place, params: Params) -> Params:
    """The metrics that have datapoints and match the filters."""
    filters = [(one["Name"], one.get("Value")) for one in params.get("Dimensions", [])]
    found = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(metric.dimensions)],
        }
        for metric in monitoring.metrics.metrics(*place)
        if metric.namespace == params.get("Namespace", metric.namespace)
        and metric.name == params.get("MetricName", metric.name)
        and all(any(name == n and value in (None, v) for n, v in metric.dimensions) for name, value in filters)
    ]
    page, token = paged(found, params, MOST_METRICS)
    return {"Metrics": page} | token


def _time(moment: datetime) -> float:
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _edges(start: float, end: float, period: int) -> list[float]:
    """Periods on multiples of themselves, as CloudWatch aligns them: from the one that holds `start` to `end`."""
    first = math.floor(start / period) * period
    return [float(first + period * index) for index in range(math.ceil((end - first) / period) + 1)]
