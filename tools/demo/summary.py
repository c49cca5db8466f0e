# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration's end: one row a release and environment, as data and as a table; the stages of the pipeline.

What went through the pipeline has a row of its own too, whose environment is "pipeline": it alone has ``stages``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

# field -> its heading in the table
HEADINGS = {
    "release": "release",
    "environment": "environment",
    "strategy": "strategy",
    "status": "status",
    "version_before": "before",
    "version_after": "after",
    "hosts": "hosts",
    "requests": "requests",
    "lost": "lost",
    "answered_with_error": "errors",
    "seconds": "seconds",
    "rolled_back": "rolled back",
}
FIELDS = tuple(HEADINGS)
KEPT = (*FIELDS, "deployment_id")
NUMERIC = {"hosts", "requests", "lost", "answered_with_error", "seconds"}


def read_reports(folder: Path) -> list[dict]:
    """The reports that the role ``release`` wrote into a folder, oldest first, with the fields of the summary."""
    reports = [
        json.loads(file.read_text()) for file in sorted(folder.glob("*.json"), key=lambda f: f.stat().st_mtime_ns)
    ]
    return [{field: report[field] for field in KEPT} for report in reports]


def read_executions(folder: Path, rows: Sequence[dict], releases: Mapping[str, str]) -> list[dict]:
    """A row for each execution that the role ``pipeline`` reported on into a folder, the oldest first, with its stages.

    Its requests are those of the environments that it released to, ``rows``. ``releases`` are by commit: a build that
    fails has not said what it would have released.
    """
    reports = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    reports.sort(key=lambda report: report["stages"][0]["start_time"])
    return [_execution(report, rows, releases[report["commit"]]) for report in reports]


def _execution(report: dict, rows: Sequence[dict], release: str) -> dict:
    deployments = {action["external_execution_id"] for stage in report["stages"] for action in stage["actions"]}
    own = [row for row in rows if row["deployment_id"] in deployments]
    return {
        "release": release,
        "environment": "pipeline",
        "strategy": "pipeline",
        "status": report["outcome"].capitalize(),
        "version_before": None,
        "version_after": None,
        **{field: sum(row[field] for row in own) for field in ("hosts", "requests", "lost", "answered_with_error")},
        "seconds": report["seconds"],
        "rolled_back": any(row["rolled_back"] for row in own),
        "execution_id": report["execution_id"],
        "commit": report["commit"],
        "stages": report["stages"],
    }


def stage_table(executions: Sequence[dict]) -> str:
    """How long each stage took, in seconds; the one that failed is marked, those not reached are "-"."""
    names = [stage["name"] for stage in executions[0]["stages"]]
    cells = [["commit", "release", "status", *names]]
    for one in executions:
        stages = {stage["name"]: stage for stage in one["stages"]}
        cells.append([one["commit"][:8], one["release"], one["status"], *(_stage(stages.get(name)) for name in names)])
    return _columns(cells, [False, False, False, *(True for _ in names)])


def _stage(stage: dict | None) -> str:
    if stage is None or stage["seconds"] is None:
        return "- "
    return f"{stage['seconds']:.1f}" + ("!" if stage["status"] == "Failed" else " ")


def table(rows: Sequence[dict]) -> str:
    """The rows in columns under the fields' names; numbers to the right."""
    cells = [list(HEADINGS.values())]
    cells += [[_text(row[field]) for field in FIELDS] for row in rows]
    return _columns(cells, [field in NUMERIC for field in FIELDS])


def _columns(cells: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """The first line is the heading."""
    widths = [max(len(line[column]) for line in cells) for column in range(len(numeric))]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def complaints(rows: Sequence[dict], expected: Sequence[dict], errors: Collection[str] = ()) -> list[str]:
    """What is not as the demonstration promises: a sentence for each difference; none when all is well.

    The releases in ``errors`` answer some requests with an error of their own, and no other does.
    """
    found = {(row["release"], row["environment"]): row for row in rows}
    wrong = []
    for wanted in expected:
        name = f"release {wanted['release']} to {wanted['environment']}"
        row = found.get((wanted["release"], wanted["environment"]))
        if row is None:
            wrong.append(f"{name}: there is no report.")
            continue
        wrong += [
            f"{name}: {field} is {row[field]!r}, expected {value!r}."
            for field, value in wanted.items()
            if row[field] != value
        ]
        if row["lost"]:
            wrong.append(f"{name}: {row['lost']} of {row['requests']} requests were lost.")
        if bool(row["answered_with_error"]) != (row["release"] in errors):
            wrong.append(f"{name}: {row['answered_with_error']} requests were answered with an error.")
        if not row["requests"]:
            wrong.append(f"{name}: nobody asked for the application while it was released.")
    return wrong


def pipeline_complaints(executions: Sequence[dict], expected: Sequence[tuple[str, list[str], str | None]]) -> list[str]:
    """What is not as promised of the pipeline: ``(release, stages that succeeded, stage that failed)`` of each push."""
    found = [
        (
            one["release"],
            [stage["name"] for stage in one["stages"] if stage["status"] == "Succeeded"],
            next((stage["name"] for stage in one["stages"] if stage["status"] == "Failed"), None),
        )
        for one in executions
    ]
    wrong = [f"the push of {one[0]}: {one[1]} succeeded, {one[2]} failed." for one in found if one not in expected]
    missing = [f"the push of {one[0]} was to fail in {one[2]}, and did not." for one in expected if one not in found]
    return [*wrong, *missing]


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
