# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a build did not succeed: the whole message, as a user reads it."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.failure import explain
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.report import Summary, TestCase


def phase(kind, status="SUCCEEDED", code="", message=""):
    contexts = [{"status_code": code, "message": message}] if code or message else []
    return {"phase_type": kind, "phase_status": status, "contexts": contexts}


def build(status, *phases, **more):
    return {"project_name": "shop", "build_number": 7, "build_status": status, "phases": [*phases], **more}


def test_a_failed_command_is_named_with_its_exit_status_the_log_and_the_tests():
    message = "Error while executing command: python -m pytest. Reason: exit status 1"
    failed = build(
        "FAILED",
        phase("INSTALL"),
        phase("BUILD", "FAILED", "COMMAND_EXECUTION_ERROR", message),
        phase("POST_BUILD"),
        logs={"group_name": "/aws/codebuild/shop", "stream_name": "3f1c"},
    )
    cases = (TestCase("test_price", "tests.test_cart", "FAILED", "assert 3 == 4\n  more"),)
    report = Summary("arn", "shop-unit", "TEST", "FAILED", total=20, passed=17, failed=3, failures=cases)
    assert explain(failed, ["FAILED tests/test_cart.py"], [report]).splitlines() == [
        "shop build 7: BUILD failed: exit status 1. The command was: python -m pytest",
        "  | FAILED tests/test_cart.py",
        "Tests of shop-unit: 3 of 20 failed.",
        "  tests.test_cart.test_price: assert 3 == 4 more",
        "  and 2 more",
        "The whole log: CloudWatch Logs group /aws/codebuild/shop, stream 3f1c.",
    ]


REASONS = {
    "another_code": (
        build("FAILED", phase("DOWNLOAD_SOURCE", "FAILED", "YAML_FILE_ERROR", "YAML file does not exist")),
        "shop build 7: DOWNLOAD_SOURCE failed: YAML file does not exist. Check the buildspec, and that "
        "source.buildspec names it where the source has it. (YAML_FILE_ERROR)",
    ),
    "no_context": (
        build("FAULT", phase("PROVISIONING", "FAULT")),
        "shop build 7: PROVISIONING failed: CodeBuild gives no reason.",
    ),
    "timed_out": (
        build("TIMED_OUT", phase("BUILD", "TIMED_OUT", "BUILD_TIMED_OUT", "Build timed out"), timeout_in_minutes=5),
        "shop build 7: BUILD was not over in time (timeout_in_minutes is 5). Raise it if the build only needs longer.",
    ),
    "queued_too_long": (
        build("TIMED_OUT", phase("QUEUED", "TIMED_OUT"), queued_timeout_in_minutes=10, timeout_in_minutes=60),
        "shop build 7: QUEUED was not over in time (queued_timeout_in_minutes is 10). "
        "Raise it if the build only needs longer.",
    ),
    "stopped": (build("STOPPED", phase("BUILD", "STOPPED")), "shop build 7: it was stopped in BUILD."),
    "no_phase": (build("FAILED"), "shop build 7: it ended as FAILED, and CodeBuild names no phase that failed."),
    "archived_log": (
        build("STOPPED", logs={"s3_logs": {"status": "ENABLED", "location": "logs/shop/3f1c.gz"}}),
        "shop build 7: it was stopped.\nThe whole log: S3 logs/shop/3f1c.gz.",
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_the_reason_is_one_sentence(case):
    failed, sentence = REASONS[case]
    assert explain(failed) == sentence


def test_passed_reports_are_not_mentioned():
    report = Summary("arn", "shop-unit", "TEST", "SUCCEEDED", total=20, passed=20)
    assert "Tests" not in explain(build("STOPPED"), reports=[report])
