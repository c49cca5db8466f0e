# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a metric alarm, from the datapoints of its evaluation range.

Source of all rules here: CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing
data" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import dropwhile

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"

MISSING, IGNORE, BREACHING, NOT_BREACHING = "missing", "ignore", "breaching", "notBreaching"
TREATMENTS = (MISSING, IGNORE, BREACHING, NOT_BREACHING)

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# They compare with the band of an anomaly detection model, not with a number.
ANOMALY_OPERATORS = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)


@dataclass(frozen=True)
class Datapoint:
    """The statistic of one period that starts `at` (seconds since 1970); `samples` is how many it is made of."""

    at: float
    value: float
    samples: float | None = None


@dataclass(frozen=True)
class Threshold:
    """What a metric alarm compares: `to_alarm` (M) of `periods` (N) datapoints must breach."""

    comparison: str
    value: float
    periods: int
    to_alarm: int
    missing: str = MISSING

    def breached_by(self, point: Datapoint) -> bool:
        return OPERATORS[self.comparison](point.value, self.value)


@dataclass(frozen=True)
class Evaluation:
    """A state, and what it was decided from: the datapoints used (oldest first) and how many had to be filled in."""

    state: str
    datapoints: tuple[Datapoint, ...] = ()
    filled: int = 0


def range_length(periods: int) -> int:
    """How many periods back an evaluation looks for datapoints.

    CloudWatch "attempts to retrieve a higher number of data points than the number specified as Evaluation Periods".
    How many more it does not say; in all its examples the range is 5 for 3 evaluation periods.
    """
    return periods + 2


def evaluate(threshold: Threshold, points: Sequence[Datapoint | None], current: str) -> Evaluation:
    """The state that follows from the evaluation range, oldest period first, None for a period without data.

    With N datapoints or more in the range, the N most recent decide and the treatment of missing data does not matter.
    With fewer, all of them count, and missing ones are filled in "only as few times as possible".
    """
    real = [point for point in points if point is not None]
    recent = tuple(real[-threshold.periods :])
    breaching = sum(threshold.breached_by(point) for point in recent)
    if breaching >= threshold.to_alarm or len(real) >= threshold.periods:
        return Evaluation(_state(breaching >= threshold.to_alarm), recent)
    filled = threshold.periods - len(real)
    return Evaluation(_filled_in(threshold, points, real, breaching, filled, current), recent, filled)


def _filled_in(
    threshold: Threshold,
    points: Sequence[Datapoint | None],
    real: Sequence[Datapoint],
    breaching: int,
    filled: int,
    current: str,
) -> str:
    """The state when there are too few datapoints, and too few of them breach, to decide without the missing ones."""
    if threshold.missing == BREACHING:
        return _state(breaching + filled >= threshold.to_alarm)
    if threshold.missing == NOT_BREACHING:
        return OK
    if not real:
        return INSUFFICIENT_DATA if threshold.missing == MISSING else current
    if breaching < len(real):
        return OK
    # All that is known breaches. Where missing data is ignored, too little is known to change the state.
    if threshold.missing == IGNORE:
        return current
    return _state(no_longer_premature(threshold, points))


def no_longer_premature(threshold: Threshold, points: Sequence[Datapoint | None]) -> bool:
    """Whether fewer than M breaching datapoints alarm all the same, as the oldest is M periods old.

    "Avoiding premature transitions to alarm state": the oldest available breaching datapoint is at least as old as
    Datapoints to Alarm, and all more recent ones are breaching or missing. By the guide's tables (`0 - X - -`, 2 out of
    3, is OK) this holds only where no datapoint of the range is within the threshold.
    """
    known = [point for point in points if point is not None]
    if not known or not all(threshold.breached_by(point) for point in known):
        return False
    age = len(list(dropwhile(lambda point: point is None, points)))
    return age >= threshold.to_alarm


def _state(breached: bool) -> str:
    return ALARM if breached else OK
