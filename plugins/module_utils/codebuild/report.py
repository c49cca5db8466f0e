# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the reports of a build say: how many tests passed and failed, the first failures, how much code is covered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .common import codebuild

BATCH = 100  # BatchGetReports takes at most 100 ARNs
FIRST_FAILURES = 5  # of each report
NOT_PASSED = ("FAILED", "ERROR")


@dataclass(frozen=True)
class TestCase:
    """A test that did not pass. ``message`` is what the test's report says."""

    __test__ = False  # pytest: not a test

    name: str
    suite: str
    status: str
    message: str

    @property
    def full_name(self) -> str:
        return f"{self.suite}.{self.name}" if self.suite else self.name


@dataclass(frozen=True)
class Summary:
    """One report. Of a coverage report the counts are 0 and the percentages set; of a test report it is otherwise.

    ``failed`` counts tests that failed and those that ended in an error. ``seconds`` is how long the tests took.
    """

    arn: str
    name: str
    type: str
    status: str
    total: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float | None = None
    line_coverage: float | None = None
    branch_coverage: float | None = None
    failures: tuple[TestCase, ...] = ()

    def as_result(self) -> dict[str, Any]:
        """As a module returns it."""
        found = asdict(self)
        found["failures"] = [asdict(case) for case in self.failures]
        return {name: value for name, value in found.items() if value is not None}


def summaries(context, arns: list[str], first_failures: int = FIRST_FAILURES) -> list[Summary]:
    """The reports of these ARNs, by name, with the first tests that did not pass. No request without ARNs."""
    reports = read_reports(context, arns)
    return sorted((_summary(context, report, first_failures) for report in reports), key=lambda one: one.name)


def read_reports(context, arns: list[str]) -> list[dict[str, Any]]:
    """Reports as BatchGetReports tells them; unknown ones are left out."""
    return codebuild(context).batches(
        "batch_get_reports", ("report_arns", arns), "reports", BATCH, doing="read the reports of the build"
    )


def test_cases(context, arn: str, status: str | None = None, most: int | None = None) -> list[dict[str, Any]]:
    """The test cases of a report, those of one status (FAILED, ERROR ...) or all; at most ``most``."""
    client = codebuild(context)
    request = {"report_arn": arn, "filter": {"status": status} if status else None}
    if most is None:
        return client.pages("describe_test_cases", "test_cases", doing=f"read the tests of {arn}", **request)
    answer = client.call("describe_test_cases", doing=f"read the tests of {arn}", max_results=most, **request)
    return (answer.get("test_cases") or [])[:most]


test_cases.__test__ = False  # pytest: not a test


def name_of(report: dict[str, Any]) -> str:
    """The name of the report's group without the project's: ``storefront-unit`` stays, the ARN goes."""
    group = report.get("report_group_arn") or report.get("arn") or ""
    return group.rpartition("report-group/")[2].partition(":")[0] or report.get("name") or group


def _summary(context, report: dict[str, Any], first_failures: int) -> Summary:
    tests, coverage = report.get("test_summary") or {}, report.get("code_coverage_summary") or {}
    counts = tests.get("status_counts") or {}
    failed = sum(counts.get(status) or 0 for status in NOT_PASSED)
    nanoseconds = tests.get("duration_in_nano_seconds")
    return Summary(
        arn=report["arn"],
        name=name_of(report),
        type=report.get("type") or "TEST",
        status=report.get("status") or "",
        total=tests.get("total") or 0,
        passed=counts.get("SUCCEEDED") or 0,
        failed=failed,
        skipped=counts.get("SKIPPED") or 0,
        seconds=nanoseconds / 1e9 if nanoseconds is not None else None,
        line_coverage=coverage.get("line_coverage_percentage"),
        branch_coverage=coverage.get("branch_coverage_percentage"),
        failures=_failures(context, report["arn"], counts, first_failures) if failed else (),
    )


def _failures(context, arn: str, counts: dict[str, int], most: int) -> tuple[TestCase, ...]:
    found: list[TestCase] = []
    for status in NOT_PASSED:
        if counts.get(status) and len(found) < most:
            found += [_case(one) for one in test_cases(context, arn, status, most - len(found))]
    return tuple(found)


def _case(case: dict[str, Any]) -> TestCase:
    return TestCase(
        name=case.get("name") or "",
        suite=case.get("test_suite_name") or case.get("prefix") or "",
        status=case.get("status") or "",
        message=case.get("message") or "",
    )
