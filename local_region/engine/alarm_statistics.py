# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics of the samples of one period, as CloudWatch defines them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
# Trimmed and winsorized means, percentile ranks and so on: CloudWatch has them, the local region has not.
_OTHERS = re.compile(r"(tm|wm|tc|ts|pr|TM|WM|TC|TS|PR)[\d(].*|IQM|iqm")


class UnknownStatistic(ValueError):
    """Neither CloudWatch nor the local region knows it."""


class UnsupportedStatistic(ValueError):
    """CloudWatch knows it, the local region does not. The message is one sentence for the user."""


@dataclass
class Samples:
    """The samples of a metric in a period: their count, sum and extremes, and what is known of the values themselves.

    `values` counts each value; it is None once a statistic set came in that does not tell its values.
    """

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: Counter[float] | None = field(default_factory=Counter)

    @classmethod
    def of(cls, values: Iterable[float], counts: Iterable[float] | None = None) -> Samples:
        """The samples given as `Value`, or as `Values` with their `Counts`."""
        samples = cls()
        pairs = zip(values, counts, strict=True) if counts is not None else ((value, 1.0) for value in values)
        for value, count in pairs:
            samples.add(cls(count, value * count, value, value, Counter({value: count})))
        return samples

    @classmethod
    def of_set(cls, count: float, total: float, low: float, high: float) -> Samples:
        """A statistic set. Its values are known when there is one sample, or when all are equal."""
        known = Counter({low: count}) if count == 1 or low == high else None
        return cls(count, total, low, high, known)

    def add(self, other: Samples) -> None:
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        if self.values is not None and other.values is not None:
            self.values.update(other.values)
        else:
            self.values = None


def require(statistic: str) -> None:
    """Raises UnknownStatistic or UnsupportedStatistic unless `statistic` can be computed."""
    if statistic in SIMPLE or _PERCENTILE.fullmatch(statistic):
        return
    if _OTHERS.fullmatch(statistic):
        raise UnsupportedStatistic(
            f"The local region does not compute the statistic {statistic}; it has {', '.join(SIMPLE)} and p0 to p100."
        )
    raise UnknownStatistic(f"The value {statistic} for parameter ExtendedStatistic is not supported.")


def compute(statistic: str, samples: Samples) -> float | None:
    """The value of a statistic; None when there are no samples, or when a percentile can't be told from them."""
    if not samples.count:
        return None
    if statistic in SIMPLE:
        return {
            "SampleCount": samples.count,
            "Average": samples.total / samples.count,
            "Sum": samples.total,
            "Minimum": samples.low,
            "Maximum": samples.high,
        }[statistic]
    percent = float(_PERCENTILE.fullmatch(statistic)[1])
    return None if samples.values is None else percentile(samples.values, percent)


def percentile(values: Counter[float], percent: float) -> float:
    """The smallest value that at least `percent` of the samples do not exceed (nearest rank).

    CloudWatch does not publish its method; every method agrees as the number of samples grows.
    """
    needed = percent / 100 * sum(values.values())
    passed = 0.0
    for value in sorted(values):
        passed += values[value]
        if passed >= needed * (1 - 1e-12):
            return value
    return max(values)


def too_few_samples(statistic: str, count: float) -> bool:
    """Whether EvaluateLowSampleCountPercentile=ignore keeps the alarm's state.

    User guide, "Percentile-based alarms and low data samples": 10/(1 - percentile) samples are enough for percentiles
    from 0.5 to 1.0, 10/percentile for those below.
    """
    found = _PERCENTILE.fullmatch(statistic)
    if not found:
        return False
    fraction = float(found[1]) / 100
    rarer = 1 - fraction if fraction >= 0.5 else fraction
    return rarer > 0 and count < 10 / rarer * (1 - 1e-12)
