# SPDX-License-Identifier: GPL-3.0-or-later
"""What an execution did, from the answers of three operations."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import failure, report, report_make

from tests.unit.plugins.codepipeline_execution.scenes import (
    EXECUTION,
    action,
    declaration,
    execution,
    make,
    stage_state,
)

SOURCE, UNIT = action("Source", "Git", end=3), action("Build", "Unit", start=3, end=45)
OK = action("Approve", "Ok", "InProgress", start=45)


def stages(seen):
    return {stage.name: stage.status for stage in seen.stages}


def test_stages_come_in_the_pipelines_order_and_those_not_reached_say_so():
    seen = make("InProgress", OK, UNIT, SOURCE)
    assert stages(seen) == {
        "Source": "Succeeded",
        "Build": "Succeeded",
        "Approve": "InProgress",
        "Production": "Pending",
    }


def test_the_state_tells_the_status_of_a_stage_until_another_execution_enters_it():
    told = make("InProgress", UNIT, states=[stage_state("Build", "Stopping")])
    assert stages(told)["Build"] == "Stopping"
    other = make("InProgress", UNIT, states=[stage_state("Build", "Failed", of="another")])
    assert stages(other)["Build"] == "Succeeded"


def test_of_a_retried_action_the_last_attempt_counts():
    failed = action("Build", "Unit", "Failed", start=3, end=9, error="no")
    again = action("Build", "Unit", start=60, end=70)
    seen = make("InProgress", again, failed, SOURCE)
    (unit,) = [one for one in seen.actions if one.name == "Unit"]
    assert (unit.status, unit.attempts, unit.seconds) == ("Succeeded", 2, 10)
    assert seen.failed == ()


@pytest.mark.parametrize(
    ("actions", "states", "outcome"),
    [
        ([OK], [], "waits_for_approval"),
        ([UNIT], [], "in_progress"),
        ([OK, action("Production", "Hosts", "InProgress")], [], "in_progress"),
        ([UNIT], [("disabled", "frozen")], "waits_for_transition"),
        ([UNIT], [("occupied", "")], "in_progress"),
    ],
    ids=["an approval", "between two stages", "an approval beside a deployment", "a transition", "another execution"],
)
def test_an_execution_needs_somebody_only_when_nothing_else_goes_on(actions, states, outcome):
    inbound = [
        stage_state(
            "Production",
            inbound_executions=[{"pipeline_execution_id": EXECUTION, "status": "InProgress"}],
            inbound_transition_state={"enabled": kind != "disabled", "disabled_reason": reason},
        )
        for kind, reason in states
    ]
    assert make("InProgress", *actions, states=inbound).outcome == outcome


@pytest.mark.parametrize(
    ("at_work", "held", "outcome"),
    [
        ({"Ok": "InProgress"}, "unanswered", "waits_for_approval"),
        ({"Ok": "Succeeded"}, "occupied", "in_progress"),
        ({"Ok": "InProgress", "Unit": "InProgress"}, "occupied", "in_progress"),
    ],
    ids=["an approval", "an answer that has just come", "an approval beside a test"],
)
def test_an_execution_behind_one_that_waits_only_for_an_approval_needs_somebody(at_work, held, outcome):
    inbound = [{"pipeline_execution_id": EXECUTION, "status": "InProgress"}]
    actions = [{"action_name": name, "latest_execution": {"status": status}} for name, status in at_work.items()]
    state = stage_state("Approve", "InProgress", of="an-older-one", inbound_executions=inbound, action_states=actions)
    seen = make("InProgress", UNIT, states=[state])
    assert (seen.held.held, seen.held.held_by, seen.outcome) == (held, "an-older-one", outcome)
    told = "Approve or reject that one with convoy.delivery.codepipeline_approval (pipeline_execution_id=an-older-one)."
    assert failure.next_step(seen).endswith(told) is (held == "unanswered")


def test_an_ended_execution_needs_nobody():
    stopped = make("Stopped", action("Approve", "Ok", "Abandoned"))
    assert (stopped.outcome, stopped.needs_somebody) == ("stopped", False)


def test_the_rules_of_a_failed_stage_that_failed_are_told_and_those_of_a_skipped_one_are_not():
    def guarded(status):
        rule = {"rule_name": "quiet", "latest_execution": {"status": "Failed", "summary": "alarm x rings"}}
        condition = {"latest_execution": {"status": "Failed"}, "rule_states": [rule]}
        entry = {"before_entry_condition_state": {"condition_states": [condition]}}
        return make("Failed", SOURCE, states=[stage_state("Production", status, **entry)])

    assert guarded("Failed").failed_rules == (report.Rule("Production", "before entry", "quiet", "alarm x rings"),)
    assert guarded("Skipped").failed_rules == ()


def test_the_rules_that_only_the_list_of_rules_tells_fail_their_stage():
    """In a PARALLEL pipeline the state does not show every execution."""
    told = {"execution_result": {"error_details": {"message": "alarm x rings"}}}
    rule = {"stage_name": "Production", "rule_name": "quiet", "status": "Failed", "output": told}
    seen = report_make.make(execution("Failed"), [SOURCE], declaration(), None, [rule])
    assert (stages(seen)["Production"], seen.failed_rules[0].message) == ("Failed", "alarm x rings")
    message = failure.explain(seen)
    assert message.startswith("storefront: Production: a condition is not met, rule quiet: alarm x rings.")


def test_the_result_has_stages_actions_times_and_what_a_detail_adds():
    failed = action("Build", "Unit", "Failed", start=3, end=45, error="no", result={"external_execution_id": "shop:1"})
    seen = make("Failed", SOURCE, failed)
    result = report_make.as_result(seen, {seen.failed[0].id: {"build": {"id": "shop:1"}}})
    assert (result["seconds"], result["outcome"], result["pipeline_version"]) == (45, "failed", 1)
    build = result["stages"][1]
    assert (build["name"], build["status"], build["seconds"]) == ("Build", "Failed", 42)
    (unit,) = build["actions"]
    assert (unit["error"], unit["build"]) == ({"code": "JobFailed", "message": "no"}, {"id": "shop:1"})
    assert (unit["external_execution_id"], unit["seconds"], unit["attempts"]) == ("shop:1", 42, 1)
    assert result["stages"][3]["actions"] == []


@pytest.mark.parametrize(
    ("revision", "told"),
    [
        (("a" * 40, "Show prices\n\nWith tax."), "aaaaaaaa  Show prices"),
        (("a" * 40, ""), "aaaaaaaa"),
        (("PtXy.17", "Amazon S3 version id: PtXy.17"), "PtXy.17"),
        (("a" * 40, "x" * 50), "aaaaaaaa  " + "x" * 40 + " ..."),
    ],
)
def test_a_revision_is_told_as_people_call_it(revision, told):
    assert report.Revision("Git", *revision).told(40) == told
