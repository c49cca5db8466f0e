# SPDX-License-Identifier: GPL-3.0-or-later
"""What a metric alarm or a query asks for, checked and parsed. Raises the API's errors.

Rules: the API reference of PutMetricAlarm and GetMetricData.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from local_region.engine import alarm_statistics
from local_region.engine.alarm import ANOMALY_OPERATORS, MISSING, TREATMENTS, Threshold
from local_region.engine.alarm_math import InvalidExpression, UnsupportedExpression
from local_region.engine.alarm_statistics import UnknownStatistic, UnsupportedStatistic
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.world import metric_queries
from local_region.world.alarm_actions import SCALING_POLICY
from local_region.world.alarm_records import ACTION_LISTS, MetricWatch
from local_region.world.metric_queries import Query
from local_region.world.metric_store import Metric
from local_region.world.monitoring import DAY, Monitoring

Place = tuple[str, str]
Params = dict[str, Any]

# Members that change when or how an alarm is evaluated, in ways that the local region has not.
_NOT_DONE = {
    "ThresholdMetricId": "anomaly detection",
    "EvaluationWindow": "evaluation windows aligned to the clock",
    "WarmUpConfiguration": "a warm-up of alarms",
    "EvaluationCriteria": "alarms on PromQL queries",
    "EvaluationInterval": "an evaluation interval of its own",
    "ActionConfiguration": "the configuration of actions",
}
_OWN_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Statistic", "ExtendedStatistic", "Unit")
_TOPIC = re.compile(r"arn:[\w-]+:sns:([\w-]+):(\d{12}):[\w.-]+")


def refuse_what_is_not_done(params: Params) -> None:
    for member, what in _NOT_DONE.items():
        if member in params:
            raise NotImplementedInLocalRegion(f"The local region's alarms do not know {what} ({member}): leave it out.")
    if params.get("ComparisonOperator") in ANOMALY_OPERATORS:
        raise NotImplementedInLocalRegion(
            f"The local region does no anomaly detection, which {params['ComparisonOperator']} compares with: "
            "use an operator that compares with Threshold."
        )


# --- actions


def check_actions(monitoring: Monitoring, place: Place, configuration: Params, scaling: bool) -> None:
    for member in ACTION_LISTS.values():
        for action in configuration.get(member, []):
            if topic := _TOPIC.fullmatch(action):
                if topic[1] != place[1]:
                    raise ServiceError(
                        "ValidationError", f"Invalid region {topic[1]} specified. Only {place[1]} is supported."
                    )
            elif scaling and SCALING_POLICY.fullmatch(action):
                monitoring.actions.require_policy(place, action)
            else:
                _refuse_action(member, action, scaling)


def _refuse_action(member: str, action: str, scaling: bool) -> None:
    if not action.startswith("arn:"):
        raise ServiceError("ValidationError", f"{member}: {action!r} is not the ARN of an action.")
    known = "SNS topics and Auto Scaling policies" if scaling else "SNS topics"
    raise NotImplementedInLocalRegion(
        f"The local region does not carry out the alarm action {action!r} ({member}): it knows {known}."
    )


# --- what a metric alarm looks at


def metric_watch(place: Place, configuration: Params) -> MetricWatch:
    if "Threshold" not in configuration:
        raise ServiceError("ValidationError", "Threshold is required.")
    if "ComparisonOperator" not in configuration or "EvaluationPeriods" not in configuration:
        raise ServiceError("MissingParameter", "ComparisonOperator and EvaluationPeriods are required.")
    query, queries = _queries(place, configuration)
    period = query.period
    _check_statistics(configuration, queries)
    threshold = _threshold(configuration)
    if threshold.periods * period > DAY:
        if period < 3600 or threshold.periods * period > 7 * DAY:
            raise ServiceError(
                "ValidationError",
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), "
                "or a week for periods of an hour and more.",
            )
        raise NotImplementedInLocalRegion(
            f"The local region's alarms look back a day at most: EvaluationPeriods * Period is "
            f"{threshold.periods * period}, not more than {int(DAY)} is possible."
        )
    return MetricWatch(
        threshold=threshold,
        period=period,
        query=query,
        queries=queries,
        says_how_many="DatapointsToAlarm" in configuration,
        keeps_state_with_few_samples=configuration.get("EvaluateLowSampleCountPercentile") == "ignore",
    )


def _threshold(configuration: Params) -> Threshold:
    periods = configuration["EvaluationPeriods"]
    to_alarm = configuration.get("DatapointsToAlarm", periods)
    if to_alarm > periods:
        raise ServiceError(
            "ValidationError",
            f"DatapointsToAlarm is {to_alarm}, it must not be more than EvaluationPeriods ({periods}).",
        )
    missing = configuration.get("TreatMissingData", MISSING)
    if missing not in TREATMENTS:
        raise ServiceError("ValidationError", f"TreatMissingData must be one of {', '.join(TREATMENTS)}.")
    return Threshold(configuration["ComparisonOperator"], float(configuration["Threshold"]), periods, to_alarm, missing)


def _check_statistics(configuration: Params, queries: Iterable[Query]) -> None:
    for query in queries:
        if query.metric:
            require_statistic(query.statistic)
            require_period(query.period)
    few = configuration.get("EvaluateLowSampleCountPercentile")
    if few not in (None, "evaluate", "ignore"):
        raise ServiceError(
            "ValidationError",
            f"Option {few} is not supported. "
            "Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.",
        )


def require_statistic(statistic: str) -> None:
    """Raises the API's error for a statistic that cannot be computed."""
    try:
        alarm_statistics.require(statistic)
    except UnsupportedStatistic as error:
        raise NotImplementedInLocalRegion(str(error)) from None
    except UnknownStatistic as error:
        raise ServiceError("InvalidParameterValue", str(error)) from None


def require_period(period: int) -> None:
    """Raises the API's error for a period that CloudWatch does not know."""
    if period not in (1, 5, 10, 20, 30) and period % 60:
        raise ServiceError("ValidationError", f"Period is {period}; it must be 10, 20, 30 or any multiple of 60.")


def _queries(place: Place, configuration: Params) -> tuple[Query, tuple[Query, ...]]:
    """The query that is compared with the threshold, and all queries."""
    given = [member for member in _OWN_METRIC if configuration.get(member)]
    if configuration.get("Metrics"):
        if given:
            raise ServiceError("InvalidParameterCombination", f"Metrics and {given[0]} exclude each other.")
        return queries_of(place, configuration["Metrics"])
    for member in ("MetricName", "Namespace", "Period"):
        if member not in configuration:
            raise ServiceError("MissingParameter", f"{member} is required, unless Metrics is given.")
    if ("Statistic" in configuration) == ("ExtendedStatistic" in configuration):
        raise ServiceError("InvalidParameterCombination", "Give either Statistic or ExtendedStatistic.")
    query = Query(
        id="m1",
        label=configuration["MetricName"],
        returned=True,
        metric=Metric.of(configuration["Namespace"], configuration["MetricName"], configuration.get("Dimensions")),
        statistic=configuration.get("Statistic") or configuration["ExtendedStatistic"],
        period=configuration["Period"],
        unit=configuration.get("Unit"),
    )
    return query, (query,)


def queries_of(place: Place, metrics: list[Mapping[str, Any]]) -> tuple[Query, tuple[Query, ...]]:
    """An alarm's Metrics: the one query that is returned, with the period of its metrics, and all of them."""
    queries = parse_queries(place, metrics)
    returned = [query for query in queries if query.returned]
    if len(returned) != 1:
        raise ServiceError(
            "ValidationError", f"Exactly one of Metrics must have ReturnData true, {len(returned)} have."
        )
    query = returned[0]
    periods = metric_queries.periods_of(query, queries)
    if len(periods) > 1:
        raise NotImplementedInLocalRegion(
            f"The local region's metric math needs one period: {query.id} is made of metrics with the periods "
            f"{', '.join(map(str, sorted(periods)))}."
        )
    (period,) = periods
    if not period:
        raise ServiceError("ValidationError", f"The expression of {query.id} refers to no metric.")
    _check_one_series(query, queries)
    return replace(query, period=period), queries


def parse_queries(place: Place, metrics: list[Mapping[str, Any]]) -> tuple[Query, ...]:
    """MetricDataQueries of the API, checked. Raises the API's errors."""
    for item in metrics:
        if ("MetricStat" in item) == ("Expression" in item):
            raise ServiceError("ValidationError", f"{item['Id']} must have either MetricStat or Expression.")
        if not re.fullmatch(r"[a-z]\w*", item["Id"], re.ASCII):
            raise ServiceError(
                "ValidationError",
                f"The Id {item['Id']!r} must begin with a lower case letter, and have letters, digits and _ only.",
            )
        if item.get("AccountId", place[0]) != place[0]:
            raise NotImplementedInLocalRegion("The local region does not read metrics of another account (AccountId).")
    try:
        queries = tuple(metric_queries.query_of(item) for item in metrics)
        metric_queries.check(queries)
    except UnsupportedExpression as error:
        raise NotImplementedInLocalRegion(str(error)) from None
    except InvalidExpression as error:
        raise ServiceError("ValidationError", str(error)) from None
    return queries


def _check_one_series(query: Query, queries: tuple[Query, ...]) -> None:
    """An alarm compares one time series; tried on a store without data, where only the shape of the result matters."""
    try:
        metric_queries.answer(metric_queries.NO_DATA, "", "", query, queries, [0.0, 1.0])
    except InvalidExpression as error:
        raise ServiceError("ValidationError", str(error)) from None
