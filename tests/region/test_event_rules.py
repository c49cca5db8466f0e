# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge rules over HTTP: from a deployment that fails to a message, a metric and an alarm."""

import json
import time
from datetime import UTC, datetime

import pytest

from local_region.services.moto_gaps import events
from tests.conftest import open_api
from tests.region.cloudwatch import CloudWatch

PATTERN = {
    "source": ["aws.codedeploy"],
    "detail-type": ["CodeDeploy Deployment State-change Notification"],
    "detail": {"application": ["shop"], "deploymentGroup": ["production"], "state": ["FAILURE"]},
}


@pytest.fixture
def cloudwatch():
    with open_api() as api, CloudWatch(api) as one:
        events.measure(one.monitoring.count_event)
        yield one


def fail_a_deployment(api) -> str:
    """Of a group that no instance belongs to. Its id."""
    client = api.client("codedeploy")
    client.create_application(applicationName="shop")
    group = {"applicationName": "shop", "deploymentGroupName": "production"}
    tags = [{"Key": "Environment", "Value": "production", "Type": "KEY_AND_VALUE"}]
    client.create_deployment_group(**group, serviceRoleArn="arn:aws:iam::123456789012:role/deploy", ec2TagFilters=tags)
    location = {"bucket": "bundles", "key": "1.zip", "bundleType": "zip"}
    return client.create_deployment(**group, revision={"revisionType": "S3", "s3Location": location})["deploymentId"]


def sum_of(cloudwatch, metric: str) -> float:
    now = datetime.now(UTC).timestamp()
    found = cloudwatch.client.get_metric_statistics(
        Namespace="AWS/Events", MetricName=metric, Dimensions=[{"Name": "RuleName", "Value": "failed"}],
        StartTime=now - 86400, EndTime=now + 60, Period=86400, Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip
    return sum(point["Sum"] for point in found)


def received(cloudwatch, queue: str) -> list:
    """What comes into the queue, waited for."""
    deadline = time.monotonic() + 30
    while not (found := cloudwatch.messages(queue)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_a_failed_deployment_is_told_in_words_counted_and_an_alarm(cloudwatch):
    topic, queue = cloudwatch.topic()
    rules = cloudwatch.api.client("events")
    rules.put_rule(Name="failed", EventPattern=json.dumps(PATTERN))
    text = {"InputPathsMap": {"id": "$.detail.deploymentId"}, "InputTemplate": '"<id> has failed"'}
    rules.put_targets(Rule="failed", Targets=[{"Id": "topic", "Arn": topic, "InputTransformer": text}])
    cloudwatch.alarm(
        Namespace="AWS/Events", MetricName="TriggeredRules", Dimensions=[{"Name": "RuleName", "Value": "failed"}],
        Threshold=0, TreatMissingData="notBreaching",
    )  # fmt: skip

    deployment = fail_a_deployment(cloudwatch.api)

    assert received(cloudwatch, queue) == [f"{deployment} has failed"]
    assert [sum_of(cloudwatch, metric) for metric in ("TriggeredRules", "Invocations", "FailedInvocations")] == [
        1,
        1,
        0,
    ]
    cloudwatch.minutes(None)
    assert cloudwatch.state() == "ALARM"


def test_a_target_that_is_not_reached_counts_as_failed(cloudwatch):
    rules = cloudwatch.api.client("events")
    rules.put_rule(Name="failed", EventPattern=json.dumps({"source": ["shop"]}))
    rules.put_targets(Rule="failed", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:nowhere"}])

    rules.put_events(Entries=[{"Source": "shop", "DetailType": "sold", "Detail": "{}"}])

    assert [sum_of(cloudwatch, metric) for metric in ("TriggeredRules", "Invocations", "FailedInvocations")] == [
        1,
        1,
        1,
    ]
