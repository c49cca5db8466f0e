# SPDX-License-Identifier: GPL-3.0-or-later
"""Composite alarms over HTTP."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api
from tests.region.cloudwatch import CloudWatch


@pytest.fixture(scope="module")
def shared_api():
    """One API for all tests of this file: each has a CloudWatch of its own in it."""
    with open_api() as opened:
        yield opened


@pytest.fixture
def cloudwatch(shared_api):
    with CloudWatch(shared_api) as one:
        one.alarm("a")
        one.alarm("b", MetricName="Others")
        yield one


def set_state(cloudwatch, name: str, state: str) -> None:
    cloudwatch.client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def compose(cloudwatch, rule: str, name: str = "both", **members) -> None:
    cloudwatch.client.put_composite_alarm(AlarmName=name, AlarmRule=rule, **members)


def message_of(call, **members) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**members)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_composite_alarm_is_evaluated_when_it_is_made(cloudwatch):
    compose(cloudwatch, "ALARM(a) OR ALARM(b)")
    alarm = cloudwatch.describe("both")
    assert alarm["StateValue"] == "OK"
    assert alarm["StateReason"] == f"{alarm['AlarmArn']} was created and its alarm rule evaluates to OK"


def test_it_follows_its_children_at_once(cloudwatch):
    compose(cloudwatch, 'ALARM("a") AND NOT OK("b")')
    compose(cloudwatch, "ALARM(both)", name="top")
    cloudwatch.minutes(9.0)
    child, alarm = cloudwatch.describe("a"), cloudwatch.describe("both")
    assert (child["StateValue"], alarm["StateValue"], cloudwatch.state("top")) == ("ALARM", "ALARM", "ALARM")
    assert alarm["StateReason"].startswith(f"{child['AlarmArn']} transitioned to ALARM at ")
    (trigger,) = json.loads(alarm["StateReasonData"])["triggeringAlarms"]
    assert (trigger["arn"], trigger["state"]["value"]) == (child["AlarmArn"], "ALARM")
    set_state(cloudwatch, "b", "OK")
    assert cloudwatch.state("both") == cloudwatch.state("top") == "OK"


def test_its_message_names_the_children(cloudwatch):
    topic, queue = cloudwatch.topic()
    compose(cloudwatch, "ALARM(a)", AlarmActions=[topic])
    set_state(cloudwatch, "a", "ALARM")
    (message,) = cloudwatch.messages(queue)
    assert message["AlarmRule"] == "ALARM(a)" and message["NewStateValue"] == "ALARM"
    assert message["TriggeringChildren"][0]["Arn"] == cloudwatch.describe("a")["AlarmArn"]


def test_describe_alarms_shows_composite_alarms_only_when_asked(cloudwatch):
    compose(cloudwatch, "ALARM(a) OR OK(b)")
    assert cloudwatch.client.describe_alarms()["CompositeAlarms"] == []
    answer = cloudwatch.client.describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert [alarm["AlarmName"] for alarm in answer["CompositeAlarms"]] == ["both"] and answer["MetricAlarms"] == []


def test_children_and_parents(cloudwatch):
    compose(cloudwatch, "ALARM(a) OR OK(b)")
    children = cloudwatch.client.describe_alarms(ChildrenOfAlarmName="both")["MetricAlarms"]
    assert [child["AlarmName"] for child in children] == ["a", "b"] and "Threshold" not in children[0]
    parents = cloudwatch.client.describe_alarms(ParentsOfAlarmName="a")["CompositeAlarms"]
    assert [sorted(parent) for parent in parents] == [["AlarmArn", "AlarmName"]]


@pytest.mark.parametrize(
    ("rule", "code", "words"),
    [
        ("ALARM(a) AND ALARM(none)", "ValidationError", "alarms [none] in the alarm rule do not exist"),
        ("ALARM(a) AND", "ValidationError", "valid rule expression"),
        ("AT_LEAST(1, ALARM, (a, b))", "NotImplementedInLocalRegion", "AT_LEAST"),
        ("ALARM(both)", "NotImplementedInLocalRegion", "both -> both"),
    ],
)
def test_bad_rules_are_refused(cloudwatch, rule, code, words):
    refused = message_of(cloudwatch.client.put_composite_alarm, AlarmName="both", AlarmRule=rule)
    assert refused[0] == code and words in refused[1]


def test_a_circle_of_composite_alarms_is_refused(cloudwatch):
    compose(cloudwatch, "ALARM(a)", name="low")
    compose(cloudwatch, "ALARM(low)", name="high")
    refused = message_of(cloudwatch.client.put_composite_alarm, AlarmName="low", AlarmRule="ALARM(high)")
    assert refused[0] == "NotImplementedInLocalRegion" and "low -> high -> low" in refused[1]
    assert cloudwatch.describe("low")["AlarmRule"] == "ALARM(a)"


def test_an_alarm_that_a_composite_needs_is_not_deleted(cloudwatch):
    compose(cloudwatch, "ALARM(a)")
    refused = message_of(cloudwatch.client.delete_alarms, AlarmNames=["b", "a"])
    assert "composite alarm(s) depending on it: both" in refused[1] and cloudwatch.state("b")
    cloudwatch.client.delete_alarms(AlarmNames=["both", "a"])
    assert [alarm["AlarmName"] for alarm in cloudwatch.client.describe_alarms()["MetricAlarms"]] == ["b"]


SUPPRESSED = {"ActionsSuppressor": "b", "ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 60}


def test_actions_wait_for_the_suppressor_and_pass_without_it(cloudwatch):
    topic, queue = cloudwatch.topic()
    compose(cloudwatch, "ALARM(a)", AlarmActions=[topic], **SUPPRESSED)
    cloudwatch.minutes(None, None, 9.0)
    alarm = cloudwatch.describe("both")
    assert (alarm["StateValue"], alarm["ActionsSuppressedBy"]) == ("ALARM", "WaitPeriod")
    assert cloudwatch.messages(queue) == []
    cloudwatch.minutes(9.0, 9.0)
    assert [message["NewStateValue"] for message in cloudwatch.messages(queue)] == ["ALARM"]
    assert "ActionsSuppressedBy" not in cloudwatch.describe("both")


def test_actions_are_suppressed_while_the_suppressor_alarms(cloudwatch):
    topic, queue = cloudwatch.topic()
    compose(cloudwatch, "ALARM(a)", AlarmActions=[topic], **SUPPRESSED)
    cloudwatch.minutes(None, None)
    cloudwatch.put(9.0, "Others")
    cloudwatch.minutes(9.0)
    for _ in range(5):
        cloudwatch.put(9.0, "Others")
        cloudwatch.minutes(9.0)
    assert cloudwatch.describe("both")["ActionsSuppressedBy"] == "Alarm" and cloudwatch.messages(queue) == []
    cloudwatch.put(0.0, "Others")
    cloudwatch.minutes(9.0)
    assert cloudwatch.describe("both")["ActionsSuppressedBy"] == "ExtensionPeriod"
    cloudwatch.minutes(9.0)
    assert [message["NewStateValue"] for message in cloudwatch.messages(queue)] == ["ALARM"]


def test_a_suppressor_needs_its_periods(cloudwatch):
    members = {"AlarmName": "both", "AlarmRule": "ALARM(a)", "ActionsSuppressor": "b"}
    assert "ActionsSuppressorWaitPeriod is required" in message_of(cloudwatch.client.put_composite_alarm, **members)[1]
