# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an alarm has its state, in CloudWatch's words (StateReason) and as data (StateReasonData).

The forms are those of the examples in the CloudWatch user guide ("Alarm events and EventBridge") and of published
notifications; AWS does not specify them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from local_region.engine.alarm import ALARM, BREACHING, INSUFFICIENT_DATA, Datapoint, Evaluation, Threshold

INITIAL = "Unchecked: Initial alarm creation"

# Of more datapoints than these, a reason shows the most recent ones.
MOST_SHOWN = 5

_COMPARED = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


def timestamp(at: float | datetime) -> str:
    """2019-10-02T17:04:40.985+0000, as in reason data, notifications and events."""
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def reason(threshold: Threshold, evaluation: Evaluation, says_how_many: bool) -> str:
    """The StateReason of an evaluation. `says_how_many`: DatapointsToAlarm was given, and is part of the words."""
    if evaluation.state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {_count(threshold.periods, 'datapoint')} unknown."
    if evaluation.filled and threshold.missing in (BREACHING, "notBreaching"):
        treated = "Breaching" if threshold.missing == BREACHING else "NonBreaching"
        received = _count(len(evaluation.datapoints), "datapoint") if evaluation.datapoints else "no datapoints were"
        return (
            f"Threshold Crossed: {received} received for {_plural(threshold.periods, 'period')} and "
            f"{_count(evaluation.filled, 'missing datapoint')} treated as [{treated}]."
        )
    return _crossed(threshold, evaluation, says_how_many)


def _crossed(threshold: Threshold, evaluation: Evaluation, says_how_many: bool) -> str:
    alarming = evaluation.state == ALARM
    deciding = [point for point in evaluation.datapoints if threshold.breached_by(point) == alarming]
    if not deciding:
        return (
            f"Threshold Crossed: {_count(len(evaluation.datapoints), 'datapoint')} received for "
            f"{_plural(threshold.periods, 'period')}, too few for OK -> ALARM transition."
        )
    shown = ", ".join(f"{point.value!r} ({_short(point.at)})" for point in deciding[: -MOST_SHOWN - 1 : -1])
    verb = "was" if len(deciding) == 1 else "were"
    compared = f"{'' if alarming else 'not '}{_COMPARED[threshold.comparison]} the threshold ({threshold.value!r})"
    number = _plural(len(deciding), "datapoint")
    transition = ""
    if says_how_many:
        number = f"{len(deciding)} out of the last {len(evaluation.datapoints)} datapoints"
        least = threshold.to_alarm if alarming else threshold.periods - threshold.to_alarm + 1
        which = "OK -> ALARM" if alarming else "ALARM -> OK"
        transition = f" (minimum {_plural(least, 'datapoint')} for {which} transition)"
    if len(deciding) > MOST_SHOWN:
        crossed = "crossed" if alarming else "did not cross"
        return (
            f"Threshold Crossed: {number} {verb} {compared}. "
            f"The most recent datapoints which {crossed} the threshold: [{shown}]{transition}."
        )
    return f"Threshold Crossed: {number} [{shown}] {verb} {compared}{transition}."


def reason_data(
    threshold: Threshold,
    evaluation: Evaluation,
    *,
    asked_at: float,
    starts: Sequence[float],
    period: int,
    statistic: str | None = None,
    unit: str | None = None,
) -> str:
    """The StateReasonData of an evaluation, JSON.

    `starts` are the starts of the last N periods, oldest first. `statistic` is None for metric math.
    """
    points = evaluation.datapoints
    data: dict[str, Any] = {"version": "1.0", "queryDate": timestamp(asked_at)}
    if points:
        data["startDate"] = timestamp(points[0].at)
    if unit:
        data["unit"] = unit
    if statistic:
        data["statistic"] = statistic
    data |= {"period": period, "recentDatapoints": [point.value for point in points[-40:]]}
    data["threshold"] = threshold.value
    shown: list[dict] = [_evaluated(point) for point in reversed(points)]
    if not points:
        shown = [{"timestamp": timestamp(at)} for at in reversed(starts)]
    # StateReasonData is 4,000 characters at the most: so many datapoints fit, whatever their values.
    return json.dumps(data | {"evaluatedDatapoints": shown[:20]}, separators=(",", ":"))


def _evaluated(point: Datapoint) -> dict:
    sampled = {} if point.samples is None else {"sampleCount": point.samples}
    return {"timestamp": timestamp(point.at), **sampled, "value": point.value}


def _short(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d/%m/%y %H:%M:%S}"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _count(number: int, noun: str) -> str:
    return f"{_plural(number, noun)} {'was' if number == 1 else 'were'}"
