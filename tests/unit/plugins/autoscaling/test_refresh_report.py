# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about an instance refresh: its progress, and why it failed."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling import refresh_report as report


def refresh(status, percent=50, left=2, reason=None, **more):
    told = {
        "instance_refresh_id": "08b91cf7-8fa6-48af-b6a6-d227f40f1b9b",
        "auto_scaling_group_name": "web",
        "status": status,
        "percentage_complete": percent,
        "instances_to_update": left,
    }
    return {**told, **({"status_reason": reason} if reason else {}), **more}


BACK = {
    "rollback_reason": "The alarm errors rang.",
    "percentage_complete_on_rollback": 25,
    "instances_to_update_on_rollback": 1,
}

LINES = [
    (refresh("Pending", 0, 4), "web  instance refresh 08b91cf7  Pending  0 %  4 instances left  2.0 s"),
    (
        refresh("InProgress", reason="Waiting for instances to warm up.\nFor example: i-1."),
        "web  instance refresh 08b91cf7  InProgress  50 %  2 instances left  "
        "Waiting for instances to warm up. For example: i-1.  2.0 s",
    ),
    (
        refresh("RollbackInProgress", rollback_details=BACK),
        "web  instance refresh 08b91cf7  RollbackInProgress  25 %  1 instance left  2.0 s",
    ),
    (refresh("Successful", 100, 0), "web  instance refresh 08b91cf7  Successful  100 %  2.0 s"),
]


@pytest.mark.parametrize(("one", "line"), LINES, ids=[one["status"] for one, _line in LINES])
def test_a_line_of_progress(one, line):
    assert report.line(one, 2.0).line() == line


NAME = "web: instance refresh 08b91cf7-8fa6-48af-b6a6-d227f40f1b9b"
HEALTH = "The new instances did not pass their health checks."
EXPLANATIONS = {
    "reason": (
        refresh("Failed", reason="The alarm errors rang."),
        None,
        f"{NAME} failed at 50 %, with 2 instances not replaced: The alarm errors rang. "
        "Find out why the alarm rings before you start again.",
    ),
    "no reason": (
        refresh("Failed", 100, 0),
        None,
        f"{NAME} failed at 100 %: Auto Scaling gives no reason. {report.REMEDY}",
    ),
    "failed launch": (
        refresh("Failed", left=1, reason="Time is over."),
        "We currently do not have sufficient capacity.",
        f"{NAME} failed at 50 %, with 1 instance not replaced: Time is over; "
        f"We currently do not have sufficient capacity. {report.REMEDY}",
    ),
    "rolled back": (
        refresh("RollbackSuccessful", rollback_details=BACK),
        None,
        f"{NAME} was rolled back, the group is as it was before: The alarm errors rang. "
        "Find out why the alarm rings before you start again.",
    ),
    "rollback failed": (
        refresh("RollbackFailed", reason=HEALTH, rollback_details={**BACK, "rollback_reason": HEALTH}),
        None,
        f"{NAME} failed and so did its rollback at 25 %, with 1 instance not replaced, so instances differ: "
        "The new instances did not pass their health checks. Look at a new instance: its user data, its lifecycle "
        "hooks and the health checks of its load balancer.",
    ),
    "cancelled": (
        refresh("Cancelled"),
        None,
        f"{NAME} was cancelled at 50 %. What has been replaced stays so: run the task again to replace the rest.",
    ),
}


@pytest.mark.parametrize("case", EXPLANATIONS)
def test_why_it_failed_and_what_to_do(case):
    one, launch, text = EXPLANATIONS[case]
    assert report.explanation(one, launch) == text


@pytest.mark.parametrize(
    ("reason", "option"),
    [
        ("waited one hour for the instances i-1 to leave scale-in protection", "scale_in_protected_instances"),
        ("waited one hour for the instances i-1 to leave Standby", "standby_instances"),
    ],
)
def test_a_refresh_that_waited_in_vain_names_the_preference_that_helps(reason, option):
    assert f"set preferences.{option} to" in report.explanation(refresh("Failed", reason=reason))


def test_where_it_stands_when_the_time_is_over():
    assert report.described(refresh("InProgress", reason="Warming up.")) == (
        "InProgress, 50 %, 2 instances left (Warming up)"
    )
