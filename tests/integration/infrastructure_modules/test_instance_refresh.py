# SPDX-License-Identifier: GPL-3.0-or-later
"""autoscaling_instance_refresh and its info module, over HTTP: the instances are really replaced."""

import threading

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling import instance_refresh
from ansible_collections.convoy.delivery.plugins.module_utils.engine.wait import Pace

MODULE, INFO = "autoscaling_instance_refresh", "autoscaling_instance_refresh_info"
# No warm-up: instances of an API without hosts run at once.
AT_ONCE = {"instance_warmup": 0}
PAUSED = {**AT_ONCE, "checkpoint_percentages": [50, 100], "checkpoint_delay": 172800}


class Fleet:
    """An Auto Scaling group of two, launched from version 1 of the template of its name; it has three versions."""

    def __init__(self, modules, name="web"):
        self.modules, self.name = modules, name
        self.client, self.ec2, self.cloudwatch = map(modules.client, ("autoscaling", "ec2", "cloudwatch"))
        data = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
        self.ec2.create_launch_template(LaunchTemplateName=self.name, LaunchTemplateData=data)
        for kind in ("t3.small", "t3.medium"):
            self.ec2.create_launch_template_version(
                LaunchTemplateName=self.name, LaunchTemplateData=data | {"InstanceType": kind}
            )
        self.client.create_auto_scaling_group(
            AutoScalingGroupName=self.name, LaunchTemplate={"LaunchTemplateName": self.name, "Version": "1"},
            MinSize=0, MaxSize=6, DesiredCapacity=2, AvailabilityZones=["eu-central-1a", "eu-central-1b"],
        )  # fmt: skip

    def refresh(self, version="2", check_mode=False, **options):
        return self.modules.run(MODULE, check_mode=check_mode, **task(version, self.name, **options))

    def versions(self):
        return sorted(one["LaunchTemplate"]["Version"] for one in self.described()["Instances"])

    def ids(self):
        return sorted(one["InstanceId"] for one in self.described()["Instances"])

    def described(self):
        return self.client.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])["AutoScalingGroups"][0]

    def newest(self):
        return next(iter(self.all()), None)

    def all(self):
        return self.client.describe_instance_refreshes(AutoScalingGroupName=self.name)["InstanceRefreshes"]

    def paused(self, version="2"):
        """A refresh that waits at its checkpoint, half done: its id."""
        started = self.refresh(version, preferences=PAUSED, wait=False)["instance_refresh"]
        pause = threading.Event()
        for _ in range(1200):
            if self.newest().get("PercentageComplete") == 50:
                return started["instance_refresh_id"]
            pause.wait(0.05)
        return pytest.fail(f"not at 50 per cent within 60 s: {self.newest()}")

    def alarm(self):
        """An alarm that rings."""
        self.cloudwatch.put_metric_alarm(
            AlarmName="errors", MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="breaching",
        )  # fmt: skip
        self.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")

    def delete(self):
        self.client.delete_auto_scaling_group(AutoScalingGroupName=self.name, ForceDelete=True)
        self.ec2.delete_launch_template(LaunchTemplateName=self.name)


def template(version, name="web"):
    return {"launch_template": {"launch_template_name": name, "version": version}}


def task(version="2", name="web", **options):
    desired = {"desired_configuration": template(version, name)} if version else {}
    return {"auto_scaling_group_name": name, "preferences": AT_ONCE, **desired, **options}


@pytest.fixture
def fleet(modules, monkeypatch):
    """The group of the test's own; the module looks at its refresh often."""
    monkeypatch.setattr(instance_refresh, "PACE", Pace(0.02, 0.02))
    made = Fleet(modules)
    yield made
    made.delete()


@pytest.fixture(scope="module")
def paused_fleet(modules):
    """A group whose refresh to version 2 waits at its checkpoint, half done; no test moves it."""
    made = Fleet(modules, "paused")
    made.paused()
    yield made
    made.delete()


@pytest.fixture(scope="module")
def standing_fleet(modules):
    """A group that no test changes."""
    made = Fleet(modules, "standing")
    yield made
    made.delete()


def test_all_instances_are_replaced_as_predicted_and_then_left_alone(fleet, modules):
    before = fleet.ids()
    predicted, real = modules.predicted_and_real(MODULE, **task())
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert real["diff"]["before"]["outdated_instances"] == before
    assert predicted["instance_refresh"]["instances_to_update"] == 2
    assert real["instance_refresh"]["status"] == "Successful" and not real["adopted"]
    assert fleet.versions() == ["2", "2"] and not set(before) & set(fleet.ids())
    assert "Successful  100 %" in real["progress"][-1] and real["progress"][-1].startswith("web  instance refresh ")
    calls = modules.calls()
    again = fleet.refresh()
    assert not again["changed"] and again["diff"]["before"] == again["diff"]["after"]
    assert modules.calls() - calls == {"all": 2}  # the group and its newest refresh
    assert len(fleet.all()) == 1


@pytest.mark.parametrize(("version", "changed"), [("$Default", False), (None, False), ("$Latest", True), ("1", False)])
def test_versions_are_compared_by_their_numbers(standing_fleet, version, changed):
    specification = {"launch_template_name": "standing"} | ({"version": version} if version else {})
    predicted = standing_fleet.refresh(None, check_mode=True, desired_configuration={"launch_template": specification})
    assert predicted["changed"] is changed
    assert predicted["diff"]["after"]["configuration"]["launch_template"]["version"] == ("3" if changed else "1")


def test_only_instances_that_differ_are_replaced_also_when_the_group_was_changed_itself(fleet):
    fleet.client.update_auto_scaling_group(
        AutoScalingGroupName="web", LaunchTemplate={"LaunchTemplateName": "web", "Version": "2"}
    )
    fleet.client.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    (new,) = {one["InstanceId"] for one in fleet.described()["Instances"] if one["LaunchTemplate"]["Version"] == "2"}
    result = fleet.refresh(None)
    assert new not in result["diff"]["before"]["outdated_instances"] and new in fleet.ids()
    assert fleet.versions() == ["2", "2", "2"]
    assert not fleet.refresh(None)["changed"]


def test_without_skipping_instances_are_replaced_though_they_match(fleet):
    before = fleet.ids()
    result = fleet.refresh(None, preferences={**AT_ONCE, "skip_matching": False})
    assert result["changed"] and result["diff"]["before"]["outdated_instances"] == before
    assert not set(before) & set(fleet.ids())


def test_the_preferences_reach_auto_scaling(fleet):
    given = {
        "min_healthy_percentage": 50,
        "max_healthy_percentage": 110,
        "instance_warmup": 7,
        "checkpoint_percentages": [20, 100],
        "checkpoint_delay": 9,
        "skip_matching": False,
        "auto_rollback": True,
        "scale_in_protected_instances": "Refresh",
        "standby_instances": "Terminate",
        "alarm_specification": {"alarms": ["errors"]},
        "bake_time": 11,
    }
    told = fleet.refresh(preferences=given, strategy="Rolling", wait=False)["instance_refresh"]
    assert told["preferences"] == given and told["strategy"] == "Rolling"
    assert told["desired_configuration"] == template("2")


def test_a_refresh_that_is_under_way_is_adopted(paused_fleet, modules):
    identity = paused_fleet.newest()["InstanceRefreshId"]
    predicted, result = modules.predicted_and_real(MODULE, **task("2", "paused", wait=False))
    assert result["adopted"] and result["changed"] and predicted["adopted"] and predicted["diff"] == result["diff"]
    assert result["instance_refresh"]["instance_refresh_id"] == identity
    assert len(paused_fleet.all()) == 1


def test_waiting_ends_with_the_time_and_says_where_it_stands(paused_fleet, modules):
    identity = paused_fleet.newest()["InstanceRefreshId"]
    told = modules.refusal(MODULE, **task("2", "paused", wait_timeout=0))
    assert f"for instance refresh {identity} to end, in vain. Last seen: InProgress, 50 %, 1 instance left" in told
    assert paused_fleet.newest()["Status"] == "InProgress"


def test_a_refresh_to_something_else_is_left_alone(paused_fleet, modules):
    identity = paused_fleet.newest()["InstanceRefreshId"]
    assert modules.refusal(MODULE, **task("3", "paused")) == (
        f"paused: instance refresh {identity} to another configuration is InProgress. Wait for it or cancel it, or set "
        "on_conflict to wait or cancel."
    )
    assert len(paused_fleet.all()) == 1


def test_a_refresh_to_something_else_is_cancelled_when_the_task_says_so(fleet, modules):
    fleet.paused()
    predicted, real = modules.predicted_and_real(MODULE, **task("3", on_conflict="cancel"))
    assert predicted["changed"] and real["changed"] and not real["adopted"]
    assert [one["Status"] for one in fleet.all()] == ["Successful", "Cancelled"]
    assert fleet.versions() == ["3", "3"]


def test_a_refresh_to_something_else_is_waited_for_when_the_task_says_so(fleet, monkeypatch):
    fleet.paused()

    class Impatient(Pace):
        """Somebody else calls the other refresh off while the task waits for it."""

        def pause(self, quiet):
            if fleet.newest()["Status"] == "InProgress" and len(fleet.all()) == 1:
                fleet.client.cancel_instance_refresh(AutoScalingGroupName="web")
            return 0.02

    monkeypatch.setattr(instance_refresh, "PACE", Impatient())
    result = fleet.refresh("3", on_conflict="wait")
    assert result["progress"][0].startswith("web  waits: instance refresh ")
    assert [one["Status"] for one in fleet.all()] == ["Successful", "Cancelled"]
    assert fleet.versions() == ["3", "3"]


def test_a_refresh_is_cancelled_once_and_completed_by_the_next_one(fleet, modules):
    fleet.paused()
    options = {"auto_scaling_group_name": "web", "state": "cancelled"}
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["changed"] and real["changed"] and predicted["diff"] == real["diff"]
    assert real["instance_refresh"]["status"] == "Cancelled"
    assert fleet.versions() == ["1", "2"]
    calls = modules.calls()
    assert not modules.run(MODULE, **options)["changed"]
    assert (modules.calls() - calls)["writes"] == 0
    result = fleet.refresh()
    assert len(result["diff"]["before"]["outdated_instances"]) == 1
    assert fleet.versions() == ["2", "2"]


def test_a_refresh_is_rolled_back_once(fleet, modules):
    fleet.paused()
    options = {"auto_scaling_group_name": "web", "state": "rolled_back"}
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["changed"] and real["changed"] and predicted["diff"] == real["diff"]
    assert real["instance_refresh"]["status"] == "RollbackSuccessful"
    assert fleet.versions() == ["1", "1"]
    calls = modules.calls()
    assert not modules.run(MODULE, **options)["changed"]
    assert (modules.calls() - calls)["writes"] == 0


def test_where_nothing_is_under_way_nothing_is_cancelled_and_a_rollback_is_refused(standing_fleet, modules):
    assert not modules.run(MODULE, auto_scaling_group_name="standing", state="cancelled")["changed"]
    told = modules.refusal(MODULE, auto_scaling_group_name="standing", state="rolled_back")
    assert "standing: no instance refresh is under way that could be rolled back; there was none so far." in told


@pytest.mark.parametrize("rolls_back", [False, True])
def test_an_alarm_fails_the_task_with_its_name_and_what_to_do(fleet, modules, rolls_back):
    fleet.alarm()
    preferences = {**AT_ONCE, "alarm_specification": {"alarms": ["errors"]}, "auto_rollback": rolls_back}
    told = modules.refusal(MODULE, **task(preferences=preferences))
    assert ("was rolled back, the group is as it was before" if rolls_back else "failed at 0 %") in told
    assert "because of the alarms errors. Find out why the alarm rings before you start again." in told


def test_info_tells_all_refreshes_the_newest_first(fleet, modules):
    assert modules.run(INFO, auto_scaling_group_name="web")["instance_refreshes"] == []
    ids = [fleet.refresh(version)["instance_refresh"]["instance_refresh_id"] for version in ("2", "3")]
    told = modules.run(INFO, auto_scaling_group_name="web")
    assert not told["changed"]
    assert [one["instance_refresh_id"] for one in told["instance_refreshes"]] == ids[::-1]
    late = modules.refusal(MODULE, auto_scaling_group_name="web", state="rolled_back")
    assert f"the newest, {ids[1]}, is Successful. Start one" in late
    only = modules.run(INFO, auto_scaling_group_name="web", instance_refresh_ids=ids[:1])["instance_refreshes"]
    assert [one["desired_configuration"] for one in only] == [template("2")]
    assert "there is no Auto Scaling group api" in modules.refusal(INFO, auto_scaling_group_name="api")


WITH_IMAGES = {  # as the API spells it
    "LaunchTemplate": {
        "LaunchTemplateSpecification": {"LaunchTemplateName": "standing", "Version": "1"},
        "Overrides": [{"InstanceType": "t3.micro", "ImageId": "ami-12c6146b"}],
    }
}
BAD = {
    "no group": (
        {"auto_scaling_group_name": "api"},
        "auto_scaling_group_name: there is no Auto Scaling group api in eu",
    ),
    "no template": (
        {"desired_configuration": {"launch_template": {"launch_template_name": "nothing"}}},
        "Could not read launch template nothing: ",
    ),
    "no version": ({"desired_configuration": template("9", "standing")}, "has no version 9"),
    "no way back": (
        {"desired_configuration": None, "preferences": {"auto_rollback": True}},
        "preferences.auto_rollback",
    ),
    "no image": ({"strategy": "ReplaceRootVolume"}, "strategy: ReplaceRootVolume needs the new images"),
    "not built": (
        {"strategy": "ReplaceRootVolume", "desired_configuration": {"mixed_instances_policy": WITH_IMAGES}},
        "Strategy ReplaceRootVolume is not implemented in the local region",
    ),
    "unknown": (
        {"desired_configuration": {"mixed_instances_policy": {"Overrides": []}}},
        "desired_configuration.mixed_instances_policy.overrides: MixedInstancesPolicy has no such member",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_started(standing_fleet, modules, case):
    options, message = BAD[case]
    assert message in modules.refusal(MODULE, **{**task("2", "standing"), **options})
    assert standing_fleet.all() == []
