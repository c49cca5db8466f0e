# SPDX-License-Identifier: GPL-3.0-or-later
"""Time in the region.

Two kinds of time are kept apart:

* *Timestamps* (``now``) are real wall-clock time, so that what the API shows fits logs and signatures.
* *Durations that a service waits* (a connection drain, five minutes without an agent, a monitor duration) are *service
  seconds*. With ``scale`` 10 a service second lasts a tenth of a real one.

What a host does (scripts, their time-outs, health check requests in flight) lives in real time and never sees a clock.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

Waitable = threading.Condition | threading.Event


class Clock:
    """The clock of a running region. `scale` is how many service seconds pass in one real second (> 0)."""

    def __init__(self, scale: float = 1.0):
        if not scale > 0:
            raise ValueError(f"The time scale must be a number greater than 0, not {scale}.")
        self.scale = scale
        self._started = time.monotonic()

    def now(self) -> datetime:
        """The wall-clock time, aware, in UTC: what timestamps of the API are made of."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Service seconds since the clock was made; never goes back."""
        return (time.monotonic() - self._started) * self.scale

    def sleep(self, service_seconds: float) -> None:
        """Blocks the calling thread for so many service seconds."""
        time.sleep(max(0.0, service_seconds) / self.scale)

    def wait(self, waitable: Waitable, service_seconds: float) -> bool:
        """Waits on an Event, or on a Condition that the caller holds, at most so many service seconds.

        Returns what the waitable's own ``wait`` returns: False when the time ran out first.
        """
        return waitable.wait(max(0.0, service_seconds) / self.scale)


class SimulatedClock(Clock):
    """A clock that stands still until it is told to move: tests of hours and of thousands of hosts take no time."""

    # A blocked thread looks at the simulated time this often (real seconds). It bounds only how soon it notices.
    _LOOK = 0.001

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)):
        super().__init__(scale=1.0)
        self._start = start
        self._elapsed = 0.0
        self._moved = threading.Condition()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def seconds(self) -> float:
        return self._elapsed

    def advance(self, service_seconds: float) -> None:
        """Moves time on and wakes every thread whose wait is over."""
        if service_seconds < 0:
            raise ValueError(f"Time only moves forward, not by {service_seconds} seconds.")
        with self._moved:
            self._elapsed += service_seconds
            self._moved.notify_all()

    def sleep(self, service_seconds: float) -> None:
        """Blocks until another thread has advanced the clock far enough."""
        deadline = self._elapsed + service_seconds
        with self._moved:
            self._moved.wait_for(lambda: self._elapsed >= deadline)

    def wait(self, waitable: Waitable, service_seconds: float) -> bool:
        deadline = self._elapsed + service_seconds
        while self._elapsed < deadline:
            if waitable.wait(self._LOOK):
                return True
        return waitable.wait(0)
