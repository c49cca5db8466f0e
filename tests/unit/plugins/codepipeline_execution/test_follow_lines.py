# SPDX-License-Identifier: GPL-3.0-or-later
"""What is printed while an execution runs: one line for what changed, none when nothing did."""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.follow_lines import changes

from tests.unit.plugins.codepipeline_execution.scenes import EXECUTION, action, golden, make, stage_state


def unit(status="Succeeded", **more):
    return action("Build", "Unit", status, start=3, end=45, **more)


SOURCE = action("Source", "Git", end=3)
HELD = {"inbound_executions": [{"pipeline_execution_id": EXECUTION, "status": "InProgress"}]}
CLOSED = {**HELD, "inbound_transition_state": {"enabled": False, "disabled_reason": "frozen"}}
COURSE = [
    make("InProgress", action("Source", "Git", "InProgress"), artifact_revisions=[]),
    make("InProgress", SOURCE, unit("InProgress")),
    make("InProgress", SOURCE, unit("Failed", error="the network is gone")),
    make(
        "InProgress",
        SOURCE,
        unit("Failed", error="the network is gone"),
        unit("InProgress", id="again") | {"start_time": "~"},
    ),
    make("InProgress", SOURCE, unit(), action("Approve", "Ok", "InProgress", start=45)),
    make(
        "InProgress",
        SOURCE,
        unit(),
        action("Approve", "Ok", start=45, end=200),
        states=[stage_state("Production", "InProgress", of="7c9e6679-7425-40de-944b-e07fc1f90ae7", **HELD)],
    ),
    make(
        "InProgress",
        SOURCE,
        unit(),
        action("Approve", "Ok", start=45, end=200),
        states=[stage_state("Production", **CLOSED)],
    ),
    make(
        "Succeeded",
        SOURCE,
        unit(),
        action("Approve", "Ok", start=45, end=200),
        action("Production", "Hosts", start=210, end=240),
    ),
]


def lines(course):
    told, before = [], None
    for number, now in enumerate(course):
        told += [event.line() for event in changes(before, now, 10.0 * number)]
        before = now
    return told


def test_an_execution_is_told_as_it_goes():
    assert lines(COURSE) == golden("lines")["an execution that goes well in the end"].splitlines()


def test_what_stays_as_it_was_is_not_told_again():
    assert [changes(seen, seen, 5.0) for seen in COURSE] == [[]] * len(COURSE)


def test_an_execution_that_has_ended_is_told_with_its_end_last():
    assert lines([make("Failed", SOURCE, unit("Failed", error="no"))])[-1].startswith("storefront  3fa85f64  failed")


def test_a_long_error_is_shortened_on_its_line():
    (line,) = [one for one in lines([make("Failed", unit("Failed", error="x" * 500))]) if "Unit" in one]
    assert len(line) < 200
