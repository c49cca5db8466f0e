# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a fleet, in simulated time: until it has its hosts, can't have them, or is gone."""

from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.fleet import Fleet
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress

WANTED = {
    "name": "ready",
    "base_capacity": 1,
    "environment_type": "LINUX_CONTAINER",
    "compute_type": "BUILD_GENERAL1_SMALL",
}


class Simulated:
    """A service whose fleet has one status after the other, a minute each; None when it is gone."""

    partition, region = "aws", "eu-central-1"

    def __init__(self, *statuses):
        self.now, self.statuses, self.calls = 0.0, statuses, []

    def call(self, operation, doing=None, **options):
        self.calls.append(operation)
        return {}

    def batches(self, *_arguments, **_options):
        status = self.statuses[min(int(self.now // 60), len(self.statuses) - 1)]
        return [{**WANTED, "arn": "arn", "status": status}] if status else []


def fleet(*statuses, **options):
    service = Simulated(*statuses)

    def sleep(seconds):
        service.now += seconds

    given = {"state": "present", "wait": True, "wait_timeout": 600, **options}
    clock = SimpleNamespace(now=lambda: service.now, sleep=sleep)
    context = SimpleNamespace(
        options=given, client=lambda name, remedies=None: service, clock=clock, progress=Progress()
    )
    return service, context, Fleet(context)


CREATING, ACTIVE = {"status_code": "CREATING"}, {"status_code": "ACTIVE"}


def test_a_new_fleet_is_waited_for():
    service, context, one = fleet(CREATING, CREATING, ACTIVE)
    one.create(WANTED)
    assert 120 <= service.now < 150
    assert [line.split("  ")[1] for line in context.progress.lines] == ["CREATING", "ACTIVE"]


def test_a_fleet_that_is_not_waited_for_costs_no_time():
    service, _context, one = fleet(CREATING, wait=False)
    one.create(WANTED)
    assert service.now == 0 and service.calls == ["create_fleet"]


def test_a_fleet_that_cannot_have_its_hosts_fails_with_what_codebuild_says():
    failed = {"status_code": "CREATE_FAILED", "context": "INSUFFICIENT_CAPACITY", "message": "No such host to be had."}
    _service, _context, one = fleet(CREATING, failed)
    with pytest.raises(Failure, match=r"fleet ready is CREATE_FAILED: No such host to be had\."):
        one.create(WANTED)


def test_the_time_out_names_the_status():
    _service, _context, one = fleet(CREATING, wait_timeout=30)
    with pytest.raises(Failure, match="Waited 30 s for fleet ready to be ready, in vain. Last seen: CREATING"):
        one.create(WANTED)


def test_a_deletion_is_waited_for():
    service, _context, one = fleet({"status_code": "PENDING_DELETION"}, {"status_code": "DELETING"}, None)
    one.delete({**WANTED, "arn": "arn"})
    assert 120 <= service.now < 150
