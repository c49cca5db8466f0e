# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases of a Build, as BatchGetBuilds shows them. Pure.

Source: BuildPhase of the API: a phase that goes on has no status and no end; COMPLETED has a beginning only.
"""

from __future__ import annotations

from datetime import datetime

from local_region.services.codebuild.records import Info


def begin(build: Info, name: str, at: datetime) -> bool:
    """The phase begins. Returns False when it is the one that goes on already."""
    phases = build["phases"]
    if phases and phases[-1]["phaseType"] == name and "endTime" not in phases[-1]:
        return False
    phases.append({"phaseType": name, "startTime": at})
    build["currentPhase"] = name
    return True


def end(build: Info, status: str, at: datetime, code: str = "", message: str = "") -> Info | None:
    """The phase that goes on ends. Returns it, None when there is none.

    The one context that a phase has says why it failed; that of one that went well is empty.
    """
    if not build["phases"] or "endTime" in build["phases"][-1]:
        return None
    phase = build["phases"][-1]
    seconds = max(0, round((at - phase["startTime"]).total_seconds()))
    phase |= {
        "phaseStatus": status,
        "endTime": at,
        "durationInSeconds": seconds,
        "contexts": [{"statusCode": code, "message": message}],
    }
    return phase


def failure(build: Info) -> Info | None:
    """The first phase that failed."""
    return next((one for one in build["phases"] if one.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED"), None)
