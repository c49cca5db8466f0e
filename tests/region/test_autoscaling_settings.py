# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling over HTTP: policies, scheduled actions, warm-up and health of groups; the console of instances."""

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api

CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 60.0}


@pytest.fixture(scope="module")
def shared_api():
    with open_api() as opened:
        opened.client("autoscaling").create_launch_configuration(
            LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
        yield opened


@pytest.fixture
def groups(shared_api):
    """The client, with the groups `one` and `two` of one instance each."""
    client = shared_api.client("autoscaling")
    for name in ("one", "two"):
        client.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName="web",
            MinSize=1,
            MaxSize=2,
            AvailabilityZones=["us-east-1a"],
            DefaultInstanceWarmup=30,
        )
    yield client
    for name in ("one", "two"):
        client.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


def described(client, name="one"):
    return client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]


def track(client, name, configuration=CPU):
    client.put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="same",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=configuration,
    )


def policies(client, name):
    return [one["PolicyName"] for one in client.describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]]


def test_two_groups_have_policies_of_the_same_name(groups):
    track(groups, "one")
    track(groups, "two")
    groups.delete_policy(AutoScalingGroupName="one", PolicyName="same")
    assert (policies(groups, "one"), policies(groups, "two")) == ([], ["same"])
    with pytest.raises(ClientError, match="PolicyName not found"):
        groups.delete_policy(AutoScalingGroupName="one", PolicyName="same")


def test_two_groups_have_scheduled_actions_of_the_same_name_and_take_them_along(groups):
    for name in ("one", "two"):
        groups.put_scheduled_update_group_action(
            AutoScalingGroupName=name, ScheduledActionName="night", Recurrence="0 22 * * *", MinSize=1
        )
    groups.delete_scheduled_action(AutoScalingGroupName="one", ScheduledActionName="night")
    left = groups.describe_scheduled_actions()["ScheduledUpdateGroupActions"]
    assert [one["AutoScalingGroupName"] for one in left] == ["two"]
    groups.delete_auto_scaling_group(AutoScalingGroupName="two", ForceDelete=True)
    assert groups.describe_scheduled_actions()["ScheduledUpdateGroupActions"] == []
    groups.create_auto_scaling_group(
        AutoScalingGroupName="two",
        LaunchConfigurationName="web",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )


def test_requests_are_tracked_only_of_a_target_group_that_a_load_balancer_sends_them_to(groups):
    label = "app/web/50dc6c495c0c9188/targetgroup/web/943f017f100becff"
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    with pytest.raises(ClientError, match="Resource label app/web/.* is not of a target group of one"):
        track(groups, "one", {"PredefinedMetricSpecification": metric, "TargetValue": 100.0})


def test_warm_up_and_termination_policies_are_kept_and_taken_back(groups):
    assert described(groups)["DefaultInstanceWarmup"] == 30
    groups.update_auto_scaling_group(
        AutoScalingGroupName="one", DefaultInstanceWarmup=-1, TerminationPolicies=["OldestInstance"], DefaultCooldown=60
    )
    group = described(groups)
    assert "DefaultInstanceWarmup" not in group
    assert (group["TerminationPolicies"], group["DefaultCooldown"]) == (["OldestInstance"], 60)


def test_an_instance_that_is_said_to_be_unhealthy_is_replaced(groups):
    before = described(groups)["Instances"][0]["InstanceId"]
    groups.set_instance_health(InstanceId=before, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    (after,) = described(groups)["Instances"]
    assert after["InstanceId"] != before and after["HealthStatus"] == "Healthy"


@pytest.mark.parametrize(
    ("call", "options", "words"),
    [
        ("put_warm_pool", {"AutoScalingGroupName": "one"}, "no warm pools"),
        ("set_instance_health", {"InstanceId": "i-0", "HealthStatus": "Unhealthy"}, "ShouldRespectGracePeriod=false"),
    ],
)
def test_what_would_be_made_up_is_refused(groups, call, options, words):
    with pytest.raises(ClientError, match=words) as refused:
        getattr(groups, call)(**options)
    assert refused.value.response["Error"]["Code"] == "NotImplementedInLocalRegion"


def test_an_instance_without_a_host_has_said_nothing_on_its_console(shared_api, groups):
    instance = described(groups)["Instances"][0]["InstanceId"]
    answer = shared_api.client("ec2").get_console_output(InstanceId=instance)
    assert answer["InstanceId"] == instance and answer.get("Output", "") == ""


def test_versions_of_a_launch_template_are_deleted_but_for_the_default_and_their_numbers_not_given_again(shared_api):
    ec2, name = shared_api.client("ec2"), {"LaunchTemplateName": "web"}
    ec2.create_launch_template(**name, LaunchTemplateData={"InstanceType": "t3.micro"})
    for kind in ("t3.small", "t3.medium"):
        ec2.create_launch_template_version(**name, LaunchTemplateData={"InstanceType": kind})
    answer = ec2.delete_launch_template_versions(**name, Versions=["1", "3", "9"])
    (deleted,) = answer["SuccessfullyDeletedLaunchTemplateVersions"]
    kept = {one["VersionNumber"] for one in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]}
    assert (deleted["VersionNumber"], kept) == (3, {1, 9})
    made = ec2.create_launch_template_version(**name, LaunchTemplateData={"InstanceType": "t3.large"})
    assert made["LaunchTemplateVersion"]["VersionNumber"] == 4
    left = ec2.describe_launch_template_versions(**name)["LaunchTemplateVersions"]
    assert sorted(one["VersionNumber"] for one in left) == [1, 2, 4]
    (one,) = ec2.describe_launch_template_versions(**name, Versions=["4"])["LaunchTemplateVersions"]
    assert one["LaunchTemplateData"]["InstanceType"] == "t3.large"
    ec2.delete_launch_template(**name)
