# SPDX-License-Identifier: GPL-3.0-or-later
"""xray_group and xray_group_info over HTTP."""

import pytest

MODULE = "xray_group"
LEAST = {"group_name": "shop"}
FULL = {
    **LEAST,
    "filter_expression": 'service("shop  1") { fault OR error }',
    "insights_configuration": {"insights_enabled": True, "notifications_enabled": True},
    "tags": {"Environment": "production"},
}
CASES = {"least": LEAST, "full": FULL}


@pytest.fixture
def groups(modules):
    modules.xray().stores.clear()
    yield modules
    modules.xray().stores.clear()


def described(modules):
    found = {one["GroupName"]: one for one in modules.client("xray").get_groups()["Groups"]}
    return found.get("shop")


@pytest.mark.parametrize("case", CASES)
def test_a_group_is_made_as_predicted_and_then_left_alone(groups, case):
    options = CASES[case]
    predicted, real = groups.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert described(groups).get("FilterExpression") == options.get("filter_expression")
    assert described(groups)["GroupARN"] == real["group"]["group_arn"]
    before = groups.calls()
    assert not groups.run(MODULE, **options)["changed"]
    assert groups.calls() - before == {"all": 2 if "tags" in options else 1}


CHANGES = {
    "filter": (FULL, {"filter_expression": 'annotation.tier = "web"'}),
    "first filter": (LEAST, {"filter_expression": 'annotation.tier = "web"'}),
    "insights": (LEAST, {"insights_configuration": {"insights_enabled": True}}),
    "no insights": (FULL, {"insights_configuration": {"insights_enabled": False}}),
    "no notifications": (FULL, {"insights_configuration": {"notifications_enabled": False}}),
    "tags": (FULL, {"tags": {"Team": "shop"}}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(groups, change):
    before, wanted = CHANGES[change]
    groups.run(MODULE, **before)
    predicted, real = groups.predicted_and_real(MODULE, group_name="shop", **wanted)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert real["diff"]["before"] != real["diff"]["after"]
    assert not groups.run(MODULE, group_name="shop", **wanted)["changed"]


def test_there_is_a_change_of_every_setting():
    from ansible_collections.convoy.delivery.plugins.module_utils.xray.group import Group

    assert {*Group.settings} <= {option for _before, wanted in CHANGES.values() for option in wanted}


def test_a_change_of_one_setting_keeps_the_others_and_the_tags(groups):
    groups.run(MODULE, **FULL)
    changed = groups.run(MODULE, group_name="shop", insights_configuration={"notifications_enabled": False})
    assert described(groups)["FilterExpression"] == FULL["filter_expression"]
    assert described(groups)["InsightsConfiguration"] == {"InsightsEnabled": True, "NotificationsEnabled": False}
    told = groups.client("xray").list_tags_for_resource(ResourceARN=changed["group"]["group_arn"])
    assert told["Tags"] == [{"Key": "Environment", "Value": "production"}]


def test_white_space_is_a_change_in_a_text_only(groups):
    groups.run(MODULE, **FULL)
    same = 'service("shop  1")\n  { fault  OR error }\n'
    assert not groups.run(MODULE, group_name="shop", filter_expression=same)["changed"]
    assert groups.run(MODULE, group_name="shop", filter_expression=same.replace("shop  1", "shop 1"))["changed"]


def test_tags_are_purged_only_when_that_is_wanted(groups):
    groups.run(MODULE, **FULL)
    groups.run(MODULE, group_name="shop", tags={"Team": "shop"}, purge_tags=False)
    (listed,) = groups.run("xray_group_info")["groups"]
    assert listed["tags"] == {"Environment": "production", "Team": "shop"}
    groups.run(MODULE, group_name="shop", tags={"Team": "shop"})
    (listed,) = groups.run("xray_group_info", names=["shop", "other"])["groups"]
    assert listed["tags"] == {"Team": "shop"}
    assert groups.run("xray_group_info", names=["other"])["groups"] == []


def test_a_group_is_deleted_once(groups):
    groups.run(MODULE, **FULL)
    predicted, real = groups.predicted_and_real(MODULE, group_name="shop", state="absent")
    assert real["changed"] and predicted["diff"] == real["diff"] and real["diff"]["after"] == {}
    assert described(groups) is None
    assert not groups.run(MODULE, group_name="shop", state="absent")["changed"]


BAD = {
    "no name": ({"group_name": ""}, "group_name: '' has 0 characters. Use 1 to 32"),
    "long name": ({"group_name": "g" * 33}, "has 33 characters. Use 1 to 32"),
    "X-Ray's own": ({"group_name": "Default"}, "group_name: Default is X-Ray's own group"),
    "empty filter": ({"filter_expression": "  "}, "filter_expression: it is empty"),
    "no insights": (
        {"insights_configuration": {"notifications_enabled": True}},
        "insights_configuration: notifications are told of insights",
    ),
    "reserved tag": ({"tags": {"aws:x": "y"}}, "tags: 'aws:x' begins with aws:"),
    "unreadable filter": ({"filter_expression": 'service("shop'}, "Could not create X-Ray group shop: "),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_written(groups, case):
    options, message = BAD[case]
    assert message in groups.refusal(MODULE, **{**LEAST, **options})
    assert described(groups) is None
