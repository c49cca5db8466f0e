# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline, over HTTP."""

import json

import pytest

from tests.integration.codepipeline_modules.pipelines import MODULE, ROLE, action, connected, storefront

VARIABLES = [{"name": "STAGE", "value": "production"}, {"name": "REASON", "value": "#{variables.reason}"}]


def declaration(modules, name="storefront") -> dict:
    """What CodePipeline has, in its own words."""
    return modules.client("codepipeline").get_pipeline(name=name)["pipeline"]


def changed_lines(diff: dict) -> dict:
    """{line: (before, after)} of those that differ."""
    names = {**diff["before"], **diff["after"]}
    pairs = {name: (diff["before"].get(name), diff["after"].get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def test_a_pipeline_is_made_as_check_mode_predicted(modules):
    predicted, real = modules.predicted_and_real(MODULE, **storefront(tags={"Team": "web"}))
    assert predicted["changed"] and real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["before"] == {}
    assert real["diff"]["after"]["stage Production, action Deploy, configuration.BucketName"] == "site"
    assert real["pipeline"].items() >= predicted["pipeline"].items()
    assert real["pipeline"]["pipeline_arn"] == "arn:aws:codepipeline:eu-central-1:123456789012:storefront"
    assert real["pipeline"]["version"] == 1
    assert declaration(modules)["stages"][0]["actions"][0]["configuration"] == {
        "S3Bucket": "sources",
        "S3ObjectKey": "app.zip",
        "PollForSourceChanges": "false",
    }


def test_a_second_run_asks_once_and_writes_nothing(modules):
    modules.run(MODULE, **storefront())
    before = modules.calls()
    again = modules.run(MODULE, **storefront())
    assert not again["changed"]
    assert again["diff"]["before"] == again["diff"]["after"]
    assert modules.calls() - before == {"all": 1}
    assert declaration(modules)["version"] == 1


def test_json_with_other_spaces_makes_no_new_version(modules):
    options = storefront(variables=[{"name": "reason", "default_value": "routine"}])
    configuration = action(options, "Production", "Approve")["configuration"]
    configuration["CustomData"] = VARIABLES
    modules.run(MODULE, **options)
    assert json.loads(declaration(modules)["stages"][1]["actions"][0]["configuration"]["CustomData"]) == VARIABLES
    configuration["CustomData"] = json.dumps(VARIABLES, indent=2)
    assert not modules.run(MODULE, **options)["changed"]
    configuration["CustomData"] = VARIABLES[:1]
    assert modules.run(MODULE, **options)["pipeline"]["version"] == 2


def test_what_somebody_else_has_filled_in_with_the_defaults_is_not_fought_over(modules):
    options = storefront()
    del action(options, "Source", "Bundle")["configuration"]["PollForSourceChanges"]
    modules.run(MODULE, **options)
    found = declaration(modules)
    found["stages"][0]["actions"][0]["configuration"]["PollForSourceChanges"] = "true"
    found["stages"][0]["actions"][0]["region"] = "eu-central-1"
    modules.client("codepipeline").update_pipeline(pipeline=found)
    assert not modules.run(MODULE, **options)["changed"]
    action(options, "Production", "Approve")["configuration"]["CustomData"] = "other"
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    assert set(changed_lines(real["diff"])) == {
        "stage Production, action Approve, configuration.CustomData",
        "version",
    }


def test_a_change_is_one_update_and_one_version_and_its_diff_names_stage_and_action(modules):
    modules.run(MODULE, **storefront())
    options = storefront()
    action(options, "Production", "Deploy")["configuration"]["BucketName"] = "shop"
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    assert changed_lines(real["diff"]) == {
        "stage Production, action Deploy, configuration.BucketName": ("site", "shop"),
        "version": (1, 2),
    }
    assert real["pipeline"].items() >= predicted["pipeline"].items()
    assert declaration(modules)["version"] == 2
    assert not modules.run(MODULE, **options)["changed"]


def test_options_that_are_not_given_stay_and_the_type_can_change(modules):
    modules.run(MODULE, **storefront(pipeline_type="V1"))
    predicted, real = modules.predicted_and_real(
        MODULE, name="storefront", pipeline_type="V2", execution_mode="QUEUED", variables=[{"name": "reason"}]
    )
    assert predicted["diff"] == real["diff"]
    assert changed_lines(real["diff"]) == {
        "pipeline_type": ("V1", "V2"),
        "execution_mode": ("SUPERSEDED", "QUEUED"),
        "variable reason": (None, "without a default value"),
        "version": (1, 2),
    }
    assert len(declaration(modules)["stages"]) == 2
    assert not modules.run(MODULE, name="storefront", execution_mode="QUEUED")["changed"]


def test_an_empty_list_takes_away_what_was_there(modules):
    modules.run(MODULE, **storefront(variables=[{"name": "reason", "default_value": "x"}]))
    predicted, real = modules.predicted_and_real(MODULE, name="storefront", variables=[])
    assert predicted["diff"] == real["diff"]
    assert "variables" not in declaration(modules)
    assert not modules.run(MODULE, name="storefront", variables=[])["changed"]


def test_stores_for_regions_take_the_place_of_the_one_store(modules):
    modules.run(MODULE, **storefront())
    stores = {
        "eu-central-1": {"location": "artifacts"},
        "eu-west-1": {"location": "artifacts-west", "encryption_key": {"id": "alias/release"}},
    }
    options = storefront(artifact_stores=stores)
    del options["artifact_store"]
    action(options, "Production", "Deploy")["region"] = "eu-west-1"
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    found = declaration(modules)
    assert "artifactStore" not in found
    assert found["artifactStores"]["eu-west-1"]["encryptionKey"] == {"id": "alias/release", "type": "KMS"}
    assert not modules.run(MODULE, **options)["changed"]
    assert modules.run(MODULE, **storefront())["pipeline"]["artifact_store"] == {"type": "S3", "location": "artifacts"}


def test_conditions_retry_and_rollback_round_trip(modules):
    options = storefront()
    rule = {"name": "Quiet", "rule_type_id": {"provider": "CloudWatchAlarm"}, "configuration": {"AlarmName": "errors"}}
    wanted = {"Variable": "#{Source.ETag}", "Value": "x", "Operator": "EQ"}
    check = {"name": "Wanted", "rule_type_id": {"provider": "VariableCheck"}, "configuration": wanted}
    options["stages"][1] |= {
        "before_entry": {"conditions": [{"result": "SKIP", "rules": [check]}]},
        "on_success": {"conditions": [{"result": "ROLLBACK", "rules": [rule | {"timeout_in_minutes": 30}]}]},
        "on_failure": {"result": "RETRY", "retry_configuration": {"retry_mode": "ALL_ACTIONS"}},
    }
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    assert not modules.run(MODULE, **options)["changed"]
    options["stages"][1]["on_failure"] = {"result": "ROLLBACK", "conditions": [{"result": "FAIL", "rules": [rule]}]}
    real = modules.run(MODULE, **options)
    assert changed_lines(real["diff"])["stage Production, on_failure.result"] == ("RETRY", "ROLLBACK")
    assert not modules.run(MODULE, **options)["changed"]


def test_triggers_round_trip_and_the_order_of_their_patterns_says_nothing(modules):
    branches = {"includes": ["main", "release/**"], "excludes": ["release/old"]}
    options = connected(
        push=[{"tags": {"includes": ["v*"]}}, {"branches": branches, "file_paths": {"includes": ["src/**"]}}]
    )
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    turned = {**branches, "includes": branches["includes"][::-1]}
    push = [{"file_paths": {"includes": ["src/**"]}, "branches": turned}, {"tags": {"includes": ["v*"]}}]
    assert not modules.run(MODULE, **connected(push=push))["changed"]
    push[1]["tags"]["includes"] = ["v2.*"]
    predicted, real = modules.predicted_and_real(MODULE, **connected(push=push))
    assert predicted["diff"] == real["diff"]
    assert set(changed_lines(real["diff"])) == {"trigger of Bundle", "version"}


def test_a_trigger_for_the_former_branch_is_not_sent_back_where_the_task_names_none(modules):
    modules.run(MODULE, **connected(push=[{"branches": {"includes": ["main"]}}]))
    options = {name: value for name, value in connected().items() if name != "triggers"}
    assert not modules.run(MODULE, **options)["changed"]
    action(options, "Source", "Bundle")["configuration"]["BranchName"] = "next"
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    assert "triggers" not in declaration(modules)


def test_pull_requests_reach_the_region_which_has_none(modules):
    options = connected(pull_request=[{"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main"]}}])
    assert "The local region starts pipelines on pushes, not on pull requests" in modules.refusal(MODULE, **options)


def test_tags_are_changed_and_purged_without_a_new_version(modules):
    modules.run(MODULE, **storefront(tags={"Team": "web", "Stage": "test"}))
    predicted, real = modules.predicted_and_real(MODULE, name="storefront", tags={"Team": "api"})
    assert predicted["diff"] == real["diff"]
    assert changed_lines(real["diff"]) == {"tags": ({"Team": "web", "Stage": "test"}, {"Team": "api"})}
    modules.run(MODULE, name="storefront", tags={"Cost": 7}, purge_tags=False)
    before = modules.calls()
    assert not modules.run(MODULE, name="storefront", tags={"Team": "api", "Cost": "7"})["changed"]
    assert modules.calls() - before == {"all": 2}


def test_a_pipeline_is_deleted_once(modules):
    modules.run(MODULE, **storefront())
    predicted, real = modules.predicted_and_real(MODULE, name="storefront", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = modules.calls()
    assert not modules.run(MODULE, name="storefront", state="absent")["changed"]
    assert modules.calls() - before == {"all": 1}


def test_bad_input_is_refused_before_anything_is_asked(modules):
    options = storefront()
    action(options, "Production", "Deploy")["input_artifacts"] = [{"name": "Bundel"}]
    before = modules.calls()
    assert "stage Production, action Deploy: input artifact Bundel is the output of no action" in modules.refusal(
        MODULE, **options
    )
    assert "pipeline_type must be one of: V1, V2" in modules.refusal(MODULE, **storefront(pipeline_type="V3"))
    assert "begins with aws:" in modules.refusal(MODULE, name="storefront", tags={"aws:x": "y"})
    assert modules.calls() == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"name": "new"},
            "role_arn, stages, artifact_store: required to create pipeline new, which does not exist yet.",
        ),
        (
            storefront(pipeline_type="V1", execution_mode="QUEUED"),
            "execution_mode QUEUED: only pipelines of the type V2",
        ),
        ({"name": "new", "role_arn": ROLE, "stages": storefront()["stages"]}, "artifact_store: required to create"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_written(modules, options, sentence):
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, **options)
    assert (modules.calls() - before)["writes"] == 0


def test_a_v1_pipeline_gets_no_variables(modules):
    modules.run(MODULE, **storefront(pipeline_type="V1"))
    refusal = modules.refusal(MODULE, name="storefront", variables=[{"name": "reason"}])
    assert "variables: only pipelines of the type V2 have that, this one is V1. Set pipeline_type to V2." in refusal
    assert declaration(modules)["version"] == 1


def test_what_the_region_cannot_run_is_refused_in_its_words(modules):
    options = storefront()
    options["stages"][1]["actions"] = [{"name": "Call", "action_type_id": {"category": "Invoke", "provider": "Nobody"}}]
    assert (
        "Could not create pipeline storefront: The local region cannot run the action type Invoke"
        in modules.refusal(MODULE, **options)
    )
