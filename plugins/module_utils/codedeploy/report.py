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
from typing import Any

from ..engine.times import seconds_between

ENDED = ("Succeeded", "Failed", "Stopped")
ACTIVE = ("Created", "Queued", "InProgress", "Baking", "Ready")
TARGET_KINDS = ("instance_target", "lambda_target", "ecs_target", "cloud_formation_target")
STANDING_STILL = ("Pending", "Skipped")
# What begins when a blue/green deployment moves the traffic (user guide, "AppSpec hooks section").
MOVES_TRAFFIC = ("BeforeAllowTraffic", "AllowTraffic", "BeforeBlockTraffic", "BlockTraffic")
# Members of a target that a result carries beside its events, by the target's kind.
OWN_MEMBERS = {
    "lambda_target": ("lambda_function_info",),
    "ecs_target": ("task_sets_info",),
    "cloud_formation_target": ("resource_type", "target_version_weight"),
}


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
    """One target of a deployment. ``zone`` is "" where it is not known (on-premises), ``label`` Blue, Green or "".

    ``kind`` is the member of TARGET_KINDS that it was told under. ``traffic`` says how far a Lambda function's, an ECS
    service's or a stack's traffic has moved, "" for an instance; ``own`` has the members that only its kind has.
    """

    id: str
    status: str
    zone: str = ""
    label: str = ""
    events: tuple[Event, ...] = ()
    kind: str = "instance_target"
    traffic: str = ""
    own: Mapping[str, Any] | None = None

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
    ``waits_for_us``: a blue/green deployment goes on from Ready only after ContinueDeployment. ``termination_wait``:
    its traffic has moved and the original instances wait ``termination_minutes`` for their end.
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
    waits_for_us: bool = False
    termination_wait: bool = False
    termination_minutes: int | None = None
    mode: str = ""

    @property
    def phase(self) -> str:
        """Where a running blue/green deployment is: "installing", "ready", "rerouting", "terminating"; else ""."""
        if self.style != "BLUE_GREEN" or self.ended:
            return ""
        if self.termination_wait:
            return "terminating"
        if self.status == "Ready":
            return "ready"
        return "rerouting" if any(_moves_traffic(host) for host in self.hosts) else "installing"

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

    @property
    def noun(self) -> str:
        """What its targets are called: hosts, or targets where they are functions, services or stacks."""
        return "targets" if any(host.kind != "instance_target" for host in self.hosts) else "hosts"

    def labelled(self, label: str) -> tuple[Host, ...]:
        """The hosts with this label, C(Blue) or C(Green)."""
        return tuple(host for host in self.hosts if host.label == label)


def make(deployment: Mapping[str, Any], targets: Sequence[Mapping[str, Any]], zones: Mapping[str, str]) -> Report:
    """The report of a deployment.

    ``deployment`` is GetDeployment's deployment_info, ``targets`` BatchGetDeploymentTargets' deployment_targets (all
    that are known, [] for none), ``zones`` the availability zone of each instance id that has one.
    """
    error = deployment.get("error_information") or {}
    rollback = deployment.get("rollback_info") or {}
    auto = deployment.get("auto_rollback_configuration")
    blue_green = deployment.get("blue_green_deployment_configuration") or {}
    ready = blue_green.get("deployment_ready_option") or {}
    afterwards = blue_green.get("terminate_blue_instances_on_deployment_success") or {}
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
        waits_for_us=ready.get("action_on_timeout") == "STOP_DEPLOYMENT",
        termination_wait=bool(deployment.get("instance_termination_wait_time_started")),
        termination_minutes=afterwards.get("termination_wait_time_in_minutes"),
        mode=deployment.get("deployment_mode", ""),
    )


def host(target: Mapping[str, Any], zones: Mapping[str, str]) -> Host:
    """One entry of BatchGetDeploymentTargets, of whatever kind, as a Host."""
    kind = next((kind for kind in TARGET_KINDS if target.get(kind)), "")
    body = target[kind] if kind else target
    return Host(
        id=body["target_id"],
        status=body.get("status", "Unknown"),
        zone=zones.get(body["target_id"], ""),
        label=body.get("instance_label", ""),
        events=tuple(_event(event) for event in body.get("lifecycle_events") or ()),
        kind=kind or "instance_target",
        traffic=_traffic(body),
        own={name: body[name] for name in OWN_MEMBERS.get(kind, ()) if body.get(name) is not None},
    )


def body_of(target: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one member of a deployment target that describes it."""
    return next((target[kind] for kind in TARGET_KINDS if target.get(kind)), target)


def rollback_events(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The events of an auto_rollback_configuration; () when it is off."""
    return tuple(settings.get("events") or ()) if settings.get("enabled") else ()


def as_result(report: Report) -> dict[str, Any]:
    """The hosts of a report as a module returns them: snake_case, plain data, seconds as numbers."""
    return {
        "counts": dict(report.counts or {}),
        "seconds": report.seconds,
        **({"phase": report.phase} if report.phase else {}),
        "hosts": [
            {
                "id": one.id,
                "zone": one.zone,
                "status": one.status,
                "instance_label": one.label,
                "seconds": one.seconds,
                "lifecycle_events": [_event_result(event) for event in one.events],
                **(one.own or {}),
            }
            for one in report.hosts
        ],
    }


def exit_code(message: str) -> int | None:
    """The exit code in the agent's message, "Script at specified location: x failed with exit code 1"."""
    found = re.search(r"exit code (-?\d+)", message)
    return int(found.group(1)) if found else None


def _moves_traffic(one: Host) -> bool:
    return any(event.name in MOVES_TRAFFIC and event.status not in STANDING_STILL for event in one.events)


def _traffic(body: Mapping[str, Any]) -> str:
    """How far the traffic has moved, in words: "shop:live version 3 to 4, 10 %"; "" for an instance."""
    function = body.get("lambda_function_info")
    if function:
        name = ":".join(filter(None, (function.get("function_name"), function.get("function_alias"))))
        versions = f"version {function.get('current_version', '?')} to {function.get('target_version', '?')}"
        return f"{name} {versions}, {_percent(function.get('target_version_weight', 0))}".strip()
    sets = body.get("task_sets_info")
    if sets:
        return ", ".join(
            f"{one.get('task_set_label', 'tasks').lower()} {one.get('running_count', 0)} of "
            f"{one.get('desired_count', 0)} tasks, {_percent(one.get('traffic_weight', 0))}"
            for one in sets
        )
    if "target_version_weight" in body:
        return _percent(body["target_version_weight"])
    return ""


def _percent(weight: float) -> str:
    """A traffic weight in words; the API tells per cent."""
    return f"{weight:g} %"


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
