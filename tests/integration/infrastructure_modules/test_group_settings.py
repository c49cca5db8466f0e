# SPDX-License-Identifier: GPL-3.0-or-later
"""autoscaling_group_settings and autoscaling_group_health_info over HTTP."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling import group_health
from ansible_collections.convoy.delivery.plugins.module_utils.engine.wait import Pace

MODULE, INFO = "autoscaling_group_settings", "autoscaling_group_health_info"
GROUP = {"auto_scaling_group_name": "shop"}
CPU = {"name": "cpu", "metric": "ASGAverageCPUUtilization", "target_value": 60}
NIGHT = {"name": "night", "recurrence": "0 22 * * *", "time_zone": "Europe/Berlin", "min_size": 0}
HOOK = {"name": "drain", "transition": "terminating", "heartbeat_timeout": 60, "default_result": "CONTINUE"}
FULL = {
    "default_instance_warmup": 90,
    "termination_policies": ["OldestLaunchTemplate", "Default"],
    "new_instances_protected_from_scale_in": True,
    "suspended_processes": ["AZRebalance"],
    "lifecycle_hooks": [HOOK],
    "target_tracking_policies": [CPU],
    "scheduled_actions": [NIGHT],
}
NONE = {
    "default_instance_warmup": -1,
    "termination_policies": ["Default"],
    "new_instances_protected_from_scale_in": False,
    "suspended_processes": [],
    "lifecycle_hooks": [],
    "target_tracking_policies": [],
    "scheduled_actions": [],
}
OF_CODEDEPLOY = "CodeDeploy-managed-automatic-launch-deployment-hook-shop-1"


@pytest.fixture
def shop(modules, monkeypatch):
    """The modules, with the group `shop` of two instances, which has a hook of CodeDeploy and a step scaling policy."""
    monkeypatch.setattr(group_health, "PACE", Pace(0.02, 0.02))
    client = modules.client("autoscaling")
    client.create_launch_configuration(LaunchConfigurationName="shop", ImageId="ami-12c6146b", InstanceType="t3.micro")
    client.create_auto_scaling_group(
        AutoScalingGroupName="shop",
        LaunchConfigurationName="shop",
        MinSize=2,
        MaxSize=4,
        AvailabilityZones=["eu-central-1a"],
    )
    client.put_lifecycle_hook(
        AutoScalingGroupName="shop",
        LifecycleHookName=OF_CODEDEPLOY,
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
    )
    client.put_scaling_policy(
        AutoScalingGroupName="shop", PolicyName="by-hand", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
    )
    yield modules
    client.delete_auto_scaling_group(AutoScalingGroupName="shop", ForceDelete=True)
    client.delete_launch_configuration(LaunchConfigurationName="shop")


def of_others(modules):
    client, group = modules.client("autoscaling"), {"AutoScalingGroupName": "shop"}
    hooks = [one["LifecycleHookName"] for one in client.describe_lifecycle_hooks(**group)["LifecycleHooks"]]
    policies = [one["PolicyName"] for one in client.describe_policies(**group)["ScalingPolicies"]]
    return {"hooks": hooks, "policies": policies}


def test_a_group_is_set_up_as_predicted_then_left_alone_and_brought_back(shop):
    predicted, real = shop.predicted_and_real(MODULE, **GROUP, **FULL)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    before = shop.calls()
    assert not shop.run(MODULE, **GROUP, **FULL)["changed"]
    assert shop.calls() - before == {"all": 4}  # the group and its three kinds of parts
    predicted, real = shop.predicted_and_real(MODULE, **GROUP, **NONE)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert not shop.run(MODULE, **GROUP, **NONE)["changed"]
    assert of_others(shop) == {"hooks": [OF_CODEDEPLOY], "policies": ["by-hand"]}


CHANGES = {
    "warm-up": {"default_instance_warmup": 0},
    "size of zero": {"scheduled_actions": [{**NIGHT, "max_size": 0}]},
    "target": {"target_tracking_policies": [{**CPU, "target_value": 70}]},
    "another hook": {"lifecycle_hooks": [HOOK, {"name": "warm", "transition": "launching"}]},
    "other processes": {"suspended_processes": ["Launch"]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_predicted_made_and_made_once(shop, change):
    shop.run(MODULE, **GROUP, **FULL)
    options = {**FULL, **CHANGES[change]}
    predicted, real = shop.predicted_and_real(MODULE, **GROUP, **options)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert not shop.run(MODULE, **GROUP, **options)["changed"]


def test_what_is_not_named_is_left_alone(shop):
    shop.run(MODULE, **GROUP, **FULL)
    before = shop.calls()
    shop.run(MODULE, **GROUP, default_instance_warmup=90)
    assert shop.calls() - before == {"all": 1}
    assert not shop.run(MODULE, **GROUP, **FULL)["changed"]


BAD = {
    "no group": ({"auto_scaling_group_name": "nowhere"}, "there is no Auto Scaling group nowhere in eu-central-1"),
    "warm-up": ({"default_instance_warmup": -2}, "default_instance_warmup: -2 is no number of seconds"),
    "a hook of CodeDeploy": (
        {"lifecycle_hooks": [{**HOOK, "name": OF_CODEDEPLOY}]},
        "is named as CodeDeploy names its own, which it keeps itself",
    ),
    "a long hook": ({"lifecycle_hooks": [{**HOOK, "heartbeat_timeout": 9000}]}, "heartbeat_timeout of drain is 9000"),
    "twice": ({"lifecycle_hooks": [HOOK, HOOK]}, "lifecycle_hooks: drain is given twice"),
    "no label": (
        {"target_tracking_policies": [{**CPU, "metric": "ALBRequestCountPerTarget"}]},
        "ALBRequestCountPerTarget of cpu needs one, resource_label",
    ),
    "no target": ({"target_tracking_policies": [{**CPU, "target_value": 0}]}, "target_value of cpu is 0"),
    "no size": ({"scheduled_actions": [{**NIGHT, "min_size": None}]}, "scheduled_actions: night says no size"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_and_nothing_is_written(shop, case):
    options, message = BAD[case]
    before = shop.calls()
    assert message in shop.refusal(MODULE, **{**GROUP, **options})
    assert (shop.calls() - before)["writes"] == 0


def test_a_group_whose_instances_are_in_service_is_not_waited_for(shop):
    found = shop.run(INFO, **GROUP, wait=True)
    health = found["auto_scaling_group_health"]
    assert (health["in_service"], health["wanted"], health["failed_launches"]) == (2, 2, [])
    assert not found["changed"] and {one["lifecycle_state"] for one in health["instances"]} == {"InService"}


def abandon(client):
    """Says ABANDON for each instance that is held."""
    (group,) = client.describe_auto_scaling_groups(AutoScalingGroupNames=["shop"])["AutoScalingGroups"]
    for one in group["Instances"]:
        if one["LifecycleState"] == "Pending:Wait":
            client.complete_lifecycle_action(
                AutoScalingGroupName="shop",
                LifecycleHookName=OF_CODEDEPLOY,
                InstanceId=one["InstanceId"],
                LifecycleActionResult="ABANDON",
            )


def test_the_wait_ends_with_the_launches_that_fail_in_its_time(shop, monkeypatch):
    client = shop.client("autoscaling")
    client.set_desired_capacity(AutoScalingGroupName="shop", DesiredCapacity=3)
    abandon(client)  # this one is the past when the wait begins
    health = shop.run(INFO, **GROUP)["auto_scaling_group_health"]
    assert len(health["failed_launches"]) == 1 and health["in_service"] == 2
    message = shop.refusal(INFO, **GROUP, wait=True, wait_timeout=0)
    assert "shop to have its instances in service, in vain. Last seen: 2 of 3 in service" in message

    monkeypatch.setattr(group_health, "described", lambda health: abandon(client) or "")
    message = shop.refusal(INFO, **GROUP, wait=True, failed_launches=2)
    assert "launches failed, the newest of i-" in message
