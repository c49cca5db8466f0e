# SPDX-License-Identifier: GPL-3.0-or-later
"""Each official module that is known to be safe in the warm controller, run both ways: one result."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.convoy.delivery.plugins.plugin_utils import warm, warm_official

from .conftest import SECRET, Playbooks

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = {"ANSIBLE_CALLBACKS_ENABLED": "convoy.delivery.warm_controller"}

ZONES = ("eu-central-1a", "eu-central-1b")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ROLE = {"name": "host", "assume_role_policy_document": TRUST, "tags": {"Team": "web"}}
USER = {"name": "rack-7", "tags": {"Team": "web"}, "state": "present"}
ASSUME = {"role_arn": "arn:aws:iam::123456789012:role/host", "role_session_name": "rack-7"}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}

VPC = {"name": "shop", "cidr_block": "10.0.0.0/16", "tags": {"Team": "web"}}
GROUP = {"name": "web", "description": "web", "vpc_id": "{{ vpc.vpc.id }}", "rules": [{"proto": "tcp", "ports": [80]}]}
for rule in GROUP["rules"]:
    rule["cidr_ip"] = "10.0.0.0/8"
ADDRESS = {"in_vpc": True, "tag_name": "Name", "tag_value": "shop", "reuse_existing_ip_allowed": True}
TARGETS = {"name": "web", "protocol": "http", "port": 8000, "vpc_id": "{{ vpc.vpc.id }}", "state": "present"}
SUBNETS = ["{{ subnet_a.subnet.id }}", "{{ subnet_b.subnet.id }}"]
LISTENERS = [
    {
        "Protocol": "HTTP",
        "Port": 80,
        "DefaultActions": [{"Type": "forward", "TargetGroupName": "web"}],
    }
]
BALANCER = {"name": "web", "subnets": SUBNETS, "security_groups": ["{{ group.group_id }}"], "listeners": LISTENERS}
TEMPLATE = {"template_name": "web", "image_id": "ami-12c6146b", "instance_type": "t3.micro"}
ASG = {
    "name": "web",
    "launch_template": {"launch_template_name": "web"},
    "min_size": 1,
    "max_size": 1,
    "desired_capacity": 1,
    "vpc_zone_identifier": SUBNETS,
    "wait_for_instances": False,
}
BUCKET = {"name": "shop-artifacts", "versioning": True, "tags": {"Team": "web"}}
LIFECYCLE = {"name": "shop-artifacts", "rule_id": "old", "prefix": "old/", "expiration_days": 30, "state": "present"}
ALARM = {
    "name": "slow",
    "state": "present",
    "namespace": "AWS/ApplicationELB",
    "metric_name": "TargetResponseTime",
    "statistic": "Average",
    "comparison": "GreaterThanThreshold",
    "threshold": 1.0,
    "period": 60,
    "evaluation_periods": 3,
    "unit": "Seconds",
}
REPOSITORY = {"name": "shop", "description": "the shop", "state": "present"}
LOG_GROUP = {"log_group_name": "/builds", "retention": 30, "tags": {"Team": "web"}}
LOG_FILTER = {
    "log_group_name": "/builds",
    "filter_name": "errors",
    "filter_pattern": "ERROR",
    "metric_transformation": {"metric_name": "Errors", "metric_namespace": "shop", "metric_value": "1"},
    "state": "present",
}
TRAIL = {"name": "shop", "s3_bucket_name": "shop-trail"}
TRAIL_WRITES = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": ["s3:GetBucketAcl", "s3:PutObject"],
    "Resource": ["arn:aws:s3:::shop-trail", "arn:aws:s3:::shop-trail/*"],
}
TRAIL_BUCKET = {"name": "shop-trail", "policy": {"Version": "2012-10-17", "Statement": [TRAIL_WRITES]}}
TOPIC = {"name": "shop", "subscriptions": [], "tags": {"Team": "web"}}
KEY = {"alias": "shop", "description": "the shop", "enable_key_rotation": True, "tags": {"Team": "web"}}
PARAMETER = {"name": "/shop/motto", "value": "fresh every day", "tags": {"Team": "web"}}
SECRET_OF_THE_SHOP = {"name": "shop", "json_secret": {"password": SECRET}, "state": "present"}
RULE = {
    "name": "failed",
    "event_pattern": json.dumps({"source": ["aws.codepipeline"]}),
    "targets": [{"id": "topic", "arn": "{{ topic.sns_arn }}"}],
}


def twice(name: str, options: dict, foretold: bool = False, **more) -> list[dict]:
    """Done, and found done; foretold by check mode before, where asked."""
    before = [{name: options, "check_mode": True}] if foretold else []
    return [*before, {name: options, **more}, {name: options}]


TASKS: list[dict] = [
    {"amazon.aws.aws_caller_info": {}},
    *twice("amazon.aws.ec2_vpc_net", VPC, foretold=True, register="vpc"),
    {"amazon.aws.ec2_vpc_net_info": {"filters": {"tag:Name": "shop"}}},
    *(
        {
            "amazon.aws.ec2_vpc_subnet": {"vpc_id": "{{ vpc.vpc.id }}", "cidr": f"10.0.{number}.0/24", "az": zone},
            "register": f"subnet_{zone[-1]}",
        }
        for number, zone in enumerate(ZONES)
    ),
    {"amazon.aws.ec2_vpc_subnet_info": {"filters": {"vpc-id": "{{ vpc.vpc.id }}"}}},
    *twice("amazon.aws.ec2_vpc_igw", {"vpc_id": "{{ vpc.vpc.id }}"}, register="igw"),
    *twice(
        "amazon.aws.ec2_vpc_route_table",
        {
            "vpc_id": "{{ vpc.vpc.id }}",
            "tags": {"Name": "public"},
            "subnets": SUBNETS,
            "routes": [{"dest": "0.0.0.0/0", "gateway_id": "{{ igw.gateway_id }}"}],
        },
    ),
    {"amazon.aws.ec2_vpc_route_table_info": {"filters": {"tag:Name": "public"}}},
    {"amazon.aws.ec2_vpc_nat_gateway": {"subnet_id": SUBNETS[0], "if_exist_do_not_create": True}, "check_mode": True},
    {"amazon.aws.ec2_vpc_nat_gateway_info": {}},
    *twice("amazon.aws.ec2_eip", ADDRESS),
    {"amazon.aws.ec2_eip_info": {"filters": {"tag:Name": "shop"}}},
    {"amazon.aws.ec2_eni_info": {"filters": {"vpc-id": "{{ vpc.vpc.id }}"}}},
    {"amazon.aws.ec2_vpc_endpoint_info": {"filters": {"vpc-id": "{{ vpc.vpc.id }}"}}},
    *twice("amazon.aws.ec2_security_group", GROUP, register="group"),
    {"amazon.aws.ec2_security_group_info": {"filters": {"group-name": "web"}}},
    *twice("amazon.aws.iam_role", ROLE, foretold=True),
    *twice(
        "amazon.aws.iam_policy",
        {"iam_type": "role", "iam_name": "host", "policy_name": "read", "policy_json": READ, "state": "present"},
    ),
    *twice("amazon.aws.iam_instance_profile", {"name": "host", "role": "host"}),
    *twice("amazon.aws.iam_user", USER, foretold=True),
    # A secret is another one each time: what is made is compared without it.
    {"amazon.aws.iam_access_key": {"user_name": "rack-7"}, "check_mode": True},
    {"amazon.aws.iam_access_key": {"user_name": "rack-7"}, "no_log": True},
    {"amazon.aws.iam_access_key_info": {"user_name": "rack-7"}},
    {"amazon.aws.sts_assume_role": ASSUME, "check_mode": True},
    {"amazon.aws.sts_assume_role": ASSUME, "no_log": True},
    *twice("amazon.aws.s3_bucket", BUCKET, foretold=True),
    *twice("community.aws.s3_lifecycle", LIFECYCLE),
    {"amazon.aws.s3_bucket_info": {"name": "shop-artifacts"}},
    *twice("community.aws.elb_target_group", TARGETS),
    {"community.aws.elb_target_group_info": {"names": ["web"]}},
    *twice("amazon.aws.elb_application_lb", BALANCER),
    {"amazon.aws.elb_application_lb_info": {"names": ["web"]}},
    {"amazon.aws.ec2_ami_info": {"image_ids": [TEMPLATE["image_id"]]}},
    *twice("amazon.aws.ec2_launch_template", TEMPLATE),
    *twice("amazon.aws.autoscaling_group", ASG),
    {"amazon.aws.autoscaling_group_info": {"name": "web"}},
    {"amazon.aws.ec2_instance_info": {"filters": {"vpc-id": "{{ vpc.vpc.id }}"}}},
    *twice("amazon.aws.cloudwatch_metric_alarm", ALARM),
    {"amazon.aws.cloudwatch_metric_alarm_info": {"alarm_names": ["slow"]}},
    *twice("community.aws.codecommit_repository", REPOSITORY, foretold=True),
    *twice("amazon.aws.cloudwatchlogs_log_group", LOG_GROUP, foretold=True),
    {"amazon.aws.cloudwatchlogs_log_group_info": {"log_group_name": "/builds"}},
    *twice("amazon.aws.cloudwatchlogs_log_group_metric_filter", LOG_FILTER),
    {"amazon.aws.s3_bucket": TRAIL_BUCKET},
    *twice("community.aws.s3_logging", {"name": "shop-artifacts", "target_bucket": "shop-trail", "state": "present"}),
    *twice("amazon.aws.cloudtrail", TRAIL),
    *twice("amazon.aws.kms_key", KEY, foretold=True),
    {"amazon.aws.kms_key_info": {"alias": "shop"}},
    {"community.aws.acm_certificate_info": {}},
    *twice("community.aws.ssm_parameter", PARAMETER, foretold=True),
    *twice("community.aws.secretsmanager_secret", SECRET_OF_THE_SHOP, foretold=True),
    *twice("community.aws.sns_topic", TOPIC, register="topic"),
    {"community.aws.sns_topic_info": {}},
    *twice("amazon.aws.cloudwatchevent_rule", RULE),
    # What goes wrong, and what a task adds.
    {"amazon.aws.ec2_vpc_net": {"name": "shop"}},
    {"amazon.aws.ec2_vpc_net": {"colour": "red"}},
    {"amazon.aws.ec2_vpc_net": {"name": "shop", "cidr_block": "10.0.0.0/16", "tenancy": "shared"}},
    {"amazon.aws.ec2_vpc_subnet": {"vpc_id": "vpc-0", "cidr": "10.0.0.0/24"}},
    {"amazon.aws.iam_role": {"name": "none", "assume_role_policy_document": "{"}},
    {"amazon.aws.aws_caller_info": {}, "no_log": True},
    {"amazon.aws.s3_bucket_info": {"name": "{{ item }}"}, "loop": ["shop-artifacts", "none"]},
    {"amazon.aws.ec2_vpc_net_info": {"region": "{{ omit }}"}, "environment": {"AWS_REGION": "us-west-2"}},
    {"amazon.aws.s3_bucket_info": {}, "delegate_to": "localhost", "run_once": True},
    {"amazon.aws.s3_bucket_info": {"endpoint_url": "http://127.0.0.1:9"}, "environment": {"AWS_MAX_ATTEMPTS": 1}},
    {"amazon.aws.s3_bucket": {"name": SECRET}, "check_mode": True},
]

SERVICES = {
    "acm",
    "autoscaling",
    "cloudtrail",
    "cloudwatch",
    "codecommit",
    "ec2",
    "elb",
    "elbv2",
    "events",
    "iam",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "ssm",
    "sts",
}

# What AWS makes anew each time: ids, times, request ids.
MADE = [
    (re.compile(r"http://127\.0\.0\.1:\d+"), "ENDPOINT"),
    (re.compile(r"\b(?=[a-z]*\d)[a-z0-9]{20}\b"), "UNIQUE"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b([a-z]+)-[0-9a-f]{8,32}\b"), r"\1-ID"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[0-9.:+Z]*"), "TIME"),
    (re.compile(r'"creation_time": \d+'), '"creation_time": 0'),
    (re.compile(r"\b[0-9a-f]{13,32}\b"), "HEX"),
    (re.compile(r"\b02(:[0-9a-f]{2}){5}\b"), "MAC"),
    (re.compile(r"\bA(RO|IP|ID|NP|KI)A[0-9A-Z]{12,20}\b"), "UNIQUE"),
    (re.compile(r"\b[0-9A-Za-z]{52}\b"), "REQUEST"),
    (re.compile(r"(:secret:[a-z]+)-[A-Za-z0-9]{6}\b"), r"\1-ANY"),
    (
        re.compile(r'"(content-length|date|duration|request_id|x-amzn-requestid|public_ip|allocation_id)": "[^"]*"'),
        r'"\1": ""',
    ),
    (re.compile(r'"private_(ip_address|dns_name)": "[^"]*"'), r'"private_\1": ""'),
    (re.compile(r"\bip-10-0-\d+-\d+|\b10\.0\.\d+\.\d+\b(?!/)|\bweb-\d+\b"), "MADE"),
]


def stable(result: dict) -> dict:
    # What is said of an import is said in the controller too, but by the main process.
    said = [one for one in result.get("deprecations", []) if not one["msg"].startswith("Importing ")]
    text = json.dumps({**result, "deprecations": said}, sort_keys=True)
    for pattern, name in MADE:
        text = pattern.sub(name, text)
    return json.loads(text)


def module_of(task: dict) -> str:
    return next(name for name in task if ".aws." in name)


LABELS = [f"{number}-{module_of(task).rpartition('.')[2]}" for number, task in enumerate(TASKS)]


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory):
    """The results of the tasks in an empty account, by label: in the controller, and as modules."""
    from tests.conftest import open_api

    found = []
    for warm_way in (True, False):
        with open_api() as api:
            playbooks = Playbooks(tmp_path_factory.mktemp("both"), api.url)
            found.append(dict(zip(LABELS, playbooks.results(TASKS, warm_way, **SETTINGS), strict=True)))
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("label", LABELS)
def test_the_result_is_the_same_both_ways(both_ways, label):
    in_the_controller, as_a_module = both_ways
    assert stable(in_the_controller[label]) == stable(as_a_module[label])


@pytest.mark.thorough
def test_every_known_module_does_its_work_once(both_ways):
    in_the_controller, _ = both_ways
    succeeded = {
        module_of(task)
        for task, label in zip(TASKS, LABELS, strict=True)
        if not in_the_controller[label].get("failed") and not task.get("no_log")
    }
    assert succeeded == warm_official.KNOWN


def test_all_of_them_run_in_the_controller(playbooks):
    tasks = [{name: {}, "ignore_errors": True} for name in sorted(warm_official.KNOWN)]
    output = playbooks.output(tasks, "-vvv", **SETTINGS)
    assert output.count("Using module file") == len(tasks)
    assert "EXEC" not in output and "runs as a module" not in output


def test_the_old_name_of_a_module_is_the_same_module(playbooks):
    output = playbooks.output([{"amazon.aws.ec2_group_info": {}}], "-vvv", **SETTINGS)
    assert "ok=1" in output and "EXEC" not in output


def official_modules_of(content) -> set[str]:
    if isinstance(content, dict):
        names = {name for name in content if re.fullmatch(r"(amazon|community)\.aws\.\w+", str(name))}
        return names.union(*map(official_modules_of, content.values()))
    return set().union(*map(official_modules_of, content)) if isinstance(content, list) else set()


@pytest.mark.parametrize("name", sorted(warm_official.KNOWN))
def test_the_services_that_a_module_calls_are_prepared(name):
    module = warm.prepare(name)
    assert module is not None
    services = warm.services(module)
    assert services and set(services) <= SERVICES


def test_the_official_modules_that_our_roles_call_are_known():
    called = set()
    for file in [*ROOT.glob("roles/*/tasks/**/*.yml"), *ROOT.glob("playbooks/*.yml")]:
        called |= official_modules_of(yaml.safe_load(file.read_text(encoding="utf-8")))
    assert called and called <= warm_official.KNOWN
