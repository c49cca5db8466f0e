# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom an answer reaches: the reviewed execution, or nobody, whatever happens in between."""

from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.approval import answer
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure

from tests.unit.plugins.codepipeline_execution.scenes import EXECUTION, action, declaration, execution

NEWER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


class Pipeline:
    """A pipeline with one approval. ``waits`` is the execution that waits there, with the attempt ``attempt``; the
    token is taken back as soon as it is used when ``too_late`` says what the answer was meanwhile."""

    region = "us-east-1"

    def __init__(self, waits=EXECUTION, attempt="one", tells_attempts=True, too_late=None):
        self.waits, self.attempt, self.tells_attempts, self.too_late = waits, attempt, tells_attempts, too_late
        self.answers, self.looks, self.lag = [], 0, 0
        self.seconds, self.warnings = 0.0, []

    def sleep(self, seconds):
        self.seconds += seconds

    def client(self, service, remedies=None):
        return self

    def call(self, operation, doing=None, absent=(), **options):
        return getattr(self, operation)(options)

    def pages(self, operation, entries, doing=None, **options):
        identity = options["filter"]["pipeline_execution_id"]
        self.looks += bool(self.answers)
        status = "InProgress"
        if self.answers and (self.too_late or self.looks > self.lag):
            status = self.too_late or "Succeeded"
        more = {"updated_by": "bert"} if status != "InProgress" else {}
        return [action("Approve", "Ok", status, id="one" if identity == EXECUTION else "two", **more)]

    def get_pipeline(self, options):
        return {"pipeline": declaration()}

    def get_pipeline_execution(self, options):
        return {"pipeline_execution": execution(pipeline_execution_id=options["pipeline_execution_id"])}

    def get_pipeline_state(self, options):
        latest = {"status": "InProgress", "token": f"token of {self.attempt}"}
        if self.tells_attempts:
            latest["action_execution_id"] = self.attempt
        stage = {
            "stage_name": "Approve",
            "latest_execution": {"pipeline_execution_id": self.waits, "status": "InProgress"},
            "action_states": [{"action_name": "Ok", "latest_execution": latest}],
        }
        return {"pipeline_name": "storefront", "stage_states": [stage]}

    def put_approval_result(self, options):
        self.answers.append((options["token"], options["result"]["status"]))
        return None if self.too_late else {"approved_at": "now"}


def give(pipeline, state="approved", **options):
    given = {
        "pipeline_name": "storefront",
        "pipeline_execution_id": EXECUTION,
        "stage_name": None,
        "action_name": None,
        "state": state,
        "summary": "",
        **options,
    }
    clock = SimpleNamespace(now=lambda: pipeline.seconds, sleep=pipeline.sleep)
    warn = pipeline.warnings.append
    return answer(SimpleNamespace(client=pipeline.client, options=given, check_mode=False, clock=clock, warn=warn))


def test_the_token_of_the_reviewed_executions_own_attempt_is_used():
    pipeline = Pipeline()
    assert give(pipeline)["changed"] is True
    assert pipeline.answers == [("token of one", "Approved")]


def test_the_answer_is_given_when_codepipeline_shows_it():
    pipeline = Pipeline()
    pipeline.lag = 2
    assert give(pipeline)["changed"] is True
    assert (pipeline.looks, pipeline.warnings) == (3, [])


def test_an_answer_that_codepipeline_does_not_show_is_warned_of():
    pipeline = Pipeline()
    pipeline.lag = 1000
    assert give(pipeline)["changed"] is True
    assert pipeline.warnings == ["Approve/Ok is answered, but CodePipeline does not show it yet."]


def test_a_token_of_another_executions_attempt_is_not_used():
    pipeline = Pipeline(waits=NEWER, attempt="two")
    with pytest.raises(Failure, match=f"Approve/Ok waits for execution {NEWER}, which is not the one that was review"):
        give(pipeline)
    assert pipeline.answers == []


def test_in_a_parallel_pipeline_the_attempt_tells_though_the_stage_names_another_execution():
    pipeline = Pipeline(waits=NEWER, attempt="one")
    assert give(pipeline)["changed"] is True
    pipeline = Pipeline(waits=EXECUTION, attempt="two")
    with pytest.raises(Failure):
        give(pipeline)
    assert pipeline.answers == []


def test_where_no_attempt_is_told_the_stages_execution_decides():
    assert give(Pipeline(tells_attempts=False))["changed"] is True
    with pytest.raises(Failure):
        give(Pipeline(waits=NEWER, tells_attempts=False))


def test_an_approval_that_somebody_else_has_just_given_is_no_change():
    result = give(Pipeline(too_late="Succeeded"))
    assert (result["changed"], result["approval"]["answered_by"]) == (False, "bert")


def test_an_answer_that_is_not_taken_is_no_answer():
    with pytest.raises(Failure, match="which still waits. Nothing was answered: run the task again."):
        give(Pipeline(too_late="InProgress"))


def test_a_rejection_that_somebody_else_has_just_given_stands():
    with pytest.raises(Failure, match=f"Approve/Ok was not approved for execution {EXECUTION} by bert"):
        give(Pipeline(too_late="Failed"))
