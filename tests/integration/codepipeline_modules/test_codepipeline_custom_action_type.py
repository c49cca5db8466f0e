# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline_custom_action_type and its info module, over HTTP."""

import pytest

MODULE = "codepipeline_custom_action_type"
INFO = "codepipeline_custom_action_type_info"
NOTHING_OR_ONE = {"minimum_count": 0, "maximum_count": 1}
KEY = {"category": "Test", "provider": "LoadTest", "version": "1"}


def load_test(**changes) -> dict:
    return {
        **KEY,
        "settings": {"execution_url_template": "https://load.example/runs/{ExternalExecutionId}"},
        "configuration_properties": [
            {"name": "Scenario", "required": True, "key": True, "queryable": True, "type": "String"},
            {"name": "ApiKey", "required": True, "secret": True, "description": "Of the service"},
        ],
        "input_artifact_details": NOTHING_OR_ONE,
        "output_artifact_details": NOTHING_OR_ONE,
        **changes,
    }


def test_a_type_is_made_as_check_mode_predicted(modules):
    predicted, real = modules.predicted_and_real(MODULE, **load_test(tags={"Team": "performance"}))
    assert predicted["changed"] and real["changed"]
    assert predicted["diff"] == real["diff"]
    assert predicted["custom_action_type"] == real["custom_action_type"]
    assert real["custom_action_type"]["configuration_properties"][1] == {
        "name": "ApiKey",
        "required": True,
        "key": False,
        "secret": True,
        "queryable": False,
        "description": "Of the service",
    }


def test_a_second_run_asks_once_and_writes_nothing(modules):
    modules.run(MODULE, **load_test())
    before = modules.calls()
    turned = load_test()["configuration_properties"][::-1]
    assert not modules.run(MODULE, **load_test(configuration_properties=turned))["changed"]
    assert not modules.run(MODULE, **KEY)["changed"]
    assert modules.calls() - before == {"all": 2}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"settings": {"entity_url_template": "https://load.example"}},
            "settings differs. Make a new version (version: 2)",
        ),
        ({"input_artifact_details": {"minimum_count": 1, "maximum_count": 1}}, "input_artifact_details differs."),
        ({"configuration_properties": [], "settings": {}}, "settings, configuration_properties differ."),
    ],
)
def test_what_aws_cannot_change_asks_for_a_new_version(modules, changes, told):
    modules.run(MODULE, **load_test())
    before = modules.calls()
    refusal = modules.refusal(MODULE, **load_test(**changes))
    assert f"custom action type Test/LoadTest/1 exists and AWS cannot change it: {told}" in refusal
    assert (modules.calls() - before)["writes"] == 0
    assert modules.run(MODULE, **load_test(**changes, version="2"))["changed"]


def test_tags_are_added_changed_and_purged(modules):
    modules.run(MODULE, **load_test(tags={"Team": "performance", "Stage": "test"}))
    predicted, real = modules.predicted_and_real(MODULE, **KEY, tags={"Team": "web"})
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["after"]["tags"] == {"Team": "web"}
    modules.run(MODULE, **KEY, tags={"Stage": "live"}, purge_tags=False)
    assert modules.run(INFO)["custom_action_types"][0]["tags"] == {"Team": "web", "Stage": "live"}
    assert not modules.run(MODULE, **KEY)["changed"]


def test_a_type_is_deleted_once(modules):
    modules.run(MODULE, **load_test())
    predicted, real = modules.predicted_and_real(MODULE, **KEY, state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = modules.calls()
    assert not modules.run(MODULE, **KEY, state="absent")["changed"]
    assert modules.calls() - before == {"all": 1}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"provider": "Load Test"}, "provider: 'Load Test' is not valid. Use 1 to 35 letters"),
        ({"version": "2026-11-21"}, "version: '2026-11-21' is not valid. Use 1 to 9 letters"),
        (
            {"input_artifact_details": {"minimum_count": 2, "maximum_count": 1}},
            "input_artifact_details: minimum_count 2 is greater than maximum_count 1. Exchange them.",
        ),
        (
            {"output_artifact_details": {"minimum_count": 0, "maximum_count": 6}},
            "output_artifact_details.maximum_count: 6 is not possible. Use 0 to 5.",
        ),
        ({"configuration_properties": [{"name": f"P{n}"} for n in range(11)]}, "11 were given, 10 are the most."),
        ({"configuration_properties": [{"name": "A"}, {"name": "A"}]}, "configuration_properties: A is there twice."),
        ({"configuration_properties": [{"name": "x" * 51}]}, "has 51 characters. Use 1 to 50."),
        ({"configuration_properties": [{"name": "A", "description": "x" * 161}]}, "A: description has 161 characters"),
        ({"configuration_properties": [{"name": "A", "queryable": True}]}, "A is queryable: it must be required, and"),
        (
            {"configuration_properties": [{"name": n, "required": True, "queryable": True} for n in "AB"]},
            "configuration_properties: A, B are queryable. Choose one of them.",
        ),
        ({"category": "Rule"}, "category must be one of: Source, Build"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(modules, changes, sentence):
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, **load_test(**changes))
    assert modules.calls() == before


def test_a_new_type_says_how_many_artifacts_it_takes(modules):
    refusal = modules.refusal(MODULE, **KEY, input_artifact_details=NOTHING_OR_ONE)
    assert (
        "output_artifact_details: required to create custom action type Test/LoadTest/1, which does not exist"
        in refusal
    )


def test_info_tells_the_wanted_ones_and_they_can_be_given_back(modules):
    assert modules.run(INFO)["custom_action_types"] == []
    modules.run(MODULE, **load_test())
    modules.run(MODULE, **load_test(version="2"))
    modules.run(MODULE, **load_test(category="Build", provider="Maker"))

    def told(**filters):
        found = modules.run(INFO, **filters)["custom_action_types"]
        return [(one["category"], one["provider"], one["version"]) for one in found]

    assert told() == [("Build", "Maker", "1"), ("Test", "LoadTest", "1"), ("Test", "LoadTest", "2")]
    assert told(category="Build") == [("Build", "Maker", "1")]
    assert told(category="Build", provider="LoadTest") == []
    for one in modules.run(INFO)["custom_action_types"]:
        assert not modules.run(MODULE, **one)["changed"]
