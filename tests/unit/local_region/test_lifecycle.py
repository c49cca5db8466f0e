# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host goes through: the order of events, failures, time limits, stopping."""

import pytest

from local_region.engine import lifecycle, progress
from local_region.engine.deployment import Error, plan
from local_region.engine.order import Standing

SEVEN = [
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
]
THIRTEEN = [
    "BeforeBlockTraffic",
    "BlockTraffic",
    "AfterBlockTraffic",
    *SEVEN,
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]
MANUAL_STOP = Error("MANUAL_STOP", "The deployment was stopped.")


def started(fleet, count=1, rule=("FLEET_PERCENT", 0), lifecycle_events=tuple(SEVEN), **options):
    deployment = plan(fleet.rules(*rule, **options), fleet.hosts(count, lifecycle=lifecycle_events))
    progress.start(deployment, 0.0)
    return deployment


def statuses(deployment, target_id="h00"):
    return {event.name: event.status for event in deployment.targets[target_id].events}


@pytest.mark.parametrize(("traffic_control", "events"), [(False, SEVEN), (True, THIRTEEN)])
def test_events_come_in_codedeploys_order(fleet, traffic_control, events):
    run = fleet.rehearse(fleet.rules("FLEET_PERCENT", 0), fleet.hosts(1, lifecycle=lifecycle.in_place(traffic_control)))
    assert [command.event for command in run.commands] == events


def test_only_block_and_allow_traffic_are_performed_by_the_load_balancer():
    assert [event for event in THIRTEEN if lifecycle.performer(event) != "agent"] == ["BlockTraffic", "AllowTraffic"]


@pytest.mark.parametrize("failing", THIRTEEN)
def test_after_a_failed_event_the_later_ones_are_skipped(fleet, failing):
    run = fleet.rehearse(
        fleet.rules("FLEET_PERCENT", 0), fleet.hosts(1, lifecycle=THIRTEEN), lambda target, event: event == failing
    )
    at = THIRTEEN.index(failing)
    expected = ["Succeeded"] * at + ["Failed"] + ["Skipped"] * (len(THIRTEEN) - at - 1)
    assert list(statuses(run.deployment).values()) == expected
    assert run.deployment.targets["h00"].events[at].diagnostics == fleet.SCRIPT_FAILED


@pytest.mark.parametrize("failing", THIRTEEN)
def test_only_the_old_revisions_scripts_are_forgiven(fleet, failing):
    run = fleet.rehearse(
        fleet.rules("FLEET_PERCENT", 0, ignore_application_stop_failures=True),
        fleet.hosts(1, lifecycle=THIRTEEN),
        lambda target, event: event == failing,
    )
    forgiven = failing in ("BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop")
    assert run.end[0] == ("Succeeded" if forgiven else "Failed")
    assert statuses(run.deployment)[failing] == "Failed"


def test_unhealthy_hosts_come_first_then_unknown_old_and_current_ones(fleet):
    targets = fleet.hosts(8)
    for target, standing in zip(targets, [3, 2, 1, 0, 3, 2, 1, 0], strict=True):
        target.standing = Standing(standing)
    run = fleet.rehearse(fleet.rules("MOST_CONCURRENCY", 1), targets)
    assert run.begun == ["h03", "h07", "h02", "h06", "h01", "h05", "h00", "h04"]


def test_an_event_that_no_agent_takes_up_fails_after_five_minutes(fleet):
    deployment = started(fleet)
    assert progress.next_deadline(deployment) == 300.0
    assert progress.expire(deployment, 299.9) == []
    decisions = progress.expire(deployment, 300.0)
    assert decisions == [
        progress.Withdraw("h00", "ApplicationStop"),
        progress.HostDone("h00", "Failed"),
        progress.Ended("Failed", progress.HEALTH_CONSTRAINTS),
    ]
    diagnostics = deployment.targets["h00"].events[0].diagnostics
    assert diagnostics.error_code == "UnknownError"
    assert diagnostics.message.startswith("CodeDeploy agent was not able to receive the lifecycle event.")


def test_a_taken_up_event_may_run_an_hour(fleet):
    deployment = started(fleet)
    assert progress.acknowledge(deployment, "h00", "ApplicationStop", 299.0)
    assert progress.next_deadline(deployment) == 299.0 + 3600.0
    assert progress.expire(deployment, 3898.0) == []
    progress.expire(deployment, 3899.0)
    assert deployment.status == "Failed"


def test_acknowledging_again_does_not_prolong_the_hour(fleet):
    deployment = started(fleet)
    progress.acknowledge(deployment, "h00", "ApplicationStop", 1.0)
    progress.acknowledge(deployment, "h00", "ApplicationStop", 200.0)
    assert progress.next_deadline(deployment) == 3601.0


def test_the_load_balancer_has_an_hour(fleet):
    deployment = started(fleet, lifecycle_events=("AllowTraffic", "AfterAllowTraffic"))
    assert progress.next_deadline(deployment) == 3600.0


def test_the_first_completion_wins(fleet):
    deployment = started(fleet)
    progress.complete(deployment, "h00", "ApplicationStop", fleet.SCRIPT_FAILED, 1.0)
    assert progress.complete(deployment, "h00", "ApplicationStop", None, 2.0) == []
    assert deployment.targets["h00"].events[0].diagnostics == fleet.SCRIPT_FAILED


def test_an_acknowledgement_that_comes_too_late_is_refused(fleet):
    deployment = started(fleet, count=2)
    progress.expire(deployment, 300.0)
    assert not progress.acknowledge(deployment, "h00", "ApplicationStop", 301.0)


def test_a_stopped_deployment_lets_the_running_event_finish(fleet):
    deployment = started(fleet, count=3, rule=("FLEET_PERCENT", 50))
    progress.acknowledge(deployment, "h00", "ApplicationStop", 1.0)
    assert progress.stop(deployment, MANUAL_STOP, 2.0) == []
    assert deployment.status == "InProgress"
    assert progress.complete(deployment, "h00", "ApplicationStop", None, 3.0) == [
        progress.HostDone("h00", "Skipped"),
        progress.Ended("Stopped", MANUAL_STOP),
    ]
    assert statuses(deployment) == {"ApplicationStop": "Succeeded"} | dict.fromkeys(SEVEN[1:], "Skipped")
    assert deployment.counts["Skipped"] == 3


def test_stopping_withdraws_what_no_agent_has_taken_up(fleet):
    deployment = started(fleet)
    decisions = progress.stop(deployment, MANUAL_STOP, 1.0)
    assert decisions == [
        progress.Withdraw("h00", "ApplicationStop"),
        progress.HostDone("h00", "Skipped"),
        progress.Ended("Stopped", MANUAL_STOP),
    ]


def test_a_host_whose_last_event_runs_at_the_stop_still_succeeds(fleet):
    deployment = started(fleet, lifecycle_events=("ValidateService",))
    progress.acknowledge(deployment, "h00", "ValidateService", 1.0)
    progress.stop(deployment, MANUAL_STOP, 1.0)
    progress.complete(deployment, "h00", "ValidateService", None, 2.0)
    assert (deployment.status, deployment.targets["h00"].status) == ("Stopped", "Succeeded")
