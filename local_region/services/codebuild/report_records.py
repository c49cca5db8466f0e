# SPDX-License-Identifier: GPL-3.0-or-later
"""Report groups, reports, and what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_region.engine.build_report import Case, Coverage

Info = dict[str, Any]


@dataclass(eq=False)
class ReportRecord:
    """A report. `info` is its Report. It has test cases or coverages, by the type of its group."""

    info: Info
    cases: list[Case] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)


def new_group(arn: str, name: str, kind: str, now: datetime, export: Info, tags: list[Info]) -> GroupRecord:
    """A report group that has no reports."""
    info = {"arn": arn, "name": name, "type": kind, "exportConfig": export, "created": now, "lastModified": now}
    return GroupRecord(info | {"tags": tags, "status": "ACTIVE"})


@dataclass(eq=False)
class GroupRecord:
    """A report group. `info` is its ReportGroup; `reports` are its reports by ARN, in the order in which they came."""

    info: Info
    reports: dict[str, ReportRecord] = field(default_factory=dict)


def coverage_summary(one: Coverage) -> Info:
    """CodeCoverageReportSummary of the API."""
    return {
        "lineCoveragePercentage": one.line_percentage,
        "linesCovered": one.lines_covered,
        "linesMissed": one.lines_missed,
        "branchCoveragePercentage": one.branch_percentage,
        "branchesCovered": one.branches_covered,
        "branchesMissed": one.branches_missed,
    }
