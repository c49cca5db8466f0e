# SPDX-License-Identifier: GPL-3.0-or-later
"""Zonal configuration: one zone at a time, with monitoring in between."""

from local_region.engine import progress
from local_region.engine.deployment import Target, Zonal, plan
from local_region.engine.healthy_hosts import MinimumHealthyHosts


def three_zones(per_zone=3):
    return [Target(f"{zone}-{number}", zone=zone) for number in range(per_zone) for zone in "cab"]


def test_a_zone_begins_only_when_the_one_before_is_through(fleet):
    run = fleet.rehearse(fleet.rules("FLEET_PERCENT", 0, zonal=Zonal()), three_zones())
    assert [target[0] for target in run.begun] == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    assert run.end == ("Succeeded", None)


def test_the_pause_after_the_first_zone_has_a_length_of_its_own(fleet):
    zonal = Zonal(monitor=60.0, first_zone_monitor=600.0)
    run = fleet.rehearse(fleet.rules("FLEET_PERCENT", 0, zonal=zonal), three_zones())
    starts = [run.deployment.targets[f"{zone}-0"].events[0].started for zone in "abc"]
    assert starts == [0.0, 7.0 + 600.0, 607.0 + 7.0 + 60.0]


def test_without_one_of_its_own_the_first_pause_is_like_the_others(fleet):
    run = fleet.rehearse(fleet.rules("FLEET_PERCENT", 0, zonal=Zonal(monitor=60.0)), three_zones())
    assert run.deployment.ended == 3 * 7.0 + 2 * 60.0


def test_the_minimum_of_a_zone_holds_beside_that_of_the_fleet(fleet):
    zonal = Zonal(minimum_per_zone=MinimumHealthyHosts("HOST_COUNT", 2))
    run = fleet.rehearse(fleet.rules("FLEET_PERCENT", 0, zonal=zonal), three_zones())
    assert run.out == 1
    run = fleet.rehearse(fleet.rules("MOST_CONCURRENCY", 2, zonal=Zonal()), three_zones())
    assert run.out == 2


def test_a_zone_with_too_many_failures_ends_the_deployment_although_the_fleet_could_bear_them(fleet):
    zonal = Zonal(minimum_per_zone=MinimumHealthyHosts("HOST_COUNT", 2))
    run = fleet.rehearse(
        fleet.rules("FLEET_PERCENT", 0, zonal=zonal), three_zones(), lambda target, event: target == "b-0"
    )
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS")
    assert run.statuses() == {"Succeeded": 3, "Failed": 1, "Skipped": 5}


def test_failures_of_earlier_zones_count_against_the_fleet(fleet):
    run = fleet.rehearse(
        fleet.rules("MOST_CONCURRENCY", 2, zonal=Zonal()), three_zones(), lambda target, event: target in ("a-2", "b-0")
    )
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS")
    assert run.deployment.targets["c-0"].status == "Skipped"


def test_a_minimum_that_no_zone_can_keep_fails_before_any_host_is_touched(fleet):
    zonal = Zonal(minimum_per_zone=MinimumHealthyHosts("HOST_COUNT", 3))
    run = fleet.rehearse(fleet.rules("FLEET_PERCENT", 0, zonal=zonal), three_zones())
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS_INVALID")
    assert run.commands == []


def test_a_stop_during_the_pause_ends_it_at_once(fleet):
    deployment = plan(fleet.rules("FLEET_PERCENT", 0, zonal=Zonal(monitor=60.0)), three_zones(per_zone=1))
    progress.start(deployment, 0.0)
    for event in deployment.targets["a-0"].lifecycle:
        progress.complete(deployment, "a-0", event, None, 1.0)
    assert progress.next_deadline(deployment) == 61.0
    decisions = progress.stop(deployment, progress.Error("MANUAL_STOP", "stopped"), 2.0)
    assert [type(decision) for decision in decisions] == [progress.Ended]
    assert deployment.counts["Skipped"] == 2
