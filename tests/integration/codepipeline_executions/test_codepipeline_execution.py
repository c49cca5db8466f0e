# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline_execution over HTTP: start, adopt, follow; what it says when an execution does not succeed."""

import threading

import pytest

from tests.integration.codepipeline_executions.conftest import Shop
from tests.region.codecommit.forge import Forge
from tests.region.codecommit.pipelines import TRANSFORMER, GitShop
from tests.region.codepipeline.workshop import action, probe, stage, wait_for

APPROVAL = stage("Approve", action("Ok", "Approval Manual", configuration={"CustomData": "Good?"}))
TEST = stage("Test", probe())


def approve(shop):
    token = wait_for(lambda: shop.latest("Approve", "Ok").get("token"), "an approval")
    shop.pipelines.put_approval_result(
        pipelineName=shop.name,
        stageName="Approve",
        actionName="Ok",
        result={"summary": "", "status": "Approved"},
        token=token,
    )


def ended(shop, execution):
    shop.succeed(execution)
    shop.until(execution, "Succeeded")


def statuses(result):
    return {one["name"]: one["status"] for one in result["execution"]["stages"]}


def test_an_execution_is_started_and_followed_to_its_end(shop, worker):
    ended(shop, shop.create(TEST))
    worker(shop.after_a_look(shop.succeed))
    result = shop.good()
    execution = result["execution"]
    assert (result["changed"], result["adopted"], execution["outcome"]) == (True, False, "succeeded")
    assert execution["pipeline_execution_id"] == shop.executions()[0]["pipelineExecutionId"]
    assert statuses(result) == {"Source": "Succeeded", "Test": "Succeeded"}
    (probe_action,) = execution["stages"][1]["actions"]
    assert (probe_action["provider"], probe_action["attempts"]) == ("Probe", 1)
    assert probe_action["seconds"] >= 0
    assert result["progress"][0].startswith(f"{shop.name}  {execution['pipeline_execution_id'][:8]}  in progress")
    assert result["progress"][-1].startswith(f"{shop.name}  {execution['pipeline_execution_id'][:8]}  succeeded")
    assert len([line for line in result["progress"] if line.startswith("  Test/probe  succeeded")]) == 1


def test_an_execution_of_the_newest_revision_that_is_under_way_is_adopted_and_none_is_started(shop, worker):
    execution = shop.create(TEST)
    wait_for(lambda: shop.latest("Test"), "the test to begin")
    worker(shop.after_a_look(shop.succeed), execution)
    result = shop.good()
    assert (result["changed"], result["adopted"]) == (True, True)
    assert result["execution"]["pipeline_execution_id"] == execution
    assert len(shop.executions()) == 1


def test_an_execution_of_an_older_revision_is_not_adopted(shop):
    first = shop.create(TEST)
    wait_for(lambda: shop.latest("Test"), "the test to begin")
    shop.push(index_html="two")
    result = shop.good(wait=False)
    assert result["adopted"] is False
    assert result["execution"]["pipeline_execution_id"] != first


def test_another_one_is_started_beside_the_one_under_way_when_that_is_wanted(shop):
    first = shop.create(TEST)
    wait_for(lambda: shop.latest("Test"), "the test to begin")
    result = shop.good(existing="new", wait=False)
    assert (result["adopted"], result["execution"]["pipeline_execution_id"] != first) == (False, True)


def test_an_execution_with_other_variables_is_not_adopted(shop):
    shop.push(index_html="one")
    declared = shop.declare(TEST, variables=[{"name": "SIZE", "defaultValue": "small"}])
    shop.pipelines.create_pipeline(pipeline=declared)
    wait_for(lambda: shop.latest("Test"), "the test to begin")
    assert shop.good(variables={"SIZE": "small"}, wait=False)["adopted"] is True
    large = shop.good(variables={"SIZE": "large"}, wait=False)
    assert large["adopted"] is False
    assert large["execution"]["variables"] == [{"name": "SIZE", "resolved_value": "large"}]


def test_it_starts_with_an_older_revision_of_the_only_source(shop, worker):
    ended(shop, shop.create(TEST))
    (old,) = shop.executions()[0]["sourceRevisions"]
    shop.push(index_html="two")
    worker(shop.succeed)
    result = shop.good(source_revision=old["revisionId"])
    (revision,) = result["execution"]["artifact_revisions"]
    assert revision["revision_id"] == old["revisionId"]
    typed = dict(action_name="S3", revision_type="S3_OBJECT_VERSION_ID", revision_value=old["revisionId"])
    worker(shop.succeed)
    again = shop.good(source_revisions=[typed], existing="new")
    assert again["execution"]["artifact_revisions"] == result["execution"]["artifact_revisions"]


def test_a_client_request_token_starts_one_execution_however_often_it_is_sent(shop):
    ended(shop, shop.create(TEST))
    first = shop.good(client_request_token="release-2-0", existing="new", wait=False)
    second = shop.good(client_request_token="release-2-0", existing="new", wait=False)
    assert first["execution"]["pipeline_execution_id"] == second["execution"]["pipeline_execution_id"]


def test_check_mode_predicts_and_starts_nothing(shop):
    ended(shop, shop.create(TEST))
    before = shop.writes()
    predicted = shop.good(check_mode=True)
    assert (shop.writes() - before, predicted["changed"]) == (0, True)
    real = shop.good(wait=False)
    for key in ("pipeline_name", "status", "execution_type"):
        assert predicted["execution"][key] == real["execution"][key]
    assert predicted["diff"] == real["diff"]
    adopted = shop.good(check_mode=True)
    assert (adopted["adopted"], len(shop.executions())) == (True, 2)


def test_it_is_followed_until_it_waits_for_an_approval_and_says_what_to_do(shop):
    execution = shop.create(APPROVAL, TEST)
    result = shop.good(state="followed", wait_for="approval")
    assert (result["changed"], result["execution"]["outcome"]) == (False, "waits_for_approval")
    (waiting,) = result["execution"]["waiting_approvals"]
    assert (waiting["stage_name"], waiting["action_name"]) == ("Approve", "Ok")
    assert result["next_step"] == (
        f"{shop.name}: execution {execution[:8]} waits for the approval Approve/Ok. Look at the evidence with "
        "convoy.delivery.codepipeline_approval_info, then answer with convoy.delivery.codepipeline_approval "
        f"(pipeline_execution_id={execution})."
    )
    assert "  Approve/Ok  waits for approval" in result["progress"]
    token = shop.latest("Approve", "Ok")["token"]
    assert token not in str(result)


def test_it_is_followed_until_it_waits_before_a_disabled_transition(shop):
    shop.create(TEST, APPROVAL)
    shop.pipelines.disable_stage_transition(
        pipelineName=shop.name, stageName="Approve", transitionType="Inbound", reason="frozen"
    )
    shop.succeed()
    result = shop.good(state="followed", wait_for="approval")
    assert result["execution"]["outcome"] == "waits_for_transition"
    assert result["execution"]["stages"][2]["held"] == {"by": "disabled", "because": "frozen"}
    assert "the transition into it is disabled (frozen). Enable it with" in result["next_step"]


def test_it_is_followed_until_it_waits_behind_an_older_one_that_nobody_has_answered(shop):
    older = shop.create(APPROVAL)
    shop.good(state="followed", wait_for="approval")
    newer = shop.start()
    result = shop.good(state="followed", wait_for="approval", pipeline_execution_id=newer)
    assert result["execution"]["outcome"] == "waits_for_approval"
    assert result["execution"]["stages"][1]["held"] == {"by": "unanswered", "because": older}
    assert result["next_step"].endswith(f"(pipeline_execution_id={older}).")


def test_the_execution_that_a_revision_starts_later_by_an_event_is_waited_for(shop, worker):
    ended(shop, shop.create(TEST))
    pushed = shop.push(index_html="two")
    arn = f"arn:aws:codepipeline:us-east-1:123456789012:{shop.name}"
    starter = threading.Timer(
        0.5, lambda: shop.api.region.codepipeline.start_by_event(arn, "arn:aws:events:us-east-1:123456789012:rule/push")
    )
    starter.start()
    result = shop.good(state="followed", source_revision=pushed, appear_timeout=30, wait=False)
    assert result["execution"]["trigger"]["trigger_type"] == "CloudWatchEvent"
    assert result["execution"]["artifact_revisions"][0]["revision_id"] == pushed
    assert result["progress"] == [f"{shop.name}  waits for the execution that {pushed} starts"]
    shop.succeed()


def test_a_revision_that_starts_nothing_is_named_with_what_there_is_instead(shop):
    execution = shop.create(APPROVAL)
    shop.good(state="followed", wait_for="approval")
    result = shop.execution(state="followed", source_revision="0123456789", appear_timeout=0)
    assert result["failed"] is True
    assert f"{shop.name}: no execution of 0123456789 has appeared within appear_timeout (0 s)." in result["msg"]
    assert f"The newest execution is {execution} of " in result["msg"]
    assert "EventBridge rule" in result["msg"]


def test_a_failed_action_is_named_first_then_how_far_it_came_and_what_to_do(shop, worker):
    execution = shop.create(TEST, APPROVAL)
    worker(shop.fail, execution)
    result = shop.execution(state="followed")
    revision = shop.executions()[0]["sourceRevisions"][0]["revisionId"]
    lines = result["msg"].splitlines()
    assert lines[0] == f"{shop.name}: Test/probe: two tests failed. (JobFailed)"
    assert lines[1].startswith(
        f"Execution {execution[:8]} of {revision}: Source succeeded, Test failed, Approve not reached, after "
    )
    assert lines[2] == (
        "Correct the cause and push it; where the cause was outside of the revision, retry the stage "
        "(convoy.delivery.codepipeline_execution, state=retried, stage_name=Test)."
    )
    assert (result["execution"]["status"], result["execution"]["outcome"]) == ("Failed", "failed")
    assert any(line.startswith("  Test/probe  failed: two tests failed") for line in result["progress"])


def test_an_execution_that_a_newer_one_superseded_names_it(shop):
    first = shop.create(TEST, stage("Deploy", probe("deploy")))
    shop.take(first)
    second = shop.start()
    wait_for(lambda: shop.state("Test").get("inboundExecution"), "the second waits")
    shop.push(index_html="three")
    third = shop.start()
    shop.until(second, "Superseded")
    result = shop.execution(state="followed", pipeline_execution_id=second)
    assert f"{shop.name}: execution {second} of " in result["msg"]
    assert f"was superseded by {third}, which took its place. Follow that one" in result["msg"]


def test_the_rollback_of_a_stage_is_followed_and_returned(shop, worker):
    tested = stage("Test", probe(), onFailure={"result": "ROLLBACK"})
    first = shop.create(tested)
    ended(shop, first)
    worker(lambda: (shop.fail(), shop.succeed()))
    result = shop.execution(existing="new")
    assert result["failed"] is True
    assert (result["rollback"]["status"], result["rollback"]["execution_type"]) == ("Succeeded", "ROLLBACK")
    assert (
        f"Rolled back to execution {first[:8]} by execution {result['rollback']['pipeline_execution_id']} in"
        in result["msg"]
    )


def test_a_failed_condition_is_named_with_its_rule(shop):
    rule = {
        "name": "quiet",
        "ruleTypeId": {"category": "Rule", "provider": "VariableCheck"},
        "configuration": {"Variable": "#{Source.ObjectKey}", "Value": "another.zip", "Operator": "EQ"},
    }
    guarded = stage("Test", probe(), beforeEntry={"conditions": [{"result": "FAIL", "rules": [rule]}]})
    shop.create(guarded)
    result = shop.execution(state="followed")
    assert result["msg"].startswith(f"{shop.name}: Test: the condition before entry is not met, rule quiet: ")
    assert result["execution"]["stages"][1]["failed_rules"][0]["name"] == "quiet"
    assert "  Test  the condition before entry is not met: quiet" in result["progress"]


def test_a_wait_that_is_too_short_says_what_it_saw_and_the_next_run_follows_it_on(shop, worker):
    execution = shop.create(APPROVAL)
    result = shop.execution(state="followed", wait_timeout=1)
    assert f"for execution {execution} to end, in vain. Last seen: waits for approval Approve/Ok." in result["msg"]
    assert "then answer with convoy.delivery.codepipeline_approval" in result["msg"]
    worker(approve, shop)
    assert shop.good(state="followed")["execution"]["outcome"] == "succeeded"


def test_an_execution_that_has_ended_is_told_without_waiting_and_changes_nothing(shop):
    execution = shop.create(TEST)
    ended(shop, execution)
    before = shop.asked()
    result = shop.good(state="followed", pipeline_execution_id=execution)
    assert (result["changed"], result["execution"]["outcome"]) == (False, "succeeded")
    assert shop.asked() - before == {
        "GetPipelineExecution": 1,
        "ListActionExecutions": 1,
        "GetPipelineState": 1,
        "GetPipeline": 1,
    }


class PushedShop(GitShop, Shop):
    """A pipeline whose source is a repository, started by an event of each push."""


@pytest.fixture
def pushed(region_api, shop, tmp_path):
    """The pipeline, its first execution in the stage Test, and a clone of its repository."""
    made = PushedShop(Forge(region_api, shop.name, tmp_path))
    work = made.forge.copy()
    work.commit("First", index__html="one")
    work.push()
    execution = made.make()
    wait_for(lambda: made.latest("Test"), "the test to begin")
    made.start_by_event(InputTransformer=TRANSFORMER)
    return made, work, execution


def test_a_push_is_followed_by_its_commit_whose_id_may_be_short(pushed, worker):
    shop, work, first = pushed
    ended(shop, first)
    commit = work.commit("Show prices with tax", index__html="two")
    work.push()
    worker(shop.after_a_look(shop.succeed))
    result = shop.good(state="followed", commit=commit[:10])
    assert result["execution"]["outcome"] == "succeeded"
    assert result["execution"]["artifact_revisions"][0]["revision_id"] == commit
    assert any(f"in progress  {commit[:8]}  Show prices with tax" in line for line in result["progress"])


def test_the_newest_commit_tells_whether_an_execution_is_adopted(pushed):
    shop, work, first = pushed
    adopted = shop.good(wait=False)
    assert (adopted["adopted"], adopted["execution"]["pipeline_execution_id"]) == (True, first)
    commit = work.commit("Second", index__html="two")
    work.push()
    wait_for(lambda: commit in shop.revisions(), "the execution of the second push")
    adopted = shop.good(wait=False)
    assert (adopted["adopted"], adopted["execution"]["pipeline_execution_id"] != first) == (True, True)
    assert len(shop.executions()) == 2


def test_of_two_quick_pushes_the_superseded_one_names_the_other(pushed):
    shop, work, _first = pushed
    commits = []
    for number in range(2):
        commits.append(work.commit(f"Quick {number}"))
        work.push()
    wait_for(lambda: shop.revisions()[1:] == commits, "both executions")
    newest, older = (one["pipelineExecutionId"] for one in shop.executions()[:2])
    shop.until(older, "Superseded")
    result = shop.execution(state="followed", source_revision=commits[0])
    assert result["msg"].splitlines()[0] == (
        f"{shop.name}: execution {older} of {commits[0][:8]} (Quick 0) was superseded by {newest}, which took its "
        "place. Follow that one (convoy.delivery.codepipeline_execution, state=followed, "
        f"pipeline_execution_id={newest})."
    )


def test_the_info_module_lists_by_status_stage_revision_and_id(shop):
    first = shop.create(TEST)
    ended(shop, first)
    second = shop.start()
    shop.fail(second)
    shop.until(second, "Failed")

    def info(**options):
        found = shop.module("codepipeline_execution_info", **options)["executions"]
        return [one["pipeline_execution_id"] for one in found]

    assert info() == [second, first]
    assert info(limit=1) == [second]
    assert info(statuses=["Failed"]) == [second]
    assert info(succeeded_in_stage="Test") == [first]
    assert info(pipeline_execution_ids=[first]) == [first]
    assert info(source_revision="0123456789") == []
    (found,) = shop.module("codepipeline_execution_info", limit=1, stages=True)["executions"]
    assert (found["outcome"], found["stages"][1]["actions"][0]["error"]["message"]) == ("failed", "two tests failed")


BAD_INPUT = {
    "an unknown pipeline": (
        dict(pipeline_name="nothing"),
        "Create it with convoy.delivery.codepipeline, or correct pipeline_name",
    ),
    "no execution's id": (
        dict(state="followed", pipeline_execution_id="latest"),
        "pipeline_execution_id: 'latest' is not the id of an execution.",
    ),
    "an unknown execution": (
        dict(state="followed", pipeline_execution_id="00000000-0000-0000-0000-000000000000"),
        "Correct pipeline_execution_id",
    ),
    "a commit that could be many": (dict(source_revision="abc"), "source_revision: 'abc' is too short."),
    "an unknown variable": (dict(variables={"COLOUR": "red"}), "has no variable COLOUR (it has none)."),
    "a variable without a value": (dict(variables={"COLOUR": ""}), "the value of COLOUR has 0 characters"),
    "an unknown source": (
        dict(source_revisions=[dict(action_name="Git", revision_type="COMMIT_ID", revision_value="1")]),
        "has no source action Git (it has S3).",
    ),
    "a revision of another kind": (
        dict(source_revisions=[dict(action_name="S3", revision_type="COMMIT_ID", revision_value="1")]),
        "S3 is a source of S3, which takes S3_OBJECT_VERSION_ID or S3_OBJECT_KEY, not COMMIT_ID.",
    ),
    "a token with a blank": (dict(client_request_token="my token"), "client_request_token: 'my token' is not valid."),
    "a time before now": (dict(wait_timeout=-1), "wait_timeout: -1 is not possible."),
    "a long reason": (dict(state="stopped", reason="x" * 201), "reason: it has 201 characters."),
    "a rollback of nothing": (dict(state="rolled_back"), "state is rolled_back but all of the following are missing"),
    "no condition": (dict(state="overridden", stage_name="Test"), "condition_type"),
    "an unknown stage": (dict(state="retried", stage_name="Nowhere"), "has no stage Nowhere (it has Source, Test)."),
    "two ways to say which": (
        dict(state="followed", source_revision="0123456", pipeline_execution_id="x"),
        "mutually exclusive",
    ),
}


@pytest.fixture(scope="module")
def made(region_api):
    shop = Shop(region_api, "bad-input")
    shop.create(TEST)
    return shop


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused_in_words_and_nothing_is_started(made, name):
    options, words = BAD_INPUT[name]
    before = made.writes()
    result = made.execution(**options)
    assert result["failed"] is True
    assert words in result["msg"]
    assert made.writes() == before
