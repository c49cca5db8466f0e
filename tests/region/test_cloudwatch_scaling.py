# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms that carry out Auto Scaling policies."""

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api
from tests.region.cloudwatch import CloudWatch


@pytest.fixture(scope="module")
def shared_api():
    """One API, with one Auto Scaling group, for all tests of this file."""
    with open_api() as opened:
        autoscaling = opened.client("autoscaling")
        autoscaling.create_launch_configuration(
            LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
        yield opened


@pytest.fixture
def scaling(shared_api):
    with CloudWatch(shared_api) as cloudwatch:
        one = Scaling(cloudwatch)
        yield one
        one.client.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)


class Scaling:
    """CloudWatch and a group of 2 instances, at least 1 and at most 6."""

    def __init__(self, cloudwatch):
        self.cloudwatch = cloudwatch
        self.client = cloudwatch.api.client("autoscaling")
        self.client.create_auto_scaling_group(
            AutoScalingGroupName="web",
            LaunchConfigurationName="web",
            MinSize=1,
            MaxSize=6,
            DesiredCapacity=2,
            AvailabilityZones=["us-east-1a"],
        )

    def policy(self, **members) -> str:
        settings = {"AdjustmentType": "ChangeInCapacity"} | members
        return self.client.put_scaling_policy(AutoScalingGroupName="web", PolicyName="more", **settings)["PolicyARN"]

    @property
    def capacity(self) -> int:
        self.cloudwatch.monitoring.actions.drain()
        (group,) = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"]
        assert len(group["Instances"]) == group["DesiredCapacity"]
        return group["DesiredCapacity"]


def test_a_simple_policy_scales_again_after_its_cooldown_while_the_alarm_lasts(scaling):
    policy = scaling.policy(PolicyType="SimpleScaling", ScalingAdjustment=1, Cooldown=120)
    scaling.cloudwatch.alarm(AlarmActions=[policy])
    scaling.cloudwatch.minutes(9.0)
    assert scaling.capacity == 3
    scaling.cloudwatch.minutes(9.0)
    assert scaling.capacity == 3
    scaling.cloudwatch.minutes(9.0)
    assert scaling.capacity == 4
    scaling.cloudwatch.minutes(0.0, 0.0, 0.0)
    assert scaling.capacity == 4


def test_a_step_policy_takes_the_step_of_the_metrics_value(scaling):
    steps = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
    ]
    policy = scaling.policy(PolicyType="StepScaling", StepAdjustments=steps, EstimatedInstanceWarmup=60)
    scaling.cloudwatch.alarm(AlarmActions=[policy])
    scaling.cloudwatch.minutes(20.0)
    assert scaling.capacity == 5
    scaling.cloudwatch.minutes(20.0)
    assert scaling.capacity == 6
    items = scaling.cloudwatch.history(HistoryItemType="Action")
    assert {item["HistorySummary"] for item in items} == {f"Successfully executed action {policy}"}


def test_a_policy_that_is_gone_is_a_failed_action(scaling):
    policy = scaling.policy(PolicyType="SimpleScaling", ScalingAdjustment=1)
    scaling.cloudwatch.alarm(AlarmActions=[policy])
    scaling.client.delete_policy(AutoScalingGroupName="web", PolicyName="more")
    scaling.cloudwatch.minutes(9.0)
    assert scaling.capacity == 2
    (item,) = scaling.cloudwatch.history(HistoryItemType="Action")
    assert item["HistoryData"]["error"] == "The scaling policy or its group does not exist"


def test_target_tracking_is_refused(scaling):
    tracking = {
        "TargetValue": 50.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
    }
    policy = scaling.client.put_scaling_policy(
        AutoScalingGroupName="web",
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=tracking,
    )["PolicyARN"]
    with pytest.raises(ClientError, match="simple and step scaling policies; track is a TargetTrackingScaling policy"):
        scaling.cloudwatch.alarm(AlarmActions=[policy])
