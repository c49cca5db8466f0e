# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling over HTTP: lifecycle hooks that hold, target groups that are joined once, activities."""

import threading

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"


@pytest.fixture(scope="module")
def shared_api():
    with open_api() as opened:
        opened.client("autoscaling").create_launch_configuration(
            LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
        yield opened


class Group:
    """The Auto Scaling group `web` of the test, in two zones, with the target group `web`."""

    def __init__(self, api):
        self.api, self.client, self.elbv2 = api, api.client("autoscaling"), api.client("elbv2")
        vpc = api.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        made = self.elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)
        self.target_group = made["TargetGroups"][0]["TargetGroupArn"]

    def create(self, size=1, **options):
        self.client.create_auto_scaling_group(
            AutoScalingGroupName="web",
            LaunchConfigurationName="web",
            MinSize=0,
            MaxSize=6,
            DesiredCapacity=size,
            AvailabilityZones=["us-east-1a", "us-east-1b"],
            TargetGroupARNs=[self.target_group],
            **options,
        )

    def hook(self, transition=LAUNCHING, name="hook", **options):
        self.client.put_lifecycle_hook(
            AutoScalingGroupName="web", LifecycleHookName=name, LifecycleTransition=transition, **options
        )

    def resize(self, size):
        self.client.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=size)

    def complete(self, instance_id, result="CONTINUE", name="hook"):
        self.client.complete_lifecycle_action(
            AutoScalingGroupName="web",
            LifecycleHookName=name,
            LifecycleActionResult=result,
            InstanceId=instance_id,
        )

    def states(self) -> dict[str, str]:
        (group,) = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"]
        return {instance["InstanceId"]: instance["LifecycleState"] for instance in group["Instances"]}

    def only(self, state) -> str:
        (found,) = [instance_id for instance_id, its_state in self.states().items() if its_state == state]
        return found

    def registered(self) -> set[str]:
        health = self.elbv2.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return {target["Target"]["Id"] for target in health}

    def instance_state(self, instance_id) -> str:
        found = self.api.client("ec2").describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def activities(self) -> list[tuple[str, str]]:
        found = self.client.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]
        return [(activity["Description"], activity["StatusCode"]) for activity in found]

    def eventually(self, condition):
        pause = threading.Event()
        for _ in range(1200):
            if condition():
                return
            pause.wait(0.05)
        pytest.fail(f"not within 60 s: {self.states()}")

    def delete(self):
        names = [
            group["AutoScalingGroupName"] for group in self.client.describe_auto_scaling_groups()["AutoScalingGroups"]
        ]
        if "web" in names:
            self.client.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
        self.elbv2.delete_target_group(TargetGroupArn=self.target_group)


@pytest.fixture
def group(shared_api):
    made = Group(shared_api)
    yield made
    made.delete()


def test_without_a_hook_an_instance_goes_into_service_and_into_its_target_groups(group):
    group.create(2)
    assert set(group.states().values()) == {"InService"}
    assert group.registered() == set(group.states())


def test_a_launch_hook_holds_an_instance_outside_its_target_groups_until_it_may_continue(group):
    group.create(1)
    group.hook()
    group.resize(2)
    held = group.only("Pending:Wait")
    assert held not in group.registered()
    assert (f"Launching a new EC2 instance: {held}", "MidLifecycleAction") == group.activities()[0]
    group.resize(2)
    assert len(group.states()) == 2, "an instance that is held counts for the capacity"
    group.complete(held)
    assert group.states()[held] == "InService"
    assert held in group.registered()
    assert (f"Launching a new EC2 instance: {held}", "Successful") == group.activities()[0]


def test_an_abandoned_launch_is_terminated_and_replaced(group):
    group.create(0)
    group.hook()
    group.resize(1)
    first = group.only("Pending:Wait")
    group.complete(first, "ABANDON")
    second = group.only("Pending:Wait")
    assert second != first
    assert group.instance_state(first) == "terminated"
    assert (f"Launching a new EC2 instance: {first}", "Failed") in group.activities()


def test_all_hooks_of_a_launch_must_continue(group):
    group.create(0)
    group.hook(name="one")
    group.hook(name="two")
    group.resize(1)
    held = group.only("Pending:Wait")
    group.complete(held, name="one")
    assert group.states()[held] == "Pending:Wait"
    group.complete(held, name="two")
    assert group.states()[held] == "InService"


def test_a_termination_hook_holds_an_instance_that_takes_no_requests_any_more(group):
    group.create(2)
    group.hook(TERMINATING)
    group.resize(1)
    held = group.only("Terminating:Wait")
    assert held not in group.registered()
    assert group.instance_state(held) == "running"
    group.resize(1)
    assert len(group.states()) == 2, "it does not count for the capacity, and nothing else goes for it"
    group.complete(held)
    assert held not in group.states()
    assert group.instance_state(held) == "terminated"
    assert (f"Terminating EC2 instance: {held}", "Successful") == group.activities()[0]


@pytest.mark.parametrize(("result", "in_service"), [("CONTINUE", True), ("ABANDON", False)])
def test_when_the_time_of_a_hook_is_up_its_default_result_holds(group, result, in_service):
    group.create(0)
    group.hook(HeartbeatTimeout=30, DefaultResult=result)  # 1.5 s at the tests' time scale
    group.resize(1)
    (first_launch, _) = group.activities()[-1]
    held = first_launch.rpartition(" ")[2]
    if in_service:
        group.eventually(lambda: group.states()[held] == "InService")
    else:
        group.eventually(lambda: held not in group.states())


def test_a_heartbeat_needs_a_lifecycle_action_and_prolongs_it(group):
    group.create(0)
    group.hook(HeartbeatTimeout=7200)
    group.resize(1)
    held = group.only("Pending:Wait")
    beat = {"AutoScalingGroupName": "web", "LifecycleHookName": "hook"}
    hold = group.api.region.holds.find(
        "web", "hook", None, held, group.api.region.moto.backend("autoscaling", "123456789012", "us-east-1")
    )
    before = hold.deadline
    group.client.record_lifecycle_action_heartbeat(**beat, InstanceId=held)
    assert hold.deadline > before
    with pytest.raises(ClientError, match="ValidationError.*No active Lifecycle Action found with instance ID i-ghost"):
        group.client.record_lifecycle_action_heartbeat(**beat, InstanceId="i-ghost")
    group.complete(held)
    with pytest.raises(ClientError, match="No active Lifecycle Action found"):
        group.complete(held)


def test_hooks_given_with_the_group_hold_its_first_instances(group):
    group.create(2, LifecycleHookSpecificationList=[{"LifecycleHookName": "first", "LifecycleTransition": LAUNCHING}])
    assert list(group.states().values()) == ["Pending:Wait", "Pending:Wait"]
    (hook,) = group.client.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"]
    assert (hook["HeartbeatTimeout"], hook["GlobalTimeout"], hook["DefaultResult"]) == (3600, 172800, "ABANDON")
    assert "NotificationTargetARN" not in hook


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"HeartbeatTimeout": 10}, "ValidationError.*30 to 7200 seconds, not 10"),
        ({"DefaultResult": "MAYBE"}, "ValidationError.*CONTINUE or ABANDON, not MAYBE"),
        ({"transition": "autoscaling:NO_SUCH"}, "ValidationError.*LifecycleTransition of hook must be one of"),
        ({"NotificationTargetARN": "arn:aws:sns:us-east-1:1:t"}, "NotImplementedInLocalRegion.*send no notifications"),
    ],
)
def test_a_hook_that_cannot_work_is_refused(group, options, error):
    group.create(0)
    with pytest.raises(ClientError, match=error):
        group.hook(**options)


def test_an_instance_joins_its_target_groups_once(group):
    group.create(2)
    out = sorted(group.states())[0]
    group.elbv2.deregister_targets(TargetGroupArn=group.target_group, Targets=[{"Id": out}])
    group.resize(3)
    assert group.registered() == set(group.states()) - {out}
    detach = {"AutoScalingGroupName": "web", "TargetGroupARNs": [group.target_group]}
    group.client.detach_load_balancer_target_groups(**detach)
    assert group.registered() == set()
    group.client.attach_load_balancer_target_groups(**detach)
    assert group.registered() == set(group.states())


def test_a_group_shrinks_where_it_has_the_most(group):
    group.create(4)
    group.resize(2)
    instances = group.client.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert sorted(one["AvailabilityZone"] for one in instances) == ["us-east-1a", "us-east-1b"]


@pytest.mark.parametrize(("decrement", "left"), [(True, 1), (False, 2)])
def test_an_instance_terminated_in_its_group_is_replaced_or_not(group, decrement, left):
    group.create(2)
    gone = sorted(group.states())[0]
    answer = group.client.terminate_instance_in_auto_scaling_group(
        InstanceId=gone, ShouldDecrementDesiredCapacity=decrement
    )
    assert gone in answer["Activity"]["Description"]
    assert gone not in group.states()
    assert len(group.states()) == left


def test_a_deleted_group_asks_no_hook_and_takes_its_hooks_along(group):
    group.create(1)
    group.hook(TERMINATING)
    (instance_id,) = group.states()
    group.client.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    assert group.instance_state(instance_id) == "terminated"
    assert group.client.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"] == []
    assert group.activities() == []
    kept = group.client.describe_scaling_activities(AutoScalingGroupName="web", IncludeDeletedGroups=True)
    of_instance = [one["StatusCode"] for one in kept["Activities"] if instance_id in one["Description"]]
    assert of_instance == ["Successful", "Successful"]


def test_activities_come_in_pages_newest_first(group):
    group.create(3)
    group.resize(2)
    first = group.client.describe_scaling_activities(AutoScalingGroupName="web", MaxRecords=1)
    assert first["Activities"][0]["Description"].startswith("Terminating EC2 instance")
    rest = group.client.describe_scaling_activities(AutoScalingGroupName="web", NextToken=first["NextToken"])
    assert [one["Description"][:9] for one in rest["Activities"]] == ["Launching"] * 3
    assert "NextToken" not in rest
    assert rest["Activities"][0]["Progress"] == 100


def test_suspended_processes_rest_and_are_made_up_for(group):
    group.create(2)
    group.client.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["Launch", "Terminate"])
    group.resize(3)
    assert len(group.states()) == 2
    group.resize(1)
    assert len(group.states()) == 2
    group.client.resume_processes(AutoScalingGroupName="web", ScalingProcesses=["Launch", "Terminate"])
    assert len(group.states()) == 1


def test_instances_that_come_while_add_to_load_balancer_is_suspended_are_not_added_later(group):
    group.create(1)
    group.client.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["AddToLoadBalancer"])
    before = set(group.states())
    group.resize(2)
    group.client.resume_processes(AutoScalingGroupName="web", ScalingProcesses=["AddToLoadBalancer"])
    assert group.registered() == before
