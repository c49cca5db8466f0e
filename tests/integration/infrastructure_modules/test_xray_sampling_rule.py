# SPDX-License-Identifier: GPL-3.0-or-later
"""xray_sampling_rule and xray_sampling_rule_info over HTTP."""

import pytest

MODULE = "xray_sampling_rule"
LEAST = {"rule_name": "shop", "priority": 1000, "reservoir_size": 1, "fixed_rate": 0.05}
FULL = {
    **LEAST,
    "service_name": "shop",
    "service_type": "AWS::EC2::Instance",
    "host": "*.example.com",
    "http_method": "GET",
    "url_path": "/buy/*",
    "resource_arn": "arn:aws:ec2:*",
    "attributes": {"plan": "trial", "tenant": 7},
    "sampling_rate_boost": {"max_rate": 0.5, "cooldown_window_minutes": 10},
    "tags": {"Environment": "production"},
}
CASES = {"least": LEAST, "full": FULL, "nothing": {**LEAST, "reservoir_size": 0, "fixed_rate": 0}}


@pytest.fixture
def rules(modules):
    modules.xray().stores.clear()
    yield modules
    modules.xray().stores.clear()


def described(modules, name="shop"):
    records = modules.client("xray").get_sampling_rules()["SamplingRuleRecords"]
    return {one["SamplingRule"]["RuleName"]: one["SamplingRule"] for one in records}.get(name)


@pytest.mark.parametrize("case", CASES)
def test_a_rule_is_made_as_predicted_and_then_left_alone(rules, case):
    options = CASES[case]
    predicted, real = rules.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    made = described(rules)
    assert (made["ReservoirSize"], made["FixedRate"]) == (options["reservoir_size"], options["fixed_rate"])
    assert (made["Host"], made["Version"]) == (options.get("host", "*"), 1)
    assert made["RuleARN"] == real["sampling_rule"]["rule_arn"]
    before = rules.calls()
    assert not rules.run(MODULE, **options)["changed"]
    assert rules.calls() - before == {"all": 2 if "tags" in options else 1}


CHANGES = {
    "priority": (LEAST, {"priority": 1}),
    "reservoir": (LEAST, {"reservoir_size": 0}),
    "rate": (FULL, {"fixed_rate": 0}),
    "service": (LEAST, {"service_name": "shop"}),
    "service type": (FULL, {"service_type": "*"}),
    "host": (FULL, {"host": "*"}),
    "method": (FULL, {"http_method": "POST"}),
    "path": (FULL, {"url_path": "/sell/?"}),
    "resource": (FULL, {"resource_arn": "*"}),
    "attributes": (LEAST, {"attributes": {"plan": "trial"}}),
    "other attributes": (FULL, {"attributes": {"tenant": "8"}}),
    "no attributes": (FULL, {"attributes": {}}),
    "boost": (LEAST, {"sampling_rate_boost": {"max_rate": 1, "cooldown_window_minutes": 1}}),
    "another boost": (FULL, {"sampling_rate_boost": {"max_rate": 0.1, "cooldown_window_minutes": 10}}),
    "tags": (FULL, {"tags": {"Team": "shop"}}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(rules, change):
    before, wanted = CHANGES[change]
    rules.run(MODULE, **before)
    predicted, real = rules.predicted_and_real(MODULE, rule_name="shop", **wanted)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert real["diff"]["before"] != real["diff"]["after"]
    assert not rules.run(MODULE, rule_name="shop", **wanted)["changed"]


def test_there_is_a_change_of_every_setting():
    from ansible_collections.convoy.delivery.plugins.module_utils.xray.sampling_rule import SamplingRule

    assert {*SamplingRule.settings} <= {option for _before, wanted in CHANGES.values() for option in wanted}


def test_a_change_of_one_setting_keeps_the_others_and_the_tags(rules):
    rules.run(MODULE, **FULL)
    before = described(rules)
    rules.run(MODULE, rule_name="shop", fixed_rate=0.5)
    assert described(rules) == {**before, "FixedRate": 0.5}
    (listed,) = rules.run("xray_sampling_rule_info", names=["shop"])["sampling_rules"]
    assert listed["tags"] == {"Environment": "production"}


def test_rules_are_listed_in_the_order_that_services_look_at_them(rules):
    rules.run(MODULE, **LEAST)
    rules.run(MODULE, **{**LEAST, "rule_name": "first", "priority": 1})
    listed = rules.run("xray_sampling_rule_info")["sampling_rules"]
    assert [one["rule_name"] for one in listed] == ["first", "shop", "Default"]
    assert rules.run("xray_sampling_rule_info", names=["none"])["sampling_rules"] == []


def test_the_default_rule_changes_its_reservoir_and_its_rate(rules):
    wanted = {"rule_name": "Default", "reservoir_size": 0, "fixed_rate": 0.01}
    predicted, real = rules.predicted_and_real(MODULE, **wanted)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert not rules.run(MODULE, **wanted)["changed"]
    assert described(rules, "Default")["FixedRate"] == 0.01


def test_a_rule_is_deleted_once(rules):
    rules.run(MODULE, **FULL)
    predicted, real = rules.predicted_and_real(MODULE, rule_name="shop", state="absent")
    assert real["changed"] and predicted["diff"] == real["diff"] and real["diff"]["after"] == {}
    assert described(rules) is None
    assert not rules.run(MODULE, rule_name="shop", state="absent")["changed"]


BAD = {
    "no priority": ({"priority": None}, "priority must be given to create sampling rule shop"),
    "priority": ({"priority": 10000}, "priority: 10000 is not possible. Give 1 (first) to 9999"),
    "reservoir": ({"reservoir_size": -1}, "reservoir_size: -1 is not possible"),
    "percent": ({"fixed_rate": 5}, "fixed_rate: 5.0 is not possible. Give a share from 0 to 1; 5 % is 0.05"),
    "name": ({"rule_name": "r" * 33}, "has 33 characters. Use 1 to 32"),
    "pattern": ({"http_method": "A" * 11}, "http_method: 'AAAAAAAAAAA' does not fit. Use 1 to 10 characters"),
    "empty pattern": ({"host": ""}, "host: '' does not fit"),
    "attributes": ({"attributes": dict.fromkeys("abcdef", "x")}, "attributes: 6 were given, a rule has 5 at most"),
    "attribute": ({"attributes": {"a": "x" * 33}}, "does not fit. Names and values have 1 to 32"),
    "boost": (
        {"sampling_rate_boost": {"max_rate": 2, "cooldown_window_minutes": 1}},
        "sampling_rate_boost.max_rate: 2.0 is not possible",
    ),
    "cooldown": (
        {"sampling_rate_boost": {"max_rate": 1, "cooldown_window_minutes": -1}},
        "cooldown_window_minutes: -1 is not possible",
    ),
    "default": ({"rule_name": "Default"}, "priority: of the rule Default only fixed_rate and reservoir_size change"),
    "no default": ({"rule_name": "Default", "state": "absent"}, "Default is X-Ray's own rule, which cannot be deleted"),
    "reserved tag": ({"tags": {"aws:x": "y"}}, "tags: 'aws:x' begins with aws:"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_written(rules, case):
    options, message = BAD[case]
    assert message in rules.refusal(MODULE, **{**LEAST, **options})
    assert described(rules) is None


def test_a_26th_rule_is_refused_with_what_to_do(rules):
    for number in range(25):
        rules.client("xray").create_sampling_rule(
            SamplingRule={
                "RuleName": f"rule-{number}", "Priority": 1, "FixedRate": 0, "ReservoirSize": 0, "Version": 1,
                **dict.fromkeys(["ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"], "*"),
            }
        )  # fmt: skip
    assert "Delete sampling rules that are not needed" in rules.refusal(MODULE, **LEAST)
