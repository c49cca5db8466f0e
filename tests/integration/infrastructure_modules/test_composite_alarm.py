# SPDX-License-Identifier: GPL-3.0-or-later
"""cloudwatch_composite_alarm over HTTP."""

import pytest

MODULE = "cloudwatch_composite_alarm"
METRIC_ALARMS = ["web-5xx", "web-latency", "maintenance"]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"

LEAST = {"alarm_name": "web", "alarm_rule": {"any": ["web-5xx", "web-latency"]}}
FULL = {
    **LEAST,
    "alarm_description": "Requests fail or are slow.",
    "actions_enabled": False,
    "alarm_actions": [TOPIC],
    "ok_actions": [TOPIC],
    "insufficient_data_actions": [TOPIC],
    "actions_suppressor": "maintenance",
    "actions_suppressor_wait_period": 60,
    "actions_suppressor_extension_period": 0,
    "tags": {"Environment": "production"},
}
CASES = {"least": LEAST, "full": FULL}


@pytest.fixture(scope="module")
def client(modules):
    """CloudWatch with the alarms that the rules are about, and a topic."""
    modules.client("sns").create_topic(Name="alerts")
    client = modules.client("cloudwatch")
    for name in METRIC_ALARMS:
        client.put_metric_alarm(
            AlarmName=name, MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    yield client
    client.delete_alarms(AlarmNames=METRIC_ALARMS)


@pytest.fixture
def alarms(modules, client):
    """The modules, with no composite alarm before and after."""
    yield modules
    client.delete_alarms(AlarmNames=["web"])


def described(client):
    found = client.describe_alarms(AlarmNames=["web"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return found[0] if found else None


def tags_of(client):
    told = client.list_tags_for_resource(ResourceARN=described(client)["AlarmArn"])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in told}


@pytest.mark.parametrize("case", CASES)
def test_an_alarm_is_made_as_predicted_and_then_left_alone(alarms, client, case):
    options = CASES[case]
    predicted, real = alarms.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert described(client)["AlarmRule"] == 'ALARM("web-5xx") OR ALARM("web-latency")'
    assert real["composite_alarm"]["state_value"] in ("OK", "ALARM", "INSUFFICIENT_DATA")
    before = alarms.calls()
    assert not alarms.run(MODULE, **options)["changed"]
    assert alarms.calls() - before == {"all": 2 if "tags" in options else 1}


CHANGES = {
    "rule": (LEAST, {"alarm_rule": {"all": ["web-5xx", {"not": "maintenance"}]}}),
    "expression": (LEAST, {"alarm_rule": "OK(web-5xx)"}),
    "description": (FULL, {"alarm_description": "Something is wrong."}),
    "no_description": (FULL, {"alarm_description": ""}),
    "enabled": (FULL, {"actions_enabled": True}),
    "disabled": (LEAST, {"actions_enabled": False}),
    "alarm": (LEAST, {"alarm_actions": [TOPIC]}),
    "no_ok": (FULL, {"ok_actions": []}),
    "no_insufficient": (FULL, {"insufficient_data_actions": []}),
    "suppressor": (FULL, {"actions_suppressor": "web-latency"}),
    "no_suppressor": (FULL, {"actions_suppressor": ""}),
    "wait": (FULL, {"actions_suppressor_wait_period": 0}),
    "extension": (FULL, {"actions_suppressor_extension_period": 300}),
    "tags": (FULL, {"tags": {"Team": "shop"}}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(alarms, change):
    before, wanted = CHANGES[change]
    alarms.run(MODULE, **before)
    predicted, real = alarms.predicted_and_real(MODULE, alarm_name="web", **wanted)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert real["diff"]["before"] != real["diff"]["after"]
    assert not alarms.run(MODULE, alarm_name="web", **wanted)["changed"]


def test_there_is_a_change_of_every_setting_that_the_local_region_knows():
    from ansible_collections.convoy.delivery.plugins.module_utils.cloudwatch.composite_alarm import CompositeAlarm

    changed = {option for _before, wanted in CHANGES.values() for option in wanted}
    assert {*CompositeAlarm.settings} - changed == {"action_configuration"}


def test_a_change_of_one_setting_keeps_the_others_and_the_tags(alarms, client):
    alarms.run(MODULE, **FULL)
    alarms.run(MODULE, alarm_name="web", alarm_description="Something is wrong.")
    kept = described(client)
    assert kept["AlarmDescription"] == "Something is wrong."
    assert (kept["AlarmActions"], kept["OKActions"], kept["InsufficientDataActions"]) == ([TOPIC], [TOPIC], [TOPIC])
    assert kept["ActionsSuppressor"] == "maintenance" and kept["ActionsSuppressorExtensionPeriod"] == 0
    assert kept["ActionsEnabled"] is False
    assert tags_of(client) == {"Environment": "production"}


def test_the_periods_go_with_the_suppressor(alarms, client):
    alarms.run(MODULE, **FULL)
    alarms.run(MODULE, alarm_name="web", actions_suppressor="")
    assert not [name for name in described(client) if name.startswith("ActionsSuppressor")]


def test_white_space_and_the_order_of_actions_are_no_change(alarms):
    other = f"{TOPIC}-2"
    alarms.client("sns").create_topic(Name="alerts-2")
    alarms.run(MODULE, **{**FULL, "alarm_actions": [TOPIC, other]})
    same = {"alarm_rule": 'ALARM("web-5xx")\n  OR  ALARM( "web-latency" )', "alarm_actions": [other, TOPIC]}
    assert not alarms.run(MODULE, alarm_name="web", **same)["changed"]


def test_tags_are_purged_only_when_that_is_wanted(alarms, client):
    alarms.run(MODULE, **FULL)
    alarms.run(MODULE, alarm_name="web", tags={"Team": "shop"}, purge_tags=False)
    assert tags_of(client) == {"Environment": "production", "Team": "shop"}
    alarms.run(MODULE, alarm_name="web", tags={"Team": "shop"})
    assert tags_of(client) == {"Team": "shop"}


def test_an_alarm_is_deleted_once(alarms, client):
    alarms.run(MODULE, **FULL)
    predicted, real = alarms.predicted_and_real(MODULE, alarm_name="web", state="absent")
    assert real["changed"] and predicted["diff"] == real["diff"] and real["diff"]["after"] == {}
    assert described(client) is None
    before = alarms.calls()
    assert not alarms.run(MODULE, alarm_name="web", state="absent")["changed"]
    assert alarms.calls() - before == {"all": 1}


BAD = {
    "no rule": ({"alarm_rule": None}, "alarm_rule must be given to create composite alarm web"),
    "empty rule": ({"alarm_rule": " "}, "alarm_rule: it is empty"),
    "no operator": ({"alarm_rule": {"one": ["a"]}}, "alarm_rule: {'one': ['a']} is no part of a rule"),
    "no name": ({"alarm_name": ""}, "alarm_name: it has 0 characters"),
    "too many": (
        {"alarm_actions": [f"{TOPIC}-{n}" for n in range(6)]},
        "alarm_actions: 6 actions were given, at most 5",
    ),
    "no periods": ({"actions_suppressor": "maintenance"}, "actions_suppressor_wait_period and actions_suppressor_ext"),
    "no suppressor": ({"actions_suppressor_wait_period": 5}, "wait_period: there is no actions_suppressor"),
    "negative": ({"actions_suppressor_wait_period": -1}, "actions_suppressor_wait_period: -1 is not possible"),
    "reserved tag": ({"tags": {"aws:x": "y"}}, "tags: 'aws:x' begins with aws:"),
    "metric alarm": ({"alarm_name": "web-5xx"}, "alarm_name: web-5xx is a metric alarm"),
    "unknown": ({"alarm_rule": {"any": ["nothing"]}}, "Could not create composite alarm web: .*nothing"),
    "not built": (
        {"action_configuration": {"alarm_tags_propagation": {"enabled": True}}},
        "Could not create composite alarm web: The local region's alarms do not know",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_written(alarms, client, case):
    import re

    options, message = BAD[case]
    assert re.search(message if ".*" in message else re.escape(message), alarms.refusal(MODULE, **{**LEAST, **options}))
    assert described(client) is None
