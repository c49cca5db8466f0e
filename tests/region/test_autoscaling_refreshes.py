# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes over HTTP: instances really replaced, with the configuration that was asked for."""

import threading

import pytest
from botocore.exceptions import ClientError

from local_region.services.moto_gaps import autoscaling_refreshes
from tests.conftest import open_api

GROUP = {"AutoScalingGroupName": "web"}
# No warm-up: instances of an API without hosts run at once.
AT_ONCE = {"InstanceWarmup": 0}


@pytest.fixture(scope="module")
def shared_api():
    with open_api() as opened:
        yield opened


class Fleet:
    """The Auto Scaling group `web`, launched from version 1 of the template `web`; version 2 has another type."""

    def __init__(self, api):
        self.client, self.ec2, self.cloudwatch = api.client("autoscaling"), api.client("ec2"), api.client("cloudwatch")
        data = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
        self.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        data = data | {"InstanceType": "t3.small"}
        self.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData=data)

    def create(self, size, version="1"):
        self.client.create_auto_scaling_group(
            **GROUP,
            LaunchTemplate={"LaunchTemplateName": "web", "Version": version},
            MinSize=0, MaxSize=6, DesiredCapacity=size, AvailabilityZones=["us-east-1a", "us-east-1b"],
        )  # fmt: skip

    def start(self, desired="2", **preferences):
        wanted = {"DesiredConfiguration": {"LaunchTemplate": template(desired)}} if desired else {}
        started = self.client.start_instance_refresh(**GROUP, **wanted, Preferences=AT_ONCE | preferences)
        return started["InstanceRefreshId"]

    def refresh(self):
        return self.client.describe_instance_refreshes(**GROUP)["InstanceRefreshes"][0]

    def described(self):
        return self.client.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"][0]

    def ids(self):
        return {one["InstanceId"] for one in self.described()["Instances"]}

    def types(self):
        found = self.ec2.describe_instances(InstanceIds=sorted(self.ids()))["Reservations"]
        return sorted(one["InstanceType"] for reservation in found for one in reservation["Instances"])

    def until(self, *statuses):
        pause = threading.Event()
        for _ in range(1200):
            if (shown := self.refresh())["Status"] in statuses:
                return shown
            pause.wait(0.05)
        pytest.fail(f"not {statuses} within 60 s: {shown}")

    def alarm(self, state):
        """An alarm that stays in the state, OK or ALARM: nobody publishes its metric."""
        self.cloudwatch.put_metric_alarm(
            AlarmName="errors", MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="breaching" if state == "ALARM" else "notBreaching",
        )  # fmt: skip
        self.cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")

    def delete(self):
        self.client.delete_auto_scaling_group(**GROUP, ForceDelete=True)
        self.ec2.delete_launch_template(LaunchTemplateName="web")


def template(version):
    return {"LaunchTemplateName": "web", "Version": version}


@pytest.fixture
def fleet(shared_api):
    made = Fleet(shared_api)
    yield made
    made.delete()


def test_every_instance_is_replaced_and_the_group_has_the_desired_configuration_afterwards(fleet):
    fleet.create(3)
    before = fleet.ids()
    refresh_id = fleet.start()
    shown = fleet.until("Successful")
    assert (shown["InstanceRefreshId"], shown["PercentageComplete"], shown["InstancesToUpdate"]) == (refresh_id, 100, 0)
    assert shown["EndTime"] >= shown["StartTime"]
    assert shown["Preferences"]["MinHealthyPercentage"] == 90
    assert not before & fleet.ids() and len(fleet.ids()) == 3
    assert fleet.types() == ["t3.small"] * 3
    assert fleet.described()["LaunchTemplate"]["Version"] == "2"


def test_without_a_desired_configuration_the_groups_own_is_used(fleet):
    fleet.create(1)
    fleet.client.update_auto_scaling_group(**GROUP, LaunchTemplate=template("2"))
    fleet.start(desired=None)
    fleet.until("Successful")
    assert fleet.types() == ["t3.small"]


def test_a_replacement_may_be_launched_before_the_instance_goes(fleet):
    fleet.create(1)
    (before,) = fleet.ids()
    fleet.start(MinHealthyPercentage=100, MaxHealthyPercentage=200)
    fleet.until("Successful")
    activities = fleet.client.describe_scaling_activities(**GROUP)["Activities"]
    told = [one["Description"] for one in reversed(activities)]
    (after,) = fleet.ids()
    assert told[-2:] == [f"Launching a new EC2 instance: {after}", f"Terminating EC2 instance: {before}"]
    assert "instance refresh" in activities[0]["Cause"]


def test_instances_that_have_the_configuration_already_are_skipped_when_that_is_asked(fleet):
    fleet.create(2, version="2")
    before = fleet.ids()
    fleet.start(SkipMatching=True)
    fleet.until("Successful")
    assert fleet.ids() == before


def test_a_cancelled_refresh_leaves_the_group_with_both(fleet):
    fleet.create(2)
    before = fleet.ids()
    fleet.start(CheckpointPercentages=[50, 100], CheckpointDelay=172800)
    wait_for_percent(fleet, 50)
    fleet.client.cancel_instance_refresh(**GROUP)
    fleet.until("Cancelled")
    assert fleet.types() == ["t3.micro", "t3.small"] and len(before & fleet.ids()) == 1
    described = fleet.described()
    assert described["LaunchTemplate"]["Version"] == "1"
    assert sorted(one["LaunchTemplate"]["Version"] for one in described["Instances"]) == ["1", "2"]
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        fleet.client.cancel_instance_refresh(**GROUP)


def wait_for_percent(fleet, percent):
    pause = threading.Event()
    for _ in range(1200):
        if fleet.refresh().get("PercentageComplete") == percent:
            return
        pause.wait(0.05)
    pytest.fail(f"not at {percent} per cent within 60 s: {fleet.refresh()}")


def test_a_rollback_brings_the_earlier_configuration_back(fleet):
    fleet.create(2)
    before = fleet.ids()
    fleet.start(CheckpointPercentages=[50, 100], CheckpointDelay=172800)
    wait_for_percent(fleet, 50)
    fleet.client.rollback_instance_refresh(**GROUP)
    shown = fleet.until("RollbackSuccessful")
    assert shown["RollbackDetails"]["PercentageCompleteOnRollback"] == 100
    assert shown["InstancesToUpdate"] == 1
    assert fleet.types() == ["t3.micro", "t3.micro"] and len(before & fleet.ids()) == 1


@pytest.mark.parametrize(("rolls_back", "end"), [(False, "Failed"), (True, "RollbackSuccessful")])
def test_an_alarm_ends_the_refresh_and_rolls_it_back_when_that_is_asked(fleet, rolls_back, end):
    fleet.create(2)
    fleet.alarm("OK")
    fleet.start(
        CheckpointPercentages=[50, 100], CheckpointDelay=172800,
        AutoRollback=rolls_back, AlarmSpecification={"Alarms": ["errors"]},
    )  # fmt: skip
    wait_for_percent(fleet, 50)
    fleet.alarm("ALARM")
    assert "the alarms errors" in fleet.until(end)["StatusReason"]
    assert fleet.types() == (["t3.micro"] * 2 if rolls_back else ["t3.micro", "t3.small"])


@pytest.mark.parametrize("process", ["InstanceRefresh", "Launch", "Terminate"])
def test_a_refresh_rests_while_a_process_that_it_needs_is_suspended(fleet, process):
    fleet.create(1)
    before = fleet.ids()
    fleet.client.suspend_processes(**GROUP, ScalingProcesses=[process])
    fleet.start()
    threading.Event().wait(3 * autoscaling_refreshes.LOOK)
    assert (fleet.ids(), fleet.refresh()["Status"]) == (before, "Pending")
    fleet.client.resume_processes(**GROUP, ScalingProcesses=[process])
    fleet.until("Successful")
    assert not fleet.ids() & before


def test_a_second_refresh_waits_for_the_end_of_the_first(fleet):
    fleet.create(2)
    fleet.start(CheckpointPercentages=[50, 100], CheckpointDelay=172800)
    with pytest.raises(ClientError, match="InstanceRefreshInProgress"):
        fleet.start()


@pytest.mark.parametrize(
    ("preferences", "error"),
    [
        ({"MaxHealthyPercentage": 110}, "ValidationError.*needs MinHealthyPercentage"),
        ({"MinHealthyPercentage": 0, "MaxHealthyPercentage": 200}, "ValidationError.*at most 100 above"),
        ({"CheckpointPercentages": [50, 20]}, "ValidationError.*ascending order"),
        ({"CheckpointDelay": 5}, "ValidationError.*needs CheckpointPercentages"),
        ({"desired": None, "AutoRollback": True}, "ValidationError.*no desired configuration"),
        ({"desired": "9"}, "ValidationError.*has no version 9"),
    ],
    ids=str,
)
def test_a_refresh_that_cannot_be_is_refused(fleet, preferences, error):
    fleet.create(1)
    with pytest.raises(ClientError, match=error):
        fleet.start(**preferences)
    assert fleet.client.describe_instance_refreshes(**GROUP)["InstanceRefreshes"] == []


def test_there_is_no_way_back_to_a_version_without_a_number(fleet):
    fleet.create(1, version="$Default")
    fleet.start(InstanceWarmup=86400)
    with pytest.raises(ClientError, match="IrreversibleInstanceRefresh.*\\$Default"):
        fleet.client.rollback_instance_refresh(**GROUP)


def test_what_is_not_built_is_refused_with_501(fleet):
    fleet.create(1)
    with pytest.raises(ClientError, match="NotImplementedInLocalRegion.*ReplaceRootVolume"):
        fleet.client.start_instance_refresh(**GROUP, Strategy="ReplaceRootVolume")
