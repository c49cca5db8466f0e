# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's metrics: what was published, kept as it came, aggregated by period when it is asked for."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_region.engine.alarm import Datapoint
from local_region.engine.alarm_statistics import Samples, compute

# Datapoints of less than a minute, which a scaled region's are, are kept for 3 hours. Source: CloudWatch concepts,
# "Metrics retention".
LEAST_RETENTION = 3 * 3600


@dataclass(frozen=True)
class Metric:
    """A metric is its namespace, its name and the whole set of its dimensions. Source: CloudWatch concepts."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Mapping[str, str]] | None = None) -> Metric:
        """From the API's members. `dimensions` are [{"Name": ..., "Value": ...}]."""
        return cls(namespace, name, frozenset((one["Name"], one["Value"]) for one in dimensions or ()))


@dataclass
class _Series:
    """The samples of one metric by time (seconds since 1970) and unit. `times` is sorted."""

    times: list[float] = field(default_factory=list)
    samples: dict[float, dict[str, Samples]] = field(default_factory=dict)

    def put(self, at: float, unit: str, samples: Samples) -> None:
        if at not in self.samples:
            bisect.insort(self.times, at)
            self.samples[at] = {}
        if unit in self.samples[at]:
            self.samples[at][unit].add(samples)
        else:
            self.samples[at][unit] = samples

    def forget_before(self, at: float) -> None:
        gone = bisect.bisect_left(self.times, at)
        for time in self.times[:gone]:
            del self.samples[time]
        del self.times[:gone]

    def between(self, start: float, end: float, unit: str | None) -> Iterator[Samples]:
        for time in self.times[bisect.bisect_left(self.times, start) : bisect.bisect_left(self.times, end)]:
            for one, samples in self.samples[time].items():
                if unit in (None, one):
                    yield samples


class MetricStore:
    """The metrics of every account and AWS region. Times are seconds since 1970.

    `retention` is how long datapoints are kept, in real seconds; `now` is asked for the time.
    """

    def __init__(self, now: Callable[[], float], retention: float = LEAST_RETENTION):
        self.retention = max(retention, LEAST_RETENTION)
        self._now = now
        self._series: dict[tuple[str, str], dict[Metric, _Series]] = {}
        self._lock = threading.Lock()

    def put(
        self, account: str, region: str, metric: Metric, samples: Samples, at: float | None = None, unit: str = "None"
    ) -> None:
        """Adds samples to a metric, at the present time unless `at` is given. Those too old to be kept are dropped."""
        now = self._now()
        at = now if at is None else at
        if at < now - self.retention:
            return
        with self._lock:
            series = self._series.setdefault((account, region), {}).setdefault(metric, _Series())
            series.put(at, unit, samples)

    def forget_old(self) -> None:
        """Drops what is older than the retention, and the metrics of which nothing is left."""
        oldest = self._now() - self.retention
        with self._lock:
            for known in self._series.values():
                for metric, series in list(known.items()):
                    series.forget_before(oldest)
                    if not series.times:
                        del known[metric]

    def metrics(self, account: str, region: str) -> list[Metric]:
        """Every metric that has datapoints, in order of namespace, name and dimensions."""
        with self._lock:
            known = list(self._series.get((account, region), {}))
        return sorted(known, key=lambda one: (one.namespace, one.name, sorted(one.dimensions)))

    def samples(
        self, account: str, region: str, metric: Metric, edges: Sequence[float], unit: str | None = None
    ) -> list[Samples]:
        """The samples between each two neighbouring edges (start included, end not), oldest first."""
        with self._lock:
            series = self._series.get((account, region), {}).get(metric)
            found = []
            for start, end in zip(edges, edges[1:], strict=False):
                total = Samples()
                for samples in series.between(start, end, unit) if series else ():
                    total.add(samples)
                found.append(total)
            return found

    def unit(self, account: str, region: str, metric: Metric, edges: Sequence[float]) -> str:
        """The unit of the newest samples between the edges; "None" without any."""
        with self._lock:
            series = self._series.get((account, region), {}).get(metric)
            if series:
                for time in reversed(series.times[: bisect.bisect_left(series.times, edges[-1])]):
                    return next(iter(series.samples[time])) if time >= edges[0] else "None"
        return "None"

    def datapoints(
        self,
        account: str,
        region: str,
        metric: Metric,
        statistic: str,
        edges: Sequence[float],
        unit: str | None = None,
    ) -> list[Datapoint | None]:
        """The statistic between each two neighbouring edges, oldest first; None where there is nothing to tell."""
        points: list[Datapoint | None] = []
        for start, samples in zip(edges, self.samples(account, region, metric, edges, unit), strict=False):
            value = compute(statistic, samples)
            points.append(None if value is None else Datapoint(start, value, samples.count))
        return points


def edges_before(end: float, width: float, count: int) -> list[float]:
    """The edges of `count` neighbouring periods of `width` seconds, the last of which ends at `end`."""
    return [end - width * back for back in range(count, -1, -1)]


def samples_of(datum: Mapping[str, Any]) -> Samples:
    """The samples of a MetricDatum: `Value`, `Values` with `Counts`, or `StatisticValues`.

    Raises ValueError when `Values` and `Counts` are of different length.
    """
    if "StatisticValues" in datum:
        one = datum["StatisticValues"]
        return Samples.of_set(
            float(one["SampleCount"]), float(one["Sum"]), float(one["Minimum"]), float(one["Maximum"])
        )
    if datum.get("Values"):
        counts = datum.get("Counts")
        return Samples.of([float(value) for value in datum["Values"]], None if counts is None else map(float, counts))
    return Samples.of([float(datum["Value"])])
