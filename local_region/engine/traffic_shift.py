# SPDX-License-Identifier: GPL-3.0-or-later
"""How traffic moves from one version to another: all at once, a canary first, or in equal steps.

Source: user guide, "Deployment configurations on an AWS Lambda compute platform"; API reference, TrafficRoutingConfig.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Routing:
    """The rule of a deployment configuration. `interval` is in service seconds, 0 with AllAtOnce."""

    kind: Literal["AllAtOnce", "TimeBasedCanary", "TimeBasedLinear"]
    percent: int = 100
    interval: float = 0.0


ALL_AT_ONCE = Routing("AllAtOnce")


def percent_at(routing: Routing, elapsed: float) -> int:
    """Per cent of the traffic that the new version has, so many service seconds after the shift has begun."""
    if routing.kind == "AllAtOnce":
        return 100
    if routing.kind == "TimeBasedCanary":
        return 100 if elapsed >= routing.interval else routing.percent
    steps = 1 + (int(elapsed // routing.interval) if routing.interval else 100)
    return min(100, routing.percent * steps)


def duration(routing: Routing) -> float:
    """Service seconds until all traffic has moved."""
    if routing.kind == "AllAtOnce":
        return 0.0
    if routing.kind == "TimeBasedCanary":
        return routing.interval
    return routing.interval * (-(-100 // routing.percent) - 1)
