# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests, answers and times from Envoy's statistics, in the terms of ELBv2's CloudWatch metrics. Pure.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_LINE = re.compile(r"^(?P<name>[a-z0-9_]+)\{(?P<labels>[^}]*)\} (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
# Envoy's classes of status codes, as digits.
CLASSES = "2345"
# The upper bounds of Envoy's histograms, in milliseconds and as it writes them.
BUCKETS = (
    *("0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "30000", "60000"),
    *("300000", "600000", "1800000", "3600000"),
)


@dataclass(frozen=True)
class GroupCounts:
    """Counts of a target group since the balancer started; only ever grow, but start again when Envoy does.

    `answered` are answers of targets by class of status ("2": n); `refused` are requests that no target answered;
    `response_times` are the answers by the upper bound, in seconds, of the histogram's bucket that holds their time.
    """

    requests: int = 0
    answered: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    response_seconds: float = 0.0
    responses: int = 0
    response_times: dict[float, int] = field(default_factory=dict)
    connection_errors: int = 0
    healthy_hosts: int = 0
    unhealthy_hosts: int = 0


@dataclass(frozen=True)
class BalancerCounts:
    """Counts of a load balancer over all its listeners: `answers` by class of status, by targets or by itself."""

    requests: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    new_connections: int = 0
    active_connections: int = 0


@dataclass(frozen=True)
class Measures:
    """By ARN. HTTPCode_ELB_5XX_Count is what a load balancer answered with 5xx less what its groups' targets did."""

    load_balancers: dict[str, BalancerCounts]
    target_groups: dict[str, GroupCounts]


Sample = Callable[..., float]


def samples(text: str) -> Sample:
    """Reads Envoy's /stats/prometheus; the function returned sums the samples of a name that have all given labels."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            labels = dict(_LABEL.findall(match["labels"]))
            found.setdefault(match["name"], []).append((labels, float(match["value"])))

    def total(name: str, **labels: str) -> float:
        return sum(value for have, value in found.get(name, ()) if labels.items() <= have.items())

    return total


def group_counts(
    total: Sample, times: Sample, cluster: str, healthy: int, unhealthy: int, errors_before: int = 0
) -> GroupCounts:
    """The counts of one target group; how many of its targets are healthy is the balancer's own knowledge.

    `times` are samples that hold the times of all answers that `total` has counted: the same ones, or later ones.
    `errors_before` are the answers with 5xx of the reading before.
    """

    def count(name: str, of: Sample = total, **labels: str) -> int:
        return int(of(f"envoy_cluster_{name}", envoy_cluster_name=cluster, **labels))

    by_class = {digit: count("upstream_rq_xx", envoy_response_code_class=digit) for digit in CLASSES}
    responses = count("upstream_rq_time_count", times)
    # Envoy counts a request that got no answer as a 5xx of the group; only answers have a time.
    fives = by_class["5"]
    if sum(by_class.values()) > responses:
        # Some times may be of answers that came after `total` was read: none of those may pass for an error.
        others = sum(
            count("upstream_rq_xx", times, envoy_response_code_class=digit) for digit in CLASSES if digit != "5"
        )
        others = max(others, sum(by_class.values()) - fives)
        by_class["5"] = min(fives, max(0, responses - others, min(errors_before, fives)))
    refused = fives - by_class["5"]
    return GroupCounts(
        requests=count("upstream_rq_total"),
        answered=by_class,
        refused=refused,
        response_seconds=times("envoy_cluster_upstream_rq_time_sum", envoy_cluster_name=cluster) / 1000,
        responses=responses,
        response_times=_by_bucket([count("upstream_rq_time_bucket", times, le=bound) for bound in BUCKETS], responses),
        connection_errors=count("upstream_cx_connect_fail"),
        healthy_hosts=healthy,
        unhealthy_hosts=unhealthy,
    )


def _by_bucket(cumulative: list[int], responses: int) -> dict[float, int]:
    """Answers by the upper bound of their bucket in seconds; what is above the last bound counts as in its bucket."""
    cumulative = [*cumulative[:-1], responses]
    before = [0, *cumulative[:-1]]
    counts = zip(BUCKETS, cumulative, before, strict=True)
    return {float(bound) / 1000: now - earlier for bound, now, earlier in counts if now > earlier}


def balancer_counts(total: Sample, listeners: Iterable[str]) -> BalancerCounts:
    """The counts of one load balancer, whose listeners have these names."""
    names = list(listeners)

    def count(name: str, **labels: str) -> int:
        return int(sum(total(f"envoy_http_{name}", envoy_http_conn_manager_prefix=one, **labels) for one in names))

    return BalancerCounts(
        requests=count("downstream_rq_total"),
        answers={digit: count("downstream_rq_xx", envoy_response_code_class=digit) for digit in CLASSES},
        new_connections=count("downstream_cx_total"),
        active_connections=count("downstream_cx_active"),
    )
