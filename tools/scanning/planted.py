# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails unless checkov's report has every fault that is planted: the tasks are named after the checks to be found."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

CHECK = re.compile(r"\b(?:CONVOY|CKV2?_ANSIBLE)_\d+\b")


def missing(report: object, planted: str) -> set[str]:
    """The checks that task names of `planted` announce and `report` (checkov's JSON) does not have as failed."""
    wanted = {check for line in planted.splitlines() if "name: C" in line for check in CHECK.findall(line)}
    reports = report if isinstance(report, list) else [report]
    found = {one["check_id"] for part in reports for one in part.get("results", {}).get("failed_checks", [])}
    if not wanted:
        raise ValueError("No fault is planted.")
    return wanted - found


def main() -> None:
    report, planted = (Path(argument) for argument in sys.argv[1:])
    if left := missing(json.loads(report.read_text()), planted.read_text()):
        sys.exit(f"Not found, though planted: {', '.join(sorted(left))}")


if __name__ == "__main__":
    main()
