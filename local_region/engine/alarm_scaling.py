# SPDX-License-Identifier: GPL-3.0-or-later
"""How a scaling policy that an alarm carries out changes a group's desired capacity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any


def step_for(breach: float, steps: Iterable[Mapping[str, Any]]) -> int | None:
    """The ScalingAdjustment of the step that holds `breach`, the metric's value less the alarm's threshold.

    A missing bound is infinite. Above the threshold the lower bound is included, below it the upper one. None when no
    step holds it. Source: Auto Scaling user guide, "Step adjustments for step scaling".
    """
    for step in steps:
        low = float(step.get("MetricIntervalLowerBound", -math.inf))
        high = float(step.get("MetricIntervalUpperBound", math.inf))
        if (low <= breach < high) if breach >= 0 else (low < breach <= high):
            return int(step["ScalingAdjustment"])
    return None


def new_capacity(
    kind: str, adjustment: int, current: int, smallest: int, largest: int, least_change: int | None = None
) -> int:
    """The desired capacity after an adjustment, within the group's size.

    PercentChangeInCapacity rounds towards zero, but a change of less than one instance is one instance; `least_change`
    is MinAdjustmentMagnitude. Source: Auto Scaling user guide, "Scaling adjustment types".
    """
    if kind == "ExactCapacity":
        wanted = adjustment
    elif kind == "PercentChangeInCapacity":
        change = current * adjustment / 100
        size = max(1 if change else 0, math.floor(abs(change)))
        if change and least_change:
            size = max(size, least_change)
        wanted = current + int(math.copysign(size, change))
    else:
        wanted = current + adjustment
    return max(smallest, min(largest, wanted))
