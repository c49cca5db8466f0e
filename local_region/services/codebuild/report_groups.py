# SPDX-License-Identifier: GPL-3.0-or-later
"""Report groups: create, get, list, update and delete; and their trends."""

from __future__ import annotations

from local_region.services.codebuild import errors, paging
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.records import Info, Store
from local_region.services.codebuild.report_records import ReportRecord, new_group

MOST_GROUPS = 5000
OF_TESTS = {
    "PASS_RATE": lambda report: 100.0 * _passed(report) / max(1, report.info["testSummary"]["total"]),
    "DURATION": lambda report: report.info["testSummary"]["durationInNanoSeconds"],
    "TOTAL": lambda report: report.info["testSummary"]["total"],
}
OF_COVERAGE = {
    "LINE_COVERAGE": "lineCoveragePercentage",
    "LINES_COVERED": "linesCovered",
    "LINES_MISSED": "linesMissed",
    "BRANCH_COVERAGE": "branchCoveragePercentage",
    "BRANCHES_COVERED": "branchesCovered",
    "BRANCHES_MISSED": "branchesMissed",
}


class ReportGroups(Base):
    """CreateReportGroup and its relatives."""

    @operation
    def create_report_group(self, store: Store, params: dict) -> dict:
        name = params["name"]
        if name in store.report_groups:
            raise errors.exists("Report group", store.report_groups[name].info["arn"])
        if len(store.report_groups) >= MOST_GROUPS:
            raise errors.too_many(f"Cannot have more than {MOST_GROUPS} report groups for the account")
        _check_export(params["exportConfig"])
        arn, now = store.arn(f"report-group/{name}"), self.clock.now()
        group = new_group(arn, name, params["type"], now, params["exportConfig"], params.get("tags", []))
        store.report_groups[name] = group
        return {"reportGroup": group.info}

    @operation
    def update_report_group(self, store: Store, params: dict) -> dict:
        group = store.report_group(params["arn"])
        changed = {name: params[name] for name in ("exportConfig", "tags") if name in params}
        _check_export(changed.get("exportConfig", {}))
        group.info |= changed | {"lastModified": self.clock.now()}
        return {"reportGroup": group.info}

    @operation
    def batch_get_report_groups(self, store: Store, params: dict) -> dict:
        found = {arn: store.find_report_group(arn) for arn in params["reportGroupArns"]}
        return {
            "reportGroups": [one.info for one in found.values() if one],
            "reportGroupsNotFound": [arn for arn, one in found.items() if not one],
        }

    @operation
    def list_report_groups(self, store: Store, params: dict) -> dict:
        by = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(params.get("sortBy", "NAME"), "name")
        found = sorted((one.info for one in store.report_groups.values()), key=lambda info: info[by])
        return paging.page([info["arn"] for info in found], params, "reportGroups")

    @operation
    def delete_report_group(self, store: Store, params: dict) -> None:
        """A group that is not there is no error."""
        group = store.find_report_group(params["arn"])
        if group is None:
            return
        if group.reports and not params.get("deleteReports"):
            raise errors.invalid(
                f"Cannot delete report group {params['arn']}: it contains reports. Delete them, or set deleteReports."
            )
        del store.report_groups[group.info["name"]]
        store.policies.pop(group.info["arn"], None)

    @operation
    def get_report_group_trend(self, store: Store, params: dict) -> dict:
        group = store.report_group(params["reportGroupArn"])
        member = "testSummary" if group.info["type"] == "TEST" else "codeCoverageSummary"
        wanted = params["trendField"]
        if (wanted in OF_TESTS) != (group.info["type"] == "TEST"):
            raise errors.invalid(f"Invalid trend field: {wanted} is not one of a report group of {group.info['type']}")
        reports = [one for one in group.reports.values() if member in one.info][-params.get("numOfReports", 100) :]
        values = [(report.info["arn"], _value(report, wanted)) for report in reports]
        raw = [{"reportArn": arn, "data": _text(value)} for arn, value in values]
        return {"rawData": raw} | ({"stats": _stats([value for _, value in values])} if values else {})


def _check_export(export: Info) -> None:
    to_s3 = export.get("s3Destination", {})
    if export.get("exportConfigType") == "S3" and not to_s3.get("bucket"):
        raise errors.invalid("Invalid export config: s3Destination with a bucket is required for the type S3")


def _passed(report: ReportRecord) -> int:
    return report.info["testSummary"]["statusCounts"]["SUCCEEDED"]


def _value(report: ReportRecord, wanted: str) -> float:
    if wanted in OF_TESTS:
        return OF_TESTS[wanted](report)
    return report.info["codeCoverageSummary"][OF_COVERAGE[wanted]]


def _stats(values: list[float]) -> Info:
    return {"average": _text(sum(values) / len(values)), "max": _text(max(values)), "min": _text(min(values))}


def _text(value: float) -> str:
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)
