# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes on inside an action: builds, batches of builds, commands, and what there is no looking into."""

from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.execution import build_log
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.follow_details import (
    build_result,
    detail_of,
    place_of,
)
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.report import Action
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import ApiError
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress

LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/codepipeline/shop:log-stream:3f2a"


def phase(name, status, message=""):
    contexts = [{"status_code": "COMMAND_EXECUTION_ERROR", "message": message}] if message else []
    return {"phase_type": name, "phase_status": status, "duration_in_seconds": 4, "contexts": contexts}


def build(identity, status="FAILED"):
    return {
        "id": identity,
        "arn": f"arn:{identity}",
        "project_name": "shop",
        "build_number": 7,
        "build_status": status,
        "phases": [
            phase("SUBMITTED", "SUCCEEDED"),
            phase("BUILD", status, "Error while executing command: make. Reason: 2"),
        ],
        "environment": {"environment_variables": [{"name": "PASSWORD", "value": "secret"}]},
    }


class Service:
    """Answers for CodeBuild and CloudWatch Logs; ``refuses`` every call where that is set."""

    def __init__(self, builds=(), batch=None, refuses=False):
        self._builds, self._batch, self._refuses = {one["arn"]: one for one in builds}, batch, refuses

    def client(self, service, remedies=None):
        return self

    def batches(self, operation, ids, entries, size, **options):
        if self._refuses:
            raise ApiError("not allowed", None, "AccessDeniedException")
        if operation == "batch_get_build_batches":
            return [self._batch]
        return [one for one in self._builds.values() if {one["id"], one["arn"]} & set(ids[1])]

    def call(self, operation, doing=None, **options):
        return None


def context_of(service):
    warnings = []
    clock = SimpleNamespace(now=lambda: 0.0)
    return SimpleNamespace(
        client=service.client, progress=Progress(), warn=warnings.append, warnings=warnings, clock=clock
    )


def action(provider="CodeBuild", **more):
    given = {"category": "Build", "external_id": "shop:1", "region": "us-east-1", **more}
    return Action("Build", "Unit", "Failed", provider=provider, **given)


def test_a_build_tells_its_phases_once_and_the_one_that_failed():
    context = context_of(Service([build("shop:1")]))
    detail = detail_of(context, action(), "us-east-1", "none")
    detail.look()
    detail.look()
    assert context.progress.lines == ["  Build/Unit  BUILD  failed  4.0 s"]
    assert detail.explanation(60).startswith("shop build 7: BUILD failed: 2. The command was: make")


def test_a_batch_tells_the_builds_that_failed():
    groups = [{"current_build_summary": {"arn": "arn:shop:2", "build_status": "FAILED"}}]
    batch = {"id": "shop:1", "project_name": "shop", "build_batch_number": 3, "build_batch_status": "FAILED"}
    service = Service([build("shop:2")], {**batch, "build_groups": groups, "phases": []})
    detail = detail_of(context_of(service), action(configuration={"BatchEnabled": "true"}), "us-east-1", "failed")
    detail.look()
    told = detail.explanation(60).splitlines()
    assert told[0].startswith("shop batch 3: ")
    assert any(line.startswith("shop build 7: BUILD failed: 2.") for line in told)
    assert detail.result()["build"]["build_status"] == "FAILED"


def test_what_may_not_be_read_is_warned_of_once_and_asked_no_more():
    context = context_of(Service(refuses=True))
    detail = detail_of(context, action(), "us-east-1", "failed")
    assert [detail.look(), detail.look(), detail.due(10.0)] == [None, None, None]
    assert context.warnings == [detail.unread] == ["Build/Unit cannot be looked into: not allowed"]
    assert (detail.result(), detail.explanation(60)) == ({}, "")


@pytest.mark.parametrize(
    "given",
    [
        action(region="eu-central-1"),
        action(external_id=""),
        action("S3"),
        action("CodeDeploy", category="Approval"),
        action("Commands"),
    ],
    ids=["another region", "it has not begun", "another provider", "no deployment", "commands without a log"],
)
def test_there_is_no_looking_into(given):
    assert detail_of(context_of(Service()), given, "us-east-1", "live") is None


def test_a_failed_command_says_where_its_log_is():
    told = action("Commands", log_stream_arn=LOGS, error_message="Build terminated with state: FAILED")
    detail = detail_of(context_of(Service()), told, "us-east-1", "none")
    assert detail.explanation(60).splitlines() == [
        "Build terminated with state: FAILED",
        "The whole log: CloudWatch Logs group /aws/codepipeline/shop, stream 3f2a.",
    ]


def test_a_build_in_the_result_has_no_environment():
    result = build_result(build("shop:1"), ["the last line"])
    assert "secret" not in str(result)
    assert (result["build_status"], result["log_tail"]) == ("FAILED", ["the last line"])
    assert result["failed_phase"]["phase_type"] == "BUILD"


@pytest.mark.parametrize("arn", ["", "arn:aws:logs:us-east-1:1:log-group:/a", "arn:aws:s3:::bucket"])
def test_what_is_no_log_stream_is_no_place(arn):
    assert place_of(arn) == {}


@pytest.mark.parametrize(
    ("asked", "verbosity", "shown"), [(None, 0, "failed"), (None, 1, "live"), ("none", 3, "none"), ("live", 0, "live")]
)
def test_the_log_is_live_when_the_user_asks_for_more_words_or_for_it(asked, verbosity, shown):
    assert build_log(SimpleNamespace(options={"build_log": asked}, verbosity=verbosity)) == shown
