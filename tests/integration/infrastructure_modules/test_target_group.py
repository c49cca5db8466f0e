# SPDX-License-Identifier: GPL-3.0-or-later
"""elbv2_target_group over HTTP."""

import importlib

import pytest
import yaml

MODULE = "elbv2_target_group"
DOCUMENTED = f"ansible_collections.convoy.delivery.plugins.modules.{MODULE}"
NAME = {"name": "web"}


@pytest.fixture(scope="module")
def elb(modules):
    return modules.client("elbv2")


@pytest.fixture(scope="module")
def vpc(modules):
    ec2 = modules.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    yield made
    ec2.delete_vpc(VpcId=made)


@pytest.fixture
def least(vpc):
    return {**NAME, "protocol": "HTTP", "port": 8000, "vpc_id": vpc}


@pytest.fixture
def full(least):
    return {
        **least,
        "target_type": "instance",
        "protocol_version": "HTTP1",
        "ip_address_type": "ipv4",
        "health_check_enabled": True,
        "health_check_protocol": "HTTP",
        "health_check_port": "8001",
        "health_check_path": "/health",
        "health_check_interval_seconds": 5,
        "health_check_timeout_seconds": 2,
        "healthy_threshold_count": 2,
        "unhealthy_threshold_count": 3,
        "matcher": {"http_code": "200-299"},
        "attributes": {
            "deregistration_delay.timeout_seconds": 30,
            "slow_start.duration_seconds": 60,
            "stickiness.enabled": True,
            "stickiness.lb_cookie.duration_seconds": 3600,
        },
        "tags": {"Environment": "production"},
    }


@pytest.fixture
def groups(modules, elb):
    """The modules, with no target group before and after."""
    yield modules
    for group in elb.describe_target_groups()["TargetGroups"]:
        elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


def described(elb):
    return elb.describe_target_groups(Names=["web"])["TargetGroups"][0]


def attributes_of(elb):
    told = elb.describe_target_group_attributes(TargetGroupArn=described(elb)["TargetGroupArn"])["Attributes"]
    return {one["Key"]: one["Value"] for one in told}


def tags_of(elb):
    told = elb.describe_tags(ResourceArns=[described(elb)["TargetGroupArn"]])["TagDescriptions"][0]["Tags"]
    return {tag["Key"]: tag["Value"] for tag in told}


@pytest.mark.parametrize(("case", "questions"), [("least", 1), ("full", 3)])
def test_a_group_is_made_as_predicted_and_then_left_alone(groups, request, case, questions):
    options = request.getfixturevalue(case)
    predicted, real = groups.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    before = groups.calls()
    assert not groups.run(MODULE, **options)["changed"]
    assert groups.calls() - before == {"all": questions}


def test_what_is_asked_for_is_there(groups, elb, full):
    groups.run(MODULE, **full)
    made = described(elb)
    assert (made["HealthCheckPath"], made["HealthCheckPort"], made["Matcher"]) == (
        "/health",
        "8001",
        {"HttpCode": "200-299"},
    )
    assert (made["HealthyThresholdCount"], made["UnhealthyThresholdCount"]) == (2, 3)
    assert attributes_of(elb).items() >= {
        ("deregistration_delay.timeout_seconds", "30"),
        ("slow_start.duration_seconds", "60"),
        ("stickiness.enabled", "true"),
    }
    assert tags_of(elb) == {"Environment": "production"}


CHANGES = {
    "protocol": {"health_check_protocol": "HTTP", "health_check_port": "traffic-port"},
    "path": {"health_check_path": "/ready"},
    "interval": {"health_check_interval_seconds": 10, "health_check_timeout_seconds": 6},
    "healthy": {"healthy_threshold_count": 3},
    "unhealthy": {"unhealthy_threshold_count": 2},
    "matcher": {"matcher": {"http_code": "200"}},
    "no_stickiness": {"attributes": {"stickiness.enabled": False}},
    "no_slow_start": {
        "attributes": {
            "slow_start.duration_seconds": 0,
            "load_balancing.algorithm.type": "least_outstanding_requests",
        }
    },
    "tags": {"tags": {"Team": "shop"}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(groups, full, change):
    groups.run(MODULE, **full)
    predicted, real = groups.predicted_and_real(MODULE, **NAME, **CHANGES[change])
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert real["diff"]["before"] != real["diff"]["after"]
    assert not groups.run(MODULE, **NAME, **CHANGES[change])["changed"]


def test_a_change_of_one_attribute_keeps_the_others_and_the_checks(groups, elb, full):
    groups.run(MODULE, **full)
    groups.run(MODULE, **NAME, attributes={"stickiness.enabled": False})
    assert attributes_of(elb).items() >= {
        ("stickiness.enabled", "false"),
        ("deregistration_delay.timeout_seconds", "30"),
        ("slow_start.duration_seconds", "60"),
    }
    assert described(elb)["HealthCheckIntervalSeconds"] == 5


def test_targets_are_not_touched(groups, elb, full, modules):
    groups.run(MODULE, **full)
    ec2 = modules.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    arn = described(elb)["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance["InstanceId"]}])
    groups.run(MODULE, **NAME, healthy_threshold_count=4)
    assert len(elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]) == 1
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])


def test_a_group_is_deleted_once(groups, full):
    groups.run(MODULE, **full)
    predicted, real = groups.predicted_and_real(MODULE, **NAME, state="absent")
    assert real["changed"] and predicted["diff"] == real["diff"] and real["diff"]["after"] == {}
    assert not groups.run(MODULE, **NAME, state="absent")["changed"]


REFUSED = {
    "name": ({"name": "web_1"}, "name: 'web_1' cannot be a target group's. Use 1 to 32 letters"),
    "least": ({"vpc_id": None, "port": None}, "port and vpc_id must be given to create target group web."),
    "interval": ({"health_check_interval_seconds": 4}, "health_check_interval_seconds: 4 is not possible. Give 5 to"),
    "timeout": (
        {"health_check_interval_seconds": 5, "health_check_timeout_seconds": 5},
        "health_check_timeout_seconds: 5 is not less than health_check_interval_seconds, which is 5.",
    ),
    "slow_start": (
        {
            "attributes": {
                "slow_start.duration_seconds": 30,
                "load_balancing.algorithm.type": "least_outstanding_requests",
            }
        },
        "attributes: slow_start.duration_seconds is for the algorithm round_robin, not least_outstanding_requests.",
    ),
    "tags": ({"tags": {"aws:x": "1"}}, "tags: 'aws:x' begins with aws:"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_before_anything_is_made(groups, elb, least, case):
    options, message = REFUSED[case]
    assert message in groups.refusal(MODULE, **{**least, **options})
    assert elb.describe_target_groups()["TargetGroups"] == []


def test_what_aws_cannot_change_is_refused_with_both_values(groups, least):
    groups.run(MODULE, **least)
    assert "AWS cannot change it: port is 8000, wanted 9000" in groups.refusal(MODULE, **NAME, port=9000)


def test_the_examples_change_something_and_do_it_once(groups, vpc):
    for task in yaml.safe_load(importlib.import_module(DOCUMENTED).EXAMPLES):
        options = task["convoy.delivery.elbv2_target_group"]
        if "vpc_id" in options:
            options["vpc_id"] = vpc
        assert groups.run(MODULE, **options)["changed"]
        assert not groups.run(MODULE, **options)["changed"]
