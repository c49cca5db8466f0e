# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of launches that fail, and of an instance's console."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling import group_health

LAUNCH = {
    "activity_id": "a-1",
    "description": "Launching a new EC2 instance: i-0abc",
    "cause": "At 2026-01-15T10:30:00Z an instance was started.",
    "status_code": "Failed",
}


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({}, True),
        ({"status_code": "Cancelled"}, True),
        ({"status_code": "MidLifecycleAction"}, False),
        ({"description": "Terminating EC2 instance: i-0abc"}, False),
    ],
)
def test_a_launch_has_failed_when_it_ended_without_an_instance_in_service(changes, failed):
    assert group_health.is_failed_launch({**LAUNCH, **changes}) is failed


def test_a_launch_that_came_to_no_instance_tells_why():
    activity = {
        **LAUNCH,
        "description": "Launching a new EC2 instance",
        "status_message": "No capacity\n in this zone.",
    }
    told = group_health.failed_launch(activity)
    assert told == {"activity_id": "a-1", "instance_id": "", "reason": "No capacity in this zone."}


def test_the_last_word_is_what_the_user_data_says_of_its_end():
    console = """
[   21.5] cloud-init[1501]: curl: (22) The requested URL returned error: 404
[   21.6] cloud-init[1501]: user data: the CodeDeploy agent cannot be had from https://example.com/install.
[   22.0] cloud-init[1501]: cc_scripts_user.py[WARNING]: Failed to run module scripts-user
"""
    lines = group_health.console_tail(console)
    assert group_health.last_word(lines) == (
        "user data: the CodeDeploy agent cannot be had from https://example.com/install."
    )
    assert group_health.last_word(["Kernel panic"]) == "Kernel panic"
