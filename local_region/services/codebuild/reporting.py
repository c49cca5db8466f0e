# SPDX-License-Identifier: GPL-3.0-or-later
"""The report files of a build made into reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from local_region.engine.build_report import Case, Coverage, Unreadable, counts, total
from local_region.engine.build_report_coverage import COVERAGE_FORMATS, by_file
from local_region.engine.build_report_tests import TEST_FORMATS
from local_region.services.codebuild import sources
from local_region.services.codebuild.builder import ReportFiles
from local_region.services.codebuild.records import BuildRecord, Info, Store, new_id
from local_region.services.codebuild.report_records import GroupRecord, ReportRecord, coverage_summary, new_group
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codepipeline.surroundings import Put

# Source: user guide, "Quotas for AWS CodeBuild": test cases of a report; reports expire after 30 days.
MOST_CASES = 500
KEPT = timedelta(days=30)


class NoSuchGroup(Exception):
    """The buildspec names, by its ARN, a report group that is not there. The message is a sentence."""


def group_name(build: BuildRecord, written: str) -> str:
    """The name of a report group as the buildspec writes it: <project>-<name>, unless it is an ARN.

    Source: user guide, "Report group naming".
    """
    if written.startswith("arn:"):
        return written.rpartition("report-group/")[2]
    return f"{build.project.name}-{written}"


def group_for(store: Store, build: BuildRecord, given: ReportFiles, now: datetime) -> GroupRecord:
    """The report group; one that is named for the first time is made. With the lock held. Raises NoSuchGroup."""
    name = group_name(build, given.group)
    kind = kind_of(given.format)
    group = store.report_groups.get(name)
    if group is None and given.group.startswith("arn:"):
        raise NoSuchGroup(f"There is no report group {given.group}.")
    if group is None:
        arn = store.arn(f"report-group/{name}")
        group = new_group(arn, name, kind, now, {"exportConfigType": "NO_EXPORT"}, [])
        store.report_groups[name] = group
    if group.info["type"] != kind:
        raise NoSuchGroup(f"The report group {name} is of the type {group.info['type']}; {given.format} is {kind}.")
    return group


def kind_of(file_format: str) -> str:
    return "CODE_COVERAGE" if file_format in COVERAGE_FORMATS else "TEST"


def report_of(build: BuildRecord, given: ReportFiles, group: Info, now: datetime) -> tuple[ReportRecord, list[str]]:
    """The report, and what is wrong with its files, in sentences."""
    name = group["name"]
    info = {
        "arn": f"{group['arn'].replace(':report-group/', ':report/')}:{new_id()}",
        "type": group["type"],
        "name": f"{name}-{build.info['buildNumber']}",
        "reportGroupArn": group["arn"],
        "executionId": build.info["arn"],
        "created": now,
        "expired": now + KEPT,
        "exportConfig": group["exportConfig"],
        "truncated": False,
    }
    reader = _read_coverages if group["type"] == "CODE_COVERAGE" else _read_cases
    return reader(info, given)


def export(store: Store, report: Info, given: ReportFiles, surroundings: Surroundings) -> None:
    """Puts the raw files where the report group wants them. Raises LookupError, with a sentence."""
    wanted = report["exportConfig"]
    if wanted["exportConfigType"] != "S3":
        return
    place = wanted["s3Destination"]
    parts = [place.get("path", "").strip("/"), *report["arn"].rpartition(":report/")[2].split(":")]
    prefix = "/".join(part for part in parts if part)
    how = Put(kms_key_id=place.get("encryptionKey"))
    files: Mapping[str, bytes] = given.files
    if place.get("packaging") == "ZIP":
        files = {"raw.zip": sources.zipped(given.files)}
    for name, data in files.items():
        surroundings.objects.put(store.account, place["bucket"], f"{prefix}/{name}", data, how)


def _read_cases(info: Info, given: ReportFiles) -> tuple[ReportRecord, list[str]]:
    cases, problems = [], []
    for path, content in sorted(given.files.items()):
        try:
            cases += [Case(**(vars(one) | {"path": path})) for one in _test_format(given.format)(content)]
        except Unreadable as error:
            problems.append(f"{path}: {error}")
    found = counts(cases)
    info |= {
        "status": _status(bool(cases) and not problems, bool(found["FAILED"] + found["ERROR"])),
        "truncated": len(cases) > MOST_CASES,
        "testSummary": {
            "total": len(cases),
            "statusCounts": found,
            "durationInNanoSeconds": sum(one.nanoseconds for one in cases),
        },
    }
    return ReportRecord(info, cases=cases[:MOST_CASES]), problems


def _read_coverages(info: Info, given: ReportFiles) -> tuple[ReportRecord, list[str]]:
    found: list[Coverage] = []
    problems = []
    for path, content in sorted(given.files.items()):
        try:
            found += list(COVERAGE_FORMATS[given.format](content))
        except Unreadable as error:
            problems.append(f"{path}: {error}")
    coverages = by_file(iter(found))
    info |= {
        "status": _status(bool(coverages) and not problems, failed=False),
        "codeCoverageSummary": coverage_summary(total(coverages)),
    }
    return ReportRecord(info, coverages=coverages), problems


def _test_format(name: str):
    if name not in TEST_FORMATS:
        known = ", ".join(sorted([*TEST_FORMATS, *COVERAGE_FORMATS]))
        raise Unreadable(f"The file format {name} is none of {known}.")
    return TEST_FORMATS[name]


def _status(complete: bool, failed: bool) -> str:
    if failed:
        return "FAILED"
    return "SUCCEEDED" if complete else "INCOMPLETE"
