# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listing reports: by ARN, of a build, of a report group, or all; with their tests and the coverage of files."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from .builds import read_build
from .common import NOT_THERE, batched, codebuild, each
from .report import BATCH, NOT_PASSED, name_of, read_reports, test_cases
from .report_group import group_arn


def list_reports(context) -> list[dict[str, Any]]:
    """The reports that the task's options ask for, the newest first."""
    options = context.options
    arns = _arns(context)
    if options["report_arns"] is None and options["build_id"] is None and options["limit"]:
        arns = itertools.islice(arns, options["limit"])
    found = [report for some in batched(arns, BATCH) for report in read_reports(context, some)]
    found.sort(key=lambda report: report.get("created") or "", reverse=True)
    return [_told(context, report) for report in found]


def _arns(context) -> Iterable[str]:
    options = context.options
    if options["report_arns"] is not None:
        return options["report_arns"]
    if options["build_id"] is not None:
        return (read_build(context, options["build_id"]) or {}).get("report_arns") or []
    group, status = options["report_group"], options["status"]
    return each(
        context,
        "list_reports_for_report_group" if group else "list_reports",
        "reports",
        doing="list the reports",
        absent=(*NOT_THERE, "InvalidInputException") if group else (),
        sort_order="DESCENDING",
        filter={"status": status} if status else None,
        **({"report_group_arn": group_arn(context, group)} if group else {}),
    )


def _told(context, report: dict[str, Any]) -> dict[str, Any]:
    options = context.options
    found = {**report, "report_group_name": name_of(report)}
    if report.get("type") == "TEST" and options["test_cases"] != "none":
        statuses = NOT_PASSED if options["test_cases"] == "failed" else (None,)
        found["test_cases"] = [case for status in statuses for case in test_cases(context, report["arn"], status)]
    if report.get("type") == "CODE_COVERAGE" and options["coverages"]:
        found["code_coverages"] = codebuild(context).pages(
            "describe_code_coverages",
            "code_coverages",
            doing=f"read the coverage of {report['arn']}",
            report_arn=report["arn"],
            sort_by="LINE_COVERAGE_PERCENTAGE",
            sort_order="ASCENDING",
        )
    return found
