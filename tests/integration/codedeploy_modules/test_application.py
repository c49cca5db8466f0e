# SPDX-License-Identifier: GPL-3.0-or-later
"""codedeploy_application and its info module, over HTTP."""

import pytest

MODULE = "codedeploy_application"
INFO = "codedeploy_application_info"


def test_an_application_is_made_as_check_mode_predicted(modules):
    predicted, real = modules.predicted_and_real(MODULE, name="shop", compute_platform="Lambda", tags={"Team": "web"})
    assert predicted["changed"] and real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["before"] == {}
    assert real["diff"]["after"] == {"application_name": "shop", "compute_platform": "Lambda", "tags": {"Team": "web"}}
    assert real["application"].items() >= predicted["application"].items()
    assert real["application"]["application_id"]


def test_a_second_run_asks_once_and_writes_nothing(modules):
    modules.run(MODULE, name="shop")
    before = modules.calls()
    again = modules.run(MODULE, name="shop")
    assert not again["changed"]
    assert again["diff"]["before"] == again["diff"]["after"]
    assert modules.calls() - before == {"all": 1}


def test_tags_are_added_changed_and_purged(modules):
    modules.run(MODULE, name="shop", tags={"Team": "web", "Stage": "test"})
    predicted, real = modules.predicted_and_real(MODULE, name="shop", tags={"Team": "api"})
    assert (
        predicted["diff"]
        == real["diff"]
        == {
            "before": {
                "application_name": "shop",
                "compute_platform": "Server",
                "tags": {"Team": "web", "Stage": "test"},
            },
            "after": {"application_name": "shop", "compute_platform": "Server", "tags": {"Team": "api"}},
        }
    )
    assert modules.run(INFO)["applications"][0]["tags"] == {"Team": "api"}


def test_tags_are_kept_without_purge_and_left_alone_when_not_given(modules):
    modules.run(MODULE, name="shop", tags={"Team": "web"})
    modules.run(MODULE, name="shop", tags={"Stage": "test"}, purge_tags=False)
    assert not modules.run(MODULE, name="shop")["changed"]
    assert modules.run(INFO)["applications"][0]["tags"] == {"Team": "web", "Stage": "test"}


def test_a_rename_is_done_once(modules):
    made = modules.run(MODULE, name="shop")
    predicted, real = modules.predicted_and_real(MODULE, name="shop", new_application_name="store")
    assert predicted["diff"] == real["diff"]
    assert real["application"]["application_name"] == "store"
    assert real["application"]["application_id"] == made["application"]["application_id"]
    assert not modules.run(MODULE, name="shop", new_application_name="store")["changed"]


def test_a_rename_onto_another_application_is_refused(modules):
    modules.run(MODULE, name="shop")
    modules.run(MODULE, name="store")
    refusal = modules.refusal(MODULE, name="shop", new_application_name="store")
    assert "application shop cannot be renamed, application store exists as well" in refusal


def test_another_platform_is_refused_with_what_is_there_and_what_was_wanted(modules):
    modules.run(MODULE, name="shop")
    refusal = modules.refusal(MODULE, name="shop", compute_platform="ECS")
    assert "AWS cannot change it: compute_platform is Server, wanted ECS. Delete it first" in refusal


def test_an_application_is_deleted_once(modules):
    modules.run(MODULE, name="shop")
    predicted, real = modules.predicted_and_real(MODULE, name="shop", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = modules.calls()
    assert not modules.run(MODULE, name="shop", state="absent")["changed"]
    assert modules.calls() - before == {"all": 1}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "sh op"}, "application_name: 'sh op' is not a valid name"),
        ({"name": "x" * 101}, "is not a valid name. Use 1 to 100"),
        ({"name": "shop", "new_application_name": "ümlaut"}, "new_application_name: 'ümlaut' is not a valid name"),
        ({"name": "shop", "tags": {"aws:owner": "me"}}, "begins with aws:, which AWS keeps for itself"),
        ({"name": "shop", "compute_platform": "Mainframe"}, "compute_platform must be one of: Server, Lambda, ECS"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(modules, options, sentence):
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, **options)
    assert modules.calls() == before


def test_info_tells_the_wanted_ones_by_name_and_nothing_of_unknown_ones(modules):
    for name in ("c", "a", "b"):
        modules.run(MODULE, name=name)
    assert [entry["application_name"] for entry in modules.run(INFO)["applications"]] == ["a", "b", "c"]
    found = modules.run(INFO, application_names=["b", "unknown"])
    assert [entry["application_name"] for entry in found["applications"]] == ["b"]
    assert not found["changed"]


def test_info_of_nothing_is_an_empty_list(modules):
    assert modules.run(INFO)["applications"] == []


def test_what_info_tells_can_be_given_back(modules):
    modules.run(MODULE, name="shop", tags={"Team": "web"})
    told = modules.run(INFO)["applications"][0]
    options = {name: told[name] for name in ("application_name", "compute_platform", "tags")}
    assert not modules.run(MODULE, **options)["changed"]
