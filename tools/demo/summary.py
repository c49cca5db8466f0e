# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration's end: one row a release and environment, as data and as a table."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
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
NUMERIC = {"hosts", "requests", "lost", "answered_with_error", "seconds"}


def read_reports(folder: Path) -> list[dict]:
    """The reports that the role ``release`` wrote into a folder, oldest first, with the fields of the summary."""
    reports = [
        json.loads(file.read_text()) for file in sorted(folder.glob("*.json"), key=lambda f: f.stat().st_mtime_ns)
    ]
    return [{field: report[field] for field in FIELDS} for report in reports]


def table(rows: Sequence[dict]) -> str:
    """The rows in columns under the fields' names; numbers to the right."""
    cells = [list(HEADINGS.values())]
    cells += [[_text(row[field]) for field in FIELDS] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(FIELDS))]
    numeric = [field in NUMERIC for field in FIELDS]
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


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
