# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a deployment did, as data: the hosts, their lifecycle events with times, and what failed.

Pure: from the answers of GetDeployment and BatchGetDeploymentTargets (in option names, times in ISO 8601) to a Report.
What is printed from it is in ``progress`` (while it runs) and ``failure`` (when it went wrong).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ENDED = ("Succeeded", "Failed", "Stopped")
ACTIVE = ("Created", "Queued", "InProgress", "Baking", "Ready")
TARGET_KINDS = ("instance_target", "lambda_target", "ecs_target", "cloud_formation_target")
STANDING_STILL = ("Pending", "Skipped")


@dataclass(frozen=True)
class Event:
    """One lifecycle event on one host. ``seconds`` is None until it ended; diagnostics are "" when there are none."""

    name: str
    status: str
    start: str | None = None
    end: str | None = None
    error_code: str = ""
    script: str = ""
    message: str = ""
    log_tail: str = ""

    @property
    def seconds(self) -> float | None:
        return seconds_between(self.start, self.end)


@dataclass(frozen=True)
class Host:
    """One target of a deployment. ``zone`` is "" where it is not known (on-premises), ``label`` Blue, Green or ""."""

    id: str
    status: str
    zone: str = ""
    label: str = ""
    events: tuple[Event, ...] = ()

    @property
    def current(self) -> Event | None:
        """The event that runs or, between two, that ran last; None before the first."""
        begun = [event for event in self.events if event.status not in STANDING_STILL]
        running = [event for event in begun if event.status == "InProgress"]
        return (running or begun[-1:] or [None])[0]

    @property
    def failed_event(self) -> Event | None:
        return next((event for event in self.events if event.status == "Failed"), None)

    @property
    def seconds(self) -> float | None:
        """From the start of its first event to the end of its last."""
        starts = [event.start for event in self.events if event.start]
        ends = [event.end for event in self.events if event.end]
        return seconds_between(min(starts, default=None), max(ends, default=None))


@dataclass(frozen=True)
class Report:
    """One deployment. ``counts`` is CodeDeploy's own overview: {"Succeeded": 3, "Pending": 1, ...}.

    ``auto_rollback`` are the events on which it is rolled back; () for none, None when the deployment does not tell.
    """

    deployment_id: str
    application: str
    group: str
    status: str
    creator: str = ""
    config: str = ""
    style: str = ""
    revision: Mapping[str, Any] | None = None
    hosts: tuple[Host, ...] = ()
    counts: Mapping[str, int] | None = None
    error_code: str = ""
    error_message: str = ""
    rollback_id: str = ""
    rollback_message: str = ""
    rolls_back: str = ""
    started: str | None = None
    completed: str | None = None
    auto_rollback: tuple[str, ...] | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def seconds(self) -> float | None:
        return seconds_between(self.started, self.completed)

    @property
    def total(self) -> int:
        return sum((self.counts or {}).values()) or len(self.hosts)

    @property
    def succeeded(self) -> int:
        return (self.counts or {}).get("Succeeded", 0)


def make(deployment: Mapping[str, Any], targets: Sequence[Mapping[str, Any]], zones: Mapping[str, str]) -> Report:
    """The report of a deployment.

    ``deployment`` is GetDeployment's deployment_info, ``targets`` BatchGetDeploymentTargets' deployment_targets (all
    that are known, [] for none), ``zones`` the availability zone of each instance id that has one.
    """
    error = deployment.get("error_information") or {}
    rollback = deployment.get("rollback_info") or {}
    auto = deployment.get("auto_rollback_configuration")
    counts = deployment.get("deployment_overview") or {}
    return Report(
        deployment_id=deployment["deployment_id"],
        application=deployment.get("application_name", ""),
        group=deployment.get("deployment_group_name", ""),
        status=deployment["status"],
        creator=deployment.get("creator", ""),
        config=deployment.get("deployment_config_name", ""),
        style=(deployment.get("deployment_style") or {}).get("deployment_type", ""),
        revision=deployment.get("revision"),
        hosts=tuple(sorted((host(target, zones) for target in targets), key=_first_moved_first)),
        counts={name.replace("_", " ").title().replace(" ", ""): count for name, count in counts.items()},
        error_code=error.get("code", ""),
        error_message=error.get("message", ""),
        rollback_id=rollback.get("rollback_deployment_id", ""),
        rollback_message=rollback.get("rollback_message", ""),
        rolls_back=rollback.get("rollback_triggering_deployment_id", ""),
        started=deployment.get("start_time") or deployment.get("create_time"),
        completed=deployment.get("complete_time"),
        auto_rollback=None if auto is None else rollback_events(auto),
    )


def host(target: Mapping[str, Any], zones: Mapping[str, str]) -> Host:
    """One entry of BatchGetDeploymentTargets, of whatever kind, as a Host."""
    body = next((target[kind] for kind in TARGET_KINDS if target.get(kind)), target)
    return Host(
        id=body["target_id"],
        status=body.get("status", "Unknown"),
        zone=zones.get(body["target_id"], ""),
        label=body.get("instance_label", ""),
        events=tuple(_event(event) for event in body.get("lifecycle_events") or ()),
    )


def rollback_events(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The events of an auto_rollback_configuration; () when it is off."""
    return tuple(settings.get("events") or ()) if settings.get("enabled") else ()


def as_result(report: Report) -> dict[str, Any]:
    """The hosts of a report as a module returns them: snake_case, plain data, seconds as numbers."""
    return {
        "counts": dict(report.counts or {}),
        "seconds": report.seconds,
        "hosts": [
            {
                "id": one.id,
                "zone": one.zone,
                "status": one.status,
                "instance_label": one.label,
                "seconds": one.seconds,
                "lifecycle_events": [_event_result(event) for event in one.events],
            }
            for one in report.hosts
        ],
    }


def exit_code(message: str) -> int | None:
    """The exit code in the agent's message, "Script at specified location: x failed with exit code 1"."""
    found = re.search(r"exit code (-?\d+)", message)
    return int(found.group(1)) if found else None


def seconds_between(start: str | None, end: str | None) -> float | None:
    """Seconds from one ISO 8601 time to another; None when one is missing."""
    if not start or not end:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _event(event: Mapping[str, Any]) -> Event:
    diagnostics = event.get("diagnostics") or {}
    return Event(
        name=event["lifecycle_event_name"],
        status=event.get("status", "Unknown"),
        start=event.get("start_time"),
        end=event.get("end_time"),
        error_code=diagnostics.get("error_code", ""),
        script=diagnostics.get("script_name", ""),
        message=diagnostics.get("message", ""),
        log_tail=diagnostics.get("log_tail", ""),
    )


def _event_result(event: Event) -> dict[str, Any]:
    result: dict[str, Any] = {
        "name": event.name,
        "status": event.status,
        "start_time": event.start,
        "end_time": event.end,
        "seconds": event.seconds,
    }
    if event.error_code:
        result["diagnostics"] = {
            "error_code": event.error_code,
            "script_name": event.script,
            "exit_code": exit_code(event.message),
            "message": event.message,
            "log_tail": event.log_tail,
        }
    return result


def _first_moved_first(one: Host) -> tuple[str, str]:
    """Hosts in the order in which CodeDeploy took them; those not begun come last, by id."""
    return min((event.start for event in one.events if event.start), default="~"), one.id
