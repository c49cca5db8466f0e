# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline_approval and its info, and codepipeline_stage_transition, over HTTP."""

import pytest

from tests.integration.codepipeline_executions.conftest import Shop
from tests.region.codepipeline.workshop import action, probe, stage, wait_for

SAID = {"CustomData": "Release it?", "ExternalEntityLink": "https://example.com/staging"}
APPROVAL = stage("Approve", action("Ok", "Approval Manual", configuration=SAID))
TEST = stage("Test", probe())
PLACE = dict(stage_name="Approve", action_name="Ok")


def waiting(shop, *stages, **more):
    """Makes the pipeline; its first execution's id, when it waits for approval."""
    execution = shop.create(*(stages or (APPROVAL,)), **more)
    return until_it_waits(shop, execution)


def until_it_waits(shop, execution):
    def question():
        here = shop.state("Approve").get("latestExecution", {}).get("pipelineExecutionId") == execution
        return here and shop.latest("Approve", "Ok").get("token")

    wait_for(question, "an approval")
    return execution


def answer(shop, execution, state="approved", check_mode=False, **options):
    given = {**PLACE, "pipeline_execution_id": execution, "state": state, **options}
    return shop.module("codepipeline_approval", check_mode, **given)


def test_what_was_reviewed_is_approved_as_predicted_and_once(shop):
    execution = waiting(shop)
    before = shop.writes()
    predicted = answer(shop, execution, check_mode=True, summary="looks good")
    assert shop.writes() == before
    real = answer(shop, execution, summary="looks good")
    assert predicted == real
    assert real["changed"] is True
    assert real["diff"]["before"] == {"status": "InProgress"}
    assert real["diff"]["after"] == {"status": "Approved", "summary": "looks good"}
    shop.until(execution, "Succeeded")
    again = answer(shop, execution, summary="looks good")
    assert (again["changed"], again["approval"]["status"]) == (False, "Approved")
    assert again["approval"]["summary"] == "looks good"
    assert again["approval"]["answered_by"].startswith("arn:aws:")


def test_a_rejection_ends_the_execution_and_says_why(shop):
    execution = waiting(shop)
    assert answer(shop, execution, "rejected", summary="alarms are red")["approval"]["status"] == "Rejected"
    shop.until(execution, "Failed")
    assert answer(shop, execution, "rejected")["changed"] is False
    result = shop.execution(state="followed")
    assert result["msg"].startswith(f"{shop.name}: Approve/Ok: not approved: Rejected by arn:aws:")
    assert "alarms are red" in result["msg"]


def test_the_stage_and_the_action_may_be_left_out_where_only_one_can_be_meant(shop):
    execution = waiting(shop)
    assert answer(shop, execution, stage_name=None, action_name=None)["approval"]["action_name"] == "Ok"


def test_a_newer_execution_than_the_one_reviewed_is_not_approved(shop):
    reviewed = waiting(shop)
    shop.pipelines.stop_pipeline_execution(pipelineName=shop.name, pipelineExecutionId=reviewed, abandon=True)
    newer = until_it_waits(shop, shop.start())
    result = answer(shop, reviewed)
    assert result["msg"] == (
        f"{shop.name}: execution {reviewed} has ended (Stopped): there is nothing of it to approve or reject. "
        f"Approve/Ok waits for execution {newer}, which is not the one that was reviewed. Review that one "
        "(convoy.delivery.codepipeline_approval_info), then give its id as pipeline_execution_id."
    )
    assert (shop.status(newer), "token" in shop.latest("Approve", "Ok")) == ("InProgress", True)


def test_an_execution_that_has_not_come_to_the_approval_is_not_approved(shop):
    execution = shop.create(TEST, APPROVAL)
    result = answer(shop, execution)
    assert result["msg"] == (
        f"{shop.name}: execution {execution} does not wait for an approval here (it is InProgress). Wait until it does "
        "(convoy.delivery.codepipeline_execution, state=followed, wait_for=approval)."
    )


def test_an_approval_that_was_answered_otherwise_is_not_answered_again(shop):
    execution = waiting(shop)
    answer(shop, execution, "rejected", summary="no")
    shop.until(execution, "Failed")
    result = answer(shop, execution)
    assert f"{shop.name}: Approve/Ok was not approved for execution {execution} by arn:aws:" in result["msg"]
    assert (
        "Retry the stage (convoy.delivery.codepipeline_execution, state=retried, stage_name=Approve)" in result["msg"]
    )


def test_a_retried_approval_can_be_approved(shop):
    execution = waiting(shop)
    answer(shop, execution, "rejected")
    shop.until(execution, "Failed")
    shop.good(state="retried", wait=False)
    until_it_waits(shop, execution)
    assert answer(shop, execution)["changed"] is True
    shop.until(execution, "Succeeded")


def test_of_two_approvals_the_one_that_waits_is_meant_and_one_that_does_not_has_to_be_named(shop):
    second = stage("Again", action("Sure", "Approval Manual"))
    execution = waiting(shop, APPROVAL, second)
    answer(shop, execution, stage_name=None, action_name=None)
    wait_for(lambda: shop.latest("Again", "Sure").get("token"), "the second approval")
    result = answer(shop, execution, stage_name=None, action_name=None)
    assert result["approval"]["stage_name"] == "Again"
    shop.until(execution, "Succeeded")
    result = answer(shop, execution, stage_name=None, action_name=None)
    assert "it has the approvals Approve/Ok, Again/Sure, none of which waits" in result["msg"]


BAD_INPUT = {
    "a long summary": (dict(summary="x" * 513), "summary: it has 513 characters. At most 512 are possible."),
    "no execution's id": (dict(pipeline_execution_id="newest"), "'newest' is not the id of an execution."),
    "an action that is no approval": (
        dict(stage_name="Source", action_name="S3"),
        "stage_name: bad-approvals has no approval Source/S3 (it has Approve/Ok).",
    ),
    "an unknown pipeline": (dict(pipeline_name="nothing"), "Create it with convoy.delivery.codepipeline"),
    "no answer": (dict(state=None), "missing required arguments: state"),
    "another answer": (dict(state="perhaps"), "value of state must be one of: approved, rejected"),
}


@pytest.fixture(scope="module")
def made(region_api):
    shop = Shop(region_api, "bad-approvals")
    return shop, waiting(shop)


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused_in_words_and_nothing_is_answered(made, name):
    options, words = BAD_INPUT[name]
    shop, execution = made
    given = {"pipeline_execution_id": execution, "state": "approved", **PLACE, **options}
    result = shop.module("codepipeline_approval", **given)
    assert result["failed"] is True
    assert words in result["msg"]
    assert "token" in shop.latest("Approve", "Ok")


def test_the_info_module_lists_what_waits_with_its_evidence_and_never_the_token(shop):
    cloudwatch = shop.api.client("cloudwatch")
    for name in ("quiet", "red"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"{shop.name}-{name}",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="errors",
            Namespace="shop",
            Period=60,
            Statistic="Sum",
            Threshold=1,
            TreatMissingData="ignore",
        )
    cloudwatch.set_alarm_state(AlarmName=f"{shop.name}-red", StateValue="ALARM", StateReason="5 errors")
    cloudwatch.set_alarm_state(AlarmName=f"{shop.name}-quiet", StateValue="OK", StateReason="none")
    execution = waiting(shop)
    alarms = [f"{shop.name}-{name}" for name in ("quiet", "red", "gone")]
    result = shop.module("codepipeline_approval_info", alarms=alarms)
    (approval,) = result["approvals"]
    assert result["changed"] is False
    assert (approval["pipeline_execution_id"], approval["custom_data"]) == (execution, "Release it?")
    assert approval["external_entity_link"] == "https://example.com/staging"
    assert [one["state"] for one in approval["evidence"]["alarms"]] == ["OK", "ALARM", "missing"]
    assert approval["evidence"]["concerns"] == [
        f"Alarm {shop.name}-red rings: 5 errors",
        f"Alarm {shop.name}-gone does not exist.",
    ]
    revision = shop.executions()[0]["sourceRevisions"][0]["revisionId"]
    lines = approval["text"].splitlines()
    assert lines[0].startswith(f"{shop.name}: execution {execution} waits for Approve/Ok since ")
    assert lines[1:4] == [
        "  Asked     Release it?",
        "  See       https://example.com/staging",
        f"  Revision  S3  {revision}",
    ]
    assert shop.latest("Approve", "Ok")["token"] not in str(result)
    everywhere = shop.module("codepipeline_approval_info", pipeline_name=None, evidence=False)["approvals"]
    assert execution in [one["pipeline_execution_id"] for one in everywhere]
    assert shop.module("codepipeline_approval_info", stage_name="Elsewhere")["approvals"] == []


def transition(shop, check_mode=False, **options):
    return shop.module("codepipeline_stage_transition", check_mode, **{"stage_name": "Test", **options})


def test_a_transition_is_disabled_for_a_reason_and_enabled_again_as_predicted_and_once(shop):
    shop.create(TEST)
    for options in (
        dict(state="disabled", reason="Frozen until January 7"),
        dict(state="disabled", reason="Frozen for longer"),
        dict(state="enabled"),
    ):
        before = shop.writes()
        predicted = transition(shop, check_mode=True, **options)
        assert shop.writes() == before
        real = transition(shop, **options)
        assert predicted["changed"] is real["changed"] is True
        assert predicted["diff"] == real["diff"]
        for key in ("enabled", "disabled_reason"):
            assert predicted["stage_transition"][key] == real["stage_transition"][key]
        before = shop.writes()
        assert transition(shop, **options)["changed"] is False
        assert shop.writes() == before
    assert shop.state("Test")["inboundTransitionState"]["enabled"] is True


def test_the_way_out_of_a_stage_is_the_way_into_the_next(shop):
    shop.create(TEST, APPROVAL)
    out = dict(transition_type="Outbound", state="disabled", reason="frozen")
    assert transition(shop, **out)["changed"] is True
    assert shop.state("Approve")["inboundTransitionState"]["disabledReason"] == "frozen"
    assert transition(shop, stage_name="Approve", state="disabled", reason="frozen")["changed"] is False
    assert "Approve is the last stage" in transition(shop, stage_name="Approve", **out)["msg"]


BAD_TRANSITIONS = {
    "no reason": (dict(state="disabled"), "state is disabled but all of the following are missing: reason"),
    "an impossible reason": (dict(state="disabled", reason="50 % off"), "reason: '50 % off' is not possible."),
    "an unknown stage": (dict(stage_name="Nowhere"), "has no stage Nowhere (it has Source, Approve)."),
    "an unknown pipeline": (dict(pipeline_name="nothing"), "Create it with convoy.delivery.codepipeline"),
}


@pytest.mark.parametrize("name", BAD_TRANSITIONS)
def test_a_transition_that_cannot_be_is_refused_in_words_and_stays(made, name):
    options, words = BAD_TRANSITIONS[name]
    shop, _execution = made
    result = transition(shop, **{"stage_name": "Approve", **options})
    assert result["failed"] is True
    assert words in result["msg"]
    assert shop.state("Approve")["inboundTransitionState"]["enabled"] is True
