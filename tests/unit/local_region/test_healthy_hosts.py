# SPDX-License-Identifier: GPL-3.0-or-later
"""Minimum healthy hosts: expected numbers worked out by hand from CodeDeploy's user guide, for fleets of 1 to 10."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

ONE_AT_A_TIME = ("MOST_CONCURRENCY", 1)
HALF_AT_A_TIME = ("FLEET_PERCENT", 50)
ALL_AT_ONCE = ("FLEET_PERCENT", 0)

# How many hosts may be out at once (A), for N = 1 .. 10. 0: the deployment can't start.
OUT_AT_ONCE = {
    ONE_AT_A_TIME: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    HALF_AT_A_TIME: [0, 1, 1, 2, 2, 3, 3, 4, 4, 5],
    ALL_AT_ONCE: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ("HOST_COUNT", 0): [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ("HOST_COUNT", 1): [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ("HOST_COUNT", 6): [0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
    ("FLEET_PERCENT", 33): [0, 1, 2, 2, 3, 4, 4, 5, 6, 6],
    ("FLEET_PERCENT", 75): [0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
    ("FLEET_PERCENT", 95): [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ("FLEET_PERCENT", 100): [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
}
TABLE = [(rule, count, out[count - 1]) for rule, out in OUT_AT_ONCE.items() for count in range(1, 11)]
STARTABLE = [row for row in TABLE if row[2] > 0]


def name(value) -> str:
    return f"{value[0]}_{value[1]}" if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("rule", "count", "out"), STARTABLE, ids=name)
def test_no_more_hosts_are_out_at_once_than_the_configuration_allows(fleet, rule, count, out):
    run = fleet.rehearse(fleet.rules(*rule), fleet.hosts(count))
    assert run.end == ("Succeeded", None)
    assert run.out == out
    assert run.statuses() == {"Succeeded": count}


@pytest.mark.parametrize(("rule", "count", "out"), [row for row in TABLE if row[2] == 0], ids=name)
def test_an_impossible_minimum_fails_before_any_host_is_touched(fleet, rule, count, out):
    run = fleet.rehearse(fleet.rules(*rule), fleet.hosts(count))
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS_INVALID")
    assert run.commands == []
    assert run.statuses() == {"Skipped": count}


@pytest.mark.parametrize(("rule", "count", "out"), [row for row in STARTABLE if row[2] < row[1]], ids=name)
def test_the_rollout_stops_when_no_more_may_fail(fleet, rule, count, out):
    bad = {f"h{number:02}" for number in range(out)}
    run = fleet.rehearse(fleet.rules(*rule), fleet.hosts(count), lambda target, event: target in bad)
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS")
    assert run.statuses() == {"Failed": out, "Skipped": count - out}
    assert set(run.begun) == bad


@pytest.mark.parametrize(("rule", "count", "out"), [row for row in STARTABLE if row[2] > 1], ids=name)
def test_one_failure_less_than_too_many_is_survived(fleet, rule, count, out):
    bad = {f"h{number:02}" for number in range(out - 1)}
    run = fleet.rehearse(fleet.rules(*rule), fleet.hosts(count), lambda target, event: target in bad)
    assert run.end == ("Succeeded", None)
    assert run.statuses() == {"Failed": out - 1, "Succeeded": count - out + 1}


@pytest.mark.parametrize(("rule", "count", "out"), STARTABLE, ids=name)
def test_the_last_hosts_may_fail_as_long_as_the_minimum_is_kept(fleet, rule, count, out):
    """The guide's exception for the last instance, for every rule: N - A hosts and at least one have succeeded."""
    bad = {f"h{number:02}" for number in range(count - out, count)} - {"h00"}
    run = fleet.rehearse(fleet.rules(*rule), fleet.hosts(count), lambda target, event: target in bad)
    assert run.end == ("Succeeded", None)


@pytest.mark.parametrize("count", range(1, 11))
def test_a_deployment_in_which_every_host_fails_is_failed_even_all_at_once(fleet, count):
    run = fleet.rehearse(fleet.rules(*ALL_AT_ONCE), fleet.hosts(count), lambda target, event: True)
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS")
    assert run.statuses() == {"Failed": count}


def test_no_instances_is_an_error_of_its_own(fleet):
    assert fleet.rehearse(fleet.rules(*ONE_AT_A_TIME), []).end == ("Failed", "NO_INSTANCES")


@pytest.mark.parametrize(
    ("rule", "stopped", "end"),
    [
        (ONE_AT_A_TIME, 1, ("Failed", "HEALTH_CONSTRAINTS")),
        (HALF_AT_A_TIME, 1, ("Succeeded", None)),
        (HALF_AT_A_TIME, 2, ("Failed", "HEALTH_CONSTRAINTS")),
        (ALL_AT_ONCE, 3, ("Succeeded", None)),
        (ALL_AT_ONCE, 4, ("Failed", "HEALTH_CONSTRAINTS")),
    ],
)
def test_a_stopped_instance_counts_as_a_failed_one(fleet, rule, stopped, end):
    targets = fleet.hosts(4)
    for target in targets[:stopped]:
        target.deployable = False
    run = fleet.rehearse(fleet.rules(*rule), targets)
    assert run.end == end
    assert run.statuses()["Failed"] == stopped
    assert all(command.target_id >= f"h{stopped:02}" for command in run.commands)


MINIMA = st.one_of(
    st.tuples(st.just("HOST_COUNT"), st.integers(0, 30)),
    st.tuples(st.just("FLEET_PERCENT"), st.integers(0, 100)),
    st.tuples(st.just("MOST_CONCURRENCY"), st.integers(1, 30)),
)


@given(MINIMA, st.integers(1, 30), st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29), max_size=3))
def test_never_fewer_healthy_hosts_than_the_minimum(fleet, rule, count, bad, stopped):
    """Whatever fails where: as long as it runs, N - out >= M, and at the end every host has an outcome."""
    kind, value = rule
    minimum = {"HOST_COUNT": value, "FLEET_PERCENT": (value * count + 99) // 100, "MOST_CONCURRENCY": count - value}[
        kind
    ]
    targets = fleet.hosts(count)
    for target in targets:
        target.deployable = int(target.id[1:]) not in stopped
    out_by_standstill = sum(not target.deployable for target in targets)
    run = fleet.rehearse(
        fleet.rules(*rule), targets, lambda target, event: int(target[1:]) in bad and event == "ValidateService"
    )
    assert count - run.out >= min(max(0, minimum), count - out_by_standstill)
    assert run.ends == 1
    assert sum(run.statuses().values()) == count
    assert set(run.statuses()) <= {"Succeeded", "Failed", "Skipped"}
    assert len(run.begun) == len(set(run.begun))
    if run.end[0] == "Succeeded":
        assert run.deployment.counts["Succeeded"] >= max(1, minimum)
        assert run.deployment.counts["Skipped"] == 0
