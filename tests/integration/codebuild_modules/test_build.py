# SPDX-License-Identifier: GPL-3.0-or-later
"""codebuild_build and its info module, over HTTP; the builds do what the test says."""

import json

import pytest

from local_region.services.codebuild.builder import ReportFiles
from tests.integration.codebuild_modules.shop import MODULE, ROLE, lines_of
from tests.run_module import run_module

INFO = "codebuild_build_info"


def test_a_build_is_followed_to_its_end(shop):
    shop.will(exported={"VERSION": "1.0"}, holds="BUILD")
    shop.goes_on_once_looked_at()
    built = shop.run()
    assert built["changed"] and not built["adopted"]
    build = built["build"]
    assert (build["build_status"], build["build_number"]) == ("SUCCEEDED", 1)
    assert build["exported_variables"] == {"VERSION": "1.0"}
    assert build["seconds"] > 0
    assert built["diff"] == {"before": {}, "after": {"project_name": shop.name}}
    assert any(line.startswith("BUILD succeeded") for line in lines_of(built))
    assert lines_of(built)[-1].startswith(f"{shop.name} build 1 succeeded")


LOG = ("[Container] 2026/01/15 10:30:00.1 Running command make", "compiling", "error: no such file")


def test_a_failed_build_tells_the_phase_the_command_and_the_last_lines(shop):
    shop.will(fails="BUILD", lines=LOG)
    refusal = shop.refusal()
    assert refusal.splitlines()[0] == f"{shop.name} build 1: BUILD failed: exit status 2. The command was: make"
    assert "  | error: no such file" in refusal.splitlines()
    assert f"The whole log: CloudWatch Logs group /aws/codebuild/{shop.name}, stream " in refusal


def test_the_log_is_not_in_the_message_where_that_is_not_wanted(shop):
    shop.will(fails="BUILD", lines=LOG)
    assert "error: no such file" not in shop.refusal(build_log="none")


def test_the_facts_of_a_failed_build_are_returned(shop):
    shop.will(fails="BUILD")
    result = run_module(MODULE, {**shop.modules.connection, "project_name": shop.name})
    assert result["failed"] and result["changed"]
    assert result["build"]["build_status"] == "FAILED"


def test_log_lines_are_shown_while_the_build_runs_each_once(shop):
    shop.will(lines=LOG, holds="BUILD")
    shop.goes_on_once_looked_at()
    built = shop.run(build_log="live")
    shown = [line.removeprefix("  |  ") for line in built["progress"] if line.startswith("  |")]
    assert [line for line in shown if line in LOG] == list(LOG)
    last_shown = max(number for number, line in enumerate(built["progress"]) if line.startswith("  |  error"))
    assert last_shown < len(built["progress"]) - 1


JUNIT = b"""<testsuite name="cart" tests="3"><testcase name="test_add" classname="cart" time="0.1"/>
<testcase name="test_price" classname="cart" time="0.2"><failure message="assert 3 == 4">details</failure></testcase>
<testcase name="test_empty" classname="cart" time="0"><skipped/></testcase></testsuite>"""


def test_failed_tests_are_named_in_the_message_and_counted_in_the_result(shop):
    shop.will(fails="BUILD", reports=(ReportFiles("unit", "JUNITXML", {"junit.xml": JUNIT}),))
    refusal = shop.refusal()
    assert f"Tests of {shop.name}-unit: 1 of 3 failed." in refusal
    assert "test_price: assert 3 == 4" in refusal
    told = shop.modules.run(INFO, project_name=shop.name, reports=True)["builds"][0]["reports"][0]
    assert (told["total"], told["passed"], told["failed"], told["skipped"]) == (3, 1, 1, 1)
    assert [case["name"] for case in told["failures"]] == ["test_price"]


def test_check_mode_starts_nothing_and_predicts_the_diff(shop):
    options = {"project_name": shop.name, "source_version": "main", "wait": False}
    predicted, real = shop.modules.predicted_and_real(MODULE, **options)
    assert predicted["changed"] and predicted["diff"] == real["diff"]
    assert predicted["build"] == {"project_name": shop.name, "build_status": "IN_PROGRESS"}
    assert len(shop.started()) == 1


def test_check_mode_passes_while_the_project_is_not_there_yet(shop):
    assert shop.modules.run(MODULE, check_mode=True, project_name="later")["changed"]
    assert "Could not start a build of project later" in shop.modules.refusal(MODULE, project_name="later")


def test_every_run_starts_a_build_and_one_with_a_token_starts_one(shop):
    first = shop.run(idempotency_token="release-1")
    again = shop.run(idempotency_token="release-1")
    assert (again["changed"], again["adopted"]) == (False, True)
    assert again["build"]["id"] == first["build"]["id"]
    assert len(shop.started()) == 1
    shop.run()
    assert len(shop.started()) == 2


def test_a_build_with_the_token_that_runs_is_adopted_and_followed(shop):
    shop.will(holds="BUILD")
    first = shop.run(idempotency_token="release-1", wait=False)
    shop.goes_on_once_looked_at()
    again = shop.run(idempotency_token="release-1")
    assert (again["changed"], again["adopted"]) == (True, True)
    assert again["build"]["id"] == first["build"]["id"]
    assert again["build"]["build_status"] == "SUCCEEDED"


def test_a_token_does_not_pass_for_another_request(shop):
    shop.run(idempotency_token="release-1")
    assert "Could not start a build" in shop.refusal(idempotency_token="release-1", source_version="main")


OVERRIDES = {
    "source_version": "main",
    "buildspec_override": {"version": 0.2, "phases": {"build": {"commands": ["make test"]}}},
    "environment_variables_override": [{"name": "STAGE", "value": "test"}],
    "image_override": "another",
    "compute_type_override": "BUILD_GENERAL1_LARGE",
    "timeout_in_minutes_override": 5,
    "queued_timeout_in_minutes_override": 6,
    "service_role_override": f"{ROLE}-2",
    "privileged_mode_override": True,
    "artifacts_override": {"type": "NO_ARTIFACTS"},
    "logs_config_override": {"cloud_watch_logs": {"status": "ENABLED", "group_name": "elsewhere"}},
}


def test_overrides_are_sent_as_they_are_given(shop):
    build = shop.run(**OVERRIDES)["build"]
    assert build["source"]["buildspec"] == "version: 0.2\nphases:\n  build:\n    commands:\n    - make test\n"
    assert build["environment"]["environment_variables"] == [{"name": "STAGE", "value": "test", "type": "PLAINTEXT"}]
    assert (build["environment"]["image"], build["environment"]["compute_type"]) == ("another", "BUILD_GENERAL1_LARGE")
    assert (build["timeout_in_minutes"], build["queued_timeout_in_minutes"]) == (5, 6)
    assert build["logs"]["group_name"] == "elsewhere"
    assert build["service_role"] == f"{ROLE}-2"


def test_a_secret_in_plain_text_is_warned_of_and_hidden(shop):
    built = shop.run(environment_variables_override=[{"name": "API_TOKEN", "value": "hunter2-and-more"}])
    assert "API_TOKEN seems to hold a secret" in built["warnings"][0]["event"]["msg"]
    told = json.dumps([built, shop.modules.run(INFO, project_name=shop.name)])
    assert "hunter2" not in told


def test_a_build_is_stopped_once(shop):
    shop.will(holds="BUILD")
    started = shop.run(wait=False)["build"]["id"]
    shop.is_in("BUILD", started)
    options = {"build_id": started, "state": "stopped"}
    predicted, real = shop.modules.predicted_and_real(MODULE, **options)
    assert (
        predicted["diff"]
        == real["diff"]
        == {
            "before": {"build_status": "IN_PROGRESS"},
            "after": {"build_status": "STOPPED"},
        }
    )
    assert real["build"]["build_status"] == "STOPPED"
    before = shop.modules.calls()
    assert not shop.modules.run(MODULE, **options)["changed"]
    assert shop.modules.calls() - before == {"all": 1}


def test_a_failed_build_is_run_again_as_another_build(shop):
    shop.will(fails="BUILD")
    shop.refusal()
    failed = shop.started()[0]
    shop.will()
    options = {"build_id": failed, "state": "retried"}
    predicted, real = shop.modules.predicted_and_real(MODULE, **options)
    assert predicted["diff"] == real["diff"]
    assert real["build"]["id"] != failed
    assert real["build"]["build_status"] == "SUCCEEDED"


def test_a_build_that_runs_is_not_retried(shop):
    shop.will(holds="BUILD")
    started = shop.run(wait=False)["build"]["id"]
    refusal = shop.refusal(build_id=started, state="retried")
    shop.builder.release()
    assert "still runs" in refusal and "wait for its end, or stop it" in refusal


def test_the_time_out_tells_where_the_build_is_and_stops_nothing(shop):
    shop.will(holds="BUILD")
    started = shop.run(wait=False, idempotency_token="one")["build"]["id"]
    shop.is_in("BUILD", started)
    refusal = shop.refusal(idempotency_token="one", wait_timeout=0)
    shop.builder.release()
    assert f"{shop.name} build 1" in refusal and "IN_PROGRESS in BUILD" in refusal
    assert shop.started() == [started]


def test_info_tells_the_newest_first_by_status_and_number(shop):
    shop.run()
    shop.will(fails="BUILD", lines=LOG)
    shop.refusal()
    told = shop.modules.run(INFO, project_name=shop.name)["builds"]
    assert [build["build_number"] for build in told] == [2, 1]
    failed = shop.modules.run(INFO, project_name=shop.name, statuses=["FAILED"], log_lines=3)["builds"]
    assert [build["build_number"] for build in failed] == [2]
    assert "error: no such file" in "\n".join(failed[0]["log"])
    one = shop.modules.run(INFO, project_name=shop.name, limit=1)["builds"]
    assert [build["build_number"] for build in one] == [2]
    by_id = shop.modules.run(INFO, build_ids=[told[1]["id"], f"{shop.name}:unknown"])["builds"]
    assert [build["build_number"] for build in by_id] == [1]
    assert shop.modules.run(INFO, project_name="unknown")["builds"] == []


BAD = {
    "no_project": ({"project_name": None}, "project_name is required to start a build."),
    "no_id": ({"state": "stopped"}, "state is stopped but all of the following are missing: build_id"),
    "id": ({"state": "stopped", "build_id": "12"}, "build_id: '12' is not the id of a build."),
    "unknown_id": ({"state": "retried", "build_id": "shop:0"}, "build_id: there is no build shop:0."),
    "project": ({"project_name": "two words"}, "project_name: 'two words' is not a valid name."),
    "timeout": (
        {"timeout_in_minutes_override": 2161},
        "timeout_in_minutes_override: 2161 is not possible. Use 5 to 2160 (minutes).",
    ),
    "of_a_batch": (
        {"build_timeout_in_minutes_override": 10},
        "build_timeout_in_minutes_override does not go with batch=false. Use timeout_in_minutes_override.",
    ),
    "of_a_build": (
        {"batch": True, "auto_retry_limit_override": 1},
        "auto_retry_limit_override does not go with batch=true. Leave it out.",
    ),
    "lambda": (
        {"environment_type_override": "ARM_LAMBDA_CONTAINER", "compute_type_override": "BUILD_GENERAL1_SMALL"},
        "compute_type_override: BUILD_GENERAL1_SMALL does not go with type ARM_LAMBDA_CONTAINER.",
    ),
    "privileged": (
        {"environment_type_override": "ARM_LAMBDA_CONTAINER", "privileged_mode_override": True},
        "privileged_mode_override: type ARM_LAMBDA_CONTAINER has none.",
    ),
    "artifacts": ({"artifacts_override": {"type": "S3"}}, "artifacts_override.location is required for type S3"),
    "buildspec": ({"buildspec_override": {"phases": {}}}, "buildspec_override: the buildspec has no version."),
    "variables": (
        {"environment_variables_override": [{"name": "A", "value": "1"}] * 2},
        "environment_variables_override: A is given twice.",
    ),
    "wait": ({"wait_timeout": -1}, "wait_timeout: -1 is negative."),
    "lines": ({"log_lines": 0}, "log_lines: 0 is not possible."),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_started(shop, case):
    options, sentence = BAD[case]
    before = shop.modules.calls()
    assert sentence in shop.refusal(**options)
    assert (shop.modules.calls() - before)["writes"] == 0
