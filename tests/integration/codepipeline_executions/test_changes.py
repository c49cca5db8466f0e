# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline_execution over HTTP: stopping, retrying, rolling back, overriding; each once, and as predicted."""

from tests.region.codepipeline.workshop import action, condition, probe, stage, wait_for

TEST = stage("Test", probe())
APPROVAL = stage("Approve", action("Ok", "Approval Manual"))
NEVER = ("VariableCheck", {"Variable": "#{Source.ObjectKey}", "Value": "another.zip", "Operator": "EQ"})


def predicted_and_real(shop, **options):
    """The same task in check mode, which must write nothing, and for real."""
    before = shop.writes()
    predicted = shop.good(check_mode=True, **options)
    assert shop.writes() == before
    return predicted, shop.good(**options)


def begun(shop, execution):
    wait_for(lambda: shop.latest("Test").get("status") == "InProgress", f"the test of {execution}")


def failed(shop, execution):
    shop.fail(execution)
    shop.until(execution, "Failed")


def succeeded(shop, execution):
    shop.succeed(execution)
    shop.until(execution, "Succeeded")


def test_the_only_execution_under_way_is_stopped_and_stopping_again_changes_nothing(shop):
    execution = shop.create(TEST)
    begun(shop, execution)
    options = dict(state="stopped", abandon=True, reason="wrong version")
    predicted, real = predicted_and_real(shop, **options)
    assert (predicted["changed"], real["changed"]) == (True, True)
    assert predicted["diff"] == real["diff"] == {"before": {"status": "InProgress"}, "after": {"status": "Stopped"}}
    assert predicted["execution"]["status"] == real["execution"]["status"] == "Stopped"
    assert shop.executions()[0]["stopTrigger"] == {"reason": "wrong version"}
    assert shop.good(**options)["changed"] is False
    again = shop.good(state="stopped", pipeline_execution_id=execution)
    assert (again["changed"], again["execution"]["status"]) == (False, "Stopped")


def test_a_stopped_execution_that_is_followed_says_who_stopped_it_and_how_to_go_on(shop):
    execution = shop.create(TEST)
    begun(shop, execution)
    shop.good(state="stopped", abandon=True, reason="wrong version")
    result = shop.execution(state="followed")
    assert result["msg"].splitlines()[0] == (
        f"{shop.name}: execution {execution} was stopped in stage Test: wrong version. To go on, retry the stage "
        "(convoy.delivery.codepipeline_execution, state=retried, stage_name=Test), or start a new execution."
    )


def test_stopping_waits_for_the_actions_that_run_and_may_abandon_them_later(shop):
    execution = shop.create(TEST)
    begun(shop, execution)
    stopping = shop.good(state="stopped", wait=False)
    assert (stopping["changed"], stopping["execution"]["status"]) == (True, "Stopping")
    assert shop.good(state="stopped", wait=False)["changed"] is False
    abandoned = shop.good(state="stopped", abandon=True)
    assert (abandoned["changed"], abandoned["execution"]["status"]) == (True, "Stopped")


def test_of_several_executions_under_way_one_has_to_be_named(shop):
    first = shop.create(TEST, executionMode="QUEUED")
    begun(shop, first)
    second = shop.start()
    result = shop.execution(state="stopped")
    assert f"{shop.name}: 2 executions are under way: {second}" in result["msg"]
    assert "Say with pipeline_execution_id which one is to be stopped." in result["msg"]
    assert shop.status(first) == shop.status(second) == "InProgress"
    assert shop.good(state="stopped", pipeline_execution_id=second)["changed"] is True


def test_a_failed_stage_is_retried_and_one_that_succeeded_is_left_alone(shop):
    execution = shop.create(TEST)
    failed(shop, execution)
    predicted, real = predicted_and_real(shop, state="retried", wait=False)
    assert (predicted["changed"], real["changed"], real["adopted"]) == (True, True, False)
    assert predicted["diff"] == real["diff"] == {"before": {"status": "Failed"}, "after": {"status": "InProgress"}}
    assert predicted["execution"]["pipeline_execution_id"] == real["execution"]["pipeline_execution_id"] == execution
    adopted = shop.good(state="retried", stage_name="Test", wait=False)
    assert adopted["adopted"] is True
    succeeded(shop, execution)
    (tried,) = shop.good(state="followed")["execution"]["stages"][1]["actions"]
    assert tried["attempts"] == 2
    again = shop.good(state="retried")
    assert (again["changed"], again["execution"]["status"]) == (False, "Succeeded")
    assert shop.good(state="retried", stage_name="Test", retry_mode="ALL_ACTIONS")["changed"] is False


def test_an_execution_that_is_no_longer_the_last_in_the_stage_cannot_be_retried_there(shop):
    first = shop.create(TEST)
    failed(shop, first)
    second = shop.start()
    failed(shop, second)
    result = shop.execution(state="retried", stage_name="Test", pipeline_execution_id=first)
    assert f"execution {second} has entered stage Test since, so that {first} cannot be retried there" in result["msg"]


def test_a_stage_is_rolled_back_to_what_it_had_before_and_no_further(shop):
    first = shop.create(TEST)
    succeeded(shop, first)
    shop.push(index_html="two")
    second = shop.start()
    succeeded(shop, second)
    options = dict(state="rolled_back", stage_name="Test", wait=False)
    predicted, real = predicted_and_real(shop, **options)
    assert predicted["diff"] == real["diff"]
    assert real["diff"] == {"before": {"pipeline_execution_id": second}, "after": {"pipeline_execution_id": first}}
    for key in ("execution_type", "rollback_metadata", "artifact_revisions", "status"):
        assert predicted["execution"][key] == real["execution"][key]
    assert shop.good(**options)["adopted"] is True
    shop.succeed()
    shop.until(real["execution"]["pipeline_execution_id"], "Succeeded")
    again = shop.good(**options)
    assert (again["changed"], again["execution"]["execution_type"]) == (False, "ROLLBACK")
    assert len(shop.executions()) == 3


def test_what_is_in_the_stage_already_is_not_rolled_back_to(shop):
    first = shop.create(TEST)
    succeeded(shop, first)
    result = shop.good(state="rolled_back", stage_name="Test", target_pipeline_execution_id=first)
    assert (result["changed"], len(shop.executions())) == (False, 1)
    nothing = shop.execution(state="rolled_back", stage_name="Test")
    assert "no earlier execution has succeeded in stage Test, so there is nothing to roll back to." in nothing["msg"]


def test_a_condition_is_overridden_once(shop):
    guarded = stage("Test", probe(), beforeEntry=condition("FAIL", NEVER))
    execution = shop.create(guarded)
    shop.until(execution, "Failed")
    options = dict(state="overridden", stage_name="Test", condition_type="BEFORE_ENTRY", wait=False)
    predicted, real = predicted_and_real(shop, **options)
    assert predicted["diff"] == real["diff"] == {"before": {"status": "Failed"}, "after": {"status": "Overridden"}}
    assert (real["changed"], real["execution"]["status"]) == (True, "InProgress")
    assert shop.good(**options)["changed"] is False
    succeeded(shop, execution)


def test_a_condition_that_does_not_exist_is_refused_in_words(shop):
    execution = shop.create(TEST)
    succeeded(shop, execution)
    result = shop.execution(state="overridden", stage_name="Test", condition_type="ON_SUCCESS")
    assert "Only a condition that failed, or that is being checked, can be overridden." in result["msg"]
