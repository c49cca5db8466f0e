# SPDX-License-Identifier: GPL-3.0-or-later
"""Metric alarms over HTTP: evaluated from what is published, with actions, history and refusals."""

import http.client
import json
import time
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from local_region.services.moto_gaps.cloudwatch import monitor
from tests.conftest import open_api
from tests.region.cloudwatch import ACCOUNT, REGION, CloudWatch


@pytest.fixture(scope="module")
def shared_api():
    """One API for all tests of this file: each has a CloudWatch of its own in it."""
    with open_api() as opened:
        yield opened


@pytest.fixture
def cloudwatch(shared_api):
    with CloudWatch(shared_api) as one:
        yield one


def refusal(call, **members) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as error:
        call(**members)
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_new_alarm_has_insufficient_data_until_it_is_evaluated(cloudwatch):
    cloudwatch.alarm()
    assert cloudwatch.state() == "INSUFFICIENT_DATA"
    assert cloudwatch.describe()["StateReason"] == "Unchecked: Initial alarm creation"
    cloudwatch.minutes(1.0)
    assert cloudwatch.state() == "OK"


def test_an_alarm_follows_the_sum_of_each_minute(cloudwatch):
    cloudwatch.alarm()
    for _ in range(3):
        cloudwatch.put(2.0)
    cloudwatch.minutes(None)
    alarm = cloudwatch.describe()
    assert alarm["StateValue"] == "ALARM"
    assert "1 datapoint [6.0 (" in alarm["StateReason"]
    data = json.loads(alarm["StateReasonData"])
    assert (data["recentDatapoints"], data["statistic"], data["period"]) == ([6.0], "Sum", 60)
    cloudwatch.minutes(5.0)
    assert cloudwatch.state() == "OK"


def test_only_the_metric_with_the_same_dimensions_counts(cloudwatch):
    cloudwatch.alarm(Dimensions=[{"Name": "Host", "Value": "a"}])
    cloudwatch.put(9.0)
    cloudwatch.put(9.0, Dimensions=[{"Name": "Host", "Value": "b"}])
    cloudwatch.put(9.0, Dimensions=[{"Name": "Host", "Value": "a"}, {"Name": "Zone", "Value": "x"}])
    cloudwatch.put(1.0, Dimensions=[{"Name": "Host", "Value": "a"}])
    cloudwatch.minutes(None)
    assert cloudwatch.state() == "OK"


def test_m_out_of_n(cloudwatch):
    cloudwatch.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    cloudwatch.minutes(9.0, 0.0, 0.0)
    assert cloudwatch.state() == "OK"
    cloudwatch.minutes(9.0, 0.0, 9.0)
    assert cloudwatch.state() == "ALARM"
    assert cloudwatch.describe()["StateReason"].startswith("Threshold Crossed: 2 out of the last 3 datapoints [9.0 (")


@pytest.mark.parametrize(
    ("treatment", "state"),
    [("missing", "INSUFFICIENT_DATA"), ("ignore", "OK"), ("breaching", "ALARM"), ("notBreaching", "OK")],
)
def test_when_the_metric_stops(cloudwatch, treatment, state):
    cloudwatch.alarm(TreatMissingData=treatment)
    cloudwatch.minutes(1.0)
    assert cloudwatch.state() == "OK"
    # The evaluation range is three periods: the datapoint counts as long as it is in there.
    cloudwatch.minutes(None, None)
    assert cloudwatch.state() == "OK"
    cloudwatch.minutes(None)
    assert cloudwatch.state() == state


def test_a_ratio_of_two_metrics(cloudwatch):
    def metric(name):
        return {"Metric": {"Namespace": "App", "MetricName": name}, "Period": 60, "Stat": "Sum"}

    cloudwatch.client.put_metric_alarm(
        AlarmName="ratio",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Metrics=[
            {"Id": "percent", "Expression": "100 * FILL(errors, 0) / requests", "Label": "5xx percent"},
            {"Id": "errors", "MetricStat": metric("Errors"), "ReturnData": False},
            {"Id": "requests", "MetricStat": metric("Requests"), "ReturnData": False},
        ],
    )
    cloudwatch.put(200.0, "Requests")
    cloudwatch.minutes(2.0)
    assert cloudwatch.state("ratio") == "OK"
    cloudwatch.put(200.0, "Requests")
    cloudwatch.minutes(3.0)
    alarm = cloudwatch.describe("ratio")
    assert alarm["StateValue"] == "ALARM" and "1 datapoint [1.5 (" in alarm["StateReason"]
    assert [metric["Id"] for metric in alarm["Metrics"]] == ["percent", "errors", "requests"]


def test_a_percentile(cloudwatch):
    cloudwatch.alarm(Statistic=None, ExtendedStatistic="p90")
    cloudwatch.client.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": "Errors", "Values": [1.0, 10.0], "Counts": [9.0, 1.0]}]
    )
    cloudwatch.minutes(None)
    assert cloudwatch.state() == "OK"
    cloudwatch.client.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": "Errors", "Values": [1.0, 10.0], "Counts": [8.0, 2.0]}]
    )
    cloudwatch.minutes(None)
    assert cloudwatch.state() == "ALARM"


def test_too_few_samples_for_a_percentile_keep_the_state_when_asked_to(cloudwatch):
    cloudwatch.alarm(Statistic=None, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="ignore")
    cloudwatch.minutes(9.0)
    assert cloudwatch.state() == "INSUFFICIENT_DATA"
    cloudwatch.client.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": "Errors", "Values": [9.0], "Counts": [100.0]}]
    )
    cloudwatch.minutes(None)
    assert cloudwatch.state() == "ALARM"


def test_a_change_is_published_to_the_topic_of_its_state(cloudwatch):
    topic, queue = cloudwatch.topic()
    cloudwatch.alarm(AlarmActions=[topic], AlarmDescription="Too many errors", Dimensions=[])
    cloudwatch.minutes(1.0)
    assert cloudwatch.messages(queue) == []
    cloudwatch.minutes(9.0, 9.0)
    (message,) = cloudwatch.messages(queue)
    assert message["NewStateValue"] == "ALARM" and message["OldStateValue"] == "OK"
    assert message["AlarmName"] == "errors" and message["AlarmDescription"] == "Too many errors"
    assert message["AWSAccountId"] == ACCOUNT and message["Region"] == "US East (N. Virginia)"
    assert message["AlarmArn"] == f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:errors"
    assert message["NewStateReason"] == cloudwatch.describe()["StateReason"]
    assert message["Trigger"]["MetricName"] == "Errors" and message["Trigger"]["Statistic"] == "SUM"
    cloudwatch.minutes(1.0)
    assert cloudwatch.messages(queue) == []


def test_disabled_actions_are_not_taken(cloudwatch):
    topic, queue = cloudwatch.topic()
    cloudwatch.alarm(AlarmActions=[topic])
    cloudwatch.client.disable_alarm_actions(AlarmNames=["errors"])
    cloudwatch.minutes(9.0)
    assert cloudwatch.state() == "ALARM" and cloudwatch.messages(queue) == []
    cloudwatch.client.enable_alarm_actions(AlarmNames=["errors"])
    cloudwatch.minutes(1.0, 9.0)
    assert [message["NewStateValue"] for message in cloudwatch.messages(queue)] == ["ALARM"]


def test_set_alarm_state_takes_actions_and_holds_until_the_next_evaluation(cloudwatch):
    topic, queue = cloudwatch.topic()
    cloudwatch.alarm(AlarmActions=[topic])
    cloudwatch.minutes(1.0)
    cloudwatch.client.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a rehearsal")
    assert cloudwatch.state() == "ALARM"
    assert [message["NewStateReason"] for message in cloudwatch.messages(queue)] == ["a rehearsal"]
    cloudwatch.minutes(1.0)
    assert cloudwatch.state() == "OK"


def test_the_history_tells_what_happened(cloudwatch):
    topic, _ = cloudwatch.topic()
    missing_topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:nowhere"
    cloudwatch.alarm(AlarmActions=[topic, missing_topic])
    cloudwatch.minutes(9.0)
    cloudwatch.monitoring.actions.drain()
    cloudwatch.alarm(Threshold=100)
    cloudwatch.client.delete_alarms(AlarmNames=["errors"])
    items = cloudwatch.history(AlarmName="errors")
    assert [(item["HistoryItemType"], item["HistorySummary"].partition(". ")[0]) for item in items] == [
        ("ConfigurationUpdate", 'Alarm "errors" created'),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("Action", f"Successfully executed action {topic}"),
        ("Action", f"Failed to execute action {missing_topic}"),
        ("ConfigurationUpdate", 'Alarm "errors" updated'),
        ("ConfigurationUpdate", 'Alarm "errors" deleted'),
    ]
    assert items[1]["HistoryData"]["newState"]["stateReasonData"]["recentDatapoints"] == [9.0]
    assert items[2]["HistoryData"]["actionState"] == "Succeeded" and items[3]["HistoryData"]["error"]
    assert len(cloudwatch.history(HistoryItemType="Action")) == 2


def test_every_change_is_an_event_on_the_default_bus(cloudwatch):
    queue, queue_arn = cloudwatch.queue("events")
    events = cloudwatch.api.client("events")
    cloudwatch.undo.callback(events.delete_rule, Name="alarms")
    cloudwatch.undo.callback(events.remove_targets, Rule="alarms", Ids=["queue"])
    events.put_rule(Name="alarms", EventPattern=json.dumps({"detail-type": ["CloudWatch Alarm State Change"]}))
    events.put_targets(Rule="alarms", Targets=[{"Id": "queue", "Arn": queue_arn}])
    cloudwatch.alarm(Dimensions=[{"Name": "Host", "Value": "a"}])
    cloudwatch.put(9.0, Dimensions=[{"Name": "Host", "Value": "a"}])
    cloudwatch.minutes(None)
    (event,) = cloudwatch.messages(queue)
    detail = event["detail"]
    assert event["source"] == "aws.cloudwatch" and event["resources"] == [cloudwatch.describe()["AlarmArn"]]
    assert detail["alarmName"] == "errors" and detail["state"]["value"] == "ALARM"
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert detail["configuration"]["metrics"][0]["metricStat"] == {
        "metric": {"namespace": "App", "name": "Errors", "dimensions": {"Host": "a"}},
        "period": 60,
        "stat": "Sum",
    }


def test_an_update_keeps_the_state_and_replaces_all_the_rest(cloudwatch):
    cloudwatch.alarm(AlarmDescription="first")
    cloudwatch.minutes(9.0)
    cloudwatch.alarm(Threshold=1)
    alarm = cloudwatch.describe()
    assert (alarm["StateValue"], alarm["Threshold"], alarm.get("AlarmDescription")) == ("ALARM", 1.0, None)


def test_describe_alarms_filters_and_pages(cloudwatch):
    topic, _ = cloudwatch.topic()
    for name in ("web-a", "web-b", "api"):
        cloudwatch.alarm(name, AlarmActions=[topic] if name == "api" else [])
    cloudwatch.client.set_alarm_state(AlarmName="web-b", StateValue="ALARM", StateReason="a test")

    def names(**filters):
        return [alarm["AlarmName"] for alarm in cloudwatch.client.describe_alarms(**filters)["MetricAlarms"]]

    assert names() == ["api", "web-a", "web-b"]
    assert names(AlarmNames=["web-b", "other"]) == ["web-b"]
    assert names(AlarmNamePrefix="web-") == ["web-a", "web-b"]
    assert names(StateValue="ALARM", AlarmNamePrefix="web-") == ["web-b"]
    assert names(ActionPrefix="arn:aws:sns:") == ["api"]
    pages = cloudwatch.client.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]


def test_describe_alarms_for_metric(cloudwatch):
    cloudwatch.alarm("sum", Dimensions=[{"Name": "Host", "Value": "a"}])
    cloudwatch.alarm("max", Dimensions=[{"Name": "Host", "Value": "a"}], Statistic="Maximum")
    cloudwatch.alarm("other")

    def names(**filters):
        answer = cloudwatch.client.describe_alarms_for_metric(Namespace="App", MetricName="Errors", **filters)
        return [alarm["AlarmName"] for alarm in answer["MetricAlarms"]]

    dimensions = [{"Name": "Host", "Value": "a"}]
    assert names(Dimensions=dimensions) == ["max", "sum"]
    assert names(Dimensions=dimensions, Statistic="Sum") == ["sum"]
    assert names() == ["other"]


def test_tags_of_alarms(cloudwatch):
    cloudwatch.alarm(Tags=[{"Key": "team", "Value": "shop"}])
    arn = cloudwatch.describe()["AlarmArn"]
    cloudwatch.alarm(Tags=[{"Key": "team", "Value": "ignored on an update"}])
    cloudwatch.client.tag_resource(ResourceARN=arn, Tags=[{"Key": "cost", "Value": "1"}])
    tags = cloudwatch.client.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "shop"}, {"Key": "cost", "Value": "1"}]
    cloudwatch.client.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloudwatch.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "cost", "Value": "1"}]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "no anomaly detection"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, "does not compute the statistic tm90"),
        ({"AlarmActions": [f"arn:aws:automate:{REGION}:ec2:stop"]}, "knows SNS topics and Auto Scaling policies"),
        ({"Period": 3600, "EvaluationPeriods": 25}, "look back a day at most"),
        ({"EvaluationInterval": 30}, "EvaluationInterval): leave it out"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_what_the_region_cannot_do_is_refused_with_501(cloudwatch, members, words):
    code, status, message = refusal(cloudwatch.alarm, **members)
    assert (code, status) == ("NotImplementedInLocalRegion", 501)
    assert words in message
    assert cloudwatch.client.describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Period": 61}, "ValidationError"),
        ({"Threshold": None}, "ValidationError"),
        ({"DatapointsToAlarm": 2}, "ValidationError"),
        ({"TreatMissingData": "maybe"}, "ValidationError"),
        ({"Period": 60, "EvaluationPeriods": 1441}, "ValidationError"),
        ({"AlarmActions": [f"arn:aws:sns:eu-west-1:{ACCOUNT}:alerts"]}, "ValidationError"),
        ({"AlarmActions": ["alerts"]}, "ValidationError"),
        ({"Statistic": None}, "InvalidParameterCombination"),
        ({"ExtendedStatistic": "p99"}, "InvalidParameterCombination"),
        ({"Statistic": None, "ExtendedStatistic": "p101"}, "InvalidParameterValue"),
        ({"Metrics": [{"Id": "e", "Expression": "1"}]}, "InvalidParameterCombination"),
    ],
    ids=str,
)
def test_bad_alarms_are_refused(cloudwatch, members, code):
    assert refusal(cloudwatch.alarm, **members)[:2] == (code, 400)


@pytest.mark.parametrize(
    ("expressions", "returned", "words"),
    [
        ({"e": "m1 + m2"}, ["e"], "refers to m2"),
        ({"e": "m1 +"}, ["e"], "not valid metric math"),
        ({"e": "SUM(m1)"}, ["e"], "single time series"),
        ({"e": "[m1]"}, ["e"], "single time series"),
        ({"a": "b * 2", "b": "a * 2"}, ["a"], "in a circle"),
        ({"e": "m1 * 2"}, ["e", "m1"], "Exactly one"),
        ({"E": "m1 * 2"}, ["E"], "lower case letter"),
    ],
    ids=str,
)
def test_bad_metric_math_is_refused(cloudwatch, expressions, returned, words):
    stat = {"Metric": {"Namespace": "App", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    metrics = [{"Id": name, "Expression": text, "ReturnData": name in returned} for name, text in expressions.items()]
    metrics.append({"Id": "m1", "MetricStat": stat, "ReturnData": "m1" in returned})
    code, status, message = refusal(
        cloudwatch.client.put_metric_alarm,
        AlarmName="math",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=metrics,
    )
    assert (code, status) == ("ValidationError", 400) and words in message


def test_an_alarm_that_is_not_there_cannot_be_set(cloudwatch):
    call = cloudwatch.client.set_alarm_state
    assert refusal(call, AlarmName="none", StateValue="OK", StateReason="a test")[:2] == ("ResourceNotFound", 404)


def test_reason_data_must_be_json(cloudwatch):
    cloudwatch.alarm()
    members = {"AlarmName": "errors", "StateValue": "OK", "StateReason": "a test", "StateReasonData": "{"}
    assert refusal(cloudwatch.client.set_alarm_state, **members)[:2] == ("InvalidFormat", 400)


def test_the_query_protocol_is_spoken_too(cloudwatch):
    cloudwatch.alarm()
    host = cloudwatch.api.url.removeprefix("http://")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/monitoring/aws4_request, Signature=x",
    }

    def ask(**fields) -> tuple[int, str]:
        connection = http.client.HTTPConnection(host)
        connection.request("POST", "/", urlencode({"Version": "2010-08-01", **fields}), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    status, text = ask(Action="DescribeAlarms")
    assert status == 200 and "<AlarmName>errors</AlarmName>" in text and "<Threshold>5.0</Threshold>" in text
    status, text = ask(Action="PutCompositeAlarm", AlarmName="x", AlarmRule="AT_LEAST(1, ALARM, (errors))")
    assert status == 501 and "<Code>NotImplementedInLocalRegion</Code>" in text


def test_in_a_running_region_a_minute_is_scaled(shared_api):
    """At time scale 20 an alarm with a period of a minute follows within six seconds."""
    api = shared_api
    monitor(api.region.monitoring)
    client = api.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="errors",
        Namespace="App",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    client.put_metric_data(Namespace="App", MetricData=[{"MetricName": "Errors", "Value": 9}])
    deadline = time.monotonic() + 30
    while api.region.monitoring.alarms.alarm_state(ACCOUNT, REGION, "errors") != "ALARM":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    alarm = client.describe_alarms()["MetricAlarms"][0]
    data = json.loads(alarm["StateReasonData"])
    assert data["period"] == 60 and data["recentDatapoints"] == [9.0]
