# SPDX-License-Identifier: GPL-3.0-or-later
"""When a deployment is looked at again: what is known of its hosts says when something is due."""

import dataclasses

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import pace
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.pace import Known, Running
from ansible_collections.convoy.delivery.plugins.module_utils.engine.times import ServiceClock
from hypothesis import given
from hypothesis import strategies as st


def known(**facts):
    return Known(**{"elapsed": 100.0, "quiet": 10.0, **facts})


def host(elapsed=5.0, over=2, events=7, left=None):
    return Running(elapsed, over, events, left)


# name: (what is known, at least, at most): seconds until the next look
TABLE = {
    "just created: soon": (known(elapsed=0.0, quiet=0.0), 1, 1),
    "nothing runs, news a moment ago": (known(quiet=2), 1, 1),
    "nothing runs for a minute": (known(quiet=60), 12, 12),
    "nothing runs for an hour: as seldom as ever": (known(quiet=3600), 20, 20),
    "the first host has just begun": (known(elapsed=1, quiet=1, running=(host(1, over=0),), pending=3), 1, 2),
    "the first host, a quarter done in 5 s": (known(running=(host(5, 2, 8),), pending=3), 15, 15),
    "the next host is due in 10 s": (known(done=(15.0,), running=(host(5, left=10),), pending=3), 10, 11),
    "the next host is late, others wait: no hurry": (
        known(done=(15.0,), running=(host(16, left=-1),), pending=3),
        2.5,
        2.5,
    ),
    "the last host is due in 14 s": (known(done=(15.0,) * 3, running=(host(1, left=14),)), 14, 14.9),
    "the last host is due in a minute": (known(done=(90.0,) * 3, running=(host(30, left=60),)), 20, 20),
    "the last host is due now": (known(done=(15.0,) * 3, running=(host(15, left=0),)), 0.9, 0.9),
    "hosts differ by much: the end is watched early": (known(done=(14.0, 16.0), running=(host(9, left=6),)), 4.8, 5),
    "the last host is a little late": (known(done=(15.0,) * 3, running=(host(17, left=-2),)), 0.9, 0.9),
    "the last host is late by a minute": (known(done=(15.0,) * 3, running=(host(75, left=-60),)), 12, 12),
    "the former deployment tells, none of this one": (known(usual=60.0, running=(host(20),)), 20, 20),
    "the former deployment says: it is due": (known(usual=60.0, running=(host(60),)), 0.9, 0.9),
    "ten quick hosts are left: it may end in two seconds": (
        known(done=(0.2,) * 5, running=(host(0.1, left=0.1),), pending=9),
        0.9,
        1,
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_next_look_is_when_something_is_due(name):
    facts, least, most = TABLE[name]
    assert least <= pace.pause(facts) <= most


seconds = st.floats(0, 1e5)
hosts = st.builds(Running, seconds, st.integers(0, 13), st.integers(1, 13), st.none() | st.floats(-1e5, 1e5))
anything = st.builds(
    Known,
    seconds,
    seconds,
    st.lists(seconds, max_size=5).map(tuple),
    st.lists(hosts, max_size=5).map(tuple),
    st.integers(0, 10_000),
    st.none() | seconds,
)


@given(anything)
def test_whatever_is_known_the_pause_is_neither_a_storm_nor_a_sleep(facts):
    assert pace.NEAR <= pace.pause(facts) <= pace.LONGEST


@given(anything, st.floats(0, 1e4))
def test_more_quiet_never_means_more_looks(facts, more):
    later = dataclasses.replace(facts, quiet=facts.quiet + more)
    assert pace.pause(later) >= pace.pause(facts)


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(st.floats(0.1, 30), st.floats(0, 1)), min_size=1, max_size=20))
def test_the_services_time_is_never_believed_earlier_than_what_it_told(ahead, looks):
    clock, now = ServiceClock(), 0.0
    clock.observe(None, now)
    for length, part in looks:
        happened = now + part * length + ahead
        now += length
        clock.observe(happened, now)
        assert clock.at(now) >= happened - 1e-6
        assert clock.at(now) <= now + ahead + max(one for one, _ in looks) + 1e-6
