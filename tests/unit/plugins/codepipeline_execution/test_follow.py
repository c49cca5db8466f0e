# SPDX-License-Identifier: GPL-3.0-or-later
"""Following an execution: few requests, the end noticed soon, rollbacks followed; in simulated time."""

from collections import Counter
from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.execution_calls import Executions
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.follow import aftermath_of, follow
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import ApiError, Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress

from tests.unit.plugins.codepipeline_execution.scenes import EXECUTION, action, declaration, execution, stage_state

ROLLBACK = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
STAGES = {"Source": ["Git"], "Build": ["Unit"], "Approve": ["Ok"]}


class Simulated:
    """A pipeline whose source takes 3 seconds and whose build takes ``build``; then it waits for an approval, which
    comes after ``approval`` seconds (None: never). ``before`` are the seconds of earlier builds."""

    region = "us-east-1"

    def __init__(self, build=40.0, approval=10.0, fails=False, before=(), rollback=False):
        self.seconds, self.calls = 0.0, Counter()
        self._times = [("Source", "Git", 0, 3), ("Build", "Unit", 3, 3 + build)]
        self._approval = None if approval is None else 3 + build + approval
        if not fails:
            self._times.append(("Approve", "Ok", 3 + build, self._approval or float("inf")))
        self._fails, self._before, self._rollback = fails, before, rollback
        self.end = 3 + build if fails else self._approval

    def client(self, service, remedies=None):
        return self

    def call(self, operation, doing=None, absent=(), **options):
        self.calls[operation] += 1
        if operation in ("batch_get_builds", "get_log_events"):
            raise ApiError("not allowed", None, "AccessDeniedException")
        return getattr(self, operation)(options)

    def batches(self, operation, ids, entries, size, **options):
        return self.call(operation)

    def pages(self, operation, entries, **options):
        self.calls[operation] += 1
        return self._actions(options["filter"]["pipeline_execution_id"])

    def get_pipeline(self, options):
        declared = declaration(STAGES)
        if self._rollback:
            declared["stages"][1]["on_failure"] = {"result": "ROLLBACK"}
        return {"pipeline": declared}

    def get_pipeline_execution(self, options):
        over = self.end is not None and self.seconds >= self.end
        status = ("Failed" if self._fails else "Succeeded") if over else "InProgress"
        if options["pipeline_execution_id"] == ROLLBACK:
            status = "Succeeded"
        return {"pipeline_execution": execution(status, pipeline_execution_id=options["pipeline_execution_id"])}

    def get_pipeline_state(self, options):
        return {"stage_states": [stage_state(name) for name in STAGES]}

    def list_pipeline_executions(self, options):
        found = [{"pipeline_execution_id": EXECUTION, "status": "Failed"}]
        if self._rollback and self.seconds >= self.end + 2:
            detail = f'{{"FailedPipelineExecutionId":"{EXECUTION}"}}'
            trigger = {"trigger_type": "AutomatedRollback", "trigger_detail": detail}
            found.insert(0, {"pipeline_execution_id": ROLLBACK, "execution_type": "ROLLBACK", "trigger": trigger})
        return {"pipeline_execution_summaries": found}

    def list_action_executions(self, options):
        return {"action_execution_details": [action("Build", "Unit", end=seconds) for seconds in self._before]}

    def _actions(self, identity):
        if identity == ROLLBACK:
            return [action("Build", "Unit")]
        found = []
        for stage, name, start, end in self._times:
            if start > self.seconds:
                continue
            over = self.seconds >= end
            status = ("Failed" if self._fails and name == "Unit" else "Succeeded") if over else "InProgress"
            more = {"result": {"external_execution_id": "storefront:1"}} if name == "Unit" else {}
            found.append(action(stage, name, status, start, end if over else start, **more))
        return found


def follow_in(world, timeout=3600, **options):
    """What follow() returns, its context, and how many seconds after the end that was."""
    warnings = []

    def sleep(seconds):
        world.seconds += seconds

    context = SimpleNamespace(
        client=world.client,
        clock=SimpleNamespace(now=lambda: world.seconds, sleep=sleep),
        progress=Progress(),
        warn=warnings.append,
        warnings=warnings,
        options={},
    )
    followed = follow(context, Executions(context, "storefront"), EXECUTION, timeout, **options)
    return followed, context, world.seconds - (world.end or 0.0)


def test_the_end_of_actions_whose_length_is_known_is_noticed_within_a_second_with_few_requests():
    world = Simulated(build=300.0, approval=1.0, before=(290.0, 300.0, 310.0))
    followed, _context, late = follow_in(world)
    assert followed.report.status == "Succeeded"
    assert late <= 1.2
    assert sum(world.calls.values()) < 120


def test_an_hour_of_an_unknown_action_costs_few_requests():
    world = Simulated(build=3600.0, approval=1.0)
    followed, _context, _late = follow_in(world, timeout=7200)
    assert followed.report.status == "Succeeded"
    assert world.calls["list_action_executions"] < 420
    assert world.calls["get_pipeline_execution"] < 140


def test_it_is_followed_until_it_waits_for_an_approval():
    followed, context, _late = follow_in(Simulated(approval=None), wait_for="approval")
    assert followed.report.outcome == "waits_for_approval"
    assert context.progress.lines[-1] == "  Approve/Ok  waits for approval"


def test_a_caller_who_may_not_read_builds_is_warned_once_and_follows_on():
    followed, context, _late = follow_in(Simulated())
    assert followed.report.status == "Succeeded"
    assert context.warnings == ["Build/Unit cannot be looked into: not allowed"]


def test_a_rollback_that_the_pipeline_asks_for_is_waited_for():
    followed, _context, _late = follow_in(Simulated(fails=True, rollback=True))
    assert (followed.report.status, followed.rollback.report.id) == ("Failed", ROLLBACK)
    assert f"Rolled back by execution {ROLLBACK}" in followed.explanation()


def test_without_a_rollback_none_is_waited_for():
    world = Simulated(fails=True)
    followed, _context, late = follow_in(world)
    assert followed.rollback is None
    assert late <= 10
    assert world.calls["list_pipeline_executions"] == 1


def test_a_wait_that_is_over_says_what_was_seen_and_keeps_the_facts():
    with pytest.raises(Failure) as caught:
        follow_in(Simulated(approval=None), timeout=100)
    assert "to end, in vain. Last seen: waits for approval Approve/Ok." in str(caught.value)
    assert caught.value.facts["execution"]["outcome"] == "waits_for_approval"


def summary(identity, status="InProgress", **more):
    return {"pipeline_execution_id": identity, "status": status, **more}


def test_who_superseded_an_execution_is_the_next_one_that_was_not_superseded_itself():
    listed = [summary("four"), summary("three"), summary("two", "Superseded"), summary("one", "Superseded")]
    assert aftermath_of("one", listed).successor == "three"
    assert aftermath_of("unknown", listed).successor == ""


def test_the_reason_of_a_stop_is_found():
    listed = [summary("one", "Stopped", stop_trigger={"reason": "wrong version"})]
    assert aftermath_of("one", listed).stop_reason == "wrong version"
