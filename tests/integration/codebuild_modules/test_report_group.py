# SPDX-License-Identifier: GPL-3.0-or-later
"""codebuild_report_group and codebuild_report_info, over HTTP."""

import pytest

from local_region.services.codebuild.builder import ReportFiles
from tests.integration.codebuild_modules.shop import ROLE
from tests.region.codebuild.scripted import Script, ScriptedBuilder
from tests.region.codebuild.yard import eventually

MODULE = "codebuild_report_group"
INFO = "codebuild_report_info"
ARN = "arn:aws:codebuild:eu-central-1:123456789012:report-group"

UNIT = {"name": "unit", "type": "TEST"}
TO_S3 = {"export_config_type": "S3", "s3_destination": {"bucket": "reports", "path": "unit", "packaging": "ZIP"}}
JUNIT = b"""<testsuite name="cart" tests="2"><testcase name="test_add" classname="cart" time="0.1"/>
<testcase name="test_price" classname="cart" time="0.2"><failure message="assert 3 == 4">details</failure></testcase>
</testsuite>"""
COBERTURA = b"""<coverage line-rate="0.5" lines-covered="1" lines-valid="2" branch-rate="0" branches-covered="0"
branches-valid="0"><packages><package name="cart"><classes><class name="cart" filename="cart.py"><lines>
<line number="1" hits="1"/><line number="2" hits="0"/></lines></class></classes></package></packages></coverage>"""


@pytest.fixture
def groups(modules):
    """The modules, with no report group before and after."""
    yield modules
    client = modules.client("codebuild")
    for arn in client.list_report_groups()["reportGroups"]:
        client.delete_report_group(arn=arn, deleteReports=True)


CASES = {
    "least": UNIT,
    "coverage": {"name": "lines", "type": "CODE_COVERAGE", "tags": {"Team": "shop"}},
    "exported": {**UNIT, "export_config": TO_S3},
}


@pytest.mark.parametrize("case", CASES)
def test_a_group_is_made_as_predicted_and_then_left_alone(groups, case):
    options = CASES[case]
    predicted, real = groups.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert real["report_group"]["arn"] == f"{ARN}/{options['name']}"
    before = groups.calls()
    assert not groups.run(MODULE, **options)["changed"]
    assert groups.calls() - before == {"all": 2}  # one of them tells the account


CHANGES = {
    "export": (UNIT, {"export_config": TO_S3}),
    "no_export": (CASES["exported"], {"export_config": {"export_config_type": "NO_EXPORT"}}),
    "packaging": (CASES["exported"], {"export_config": {"s3_destination": {"packaging": "NONE"}}}),
    "tags": ({**UNIT, "tags": {"Team": "shop"}}, {"tags": {"Team": "api"}}),
    "tag": ({**UNIT, "tags": {"Team": "shop"}}, {"tags": {"Stage": "test"}, "purge_tags": False}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(groups, change):
    before, wanted = CHANGES[change]
    groups.run(MODULE, **before)
    predicted, real = groups.predicted_and_real(MODULE, name="unit", **wanted)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert not groups.run(MODULE, name="unit", **wanted)["changed"]


def test_another_type_is_refused_with_what_is_there(groups):
    groups.run(MODULE, **UNIT)
    refusal = groups.refusal(MODULE, name="unit", type="CODE_COVERAGE")
    assert "AWS cannot change it: type is TEST, wanted CODE_COVERAGE. Delete it first" in refusal


@pytest.fixture
def reported(groups, shared_api):
    """A build has left a report of tests and one of coverage; its id."""
    client = groups.client("codebuild")
    client.create_project(
        name="shop",
        source={"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases:\n  build:\n    commands: [make]\n"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=ROLE,
    )
    builder = shared_api.region.codebuild.builder = ScriptedBuilder()
    unit = ReportFiles("unit", "JUNITXML", {"junit.xml": JUNIT})
    lines = ReportFiles("lines", "COBERTURAXML", {"coverage.xml": COBERTURA})
    builder.scripts["shop"] = Script(reports=(unit, lines))
    build_id = client.start_build(projectName="shop")["build"]["id"]
    eventually(lambda: client.batch_get_builds(ids=[build_id])["builds"][0]["buildComplete"], "the build to end")
    return build_id


def test_reports_are_told_with_their_failed_tests_and_the_coverage_of_files(groups, reported):
    told = groups.run(INFO, build_id=reported, test_cases="failed", coverages=True)["reports"]
    by_group = {one["report_group_name"]: one for one in told}
    assert [case["name"] for case in by_group["shop-unit"]["test_cases"]] == ["test_price"]
    assert by_group["shop-unit"]["test_summary"]["total"] == 2
    assert [one["file_path"] for one in by_group["shop-lines"]["code_coverages"]] == ["cart.py"]
    tests = groups.run(INFO, report_group="shop-unit", test_cases="all")["reports"]
    assert {case["name"] for case in tests[0]["test_cases"]} == {"test_add", "test_price"}
    assert "test_cases" not in groups.run(INFO, report_arns=[tests[0]["arn"]])["reports"][0]


def test_reports_of_nothing_are_an_empty_list(groups):
    assert groups.run(INFO) == {"changed": False, "reports": []}
    assert groups.run(INFO, report_group="unknown")["reports"] == []
    assert groups.run(INFO, build_id="shop:unknown")["reports"] == []


def test_a_group_with_reports_is_deleted_only_where_that_is_asked_for(groups, reported):
    assert "Set delete_reports=true" in groups.refusal(MODULE, name="shop-unit", state="absent")
    options = {"name": "shop-unit", "state": "absent", "delete_reports": True}
    predicted, real = groups.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert real["diff"]["after"] == {}
    assert not groups.run(MODULE, **options)["changed"]


BAD = {
    "name": ({"name": "a/b", "type": "TEST"}, "name: 'a/b' is not a valid name."),
    "type": ({"name": "unit"}, "type is required to create report group unit: TEST or CODE_COVERAGE."),
    "bucket": (
        {**UNIT, "export_config": {"export_config_type": "S3"}},
        "export_config.s3_destination.bucket is required",
    ),
    "needless": (
        {**UNIT, "export_config": {"export_config_type": "NO_EXPORT", "s3_destination": {"bucket": "reports"}}},
        "export_config.s3_destination goes with export_config_type S3 only.",
    ),
    "tags": ({**UNIT, "tags": {"a;b": "c"}}, "'a;b' or its value has a character"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_written(groups, case):
    options, sentence = BAD[case]
    before = groups.calls()
    assert sentence in groups.refusal(MODULE, **options)
    assert (groups.calls() - before)["writes"] == 0
