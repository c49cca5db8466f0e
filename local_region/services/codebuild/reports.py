# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of builds: get, list, look into and delete them."""

from __future__ import annotations

from local_region.engine.build_report import Case, Coverage
from local_region.services.codebuild import errors, paging
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.records import Info, Store
from local_region.services.codebuild.report_records import ReportRecord, coverage_summary


class Reports(Base):
    """BatchGetReports and its relatives."""

    @operation
    def batch_get_reports(self, store: Store, params: dict) -> dict:
        found = {arn: store.find_report(arn) for arn in params["reportArns"]}
        return {
            "reports": [one.info for one in found.values() if one],
            "reportsNotFound": [arn for arn, one in found.items() if not one],
        }

    @operation
    def list_reports(self, store: Store, params: dict) -> dict:
        found = [one for group in store.report_groups.values() for one in group.reports.values()]
        return _listed(found, params)

    @operation
    def list_reports_for_report_group(self, store: Store, params: dict) -> dict:
        return _listed(list(store.report_group(params["reportGroupArn"]).reports.values()), params)

    @operation
    def delete_report(self, store: Store, params: dict) -> None:
        """A report that is not there is no error."""
        for group in store.report_groups.values():
            group.reports.pop(params["arn"], None)

    @operation
    def describe_test_cases(self, store: Store, params: dict) -> dict:
        report = store.find_report(params["reportArn"])
        if report is None:
            raise errors.not_found(f"Report {params['reportArn']} does not exist")
        wanted = params.get("filter", {})
        cases = [
            _case(report, one)
            for one in report.cases
            if wanted.get("status", one.status) == one.status and wanted.get("keyword", "") in one.name
        ]
        return paging.page(cases, params, "testCases")

    @operation
    def describe_code_coverages(self, store: Store, params: dict) -> dict:
        report = store.find_report(params["reportArn"])
        if report is None:
            raise errors.invalid(f"Report {params['reportArn']} does not exist")
        least, most = params.get("minLineCoveragePercentage", 0), params.get("maxLineCoveragePercentage", 100)
        found = [one for one in report.coverages if least <= one.line_percentage <= most]
        if params.get("sortBy") == "LINE_COVERAGE_PERCENTAGE":
            found.sort(key=lambda one: one.line_percentage)
        else:
            found.sort(key=lambda one: one.path)
        return paging.page([_coverage(report, one) for one in found], params, "codeCoverages")


def _listed(found: list[ReportRecord], params: dict) -> dict:
    wanted = params.get("filter", {}).get("status")
    infos = sorted(
        (one.info for one in found if wanted in (None, one.info["status"])), key=lambda info: info["created"]
    )
    return paging.page([info["arn"] for info in infos], params, "reports", descending=True)


def _case(report: ReportRecord, case: Case) -> Info:
    """TestCase of the API."""
    return {
        "reportArn": report.info["arn"],
        "testRawDataPath": case.path,
        "prefix": case.prefix,
        "name": case.name,
        "status": case.status,
        "durationInNanoSeconds": case.nanoseconds,
        "message": case.message,
        "expired": report.info["expired"],
        "testSuiteName": case.suite,
    }


def _coverage(report: ReportRecord, one: Coverage) -> Info:
    """CodeCoverage of the API."""
    return {
        "id": f"{report.info['arn'].rpartition(':')[2]}:{one.path}",
        "reportARN": report.info["arn"],
        "filePath": one.path,
        "expired": report.info["expired"],
    } | coverage_summary(one)
