# SPDX-License-Identifier: GPL-3.0-or-later
"""Time in the region: wall clock for timestamps, service seconds for durations."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from local_region.clock import Clock, SimulatedClock


def test_now_is_the_wall_clock_whatever_the_scale():
    before = datetime.now(UTC)
    assert before <= Clock(scale=1000).now() <= datetime.now(UTC)


def test_service_seconds_pass_faster_by_the_scale():
    clock, event = Clock(scale=100), threading.Event()
    before = clock.seconds()
    assert clock.wait(event, 5) is False
    assert clock.seconds() - before >= 5


def test_a_wait_ends_with_its_event():
    event = threading.Event()
    event.set()
    assert Clock().wait(event, 3600) is True


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_a_scale_that_is_not_positive_is_refused(scale):
    with pytest.raises(ValueError, match="greater than 0"):
        Clock(scale)


def test_a_simulated_clock_moves_only_when_it_is_told():
    clock = SimulatedClock()
    start = clock.now()
    clock.advance(90)
    assert (clock.seconds(), clock.now() - start) == (90, timedelta(seconds=90))
    with pytest.raises(ValueError, match="Time only moves forward"):
        clock.advance(-1)


def test_advancing_a_simulated_clock_ends_the_waits_that_are_over():
    clock, ended = SimulatedClock(), []
    condition = threading.Condition()

    def wait(seconds: float) -> None:
        with condition:
            ended.append((seconds, clock.wait(condition, seconds)))

    short, long = (threading.Thread(target=wait, args=(seconds,)) for seconds in (10, 1e9))
    sleeper = threading.Thread(target=clock.sleep, args=(10,))
    for thread in (short, long, sleeper):
        thread.start()
    while short.is_alive() or sleeper.is_alive():
        clock.advance(1)
        short.join(0.001)
    assert ended == [(10, False)]
    while long.is_alive():
        clock.advance(1e9)
        long.join(0.001)
    assert ended == [(10, False), (1e9, False)]
