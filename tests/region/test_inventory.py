# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory: what somebody has created, and nothing that an account has anyway."""

from __future__ import annotations

import pytest

READS = {
    "autoscaling": "describe_auto_scaling_groups",
    "cloudwatch": "describe_alarms",
    "codedeploy": "list_applications",
    "dynamodb": "list_tables",
    "ec2": "describe_instances",
    "elbv2": "describe_load_balancers",
    "events": "list_rules",
    "iam": "list_roles",
    "kms": "list_keys",
    "logs": "describe_log_groups",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "sns": "list_topics",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
}
ALARM = {
    "AlarmName": "errors", "Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count", "Period": 60,
    "Statistic": "Sum", "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


def test_an_empty_account_has_nothing_in_any_service(api):
    for service, operation in READS.items():
        getattr(api.client(service), operation)()
    api.client("ec2").describe_vpcs()

    assert api.region.inventory() == {}


CREATED = {
    "autoscaling launch configurations": ("autoscaling", "create_launch_configuration", "one"),
    "cloudwatch alarms": ("cloudwatch", "put_metric_alarm", "errors"),
    "codedeploy applications": ("codedeploy", "create_application", "shop"),
    "codedeploy deployment configs": ("codedeploy", "create_deployment_config", "half"),
    "ec2 internet gateways": ("ec2", "create_internet_gateway", "igw-"),
    "ec2 key pairs": ("ec2", "create_key_pair", "key"),
    "ec2 vpcs": ("ec2", "create_vpc", "vpc-"),
    "iam roles": ("iam", "create_role", "role"),
    "kms keys": ("kms", "create_key", ""),
    "logs groups": ("logs", "create_log_group", "/shop"),
    "s3 buckets": ("s3", "create_bucket", "a-bucket"),
    "sns topics": ("sns", "create_topic", "topic"),
    "ssm parameters": ("ssm", "put_parameter", "/shop/p"),
}
OPTIONS = {
    "create_launch_configuration": {
        "LaunchConfigurationName": "one",
        "ImageId": "ami-12c6146b",
        "InstanceType": "t3.micro",
    },
    "put_metric_alarm": ALARM,
    "create_application": {"applicationName": "shop"},
    "create_deployment_config": {
        "deploymentConfigName": "half",
        "minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 50},
    },
    "create_key_pair": {"KeyName": "key"},
    "create_vpc": {"CidrBlock": "10.0.0.0/16"},
    "create_role": {"RoleName": "role", "AssumeRolePolicyDocument": "{}"},
    "create_log_group": {"logGroupName": "/shop"},
    "create_bucket": {"Bucket": "a-bucket"},
    "create_topic": {"Name": "topic"},
    "put_parameter": {"Name": "/shop/p", "Value": "v", "Type": "String"},
}


@pytest.mark.parametrize("kind", CREATED)
def test_what_somebody_has_created_is_listed_under_its_kind_and_nothing_else(kind, api):
    service, operation, name = CREATED[kind]
    getattr(api.client(service), operation)(**OPTIONS.get(operation, {}))

    ((listed, names),) = api.region.inventory().items()

    assert listed == kind
    assert len(names) == 1 and names[0].startswith(name)


def test_an_instance_takes_its_volume_and_interface_along_when_it_is_terminated(api):
    ec2 = api.client("ec2")
    (instance,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    assert set(api.region.inventory()) == {"ec2 instances", "ec2 network interfaces", "ec2 volumes"}

    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])

    assert api.region.inventory() == {}


def test_a_key_that_waits_for_its_deletion_counts_as_deleted_by_id_and_by_arn(api):
    kms = api.client("kms")
    for name in ("KeyId", "Arn"):
        key = kms.create_key()["KeyMetadata"]
        kms.schedule_key_deletion(KeyId=key[name], PendingWindowInDays=7)

    assert api.region.inventory() == {}


def test_the_key_that_ec2_makes_to_encrypt_volumes_is_aws_own(api):
    ec2 = api.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True)
    ec2.delete_volume(VolumeId=volume["VolumeId"])

    assert api.region.inventory() == {}
