# SPDX-License-Identifier: GPL-3.0-or-later
"""Executions between stages: locks, superseding, queues, transitions, and what holds whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_region.engine import pipeline_operations as operations
from local_region.engine.pipeline import MOST_CONCURRENT
from local_region.engine.pipeline_operations import Refused
from tests.unit.local_region.pipelines import BROKEN, Driver


def test_an_execution_goes_through_the_stages_and_succeeds():
    driver = Driver()
    driver.to("one", "source", "build", "deploy")
    assert driver.started("one") == ["source", "build", "deploy"]
    assert driver.changes("one") == ["STARTED", "SUCCEEDED"]
    assert driver.changes("one", "Build") == ["STARTED", "SUCCEEDED"]
    assert driver.pipeline.active == {}


def test_a_locked_stage_holds_the_next_execution_in_front_of_it():
    driver = Driver()
    driver.to("one", "source")
    driver.to("two", "source")
    assert driver.running == [("one", "build")]
    assert driver.status("two") == "InProgress"


def test_a_waiting_execution_is_superseded_by_a_more_recent_one():
    driver = Driver()
    driver.to("one", "source")
    driver.to("two", "source")
    driver.to("three", "source")
    assert [driver.status(name) for name in ("one", "two", "three")] == ["InProgress", "Superseded", "InProgress"]
    driver.complete("one", "build")
    assert driver.running == [("one", "deploy"), ("three", "build")]


def test_executions_wait_for_a_locked_source_stage_too():
    driver = Driver()
    for name in ("one", "two", "three"):
        driver.start(name)
    assert driver.running == [("one", "source")]
    assert driver.status("two") == "Superseded"


def test_a_queue_keeps_its_order_and_loses_nothing():
    driver = Driver(mode="QUEUED")
    for name in ("one", "two", "three"):
        driver.start(name)
    for name in ("one", "two", "three"):
        assert driver.running[0] == (name, "source") or (name, "source") in driver.running
        driver.complete(name, "source")
    assert driver.running == [("one", "build")]
    driver.complete("one", "build")
    assert driver.running == [("one", "deploy"), ("two", "build")]


def test_parallel_executions_do_not_wait_for_each_other():
    driver = Driver(mode="PARALLEL")
    driver.to("one", "source")
    driver.to("two", "source")
    assert driver.running == [("one", "build"), ("two", "build")]


@pytest.mark.parametrize("mode", ["QUEUED", "PARALLEL"])
def test_there_is_a_most_of_executions_at_once(mode):
    driver = Driver(mode=mode)
    for number in range(MOST_CONCURRENT):
        driver.start(f"e{number}")
    with pytest.raises(Refused) as refused:
        driver.start("one more")
    assert refused.value.code == "ConcurrentPipelineExecutionsLimitExceededException"
    assert "one more" not in driver.pipeline.executions


def test_a_failure_unlocks_the_stage():
    driver = Driver()
    driver.to("one", "source")
    driver.to("two", "source")
    driver.fail("one", "build")
    assert driver.status("one") == "Failed"
    assert driver.running == [("two", "build")]


def test_a_disabled_transition_holds_the_latest_execution_until_it_is_enabled():
    driver = Driver()
    operations.disable_transition(driver.pipeline, "Deploy")
    driver.to("one", "source", "build")
    driver.to("two", "source", "build")
    assert driver.running == []
    assert (driver.status("one"), driver.status("two")) == ("Superseded", "InProgress")
    driver.take(operations.enable_transition(driver.pipeline, "Deploy", 0))
    assert driver.running == [("two", "deploy")]


def test_a_transition_that_is_disabled_lets_the_execution_in_the_stage_go_on():
    driver = Driver()
    driver.to("one", "source")
    operations.disable_transition(driver.pipeline, "Build")
    driver.complete("one", "build")
    assert driver.running == [("one", "deploy")]


def test_an_update_cancels_what_waits_at_once_and_what_runs_when_its_actions_have_ended():
    driver = Driver()
    driver.to("one", "source")
    driver.to("two", "source")
    driver.take(operations.update(driver.pipeline, driver.stages, "SUPERSEDED", 0))
    assert (driver.status("one"), driver.status("two")) == ("InProgress", "Cancelled")
    driver.complete("one", "build")
    assert (driver.status("one"), driver.status("one", "Build")) == ("Cancelled", "Cancelled")
    with pytest.raises(Refused):
        driver.retry("Build", "one")


def test_the_transition_of_a_stage_that_went_and_came_back_is_enabled():
    driver = Driver()
    operations.disable_transition(driver.pipeline, "Build")
    operations.disable_transition(driver.pipeline, "Deploy")
    driver.take(operations.update(driver.pipeline, driver.stages[:2], "SUPERSEDED", 0))
    driver.take(operations.update(driver.pipeline, driver.stages, "SUPERSEDED", 0))
    assert driver.pipeline.disabled == {"Build"}


def test_parallel_executions_outlive_an_update_in_the_structure_they_began_with():
    driver = Driver(mode="PARALLEL")
    driver.to("one", "source")
    driver.take(operations.update(driver.pipeline, driver.stages[:2], "PARALLEL", 0))
    driver.complete("one", "build")
    driver.complete("one", "deploy")
    assert driver.status("one") == "Succeeded"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "complete", "fail", "stop", "abandon", "retry", "disable", "enable", "roll back"]),
        st.integers(0, 99),
    ),
    max_size=60,
)


def play(driver: Driver, steps) -> None:
    """Does the steps that make sense, whatever they are, and checks after each what must always hold."""
    last_stage: dict[str, int] = {}
    for number, (what, which) in enumerate(steps):
        pipeline = driver.pipeline
        executions = list(pipeline.executions)
        runs = list(pipeline.running)
        stage_name = driver.stages[which % len(driver.stages)].name
        try:
            if what == "start":
                driver.start(f"e{number}")
            elif what in ("complete", "fail") and runs:
                failure = BROKEN if what == "fail" else None
                driver.take(operations.complete(pipeline, runs[which % len(runs)], failure, 0))
            elif what in ("stop", "abandon") and executions:
                driver.stop(executions[which % len(executions)], what == "abandon")
            elif what == "retry" and executions:
                driver.retry(stage_name, executions[which % len(executions)])
            elif what == "disable":
                operations.disable_transition(pipeline, stage_name)
            elif what == "enable":
                driver.take(operations.enable_transition(pipeline, stage_name, 0))
            elif what == "roll back" and executions:
                driver.roll_back(stage_name, executions[which % len(executions)], f"r{number}")
        except Refused:
            pass
        check(driver, last_stage)


def check(driver: Driver, last_stage: dict[str, int]) -> None:
    pipeline = driver.pipeline
    inside = [one.stage.name for one in pipeline.active.values() if not one.waiting]
    if pipeline.mode != "PARALLEL":
        assert len(inside) == len(set(inside)), "two executions are in one stage"
        in_work = {(run.stage.name, run.execution.id) for run, _ in pipeline.running.values()}
        assert len({name for name, _ in in_work}) == len(in_work), "two executions act in one stage"
    for execution in pipeline.executions.values():
        if execution.status == "Superseded":
            assert last_stage.setdefault(execution.id, execution.position) == execution.position
            assert execution.stage.name not in execution.runs or execution.waiting
        if execution.finished:
            assert not any(run.execution is execution for run, _ in pipeline.running.values())
    assert set(pipeline.active) == {one.id for one in pipeline.executions.values() if not one.finished}


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_happens_a_stage_holds_one_execution_and_a_superseded_one_goes_no_further(steps):
    play(Driver(), steps)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_whatever_happens_a_queue_enters_every_stage_in_order(steps):
    driver = Driver(mode="QUEUED")
    play(driver, steps)
    for stage in driver.stages:
        entered = [
            driver.pipeline.executions[one.execution_id].number
            for one in driver.decisions
            if getattr(one, "state", None) == "STARTED" and one.stage == stage.name and one.action is None
            and driver.pipeline.executions[one.execution_id].type == "STANDARD"
        ]  # fmt: skip
        assert entered == sorted(entered)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_whatever_happens_no_execution_is_stuck_when_everything_can_go_on(steps):
    driver = Driver()
    play(driver, steps)
    for stage in driver.stages:
        driver.take(operations.enable_transition(driver.pipeline, stage.name, 0))
    for _ in range(1000):
        if not driver.pipeline.running:
            break
        driver.take(operations.complete(driver.pipeline, next(iter(driver.pipeline.running)), None, 0))
    assert driver.pipeline.active == {}
