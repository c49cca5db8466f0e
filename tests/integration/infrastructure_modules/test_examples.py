# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules' documentation, run as they stand."""

import importlib

import pytest
import yaml
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling import instance_refresh
from ansible_collections.convoy.delivery.plugins.module_utils.engine.wait import Pace

COLLECTION = "convoy.delivery."
PLUGINS = "ansible_collections.convoy.delivery.plugins.modules."
GROUP = "storefront-production"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"


def tasks_of(module):
    """The options of each example, in their order."""
    examples = yaml.safe_load(importlib.import_module(PLUGINS + module).EXAMPLES)
    return [task[COLLECTION + module] for task in examples]


def filled_in(value):
    """A value with what a template would have put there."""
    if isinstance(value, dict):
        return {key: filled_in(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [filled_in(entry) for entry in value]
    return TOPIC if isinstance(value, str) and value.startswith("{{") else value


@pytest.fixture
def alarms(modules):
    """The alarms and the topic that the examples take for granted."""
    modules.client("sns").create_topic(Name="alerts")
    client = modules.client("cloudwatch")
    names = [f"{GROUP}-{kind}" for kind in ("5xx", "latency", "maintenance")]
    for name in names:
        client.put_metric_alarm(
            AlarmName=name, MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    yield
    client.delete_alarms(AlarmNames=names)


@pytest.mark.parametrize("module", ["cloudwatch_composite_alarm", "cloudwatch_dashboard"])
def test_the_examples_change_something_and_do_it_once(modules, alarms, module):
    tasks = [filled_in(task) for task in tasks_of(module)]
    assert tasks
    for task in tasks:
        assert modules.run(module, **task)["changed"]
        assert not modules.run(module, **task)["changed"]


@pytest.fixture
def tracing(modules):
    """X-Ray as an account has it."""
    modules.xray().stores.clear()
    yield
    modules.xray().stores.clear()


@pytest.mark.parametrize("module", ["xray_group", "xray_sampling_rule"])
def test_the_examples_of_tracing_change_something_and_do_it_once(modules, tracing, module):
    tasks = tasks_of(module)
    assert tasks
    for task in tasks:
        assert modules.run(module, **task)["changed"]
        assert not modules.run(module, **task)["changed"]
        if task.get("state") != "absent":
            (listed,) = modules.run(f"{module}_info", names=[task.get("group_name") or task["rule_name"]])[
                module.removeprefix("xray_") + "s"
            ]
            assert {name: listed[name] for name in task if name not in ("tags", "insights_configuration")} == {
                name: value for name, value in task.items() if name not in ("tags", "insights_configuration")
            }


@pytest.fixture
def group(modules, monkeypatch):
    """The Auto Scaling group of the examples, whose launch template has eight versions."""
    monkeypatch.setattr(instance_refresh, "PACE", Pace(0.02, 0.02))
    client, ec2 = modules.client("autoscaling"), modules.client("ec2")
    data = {"LaunchTemplateName": GROUP, "LaunchTemplateData": {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}}
    ec2.create_launch_template(**data)
    for _ in range(7):
        ec2.create_launch_template_version(**data)
    client.create_auto_scaling_group(
        AutoScalingGroupName=GROUP, LaunchTemplate={"LaunchTemplateName": GROUP, "Version": "1"},
        MinSize=0, MaxSize=6, DesiredCapacity=2, AvailabilityZones=["eu-central-1a"],
    )  # fmt: skip
    yield
    client.delete_auto_scaling_group(AutoScalingGroupName=GROUP, ForceDelete=True)
    ec2.delete_launch_template(LaunchTemplateName=GROUP)


def test_the_examples_of_instance_refreshes_run_one_after_the_other(modules, group):
    module = "autoscaling_instance_refresh"
    first, checkpoints, back, stopped, everything = tasks_of(module)
    for task in (checkpoints, everything):
        task["preferences"]["instance_warmup"] = 0  # else each new instance warms up for five minutes
    checkpoints["preferences"]["checkpoint_delay"] = 172800  # it must not go on before it is called off
    assert modules.run(module, check_mode=True, **first)["changed"]  # for real it bakes for minutes
    assert modules.run(module, **checkpoints)["changed"]
    assert modules.run(module, **back)["instance_refresh"]["status"] == "RollbackSuccessful"
    assert modules.run(module, **everything)["changed"]
    modules.run(module, **stopped)
    assert not modules.run(module, **stopped)["changed"]
    (listed,) = tasks_of(f"{module}_info")
    assert len(modules.run(f"{module}_info", **listed)["instance_refreshes"]) == 2
