# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside a stage: run orders, failures, time-outs, stops, retries, rollbacks and conditions."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local_region.engine import pipeline_operations as operations
from local_region.engine.pipeline import Action, Condition, OnFailure, Rule, Run
from local_region.engine.pipeline_operations import Refused
from tests.unit.local_region.pipelines import Driver, stage

SOURCE = stage("Source", "source")
TESTS = stage("Tests", Action("unit", 1), Action("lint", 1), Action("report", 2))


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What is done inside must be refused with this error code."""
    with pytest.raises(Refused) as raised:
        yield
    assert raised.value.code == code


def test_actions_of_one_run_order_run_in_parallel_and_the_next_waits_for_all_of_them():
    driver = Driver(SOURCE, TESTS)
    driver.to("one", "source")
    assert driver.running == [("one", "lint"), ("one", "unit")]
    driver.complete("one", "unit")
    assert driver.running == [("one", "lint")]
    driver.complete("one", "lint")
    assert driver.running == [("one", "report")]


def test_a_failure_lets_the_parallel_action_end_and_starts_nothing_more():
    driver = Driver(SOURCE, TESTS)
    driver.to("one", "source")
    driver.fail("one", "unit")
    assert driver.running == [("one", "lint")]
    assert driver.status("one") == "InProgress"
    driver.complete("one", "lint")
    assert (driver.status("one"), driver.running) == ("Failed", [])
    assert "report" not in driver.started("one")


@pytest.mark.parametrize(("name", "seconds"), [("approval", 7 * 86400.0), ("build", 300.0)])
def test_an_action_that_takes_too_long_fails(name, seconds):
    driver = Driver(SOURCE, stage("Work", Action(name, 1, seconds)))
    driver.to("one", "source")
    assert operations.next_deadline(driver.pipeline) == seconds
    assert driver.expire(seconds - 1) == []
    driver.expire(seconds)
    assert driver.status("one", "Work") == "Failed"
    failure = driver.pipeline.executions["one"].runs["Work"].runs[name].failure
    assert failure.code == "TimedOut"
    assert f"{seconds / 60:.0f} minutes" in failure.message


def test_what_is_reported_after_the_time_out_changes_nothing():
    driver = Driver(SOURCE, stage("Work", Action("build", 1, 60.0)))
    driver.to("one", "source")
    run_id = next(iter(driver.pipeline.running))
    driver.expire(60)
    assert operations.complete(driver.pipeline, run_id, None, 61) == []
    assert driver.status("one") == "Failed"


def test_stop_waits_for_the_running_action_and_begins_no_other():
    driver = Driver()
    driver.to("one", "source")
    driver.stop("one")
    assert (driver.status("one"), driver.status("one", "Build")) == ("Stopping", "Stopping")
    driver.complete("one", "build")
    assert (driver.status("one"), driver.status("one", "Build")) == ("Stopped", "Stopped")
    assert driver.changes("one") == ["STARTED", "STOPPING", "STOPPED"]
    assert driver.running == []


def test_stop_and_abandon_does_not_wait():
    driver = Driver()
    driver.to("one", "source")
    driver.stop("one", abandon=True)
    assert (driver.status("one"), driver.running) == ("Stopped", [])
    assert driver.pipeline.executions["one"].runs["Build"].runs["build"].status == "Abandoned"


def test_a_second_stop_is_refused_unless_it_abandons():
    driver = Driver()
    driver.to("one", "source")
    driver.stop("one")
    with refused("DuplicatedStopRequestException"):
        driver.stop("one")
    driver.stop("one", abandon=True)
    assert driver.status("one") == "Stopped"
    with refused("PipelineExecutionNotStoppableException"):
        driver.stop("one")


def test_an_inbound_execution_is_stopped_where_it_waits_and_cannot_be_retried():
    driver = Driver()
    driver.to("one", "source")
    driver.to("two", "source")
    driver.stop("two")
    assert driver.status("two") == "Stopped"
    with refused("NotLatestPipelineExecutionException"):
        driver.retry("Build", "two")


def test_retry_of_failed_actions_leaves_the_successful_ones_alone():
    driver = Driver(SOURCE, TESTS)
    driver.to("one", "source", "lint")
    driver.fail("one", "unit")
    driver.retry("Tests", "one")
    assert driver.running == [("one", "unit")]
    driver.complete("one", "unit")
    driver.complete("one", "report")
    assert driver.status("one") == "Succeeded"
    assert driver.changes("one") == ["STARTED", "FAILED", "RESUMED", "SUCCEEDED"]


def test_retry_of_all_actions_begins_the_stage_anew():
    driver = Driver(SOURCE, TESTS)
    driver.to("one", "source", "lint")
    driver.fail("one", "unit")
    driver.retry("Tests", "one", "ALL_ACTIONS")
    assert driver.running == [("one", "lint"), ("one", "unit")]


def test_failed_actions_may_be_retried_while_the_others_still_run():
    driver = Driver(SOURCE, TESTS)
    driver.to("one", "source")
    driver.fail("one", "unit")
    with refused("StageNotRetryableException"):
        driver.retry("Tests", "one", "ALL_ACTIONS")
    driver.retry("Tests", "one")
    assert driver.running == [("one", "lint"), ("one", "unit")]


def test_a_stopped_stage_goes_on_where_it_was_when_it_is_retried():
    driver = Driver(SOURCE, TESTS)
    driver.to("one", "source", "lint")
    driver.stop("one")
    driver.complete("one", "unit")
    driver.retry("Tests", "one")
    assert driver.running == [("one", "report")]


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda driver: None, "StageNotRetryableException"),  # its action runs
        (lambda driver: driver.complete("one", "build"), "StageNotRetryableException"),  # it succeeded
        (
            lambda driver: (driver.fail("one", "build"), driver.to("two", "source")),
            "NotLatestPipelineExecutionException",
        ),
    ],
)
def test_a_stage_is_retried_only_for_its_latest_execution_and_only_after_a_failure(prepare, code):
    driver = Driver()
    driver.to("one", "source")
    prepare(driver)
    with refused(code):
        driver.retry("Build", "one")


def test_automatic_retry_tries_once_more_and_no_more():
    driver = Driver(SOURCE, stage("Build", "build", on_failure=OnFailure("RETRY")))
    driver.to("one", "source")
    driver.fail("one", "build")
    assert driver.running == [("one", "build")]
    driver.fail("one", "build")
    assert driver.status("one") == "Failed"
    run = driver.pipeline.executions["one"].runs["Build"]
    assert (run.automatic_retries, run.latest_retry) == (1, "AutomatedStageRetry")


def test_a_rollback_runs_the_stage_alone_and_ends_with_it():
    driver = Driver()
    driver.to("one", "source", "build", "deploy")
    driver.to("two", "source", "build", "deploy")
    driver.roll_back("Build", "one", "back")
    assert driver.running == [("back", "build")]
    driver.complete("back", "build")
    back = driver.pipeline.executions["back"]
    assert (back.status, back.type, back.target) == ("Succeeded", "ROLLBACK", "one")
    assert driver.started("back") == ["build"]


@pytest.mark.parametrize(
    ("prepare", "asked", "code"),
    [
        (lambda driver: None, ("Source", "one"), "UnableToRollbackStageException"),
        (lambda driver: (driver.to("two", "source"), driver.fail("two", "build")), ("Build", "two"),
         "UnableToRollbackStageException"),
        (lambda driver: driver.to("two", "source", "build"), ("Deploy", "one"), "ConflictException"),
        (lambda driver: operations.update(driver.pipeline, driver.stages, "SUPERSEDED", 0), ("Deploy", "one"),
         "PipelineExecutionOutdatedException"),
        (lambda driver: (driver.roll_back("Deploy", "one", "back"), driver.complete("back", "deploy")),
         ("Deploy", "back"), "UnableToRollbackStageException"),
    ],
    ids=["source stage", "target failed there", "stage is busy", "older structure", "target is a rollback"],
)  # fmt: skip
def test_a_rollback_is_refused(prepare, asked, code):
    driver = Driver()
    driver.to("one", "source", "build", "deploy")
    prepare(driver)
    with refused(code):
        driver.roll_back(asked[0], asked[1], "another")


def test_a_parallel_pipeline_cannot_be_rolled_back():
    driver = Driver(mode="PARALLEL")
    driver.to("one", "source", "build", "deploy")
    with refused("UnableToRollbackStageException"):
        driver.roll_back("Deploy", "one", "back")


def test_a_failed_stage_rolls_back_to_the_last_execution_that_succeeded_in_it():
    driver = Driver(SOURCE, stage("Deploy", "deploy", on_failure=OnFailure("ROLLBACK")))
    driver.to("one", "source", "deploy")
    driver.to("two", "source", "deploy")
    driver.to("three", "source")
    driver.fail("three", "deploy")
    assert driver.status("three") == "Failed"
    ((back, action),) = driver.running
    assert (driver.pipeline.executions[back].target, action) == ("two", "deploy")


def test_a_rollback_that_fails_is_not_rolled_back_and_without_a_success_there_is_none():
    driver = Driver(SOURCE, stage("Deploy", "deploy", on_failure=OnFailure("ROLLBACK")))
    driver.to("one", "source")
    driver.fail("one", "deploy")
    assert driver.running == []
    driver.to("two", "source", "deploy")
    driver.to("three", "source")
    driver.fail("three", "deploy")
    ((back, _),) = driver.running
    driver.fail(back, "deploy")
    assert (driver.status(back), driver.running) == ("Failed", [])


def test_the_target_of_a_rollback_is_never_a_rollback_nor_of_an_older_structure():
    driver = Driver(SOURCE, stage("Deploy", "deploy", on_failure=OnFailure("ROLLBACK")))
    driver.to("one", "source", "deploy")
    driver.to("two", "source")
    driver.fail("two", "deploy")
    ((first_back, _),) = driver.running
    driver.complete(first_back, "deploy")
    driver.to("three", "source")
    driver.fail("three", "deploy")
    ((second_back, _),) = driver.running
    assert driver.pipeline.executions[second_back].target == "one"
    driver.complete(second_back, "deploy")
    driver.take(operations.update(driver.pipeline, driver.stages, "SUPERSEDED", 0))
    driver.to("four", "source")
    driver.fail("four", "deploy")
    assert (driver.status("four"), driver.running) == ("Failed", [])


def test_a_stage_that_failed_before_an_update_cannot_be_retried_after_it():
    driver = Driver()
    driver.to("one", "source")
    driver.fail("one", "build")
    driver.take(operations.update(driver.pipeline, driver.stages, "SUPERSEDED", 0))
    with refused("StageNotRetryableException"):
        driver.retry("Build", "one")
    assert driver.status("one") == "Failed"


def condition(result: str, *rules: str) -> Condition:
    return Condition(result, tuple(Rule(name, 60.0) for name in rules))


@pytest.mark.parametrize(
    ("result", "fails", "status", "started"),
    [
        ("FAIL", False, "InProgress", ["source", "rule", "deploy"]),
        ("FAIL", True, "Failed", ["source", "rule"]),
        ("SKIP", True, "Succeeded", ["source", "rule"]),
    ],
)
def test_an_entry_condition_lets_in_fails_or_skips(result, fails, status, started):
    driver = Driver(SOURCE, stage("Deploy", "deploy", before_entry=condition(result, "rule")))
    driver.to("one", "source")
    (driver.fail if fails else driver.complete)("one", "rule")
    assert (driver.status("one"), driver.started("one")) == (status, started)
    if result == "SKIP":
        assert driver.status("one", "Deploy") == "Skipped"
        with refused("StageNotRetryableException"):
            driver.retry("Deploy", "one")


def test_all_rules_of_a_condition_must_succeed_and_the_first_failure_decides():
    driver = Driver(SOURCE, stage("Deploy", "deploy", before_entry=condition("FAIL", "alarm", "window")))
    driver.to("one", "source", "alarm")
    assert driver.running == [("one", "window")]
    driver.to("two", "source")
    driver.complete("one", "window")
    driver.complete("one", "deploy")
    driver.fail("two", "alarm")
    assert (driver.status("two"), driver.running) == ("Failed", [])


@pytest.mark.parametrize(("result", "rolls_back"), [("FAIL", False), ("ROLLBACK", True)])
def test_a_condition_on_success_holds_the_stage_and_fails_it_or_rolls_it_back(result, rolls_back):
    driver = Driver(SOURCE, stage("Deploy", "deploy", on_success=condition(result, "alarm")))
    driver.to("one", "source", "deploy", "alarm")
    driver.to("two", "source", "deploy")
    assert driver.running == [("two", "alarm")]
    driver.fail("two", "alarm")
    assert driver.status("two") == "Failed"
    assert [action for _, action in driver.running] == (["deploy"] if rolls_back else [])


@pytest.mark.parametrize("met", [True, False])
def test_a_condition_on_failure_rolls_back_only_when_it_is_not_met(met):
    rolls = OnFailure(condition=condition("ROLLBACK", "alarm"))
    driver = Driver(SOURCE, stage("Deploy", "deploy", on_failure=rolls))
    driver.to("one", "source", "deploy")
    driver.to("two", "source")
    driver.fail("two", "deploy")
    (driver.complete if met else driver.fail)("two", "alarm")
    assert driver.status("two") == "Failed"
    assert len(driver.running) == (0 if met else 1)


def test_a_rule_that_takes_too_long_fails_its_condition():
    driver = Driver(SOURCE, stage("Deploy", "deploy", before_entry=condition("FAIL", "alarm")))
    driver.to("one", "source")
    driver.expire(60)
    assert driver.status("one", "Deploy") == "Failed"


@pytest.mark.parametrize("failed", [True, False])
def test_a_blocking_condition_can_be_overridden(failed):
    driver = Driver(SOURCE, stage("Deploy", "deploy", before_entry=condition("FAIL", "alarm")))
    driver.to("one", "source")
    if failed:
        driver.fail("one", "alarm")
    driver.take(operations.override(driver.pipeline, "Deploy", "one", "beforeEntry", 0))
    assert driver.running == [("one", "deploy")]
    assert driver.pipeline.executions["one"].runs["Deploy"].conditions["beforeEntry"].status == "Overridden"
    driver.complete("one", "deploy")
    assert driver.status("one") == "Succeeded"


@pytest.mark.parametrize(
    ("conditions", "kind"),
    [
        ({"before_entry": condition("SKIP", "rule")}, "beforeEntry"),
        ({"before_entry": condition("FAIL", "rule")}, "onSuccess"),
    ],
    ids=["it skips", "there is none of that kind"],
)
def test_a_condition_cannot_be_overridden(conditions, kind):
    driver = Driver(SOURCE, stage("Deploy", "deploy", **conditions))
    driver.to("one", "source")
    with refused("ConditionNotOverridableException"):
        operations.override(driver.pipeline, "Deploy", "one", kind, 0)


def test_retry_evaluates_a_failed_entry_condition_again():
    driver = Driver(SOURCE, stage("Deploy", "deploy", before_entry=condition("FAIL", "alarm")))
    driver.to("one", "source")
    driver.fail("one", "alarm")
    driver.retry("Deploy", "one")
    assert driver.running == [("one", "alarm")]
    driver.complete("one", "alarm")
    assert driver.running == [("one", "deploy")]


def test_a_stop_abandons_the_evaluation_of_a_condition():
    driver = Driver(SOURCE, stage("Deploy", "deploy", before_entry=condition("FAIL", "alarm")))
    driver.to("one", "source")
    driver.stop("one")
    assert (driver.status("one"), driver.running) == ("Stopped", [])


def test_a_run_without_a_time_limit_has_no_deadline():
    assert Run("id", Action("source"), 5.0).deadline is None
