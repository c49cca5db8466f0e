# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences and desired configurations that Auto Scaling would refuse are refused first, in one sentence."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.refresh_checks import (
    check_desired,
    check_preferences,
    check_strategy,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure

DESIRED = {"launch_template": {"launch_template_name": "web"}}

REFUSED = [
    ({"min_healthy_percentage": 101}, "min_healthy_percentage: 101 is not possible. Give 0 to 100."),
    ({"min_healthy_percentage": 90, "max_healthy_percentage": 99}, "max_healthy_percentage: 99 is not possible."),
    ({"max_healthy_percentage": 110}, "max_healthy_percentage: min_healthy_percentage must be given with it."),
    (
        {"min_healthy_percentage": 50, "max_healthy_percentage": 160},
        "max_healthy_percentage: 160 is more than 100 above min_healthy_percentage, 50. Give 150 at most.",
    ),
    ({"instance_warmup": -1}, "instance_warmup: -1 is not possible. Give 0 or more."),
    ({"bake_time": 172801}, "bake_time: 172801 is not possible. Give 0 to 172800."),
    ({"checkpoint_delay": 60}, "checkpoint_delay: checkpoint_percentages must be given with it."),
    ({"checkpoint_percentages": [50, 20]}, "checkpoint_percentages: [50, 20] is not possible."),
    ({"checkpoint_percentages": [20, 20]}, "checkpoint_percentages: [20, 20] is not possible."),
    ({"checkpoint_percentages": [0, 100]}, "checkpoint_percentages: [0, 100] is not possible."),
    ({"checkpoint_percentages": [50, 101]}, "checkpoint_percentages: [50, 101] is not possible."),
    ({"alarm_specification": {"alarms": ["a"] * 11}}, "alarm_specification.alarms: 11 were given, at most 10"),
]


@pytest.mark.parametrize(("preferences", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_preferences_that_cannot_be_are_refused(preferences, message):
    with pytest.raises(Failure) as refused:
        check_preferences(preferences, DESIRED)
    assert str(refused.value).startswith(f"preferences.{message}")


@pytest.mark.parametrize(
    "preferences",
    [
        {},
        {"min_healthy_percentage": 0, "max_healthy_percentage": 100, "instance_warmup": 0, "bake_time": 172800},
        {"min_healthy_percentage": 100, "max_healthy_percentage": 200},
        {"checkpoint_percentages": [1, 50, 100], "checkpoint_delay": 0, "auto_rollback": True},
        {"checkpoint_percentages": [], "alarm_specification": {"alarms": ["a"] * 10}},
    ],
    ids=str,
)
def test_preferences_that_can_be_pass(preferences):
    check_preferences(preferences, DESIRED)


def test_there_is_no_rollback_without_a_desired_configuration():
    with pytest.raises(Failure, match="nothing to go back to. Give the launch template"):
        check_preferences({"auto_rollback": True}, None)


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ({}, "desired_configuration: it is empty"),
        ({**DESIRED, "mixed_instances_policy": {"launch_template": {}}}, "desired_configuration: both are given"),
        ({"launch_template": {"version": "1"}}, "launch_template: give one of"),
        (
            {"launch_template": {"launch_template_id": "lt-1", "launch_template_name": "web"}},
            "launch_template: give one",
        ),
    ],
)
def test_a_desired_configuration_is_one_template_or_one_policy(desired, message):
    with pytest.raises(Failure, match=message):
        check_desired(desired)
    check_desired(DESIRED)
    check_desired(None)


def test_root_volumes_are_replaced_from_images_that_are_given():
    def policy(*overrides):
        return {"mixed_instances_policy": {"launch_template": {"overrides": list(overrides)}}}

    with_image, without = {"instance_type": "m5.large", "image_id": "ami-1"}, {"instance_type": "m6.large"}
    for desired in (None, DESIRED, policy(), policy(with_image, without)):
        with pytest.raises(Failure, match="strategy: ReplaceRootVolume needs the new images"):
            check_strategy("ReplaceRootVolume", desired)
        check_strategy("Rolling", desired)
        check_strategy(None, desired)
    check_strategy("ReplaceRootVolume", policy(with_image))
