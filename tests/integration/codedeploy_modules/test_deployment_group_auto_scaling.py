# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_deployment_group and what CodeDeploy does in Auto Scaling: lifecycle hooks, copies, groups left behind."""

import pytest

MODULE = "codedeploy_deployment_group"
COPY = {
    "deployment_style": {"deployment_type": "BLUE_GREEN", "deployment_option": "WITH_TRAFFIC_CONTROL"},
    "load_balancer_info": {"target_group_info_list": [{"name": "web"}]},
    "blue_green_deployment_configuration": {
        "green_fleet_provisioning_option": {"action": "COPY_AUTO_SCALING_GROUP"},
        "deployment_ready_option": {"action_on_timeout": "CONTINUE_DEPLOYMENT"},
        "terminate_blue_instances_on_deployment_success": {"action": "KEEP_ALIVE"},
    },
}
GREEN, FAILED = "CodeDeploy_production_d-7X2KABC12", "CodeDeploy_production_d-0FAILED00"


@pytest.fixture
def auto_scaling(modules):
    """The Auto Scaling client, with a launch configuration; all its groups are gone afterwards."""
    client = modules.client("autoscaling")
    if not client.describe_launch_configurations()["LaunchConfigurations"]:
        client.create_launch_configuration(
            LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
    yield client
    for group in client.describe_auto_scaling_groups()["AutoScalingGroups"]:
        client.delete_auto_scaling_group(AutoScalingGroupName=group["AutoScalingGroupName"], ForceDelete=True)


def make(auto_scaling, *names):
    for name in names:
        auto_scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName="web",
            MinSize=0,
            MaxSize=0,
            DesiredCapacity=0,
            AvailabilityZones=["eu-central-1a"],
        )


def hooks_of(auto_scaling, name):
    found = auto_scaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
    return [hook["LifecycleHookName"] for hook in found]


def existing(auto_scaling):
    return [one["AutoScalingGroupName"] for one in auto_scaling.describe_auto_scaling_groups()["AutoScalingGroups"]]


@pytest.fixture
def group(modules, role, auto_scaling):
    """The options of a group over the Auto Scaling group web; it and its application are there."""
    modules.run("codedeploy_application", name="shop")
    make(auto_scaling, "web")
    options = {"application_name": "shop", "name": "production", "service_role_arn": role}
    options["auto_scaling_groups"] = ["web"]
    modules.run(MODULE, **options)
    return options


def test_a_group_is_made_over_an_auto_scaling_group_and_gets_another_as_predicted(modules, group, auto_scaling):
    modules.run(MODULE, application_name="shop", name="production", state="absent")
    predicted, real = modules.predicted_and_real(MODULE, **group)
    assert predicted["diff"] == real["diff"]
    make(auto_scaling, "workers")
    more = {**group, "auto_scaling_groups": ["workers"], "purge_auto_scaling_groups": False}
    predicted, real = modules.predicted_and_real(MODULE, **more)
    assert predicted["diff"] == real["diff"]
    assert real["deployment_group"]["auto_scaling_groups"] == ["web", "workers"]
    assert not modules.run(MODULE, **more)["changed"]


def lose_the_hook(auto_scaling, name="web"):
    (hook,) = hooks_of(auto_scaling, name)
    auto_scaling.delete_lifecycle_hook(AutoScalingGroupName=name, LifecycleHookName=hook)
    return hook


def test_with_its_hooks_in_place_a_group_is_left_alone_for_two_questions(modules, group):
    before = modules.calls()
    result = modules.run(MODULE, **group)
    assert not result["changed"]
    assert result["deployment_group"]["lifecycle_hooks"] == {"web": "present"}
    assert modules.calls() - before == {"all": 2}


def test_a_lost_lifecycle_hook_is_put_back_as_check_mode_predicted(modules, group, auto_scaling):
    lost = lose_the_hook(auto_scaling)
    predicted, real = modules.predicted_and_real(MODULE, **group)
    assert real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["before"]["lifecycle_hooks"] == {"web": "missing"}
    assert real["diff"]["after"]["lifecycle_hooks"] == {"web": "present"}
    assert real["progress"] == ["web  has lost CodeDeploy's lifecycle hook, which is put back"]
    (hook,) = hooks_of(auto_scaling, "web")
    assert hook.startswith("CodeDeploy-managed-automatic-launch-deployment-hook-production-")
    assert hook != lost
    assert not modules.run(MODULE, **group)["changed"]


def test_only_the_group_that_lost_its_hook_is_taken_out_and_put_back(modules, group, auto_scaling):
    make(auto_scaling, "workers")
    both = {**group, "auto_scaling_groups": ["web", "workers"]}
    modules.run(MODULE, **both)
    (kept,) = hooks_of(auto_scaling, "workers")
    lose_the_hook(auto_scaling)
    assert modules.run(MODULE, **both)["deployment_group"]["lifecycle_hooks"] == {
        "web": "present",
        "workers": "present",
    }
    assert hooks_of(auto_scaling, "workers") == [kept]


def test_a_lost_termination_hook_is_put_back_too(modules, group, auto_scaling):
    options = {**group, "termination_hook_enabled": True}
    modules.run(MODULE, **options)
    lost = next(hook for hook in hooks_of(auto_scaling, "web") if "termination" in hook)
    auto_scaling.delete_lifecycle_hook(AutoScalingGroupName="web", LifecycleHookName=lost)
    assert modules.run(MODULE, **options)["changed"]
    assert len(hooks_of(auto_scaling, "web")) == 2


def test_hooks_come_back_with_another_change_and_a_new_name(modules, group, auto_scaling):
    lose_the_hook(auto_scaling)
    change = {"outdated_instances_strategy": "IGNORE", "new_deployment_group_name": "live"}
    predicted, real = modules.predicted_and_real(MODULE, **group, **change)
    assert predicted["diff"] == real["diff"]
    assert real["deployment_group"]["outdated_instances_strategy"] == "IGNORE"
    assert len(hooks_of(auto_scaling, "web")) == 1


def test_hooks_are_left_alone_where_the_task_says_so(modules, group, auto_scaling):
    lose_the_hook(auto_scaling)
    before = modules.calls()
    assert not modules.run(MODULE, **group, restore_lifecycle_hooks=False)["changed"]
    assert modules.calls() - before == {"all": 1}


def test_a_group_that_leaves_needs_no_hook(modules, group, auto_scaling):
    lose_the_hook(auto_scaling)
    real = modules.run(MODULE, **{**group, "auto_scaling_groups": []})
    assert real["deployment_group"]["auto_scaling_groups"] == []
    assert hooks_of(auto_scaling, "web") == []


@pytest.fixture
def copied(modules, group, auto_scaling):
    """The group after a blue/green deployment: a copy has the original's place, the original was kept alive."""
    make(auto_scaling, GREEN)
    options = {**group, **COPY}
    modules.run(MODULE, **{**options, "auto_scaling_groups": [GREEN]})
    return options


def test_a_copy_that_took_the_originals_place_is_adopted_and_the_original_reported(modules, copied):
    before = modules.calls()
    result = modules.run(MODULE, **copied)
    assert not result["changed"]
    assert (modules.calls() - before)["writes"] == 0
    assert result["deployment_group"]["auto_scaling_groups"] == [GREEN]
    assert result["deployment_group"]["orphaned_auto_scaling_groups"] == ["web"]
    assert [warning["event"]["msg"] for warning in result["warnings"]] == [
        "deployment group shop/production: blue/green deployments left behind the Auto Scaling groups web. "
        "Delete them, or set orphaned_auto_scaling_groups=remove."
    ]


def test_what_is_left_behind_is_removed_on_request_as_predicted(modules, copied, auto_scaling):
    make(auto_scaling, FAILED, "CodeDeploy_staging_d-7X2KABC12", "other")
    predicted, real = modules.predicted_and_real(MODULE, **copied, orphaned_auto_scaling_groups="remove")
    assert real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["before"]["orphaned_auto_scaling_groups"] == [FAILED, "web"]
    assert sorted(existing(auto_scaling)) == [GREEN, "CodeDeploy_staging_d-7X2KABC12", "other"]
    assert not modules.run(MODULE, **copied, orphaned_auto_scaling_groups="remove")["changed"]


def test_a_copy_is_not_adopted_where_the_task_says_so(modules, copied, auto_scaling):
    options = {**copied, "adopt_copied_auto_scaling_group": False, "orphaned_auto_scaling_groups": "ignore"}
    real = modules.run(MODULE, **options)
    assert real["changed"]
    assert real["deployment_group"]["auto_scaling_groups"] == ["web"]
    assert existing(auto_scaling) == ["web", GREEN]
    assert not modules.run(MODULE, **options)["changed"]


def test_a_group_is_deleted_and_nothing_is_asked_of_auto_scaling(modules, copied):
    before = modules.calls()
    modules.run(MODULE, application_name="shop", name="production", state="absent")
    assert modules.calls() - before == {"all": 2, "writes": 1}
