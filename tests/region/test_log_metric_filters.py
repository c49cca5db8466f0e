# SPDX-License-Identifier: GPL-3.0-or-later
"""Metric filters of CloudWatch Logs over HTTP: from a log event to an alarm."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from local_region.services.moto_gaps import logs as logs_of_moto
from tests.conftest import open_api
from tests.region.cloudwatch import CloudWatch

GROUP = "/shop/application"


@pytest.fixture(scope="module")
def shared_api():
    with open_api() as opened:
        yield opened


@pytest.fixture
def cloudwatch(shared_api):
    """A CloudWatch whose time the test moves, with a log group that it may write to."""
    with CloudWatch(shared_api) as one:
        logs_of_moto.measure(one.monitoring.metrics.put)
        client = one.logs = shared_api.client("logs")
        client.create_log_group(logGroupName=GROUP)
        one.undo.callback(client.delete_log_group, logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="i-1")
        yield one


def keep_filter(cloudwatch, pattern="ERROR", value="1", name="errors", **more):
    metric = {"metricName": "LogErrors", "metricNamespace": "Shop", "metricValue": value} | more
    cloudwatch.logs.put_metric_filter(
        logGroupName=GROUP, filterName=name, filterPattern=pattern, metricTransformations=[metric]
    )


def write(cloudwatch, *messages):
    at = int(cloudwatch.clock.now().timestamp() * 1000)
    events = [{"timestamp": at, "message": message} for message in messages]
    cloudwatch.logs.put_log_events(logGroupName=GROUP, logStreamName="i-1", logEvents=events)


def points(cloudwatch, dimensions=(), statistics=("Sum", "SampleCount")):
    now = datetime.now(UTC).timestamp()
    return cloudwatch.client.get_metric_statistics(
        Namespace="Shop", MetricName="LogErrors", Dimensions=list(dimensions), Statistics=list(statistics),
        StartTime=now - 7200, EndTime=now + 60, Period=86400,
    )["Datapoints"]  # fmt: skip


def message_of(call, **members) -> tuple[int, str]:
    with pytest.raises(ClientError) as error:
        call(**members)
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def test_matching_events_are_counted_and_raise_an_alarm(cloudwatch):
    keep_filter(cloudwatch)
    cloudwatch.alarm(Namespace="Shop", MetricName="LogErrors", Threshold=2, TreatMissingData="notBreaching")

    write(cloudwatch, "ERROR one", "INFO fine", "ERROR two")
    cloudwatch.minutes(None)
    assert cloudwatch.state() == "OK"

    write(cloudwatch, "ERROR one", "ERROR two", "ERROR three")
    cloudwatch.minutes(None)
    assert cloudwatch.state() == "ALARM"

    cloudwatch.minutes(*[None] * 6)  # missing data counts when nothing older is in the evaluation range
    assert cloudwatch.state() == "OK"


def test_silence_is_an_alarm_where_missing_data_is(cloudwatch):
    keep_filter(cloudwatch, pattern="poll_host_command")
    cloudwatch.alarm(
        Namespace="Shop", MetricName="LogErrors", ComparisonOperator="LessThanThreshold", Threshold=1,
        EvaluationPeriods=2, TreatMissingData="breaching",
    )  # fmt: skip
    for _ in range(3):
        write(cloudwatch, 'INFO [codedeploy-agent(7)]: [Client 200 45.1 0 retries] poll_host_command(host:"i-1")')
        cloudwatch.minutes(None)
    assert cloudwatch.state() == "OK"

    cloudwatch.minutes(*[None] * 6)
    assert cloudwatch.state() == "ALARM"


def test_a_field_is_the_value_and_others_are_dimensions(cloudwatch):
    dimensions = {"Path": "$.path"}
    keep_filter(cloudwatch, '{ $.level = "ERROR" }', "$.seconds", dimensions=dimensions)

    write(
        cloudwatch,
        json.dumps({"level": "ERROR", "seconds": 1.5, "path": "/cart"}),
        json.dumps({"level": "ERROR", "seconds": 2, "path": "/home"}),
        json.dumps({"level": "ERROR", "seconds": "long", "path": "/cart"}),
        json.dumps({"level": "ERROR", "seconds": 4}),
    )

    (point,) = points(cloudwatch, [{"Name": "Path", "Value": "/cart"}])
    assert (point["Sum"], point["SampleCount"]) == (1.5, 1.0)
    assert points(cloudwatch) == []


def test_the_default_value_stands_for_events_that_do_not_match(cloudwatch):
    keep_filter(cloudwatch, defaultValue=0.0)
    write(cloudwatch, "INFO fine")

    (point,) = points(cloudwatch)
    assert (point["Sum"], point["SampleCount"]) == (0.0, 1.0)


def test_a_filter_that_is_put_again_is_one_filter(cloudwatch):
    keep_filter(cloudwatch)
    keep_filter(cloudwatch, pattern="WARN")
    (found,) = cloudwatch.logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    assert found["filterPattern"] == "WARN"


def test_a_deleted_filter_counts_no_more(cloudwatch):
    keep_filter(cloudwatch)
    cloudwatch.logs.delete_metric_filter(logGroupName=GROUP, filterName="errors")
    write(cloudwatch, "ERROR")
    assert points(cloudwatch) == []


def test_what_is_not_understood_is_refused(cloudwatch):
    put = cloudwatch.logs.put_metric_filter
    metric = {"metricName": "LogErrors", "metricNamespace": "Shop", "metricValue": "1"}
    options = {"logGroupName": GROUP, "filterName": "errors", "metricTransformations": [metric]}

    status, text = message_of(put, filterPattern="[ip, user, status = 5*]", **options)
    assert (status, "patterns for space-delimited events" in text) == (501, True)
    status, text = message_of(put, filterPattern="a.b", **options)
    assert (status, text[:30]) == (400, "Invalid metric filter pattern:")
    metric["metricValue"] = "$.seconds"
    status, text = message_of(put, filterPattern="ERROR", **options)
    assert (status, "$.seconds is a field" in text) == (400, True)
    status, text = message_of(put, filterPattern="", **{**options, "logGroupName": "/nowhere"})
    assert (status, text) == (400, "The specified log group does not exist.")
