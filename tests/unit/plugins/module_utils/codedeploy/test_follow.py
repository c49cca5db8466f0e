# SPDX-License-Identifier: GPL-3.0-or-later
"""Following a deployment: few requests, the end noticed soon, the rollback followed; in simulated time."""

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import follow as follow_module
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.follow import Started, follow
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.pace import Former
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress

EVENTS = ("ApplicationStop", "Install", "ValidateService")


def at(seconds):
    """A time of the service, whose clock is minutes ahead of ours."""
    return datetime.fromtimestamp(1_800_000_000 + 200 + seconds, UTC).isoformat()


class Simulated:
    """A service that deploys one host after the other, each event taking some seconds of a simulated clock."""

    def __init__(self, hosts, event_seconds, deployments):
        self.seconds, self.calls = 0.0, Counter()
        self.hosts = [f"i-{number:04d}" for number in range(hosts)]
        self.event_seconds = event_seconds
        self.host_seconds = event_seconds * len(EVENTS)
        self.total = self.host_seconds * hosts
        self._deployments = deployments  # id -> (start, status at the end, more of deployment_info)

    def client(self, service, remedies=None):
        return self

    def call(self, operation, doing=None, absent=(), **options):
        self.calls[operation] += 1
        start, status, more = self._deployments[options["deployment_id"]]
        ended = self.seconds - start >= self.total
        done = len([host for host in self.hosts if self._status(host, start) == "Succeeded"])
        return {
            "deployment_info": {
                "deployment_id": options["deployment_id"],
                "deployment_group_name": "production",
                "status": status if ended else "InProgress",
                "deployment_overview": {"succeeded": done, "pending": len(self.hosts) - done},
                **(more if ended else {}),
            }
        }

    def pages(self, operation, entries, **options):
        self.calls[operation] += 1
        if operation == "describe_instances":
            return []
        start = self._deployments[options["deployment_id"]][0]
        wanted = (options.get("target_filters") or {}).get("TargetStatus")
        return [host for host in self.hosts if not wanted or self._status(host, start) in wanted]

    def batches(self, operation, ids, entries, size, **options):
        start = self._deployments[options["deployment_id"]][0]
        self.calls[operation] += -(-len(ids[1]) // size)
        return [{"instance_target": self._target(host, start)} for host in ids[1]]

    def _since(self, host, start):
        return self.seconds - start - int(host[2:]) * self.host_seconds

    def _status(self, host, start):
        since = self._since(host, start)
        return "Pending" if since < 0 else "InProgress" if since < self.host_seconds else "Succeeded"

    def _target(self, host, start):
        current = self._since(host, start) // self.event_seconds
        began = start + int(host[2:]) * self.host_seconds
        events = []
        for number, name in enumerate(EVENTS):
            status = "Succeeded" if number < current else "InProgress" if number == current else "Pending"
            event = {"lifecycle_event_name": name, "status": status}
            if number <= current:
                event["start_time"] = at(began + number * self.event_seconds)
            if number < current:
                event["end_time"] = at(began + (number + 1) * self.event_seconds)
            events.append(event)
        return {"target_id": host, "status": self._status(host, start), "lifecycle_events": events}


def world(hosts=4, event_seconds=5, deployments=None):
    service = Simulated(hosts, event_seconds, deployments or {"d-1": (0, "Succeeded", {})})

    def sleep(seconds):
        service.seconds += seconds

    clock = SimpleNamespace(now=lambda: service.seconds, sleep=sleep)
    return service, SimpleNamespace(client=service.client, clock=clock, progress=Progress(), check_mode=False)


def created(service, former=None):
    """A deployment that was just created, as the module hands it over."""
    return Started(
        {
            **service.call("get_deployment", deployment_id="d-1")["deployment_info"],
            "status": "Created",
            "create_time": at(0),
        },
        0.0,
        former,
    )


def test_the_end_is_noticed_soon_and_a_quiet_host_costs_one_request_a_look():
    service, context = world(hosts=4, event_seconds=5)
    followed = follow(context, "d-1", timeout=600, started=created(service))
    assert followed.report.status == "Succeeded"
    assert 0 <= service.seconds - service.total < 1
    assert service.calls.total() < service.total / 5


def test_a_former_deployment_tells_when_a_single_host_is_due():
    service, context = world(hosts=1, event_seconds=20)
    follow(context, "d-1", timeout=600, started=created(service, former=Former(60.0, 1)))
    assert 0 <= service.seconds - service.total < 1
    assert service.calls.total() < service.total / 5


def test_a_deployment_of_every_length_is_seen_to_end_within_a_second_once_its_hosts_tell():
    for event_seconds in (1.0, 2.3, 4.7, 5.5, 8.1):
        service, context = world(hosts=5, event_seconds=event_seconds)
        follow(context, "d-1", timeout=600, started=created(service))
        assert 0 <= service.seconds - service.total < 1, event_seconds


def test_a_long_quiet_deployment_is_looked_at_seldom():
    service, context = world(hosts=1, event_seconds=1200)
    follow(context, "d-1", timeout=7200)
    assert service.calls.total() < 2 * service.total / 15 + 100


def test_a_large_deployment_costs_by_the_hosts_that_are_out():
    service, context = world(hosts=200, event_seconds=1)
    followed = follow(context, "d-1", timeout=7200)
    assert len(followed.report.hosts) == 200
    looks = service.calls["get_deployment"]
    assert service.calls["batch_get_deployment_targets"] <= 2 * looks + 200 / 25 * 2


ROLLED_BACK = {
    "rollback_info": {"rollback_deployment_id": "d-2"},
    "error_information": {"code": "HEALTH_CONSTRAINTS", "message": "Too many failed."},
    "auto_rollback_configuration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
}


def test_the_rollback_is_followed_to_its_end():
    _service, context = world(deployments={"d-1": (0, "Failed", ROLLED_BACK), "d-2": (60, "Succeeded", {})})
    followed = follow(context, "d-1", timeout=600)
    assert (followed.report.status, followed.rollback.report.status) == ("Failed", "Succeeded")


def test_a_rollback_that_outlasts_the_time_does_not_hide_why_the_deployment_failed():
    _service, context = world(deployments={"d-1": (0, "Failed", ROLLED_BACK), "d-2": (60, "Succeeded", {})})
    followed = follow(context, "d-1", timeout=70)
    assert "Too many failed (HEALTH_CONSTRAINTS)" in followed.explanation()
    assert "The rollback, deployment d-2, still runs (InProgress)." in followed.explanation()


def test_a_rollback_that_is_due_and_never_named_is_not_waited_for_long():
    due = {key: value for key, value in ROLLED_BACK.items() if key != "rollback_info"}
    service, context = world(deployments={"d-1": (0, "Failed", due)})
    followed = follow(context, "d-1", timeout=600)
    assert followed.rollback is None
    assert service.seconds - service.total < follow_module.ROLLBACK_SECONDS + 3


def test_the_time_out_names_what_was_seen_last():
    _service, context = world()
    with pytest.raises(
        Failure, match=r"production: Waited 20 s for deployment d-1 to end, in vain. Last seen: "
    ) as over:
        follow(context, "d-1", timeout=20)
    assert over.value.facts["deployment"]["deployment_id"] == "d-1"
