# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports over HTTP: from the files of a build to test cases, coverages and trends."""

import pytest
from botocore.exceptions import ClientError

from local_region.services.codebuild.builder import ReportFiles
from tests.region.codebuild.test_report_formats import COVERAGE
from tests.region.codebuild.yard import ARTIFACTS


def junit(failed: int = 0, passed: int = 2) -> bytes:
    good = "".join(f'<testcase classname="t" name="good_{number}" time="0.5"/>' for number in range(passed))
    bad = '<testcase classname="t" name="bad"><failure message="no"/></testcase>' * failed
    return f'<testsuite name="unit">{good}{bad}</testsuite>'.encode()


def unit_tests(content: bytes, group: str = "unit") -> ReportFiles:
    return ReportFiles(group, "JUNITXML", {"junit.xml": content})


def report_of(yard, build: dict) -> dict:
    return yard.builds.batch_get_reports(reportArns=build["reportArns"])["reports"][0]


def test_a_build_makes_a_report_in_a_group_of_its_project(yard):
    yard.create()
    yard.will(reports=(unit_tests(junit(failed=1)),))
    build = yard.build()
    report = report_of(yard, build)
    assert report["reportGroupArn"].endswith(f":report-group/{yard.name}-unit")
    assert (report["type"], report["status"], report["executionId"]) == ("TEST", "FAILED", build["arn"])
    assert report["testSummary"]["total"] == 3
    assert report["testSummary"]["statusCounts"]["FAILED"] == 1
    assert report["testSummary"]["durationInNanoSeconds"] == 10**9
    (failed,) = yard.builds.describe_test_cases(reportArn=report["arn"], filter={"status": "FAILED"})["testCases"]
    assert (failed["prefix"], failed["name"], failed["message"]) == ("t", "bad", "no")
    assert (failed["testRawDataPath"], failed["testSuiteName"]) == ("junit.xml", "unit")


def test_a_failed_report_fails_no_build_by_itself(yard):
    yard.create()
    yard.will(reports=(unit_tests(junit(failed=1)),))
    assert yard.build()["buildStatus"] == "SUCCEEDED"


def test_coverage_is_summed_up_and_listed_by_file(yard):
    yard.create()
    yard.will(reports=(ReportFiles("cover", "COBERTURAXML", {"coverage.xml": COVERAGE["COBERTURAXML"].encode()}),))
    report = report_of(yard, yard.build())
    assert (report["type"], report["status"]) == ("CODE_COVERAGE", "SUCCEEDED")
    assert report["codeCoverageSummary"]["lineCoveragePercentage"] == 66.67
    (file,) = yard.builds.describe_code_coverages(reportArn=report["arn"])["codeCoverages"]
    assert (file["filePath"], file["linesMissed"], file["branchCoveragePercentage"]) == ("a.py", 1, 50.0)
    asked = {"reportArn": report["arn"], "minLineCoveragePercentage": 70}
    assert yard.builds.describe_code_coverages(**asked)["codeCoverages"] == []


def test_a_file_that_cannot_be_read_leaves_the_report_incomplete_and_says_so(yard):
    yard.create()
    yard.will(reports=(unit_tests(b"<html/>"),))
    build = yard.build()
    assert report_of(yard, build)["status"] == "INCOMPLETE"
    where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
    said = [one["message"] for one in yard.api.client("logs").get_log_events(**where)["events"]]
    assert "junit.xml: A JUnit report begins with testsuites or testsuite, not with html." in said[-1]


def test_trends_compare_the_reports_of_a_group(yard):
    yard.create()
    for failed in (0, 2):
        yard.will(reports=(unit_tests(junit(failed=failed)),))
        build = yard.build()
    asked = {"reportGroupArn": report_of(yard, build)["reportGroupArn"]}
    trend = yard.builds.get_report_group_trend(**asked, trendField="PASS_RATE")
    assert [one["data"] for one in trend["rawData"]] == ["100", "50"]
    assert trend["stats"] == {"average": "75", "max": "100", "min": "50"}
    with pytest.raises(ClientError, match="LINE_COVERAGE is not one of a report group of TEST"):
        yard.builds.get_report_group_trend(**asked, trendField="LINE_COVERAGE")


def test_a_group_of_ones_own_is_used_by_its_arn_and_exports_the_files(yard):
    export = {"exportConfigType": "S3", "s3Destination": {"bucket": ARTIFACTS, "path": "raw", "packaging": "NONE"}}
    group = yard.builds.create_report_group(name=f"{yard.name}-own", type="TEST", exportConfig=export)["reportGroup"]
    yard.create()
    yard.will(reports=(unit_tests(junit(), group["arn"]),))
    report = report_of(yard, yard.build())
    assert report["reportGroupArn"] == group["arn"]
    run = report["arn"].rpartition(":")[2]
    key = f"raw/{yard.name}-own/{run}/junit.xml"
    assert yard.s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read() == junit()


def test_report_groups_are_made_changed_listed_and_deleted(yard):
    made = yard.builds.create_report_group(
        name=f"{yard.name}-g", type="TEST", exportConfig={"exportConfigType": "NO_EXPORT"}
    )["reportGroup"]
    arn = made["arn"]
    with pytest.raises(yard.builds.exceptions.ResourceAlreadyExistsException):
        yard.builds.create_report_group(name=f"{yard.name}-g", type="TEST", exportConfig=made["exportConfig"])
    tags = [{"key": "team", "value": "web"}]
    assert yard.builds.update_report_group(arn=arn, tags=tags)["reportGroup"]["tags"] == tags
    assert arn in yard.builds.list_report_groups()["reportGroups"]
    found = yard.builds.batch_get_report_groups(reportGroupArns=[arn, f"{arn}x"])
    assert ([one["arn"] for one in found["reportGroups"]], found["reportGroupsNotFound"]) == ([arn], [f"{arn}x"])
    yard.builds.delete_report_group(arn=arn)
    assert arn not in yard.builds.list_report_groups()["reportGroups"]


def test_a_group_with_reports_is_deleted_only_with_them(yard):
    yard.create()
    yard.will(reports=(unit_tests(junit()),))
    report = report_of(yard, yard.build())
    with pytest.raises(ClientError, match="it contains reports"):
        yard.builds.delete_report_group(arn=report["reportGroupArn"])
    yard.builds.delete_report_group(arn=report["reportGroupArn"], deleteReports=True)
    assert yard.builds.batch_get_reports(reportArns=[report["arn"]])["reportsNotFound"] == [report["arn"]]
