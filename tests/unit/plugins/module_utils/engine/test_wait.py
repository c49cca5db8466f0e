# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting, with a clock that stands still unless somebody sleeps."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import ApiError, Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.wait import (
    Clock,
    Pace,
    WaitTimeout,
    retry_while,
    wait_until,
)


class Sleeper:
    """A clock of its own: sleeping is what lets its time pass."""

    def __init__(self):
        self.time = 1000.0
        self.pauses = []
        self.clock = Clock(now=lambda: self.time, sleep=self._sleep)

    def _sleep(self, seconds):
        self.pauses.append(seconds)
        self.time += seconds


@pytest.fixture
def sleeper():
    return Sleeper()


STEADY = Pace(shortest=1, longest=10, share=0.5, jitter=0)


def after(seconds, sleeper, before="running", then="done"):
    """Looks that show another state once so many seconds have passed."""
    start = sleeper.time
    return lambda: then if sleeper.time - start >= seconds else before


def test_what_is_so_already_is_not_waited_for(sleeper):
    assert wait_until(lambda: "done", lambda seen: seen == "done", 60, "it", clock=sleeper.clock) == "done"
    assert sleeper.pauses == []


def test_the_pause_grows_with_the_time_in_which_nothing_changes_up_to_the_longest(sleeper):
    look = after(100, sleeper)
    wait_until(look, lambda seen: seen == "done", 1000, "it", clock=sleeper.clock, pace=STEADY)
    assert sleeper.pauses[:4] == [1, 1, 1, 1.5]
    assert sleeper.pauses == sorted(sleeper.pauses)
    assert max(sleeper.pauses) == 10


def test_a_change_makes_the_pause_short_again(sleeper):
    look = after(40, sleeper, before="a", then="b")
    with pytest.raises(WaitTimeout):
        wait_until(look, lambda seen: False, 45, "it", clock=sleeper.clock, pace=STEADY)
    assert min(sleeper.pauses[8:-1]) == 1


def test_a_second_long_thing_and_an_hour_long_thing_both_cost_few_looks(sleeper):
    for seconds, most in ((2, 8), (3600, 270)):
        sleeper.pauses.clear()
        wait_until(after(seconds, sleeper), lambda seen: seen == "done", 7200, "it", clock=sleeper.clock)
        assert len(sleeper.pauses) <= most
        assert sum(sleeper.pauses) <= seconds * 1.2 + 0.3


def test_the_deadline_holds_and_the_message_tells_what_was_seen_last(sleeper):
    with pytest.raises(WaitTimeout) as caught:
        wait_until(
            lambda: "InProgress",
            lambda seen: False,
            90,
            "deployment d-1 to finish",
            describe=lambda seen: f"status {seen}",
            clock=sleeper.clock,
        )
    assert sum(sleeper.pauses) == pytest.approx(90)
    assert "Waited 1m 30s for deployment d-1 to finish, in vain. Last seen: status InProgress." in str(caught.value)
    assert caught.value.last == "InProgress"


def test_a_time_out_of_zero_looks_once(sleeper):
    looks = []
    with pytest.raises(WaitTimeout):
        wait_until(lambda: looks.append(1), lambda seen: False, 0, "it", clock=sleeper.clock)
    assert len(looks) == 1


def test_every_change_is_told_once_with_its_time(sleeper):
    told = []
    wait_until(
        after(30, sleeper),
        lambda seen: seen == "done",
        60,
        "it",
        on_change=lambda before, seen, seconds: told.append((before, seen, round(seconds, 1))),
        clock=sleeper.clock,
        pace=Pace(shortest=30, longest=30, jitter=0),
    )
    assert told == [(None, "running", 0.0), ("running", "done", 30.0)]


def test_the_jitter_stays_within_its_share():
    pace = Pace(shortest=10, longest=10, jitter=0.1)
    assert pace.pause(0, chance=lambda: 0) == pytest.approx(9)
    assert pace.pause(0, chance=lambda: 1) == pytest.approx(11)


def error(code):
    return ApiError(f"it says {code}", None, code)


def passing(problem):
    return getattr(problem, "code", None) == "NotYet"


def test_an_error_that_passes_is_tried_again_and_told_once(sleeper):
    answers = [error("NotYet"), error("NotYet"), "made"]
    told = []

    def attempt():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert retry_while(attempt, passing, 30, on_wait=told.append, clock=sleeper.clock) == "made"
    assert len(told) == 1


@pytest.mark.parametrize("problem", [error("Other"), Failure("it is wrong")])
def test_another_error_is_raised_at_once(sleeper, problem):
    def attempt():
        raise problem

    with pytest.raises(Failure) as caught:
        retry_while(attempt, passing, 30, clock=sleeper.clock)
    assert caught.value is problem
    assert sleeper.pauses == []


def test_an_error_that_does_not_pass_is_raised_when_the_time_is_over(sleeper):
    def attempt():
        raise error("NotYet")

    with pytest.raises(ApiError, match="it says NotYet"):
        retry_while(attempt, passing, 30, clock=sleeper.clock)
    assert 29 <= sum(sleeper.pauses) <= 31
