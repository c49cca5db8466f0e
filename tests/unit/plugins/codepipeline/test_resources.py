# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources do about CodePipeline's answers that the local region does not give."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pipeline import Pipeline
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.webhook import Webhook
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import ApiError
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress
from ansible_collections.convoy.delivery.plugins.module_utils.engine.wait import Clock

from tests.unit.plugins.codepipeline.declarations import pipeline


class Answers:
    """A client that answers each operation with what is listed for it, once each, and remembers what was asked."""

    region = "eu-central-1"

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def call(self, operation, doing=None, absent=(), **options):
        self.asked.append(operation)
        answer = self.answers.get(operation, [{}]).pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Time:
    """Seconds that pass by sleeping only."""

    def __init__(self):
        self.seconds = 0.0

    def sleep(self, seconds):
        self.seconds += seconds


def context(answers, **options):
    time = Time()
    return SimpleNamespace(
        options=options,
        check_mode=False,
        client=lambda service, remedies=None: answers,
        clock=Clock(now=lambda: time.seconds, sleep=time.sleep),
        progress=Progress(),
        secret=lambda value: None,
        time=time,
    )


def refused_role():
    message = "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::123456789012:role/codepipeline"
    return ApiError(f"Could not create pipeline shop: {message}.", None, "InvalidStructureException", 400)


def test_a_role_that_iam_has_just_made_is_waited_for():
    answers = Answers(create_pipeline=[refused_role(), refused_role(), {}])
    run = context(answers, role_arn="a-role", role_timeout=30)
    Pipeline(run).create(pipeline())
    assert answers.asked == ["create_pipeline"] * 3
    assert run.progress.lines == ["a-role  cannot be assumed yet, waiting for IAM to make it known"]


def test_a_role_that_is_refused_for_good_is_told_when_the_time_is_over():
    answers = Answers(update_pipeline=[refused_role() for _ in range(100)])
    run = context(answers, role_timeout=10)
    with pytest.raises(ApiError, match="not authorized to perform AssumeRole"):
        Pipeline(run).update(pipeline(), {})
    assert 10 <= run.time.seconds < 12


def test_another_refusal_is_told_at_once():
    refusal = ApiError("Could not create pipeline shop: no such bucket.", None, "InvalidStructureException", 400)
    run = context(Answers(create_pipeline=[refusal]), role_timeout=30)
    with pytest.raises(ApiError, match="no such bucket"):
        Pipeline(run).create(pipeline())
    assert run.time.seconds == 0


def test_a_webhook_is_registered_after_it_was_made_and_deregistered_before_it_is_deleted():
    answers = Answers()
    run = context(answers, register_with_third_party=True)
    Webhook(run).create({"name": "push", "target_pipeline": "shop", "target_action": "GitHub", "filters": []})
    Webhook(run).delete({"name": "push"})
    assert answers.asked == [
        "put_webhook",
        "register_webhook_with_third_party",
        "deregister_webhook_with_third_party",
        "delete_webhook",
    ]
