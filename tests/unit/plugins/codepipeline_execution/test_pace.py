# SPDX-License-Identifier: GPL-3.0-or-later
"""When an execution is looked at again: what actions usually take says when something is due."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import pace
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pace import Known, Running, Usual
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.codepipeline_execution.scenes import action


def usual(seconds):
    return Usual(seconds, 0.1 * seconds)


# name: (what is known, at least, at most): seconds until the next look
TABLE = {
    "just started": (Known(0.0), 0.9, 1),
    "an action that nobody has seen before has just begun": (Known(0.0, (Running(0.0),)), 1, 1),
    "an action that nobody has seen before, for a minute": (Known(60.0, (Running(60.0),)), 12, 12),
    "an action that nobody has seen before, for an hour: as seldom as ever": (
        Known(3600.0, (Running(3600.0),)),
        15,
        15,
    ),
    "an action that usually takes a minute has just begun": (Known(0.0, (Running(0.0, usual(60.0)),)), 15, 15),
    "ten seconds are left, give or take some": (Known(50.0, (Running(50.0, usual(60.0)),)), 4, 6),
    "it is due": (Known(60.0, (Running(60.0, usual(60.0)),)), 0.9, 0.9),
    "it is a little late": (Known(70.0, (Running(70.0, usual(60.0)),)), 0.9, 0.9),
    "it is very late": (Known(120.0, (Running(120.0, usual(60.0)),)), 10, 15),
    "of two actions the one that is due counts": (
        Known(9.0, (Running(9.0, usual(600.0)), Running(9.0, usual(10.0)))),
        0.9,
        0.9,
    ),
    "an approval waits for a minute": (Known(60.0, idle=True), 12, 12),
    "an approval waits for a day": (Known(86400.0, idle=True), 15, 15),
    "the log of a build is read meanwhile": (Known(5.0, (Running(5.0, usual(600.0)),), live=True), 2, 2),
    "a deployment's host is due": (Known(5.0, (Running(5.0, usual(600.0)),), details=(1.5,)), 1.5, 1.5),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_next_look_is_due(name):
    known, least, most = TABLE[name]
    assert least <= pace.pause(known) <= most


seconds = st.floats(0, 1e6)
running = st.builds(Running, seconds, st.none() | st.builds(Usual, seconds, st.floats(0, pace.LONGEST)))


@given(st.builds(Known, seconds, st.lists(running, max_size=5).map(tuple), st.booleans(), st.booleans()))
def test_a_pause_is_never_too_short_nor_too_long(known):
    assert pace.NEAR <= pace.pause(known) <= pace.LONGEST


def test_what_is_usual_is_the_middle_of_what_succeeded_and_how_much_it_varied():
    actions = [action("Build", "Unit", start=0, end=end) for end in (28, 30, 32)]
    actions += [action("Build", "Unit", "Failed", end=1), action("Approve", "Ok", "InProgress", end=500)]
    found = pace.usual_of(actions)
    assert list(found) == [("Build", "Unit")]
    assert found["Build", "Unit"].seconds == 30
    assert 3 < found["Build", "Unit"].doubt < 4
