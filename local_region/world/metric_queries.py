# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics and metric math asked for together, as an alarm's Metrics or GetMetricData's MetricDataQueries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_region.engine.alarm import Datapoint
from local_region.engine.alarm_math import Expression, InvalidExpression, UnsupportedExpression
from local_region.world.metric_store import Metric, MetricStore

Points = list[Datapoint | None]

# To try a query on: without data, the shape of its result is all there is.
NO_DATA = MetricStore(lambda: 0.0)


@dataclass(frozen=True)
class Query:
    """One query: either a metric with its statistic, or an expression over other queries."""

    id: str
    label: str
    returned: bool
    metric: Metric | None = None
    statistic: str = ""
    period: int = 0
    unit: str | None = None
    expression: Expression | None = None


def query_of(item: Mapping[str, Any]) -> Query:
    """A Query from a MetricDataQuery of the API. Raises InvalidExpression or UnsupportedExpression."""
    label, returned = item.get("Label") or "", item.get("ReturnData", True)
    if "Expression" in item:
        if item["Expression"].lstrip().upper().startswith("SELECT "):
            raise UnsupportedExpression("The local region does not answer Metrics Insights queries (SELECT ...).")
        expression = Expression(item["Expression"])
        return Query(item["Id"], label or item["Id"], returned, expression=expression, period=item.get("Period", 0))
    stat = item["MetricStat"]
    metric = Metric.of(
        stat["Metric"].get("Namespace", ""), stat["Metric"].get("MetricName", ""), stat["Metric"].get("Dimensions")
    )
    return Query(item["Id"], label or metric.name, returned, metric, stat["Stat"], stat["Period"], stat.get("Unit"))


def check(queries: Sequence[Query]) -> None:
    """Raises InvalidExpression for ids that are unknown, used twice, or that refer to each other in a circle."""
    by_id = {query.id: query for query in queries}
    if len(by_id) < len(queries):
        raise InvalidExpression("The Ids of the metrics are not unique.")
    for query in queries:
        if query.expression:
            if missing := sorted(query.expression.names - by_id.keys()):
                raise InvalidExpression(
                    f"The expression {query.expression.text!r} refers to {', '.join(missing)}, "
                    "which no metric has as its Id."
                )
            _check_circle(query, by_id, ())


def _check_circle(query: Query, by_id: Mapping[str, Query], path: tuple[str, ...]) -> None:
    if query.id in path:
        raise InvalidExpression(f"The expressions {', '.join(path)} refer to each other in a circle.")
    for name in query.expression.names if query.expression else ():
        _check_circle(by_id[name], by_id, (*path, query.id))


def periods_of(query: Query, queries: Sequence[Query]) -> set[int]:
    """The periods of the metrics that a query is made of, in seconds."""
    if query.metric:
        return {query.period}
    by_id = {one.id: one for one in queries}
    parts = [by_id[name] for name in query.expression.names]
    if query.expression.takes_all_metrics:
        parts += [one for one in queries if one.metric]
    return set().union(*(periods_of(part, queries) for part in parts)) or {query.period}


def answer(
    store: MetricStore, account: str, region: str, query: Query, queries: Sequence[Query], edges: Sequence[float]
) -> Points:
    """The datapoints of a query in the periods between the edges, oldest first.

    Raises InvalidExpression when an expression's result is not one time series.
    """
    by_id = {one.id: one for one in queries}
    known: dict[str, tuple] = {}

    def series(one: Query) -> tuple:
        if one.id not in known:
            if one.metric:
                points = store.datapoints(account, region, one.metric, one.statistic, edges, one.unit)
                known[one.id] = tuple(None if point is None else point.value for point in points)
            else:
                needed = [by_id[name] for name in one.expression.names]
                metrics = [item for item in queries if item.metric]
                values = {item.id: series(item) for item in (*needed, *metrics)}
                known[one.id] = one.expression.evaluate(values, [item.id for item in metrics])
        return known[one.id]

    if query.metric:
        return store.datapoints(account, region, query.metric, query.statistic, edges, query.unit)
    result = series(query)
    if not isinstance(result, tuple):
        raise InvalidExpression(f"The expression {query.expression.text!r} does not result in a single time series.")
    return [None if value is None else Datapoint(start, value) for start, value in zip(edges, result, strict=False)]
