# SPDX-License-Identifier: GPL-3.0-or-later
"""What the default event bus is told of builds: entries of PutEvents.

Source: user guide, "Build notifications input format reference".
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from local_region.services.codebuild.records import Info


def state_change(build: Info) -> dict[str, Any]:
    """The build has begun, or has ended."""
    detail = {
        "build-status": build["buildStatus"],
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "additional-information": _information(build),
        "current-phase": build["currentPhase"],
        "current-phase-context": "[]",
        "version": "1",
    }
    return _entry("Build State Change", build, detail)


def phase_change(build: Info, phase: Info) -> dict[str, Any]:
    """A phase has ended."""
    detail = {
        "completed-phase": phase["phaseType"],
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "completed-phase-context": _context(phase),
        "additional-information": _information(build),
        "completed-phase-status": phase["phaseStatus"],
        "completed-phase-duration-seconds": phase["durationInSeconds"],
        "version": "1",
        "completed-phase-start": _time(phase["startTime"]),
        "completed-phase-end": _time(phase["endTime"]),
    }
    return _entry("Build Phase Change", build, detail)


def _entry(kind: str, build: Info, detail: Info) -> dict[str, Any]:
    return {
        "Source": "aws.codebuild",
        "DetailType": f"CodeBuild {kind}",
        "Resources": [build["arn"]],
        "Detail": json.dumps(detail),
    }


def _information(build: Info) -> Info:
    artifacts, environment = build["artifacts"], build["environment"]
    told = {
        "artifact": {
            "md5sum": artifacts.get("md5sum", ""),
            "sha256sum": artifacts.get("sha256sum", ""),
            "location": artifacts.get("location", ""),
        },
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment.get("privilegedMode", False),
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": [
                {"name": one["name"], "value": one["value"], "type": one["type"]}
                for one in environment["environmentVariables"]
            ],
        },
        "timeout-in-minutes": build["timeoutInMinutes"],
        "queued-timeout-in-minutes": build["queuedTimeoutInMinutes"],
        "build-complete": build["buildComplete"],
        "initiator": build["initiator"],
        "build-number": build["buildNumber"],
        "build-start-time": _time(build["startTime"]),
        "source": {
            name: build["source"][name] for name in ("type", "location", "buildspec") if name in build["source"]
        },
        "logs": {
            "group-name": build["logs"].get("groupName"),
            "stream-name": build["logs"].get("streamName"),
            "deep-link": build["logs"].get("deepLink"),
        },
        "phases": [_phase(one) for one in build["phases"]],
    }
    if "sourceVersion" in build:
        told["source-version"] = build["sourceVersion"]
    exported = build.get("exportedEnvironmentVariables")
    return told | ({"exported-environment-variables": exported} if exported else {})


def _phase(phase: Info) -> Info:
    told = {"phase-type": phase["phaseType"], "start-time": _time(phase["startTime"])}
    if "endTime" in phase:
        told |= {
            "phase-context": [_context(phase)],
            "end-time": _time(phase["endTime"]),
            "duration-in-seconds": phase["durationInSeconds"],
            "phase-status": phase["phaseStatus"],
        }
    return told


def _context(phase: Info) -> str:
    return (
        "".join(f"{one['statusCode']}: {one['message']}" for one in phase["contexts"]) if "contexts" in phase else ": "
    )


def _time(moment: datetime) -> str:
    """As in "Sep 1, 2017 4:12:29 PM"."""
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment:%Y} {hour}:{moment:%M:%S} {moment:%p}"
