# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue/green deployments in the engine: steps, waits, failures at each point, the way back."""

import pytest

from local_region.engine import blue_green, progress
from local_region.engine.decisions import Ended, HostDone, Rerouted, Terminate, Waiting
from local_region.engine.deployment import Error, Wait
from local_region.engine.healthy_hosts import MinimumHealthyHosts, Quota, rerouting_quota
from local_region.engine.order import Standing

INSTALL = [
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
]
ALLOW = ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"]
BLOCK = ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]
AT_ONCE = Wait("READY_WAIT", 0.0)
HOUR_THEN_STOP = Wait("READY_WAIT", 3600.0, stops=True)
FIVE_MINUTES = Wait("TERMINATION_WAIT", 300.0)
STOPPED = Error("MANUAL_STOP", "stopped")
ALL_AT_ONCE, HALF, ONE = ("HOST_COUNT", 0), ("FLEET_PERCENT", 50), ("MOST_CONCURRENCY", 1)


class Rehearsal:
    """A deployment whose events each take a second; it runs until it waits, or has ended."""

    def __init__(self, fleet, green=2, blue=2, rule=ALL_AT_ONCE, ready=AT_ONCE, termination=None, fails=()):
        originals = [blue_green.original(f"b{number}", "a") for number in range(blue)]
        replacements = [
            blue_green.replacement(f"g{number}", "a", Standing.UNKNOWN_REVISION, True) for number in range(green)
        ]
        self.deployment = blue_green.plan(fleet.rules(*rule), originals, replacements, ready, termination)
        self.fails, self.failure = set(fails), fleet.SCRIPT_FAILED
        self.now, self.happened, self.others, self._due = 0.0, [], [], []
        self._note(progress.start(self.deployment, 0.0))
        self._run()

    def _note(self, decisions):
        for decision in decisions:
            if isinstance(decision, progress.Command):
                self._due.append(decision)
            else:
                self.others.append(decision)
        self._due = [] if self.deployment.finished else self._due

    def _run(self):
        while self._due:
            command = self._due.pop(0)
            self.now += 1
            self.happened.append((command.target_id, command.event))
            if command.performer == "agent":
                progress.acknowledge(self.deployment, command.target_id, command.event, self.now)
            failure = self.failure if (command.target_id, command.event) in self.fails else None
            self._note(progress.complete(self.deployment, command.target_id, command.event, failure, self.now))

    def do(self, function, *arguments):
        self._note(function(self.deployment, *arguments, self.now))
        self._run()
        return self

    def at(self, now):
        self.now = now
        return self.do(progress.expire)

    def events_of(self, target_id):
        return [event for target, event in self.happened if target == target_id]

    @property
    def end(self):
        error = self.deployment.error
        return self.deployment.status, error and error.code

    def statuses(self):
        return {target.id: target.status for target in self.deployment.targets.values()}


def test_green_is_installed_then_registered_then_blue_is_released(fleet):
    run = Rehearsal(fleet)
    assert run.end == ("Succeeded", None)
    assert run.events_of("g0") == INSTALL + ALLOW
    assert run.events_of("b0") == BLOCK
    first_block = next(at for at, (target, _) in enumerate(run.happened) if target.startswith("b"))
    assert all(at < first_block for at, (target, _) in enumerate(run.happened) if target.startswith("g"))
    assert {target.label for target in run.deployment.targets.values() if target.id.startswith("g")} == {"Green"}
    assert set(run.statuses().values()) == {"Succeeded"}


def test_green_is_ready_when_installed_and_the_deployment_when_all_are(fleet):
    run = Rehearsal(fleet, ready=HOUR_THEN_STOP)
    assert run.deployment.status == "Ready"
    assert run.statuses() == {"g0": "Ready", "g1": "Ready", "b0": "Pending", "b1": "Pending"}
    assert (run.deployment.counts["Ready"], run.deployment.counts["Pending"]) == (2, 2)
    assert run.others == [HostDone("g0", "Ready"), HostDone("g1", "Ready"), Waiting(HOUR_THEN_STOP)]


def test_the_ready_wait_ends_with_stopped_and_traffic_stays_where_it_is(fleet):
    run = Rehearsal(fleet, ready=HOUR_THEN_STOP)
    assert progress.next_deadline(run.deployment) == run.now + 3600.0
    run.at(run.now + 3600.0)
    assert run.end == ("Stopped", "TIMEOUT")
    assert run.events_of("g0") == INSTALL
    assert run.events_of("b0") == []


def test_to_go_on_ends_the_ready_wait(fleet):
    run = Rehearsal(fleet, ready=HOUR_THEN_STOP).do(progress.go_on)
    assert run.end == ("Succeeded", None)


def test_blue_is_terminated_after_its_wait_and_the_deployment_ends_when_it_is(fleet):
    run = Rehearsal(fleet, termination=FIVE_MINUTES)
    assert (run.deployment.status, run.deployment.termination_wait_started) == ("InProgress", True)
    assert run.others[-2:] == [Rerouted(), Waiting(FIVE_MINUTES)]
    run.at(run.now + 299.0)
    assert Terminate() not in run.others
    run.at(run.now + 1.0)
    assert run.others[-1] == Terminate()
    assert not run.deployment.finished
    run.do(progress.terminated)
    assert run.others[-1] == Ended("Succeeded", None)


def test_blue_is_kept_alive_without_a_termination(fleet):
    run = Rehearsal(fleet)
    assert Terminate() not in run.others
    assert not run.deployment.termination_wait_started


def test_to_go_on_cuts_the_termination_wait_short(fleet):
    run = Rehearsal(fleet, termination=FIVE_MINUTES).do(progress.go_on).do(progress.terminated)
    assert run.end == ("Succeeded", None)
    assert run.deployment.termination_wait_started


@pytest.mark.parametrize("event", INSTALL)
def test_a_failed_installation_leaves_blue_alone(fleet, event):
    run = Rehearsal(fleet, rule=ONE, fails=[("g0", event)])
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS")
    assert run.statuses() == {"g0": "Failed", "g1": "Skipped", "b0": "Skipped", "b1": "Skipped"}
    assert run.events_of("b0") == []


@pytest.mark.parametrize(
    ("rule", "failing", "end"),
    [
        (ALL_AT_ONCE, 3, "Succeeded"),
        (ALL_AT_ONCE, 4, "Failed"),
        (HALF, 2, "Succeeded"),
        (HALF, 3, "Failed"),
        (ONE, 1, "Failed"),
    ],
)
def test_rerouting_succeeds_as_the_configuration_asks(fleet, rule, failing, end):
    fails = [(f"g{number}", "AllowTraffic") for number in range(4 - failing, 4)]
    run = Rehearsal(fleet, green=4, rule=rule, fails=fails)
    assert run.end[0] == end
    assert bool(run.events_of("b0")) == (end == "Succeeded")


@pytest.mark.parametrize(
    ("kind", "value", "hosts", "expected"),
    [
        ("HOST_COUNT", 0, 4, Quota(4, 1)),
        ("FLEET_PERCENT", 50, 4, Quota(2, 2)),
        ("FLEET_PERCENT", 50, 5, Quota(2, 3)),
        ("FLEET_PERCENT", 50, 1, Quota(1, 1)),
        ("MOST_CONCURRENCY", 1, 4, Quota(1, 4)),
        ("MOST_CONCURRENCY", 1, 1, Quota(1, 1)),
        ("HOST_COUNT", 2, 2, Quota(1, 2)),
        ("HOST_COUNT", 3, 2, Quota(1, 2)),
    ],
)
def test_the_numbers_of_rerouting(kind, value, hosts, expected):
    assert rerouting_quota(MinimumHealthyHosts(kind, value), hosts) == expected


def test_replacements_that_failed_to_install_get_no_traffic(fleet):
    run = Rehearsal(fleet, green=3, fails=[("g1", "Install")])
    assert run.end == ("Succeeded", None)
    assert run.events_of("g1") == INSTALL[:4]
    assert run.statuses()["g1"] == "Failed"


@pytest.mark.parametrize("event", BLOCK)
def test_one_original_that_cannot_be_released_fails_the_deployment(fleet, event):
    run = Rehearsal(fleet, blue=5, fails=[("b3", event)], termination=FIVE_MINUTES)
    assert run.end == ("Failed", "HEALTH_CONSTRAINTS")
    assert run.deployment.counts["Failed"] == 1
    assert Terminate() not in run.others


def test_without_an_original_environment_traffic_is_only_added(fleet):
    run = Rehearsal(fleet, blue=0)
    assert run.end == ("Succeeded", None)


def test_without_replacements_nothing_is_deployed(fleet):
    assert Rehearsal(fleet, green=0).end == ("Failed", "NO_INSTANCES")


@pytest.mark.parametrize("ready", [HOUR_THEN_STOP, AT_ONCE])
def test_a_stop_in_a_wait_ends_it_at_once(fleet, ready):
    run = Rehearsal(fleet, ready=ready, termination=FIVE_MINUTES)
    run.do(lambda deployment, now: progress.stop(deployment, STOPPED, now))
    assert run.end == ("Stopped", "MANUAL_STOP")
    assert progress.next_deadline(run.deployment) is None


def test_once_blue_is_being_terminated_nothing_can_be_stopped(fleet):
    run = Rehearsal(fleet, termination=FIVE_MINUTES).do(progress.go_on)
    run.do(lambda deployment, now: progress.stop(deployment, STOPPED, now))
    assert not run.deployment.finished
    assert run.do(progress.terminated).end == ("Succeeded", None)


def test_a_stop_while_green_is_registered_lets_the_running_event_end(fleet):
    originals = [blue_green.original("b0", "a")]
    replacements = [blue_green.replacement(f"g{number}", "a", Standing.UNKNOWN_REVISION, True) for number in range(2)]
    deployment = blue_green.plan(fleet.rules(*ONE), originals, replacements, HOUR_THEN_STOP, None)
    progress.start(deployment, 0.0)
    for target in ("g0", "g1"):
        for event in INSTALL:
            progress.complete(deployment, target, event, None, 1.0)
    progress.go_on(deployment, 2.0)
    progress.acknowledge(deployment, "g0", "BeforeAllowTraffic", 2.0)
    progress.stop(deployment, STOPPED, 3.0)
    assert (deployment.status, deployment.targets["g1"].status) == ("InProgress", "Skipped")
    progress.complete(deployment, "g0", "BeforeAllowTraffic", None, 4.0)
    assert (deployment.status, deployment.targets["g0"].status) == ("Stopped", "Skipped")


def test_the_way_back_registers_blue_before_it_releases_green(fleet):
    zones = {"b0": "a", "b1": "b", "g0": "a"}
    deployment = blue_green.plan_way_back(fleet.rules(*ONE), ["b0", "b1"], ["g0"], zones)
    happened, due = [], progress.start(deployment, 0.0)
    while due:
        command = due.pop(0)
        if isinstance(command, progress.Command):
            happened.append((command.target_id, command.event))
            due += progress.complete(deployment, command.target_id, command.event, None, 1.0)
    assert deployment.status == "Succeeded"
    assert [event for target, event in happened if target == "b1"] == ALLOW
    assert [event for target, event in happened if target == "g0"] == BLOCK
    assert happened[-3:] == [("g0", event) for event in BLOCK]


def test_the_way_back_of_what_was_never_rerouted_touches_no_replacement(fleet):
    deployment = blue_green.plan_way_back(fleet.rules(*ONE), ["b0"], [], {"b0": "a"})
    progress.start(deployment, 0.0)
    for event in ALLOW:
        progress.complete(deployment, "b0", event, None, 1.0)
    assert deployment.status == "Succeeded"
