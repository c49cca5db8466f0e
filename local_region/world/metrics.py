# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes what the load balancers do as CloudWatch metrics of AWS/ApplicationELB, minute by (scaled) minute.

Names, units, dimensions and what is reported when: "CloudWatch metrics for your Application Load Balancer",
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from local_region.engine.alarm_statistics import Samples
from local_region.world.balancer.measures import CLASSES, BalancerCounts, GroupCounts, Measures
from local_region.world.metric_store import Metric, MetricStore

NAMESPACE = "AWS/ApplicationELB"
Dimensions = dict[str, str]


@dataclass(frozen=True)
class Published:
    """One metric's samples of a minute. `dimensions` is the set that makes it a metric of its own."""

    name: str
    unit: str
    dimensions: Dimensions
    samples: Samples


@dataclass(frozen=True)
class Counted:
    """What a target group did in a minute."""

    requests: int = 0
    answered: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    seconds: float = 0.0
    responses: int = 0
    response_times: Mapping[float, int] = field(default_factory=dict)
    connection_errors: int = 0


def load_balancer_dimension(arn: str) -> str:
    """app/name/id, the value of the dimension LoadBalancer."""
    return arn.partition(":loadbalancer/")[2]


def target_group_dimension(arn: str) -> str:
    """targetgroup/name/id, the value of the dimension TargetGroup."""
    return arn.rpartition(":")[2]


def since(before: int | float, now: int | float) -> int | float:
    """How much a counter has grown; one that is smaller than before has started again."""
    return now - before if now >= before else now


def counted(before: GroupCounts, now: GroupCounts) -> Counted:
    """What a target group did between two readings of its counters."""
    return Counted(
        requests=since(before.requests, now.requests),
        answered={one: since(before.answered.get(one, 0), now.answered.get(one, 0)) for one in CLASSES},
        refused=since(before.refused, now.refused),
        seconds=since(before.response_seconds, now.response_seconds),
        responses=since(before.responses, now.responses),
        response_times={
            bound: since(before.response_times.get(bound, 0), number) for bound, number in now.response_times.items()
        },
        connection_errors=since(before.connection_errors, now.connection_errors),
    )


def published(before: Measures, now: Measures, balancer_of: Mapping[str, str]) -> Iterator[tuple[str, Published]]:
    """(load balancer's ARN, metric) of everything that is to be published between two readings.

    `balancer_of` is the load balancer of each target group that is in use.
    """
    by_balancer: dict[str, list[Counted]] = {arn: [] for arn in now.load_balancers}
    for group, counts in now.target_groups.items():
        balancer = balancer_of.get(group)
        if balancer not in by_balancer:
            continue
        minute = counted(before.target_groups.get(group, GroupCounts()), counts)
        by_balancer[balancer].append(minute)
        dimensions = {
            "LoadBalancer": load_balancer_dimension(balancer),
            "TargetGroup": target_group_dimension(group),
        }
        for one in (*_of_group(counts, minute, dimensions), *_of_targets(minute, dimensions)):
            yield balancer, one
    for arn, counts in now.load_balancers.items():
        earlier = before.load_balancers.get(arn, BalancerCounts())
        for one in _of_balancer(earlier, counts, by_balancer[arn], {"LoadBalancer": load_balancer_dimension(arn)}):
            yield arn, one


def _of_targets(minute: Counted, dimensions: Dimensions) -> Iterator[Published]:
    """What is reported per load balancer and per target group alike. Each only if there is a nonzero value."""
    if minute.requests:
        yield _count("RequestCount", minute.requests, dimensions)
    for digit, number in minute.answered.items():
        if number:
            yield _count(f"HTTPCode_Target_{digit}XX_Count", number, dimensions)
    if minute.connection_errors:
        yield _count("TargetConnectionErrorCount", minute.connection_errors, dimensions)
    if minute.responses:
        times = _response_times(minute)
        yield Published("TargetResponseTime", "Seconds", dimensions, times)


def _response_times(minute: Counted) -> Samples:
    """Sum and number are exact. A single time is known to its bucket of the histogram and counts as its upper bound:

    percentiles and extremes are never below the truth, and as far above it as the bucket is wide.
    """
    values = Counter({bound: number for bound, number in minute.response_times.items() if number})
    if not values:
        mean = minute.seconds / minute.responses
        return Samples.of_set(minute.responses, minute.seconds, mean, mean)
    return Samples(minute.responses, minute.seconds, min(values), max(values), values)


def _of_group(counts: GroupCounts, minute: Counted, dimensions: Dimensions) -> Iterator[Published]:
    """Reported for every target group in use, zero or not: its hosts; and, with requests, requests per target."""
    yield Published("HealthyHostCount", "Count", dimensions, Samples.of([float(counts.healthy_hosts)]))
    yield Published("UnHealthyHostCount", "Count", dimensions, Samples.of([float(counts.unhealthy_hosts)]))
    if minute.requests and counts.healthy_hosts:
        per_target = minute.requests / counts.healthy_hosts
        for some in (dimensions, {"TargetGroup": dimensions["TargetGroup"]}):
            yield Published("RequestCountPerTarget", "Count", some, Samples.of([per_target]))


def _of_balancer(
    before: BalancerCounts, now: BalancerCounts, groups: list[Counted], dimensions: Dimensions
) -> Iterator[Published]:
    total = Counted(
        requests=sum(one.requests for one in groups),
        answered={digit: sum(one.answered[digit] for one in groups) for digit in CLASSES} if groups else {},
        seconds=sum(one.seconds for one in groups),
        responses=sum(one.responses for one in groups),
        response_times=sum((Counter(one.response_times) for one in groups), Counter()),
        connection_errors=sum(one.connection_errors for one in groups),
    )
    yield from _of_targets(total, dimensions)
    for digit in CLASSES[1:]:
        answers = since(before.answers.get(digit, 0), now.answers.get(digit, 0))
        own = answers - total.answered.get(digit, 0)
        if own > 0:
            yield _count(f"HTTPCode_ELB_{digit}XX_Count", own, dimensions)
    if connections := since(before.new_connections, now.new_connections):
        yield Published("NewConnectionCount", "Count", dimensions, Samples.of([float(connections)]))
    if now.active_connections:
        yield Published("ActiveConnectionCount", "Count", dimensions, Samples.of([float(now.active_connections)]))


def _count(name: str, number: int, dimensions: Dimensions) -> Published:
    """A count of requests: as many samples of the value 1, so that only Sum tells something."""
    return Published(name, "Count", dimensions, Samples.of_set(number, number, 1.0, 1.0))


class Publisher:
    """Publishes the load balancers' metrics: `publish` once a (scaled) minute.

    `read()` gives the counters, `balancer_of()` the load balancer of each target group. A reading that fails
    publishes nothing and raises what `read` raises; its counts go into the next minute.
    """

    def __init__(
        self,
        metrics: MetricStore,
        read: Callable[[], Measures],
        balancer_of: Callable[[], Mapping[str, str]],
    ):
        self._metrics, self._read, self._balancer_of = metrics, read, balancer_of
        self._before = Measures({}, {})

    def publish(self, at: float) -> None:
        """Publishes what happened since the last time, as of the time `at` (the start of the minute)."""
        now = self._read()
        for arn, one in published(self._before, now, self._balancer_of()):
            region, account = arn.split(":")[3:5]
            metric = Metric(NAMESPACE, one.name, frozenset(one.dimensions.items()))
            self._metrics.put(account, region, metric, one.samples, at, one.unit)
        self._before = now
