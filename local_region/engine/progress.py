# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens next in a deployment. Each function takes the state and a time and returns decisions to carry out.

    start -> commands ... acknowledge / complete / expire / stop -> further commands ... -> Ended

Every call costs O(1) per event that it concerns, however many hosts there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_region.engine import healthy_hosts, lifecycle, limits
from local_region.engine.deployment import Deployment, Diagnostics, Error, Event, Target

NO_INSTANCES = Error(
    "NO_INSTANCES",
    "The deployment failed because no instances were found in your deployment group. Check your deployment group "
    "settings to make sure the tags for your Amazon EC2 instances or Auto Scaling groups correctly identify the "
    "instances you want to deploy to, and then try again.",
)
HEALTH_CONSTRAINTS = Error(
    "HEALTH_CONSTRAINTS",
    "The overall deployment failed because too many individual instances failed deployment, too few healthy instances "
    "are available for deployment, or some instances in your deployment group are experiencing problems.",
)
HEALTH_CONSTRAINTS_INVALID = Error(
    "HEALTH_CONSTRAINTS_INVALID",
    "The deployment can't start because the minimum number of healthy instances, as defined by the deployment "
    "configuration, are not available. You can reduce the required number of healthy instances by updating your "
    "deployment configuration or increase the number of instances in this deployment group.",
)
NOT_PICKED_UP = (
    "CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host and "
    "make sure the agent is running and can connect to the CodeDeploy server."
)


@dataclass(frozen=True, slots=True)
class Command:
    """Have this event performed on this host."""

    target_id: str
    event: str
    performer: lifecycle.Performer


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back a command: the event is over, whatever its performer may still report."""

    target_id: str
    event: str


@dataclass(frozen=True, slots=True)
class HostDone:
    """A host has been dealt with: Succeeded, Failed, or Skipped where the deployment was stopped on its way."""

    target_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The deployment is over: Succeeded, Failed or Stopped; `error` is None when it succeeded."""

    status: str
    error: Error | None


Decision = Command | Withdraw | HostDone | Ended


def start(deployment: Deployment, now: float) -> list[Decision]:
    """Begins: refuses what can't succeed, counts stopped instances as failed, sends out the first hosts."""
    deployment.started = now
    deployment.status = "InProgress"
    if not deployment.targets:
        return _end(deployment, "Failed", NO_INSTANCES, now)
    if deployment.spare <= 0 or any(wave.spare <= 0 for wave in deployment.waves):
        return _end(deployment, "Failed", HEALTH_CONSTRAINTS_INVALID, now)
    return _fail_stopped_instances(deployment, now) + _send_out(deployment, now)


def acknowledge(deployment: Deployment, target_id: str, event_name: str, now: float) -> bool:
    """A host's agent has taken up an event. False when it comes too late, and the agent should leave it alone."""
    event = _running(deployment, target_id, event_name)
    if event is None:
        return False
    if not event.acknowledged:
        event.acknowledged = True
        event.target.updated = now
        deployment.deadlines.add(event, now, limits.limit(event.name, acknowledged=True))
    return True


def complete(
    deployment: Deployment, target_id: str, event_name: str, failure: Diagnostics | None, now: float
) -> list[Decision]:
    """An event has ended, well or with a failure. What is reported twice, or too late, changes nothing."""
    event = _running(deployment, target_id, event_name)
    if event is None:
        return []
    decisions = _after_event(deployment, event, failure, now)
    return decisions + _send_out(deployment, now)


def expire(deployment: Deployment, now: float) -> list[Decision]:
    """Fails the events whose time is up and ends the monitoring of a zone whose time has come."""
    decisions: list[Decision] = []
    if deployment.finished:
        return decisions
    for event in deployment.deadlines.expired(now):
        decisions.append(Withdraw(event.target.id, event.name))
        decisions += _after_event(deployment, event, _time_out(event), now)
    return decisions + _send_out(deployment, now)


def stop(deployment: Deployment, reason: Error, now: float) -> list[Decision]:
    """Sends out no more hosts. Events that run are let finish; those that no agent has taken up are withdrawn.

    Source: StopDeployment (status Pending until the running events have ended), user guide "Stop a deployment".
    """
    decisions: list[Decision] = []
    if deployment.finished or deployment.stopping:
        return decisions
    deployment.stopping = reason
    for target in deployment.targets.values():
        if target.status == "Pending":
            _skip_rest(target)
            _set_status(deployment, target, "Skipped", now)
        elif target.status == "InProgress" and _waits_for_agent(target.current):
            decisions.append(Withdraw(target.id, target.current.name))
            decisions.append(_leave(deployment, target, "Skipped", now))
    for wave in deployment.waves:
        wave.waiting.clear()
    return decisions + _send_out(deployment, now)


def next_deadline(deployment: Deployment) -> float | None:
    """When `expire` has something to do, at the earliest; None when nothing is due by itself."""
    if deployment.finished:
        return None
    due = [moment for moment in (deployment.deadlines.next(), deployment.resume_at) if moment is not None]
    return min(due, default=None)


def _running(deployment: Deployment, target_id: str, event_name: str) -> Event | None:
    """The event, if it is the one that the host is at. First come, first served: a later word finds it over."""
    target = deployment.targets.get(target_id)
    if target is None or target.status != "InProgress" or target.current.name != event_name:
        return None
    return target.current


def _waits_for_agent(event: Event) -> bool:
    return lifecycle.performer(event.name) == "agent" and not event.acknowledged


def _time_out(event: Event) -> Diagnostics:
    if _waits_for_agent(event):
        return Diagnostics("UnknownError", message=NOT_PICKED_UP)
    return Diagnostics("UnknownError", message=f"{event.name} did not end within {limits.EVENT:.0f} seconds.")


def _fail_stopped_instances(deployment: Deployment, now: float) -> list[Decision]:
    """A stopped instance has the impact of a failed one (user guide, "Instance health")."""
    decisions: list[Decision] = []
    for wave in deployment.waves:
        stopped = [target for target in wave.waiting if not target.deployable]
        for target in stopped:
            target.current.status = "Failed"
            target.current.started = target.current.ended = now
            target.current.diagnostics = Diagnostics(
                "UnknownError", message=f"The instance {target.id} is not running."
            )
            target.position += 1
            _skip_rest(target)
            _set_status(deployment, target, "Failed", now)
            wave.failed += 1
            decisions.append(HostDone(target.id, "Failed"))
        if stopped:
            wave.waiting = type(wave.waiting)(target for target in wave.waiting if target.deployable)
    return decisions


def _send_out(deployment: Deployment, now: float) -> list[Decision]:
    """Starts as many hosts as the minimum of healthy hosts allows; goes on to the next zone; ends the deployment."""
    decisions: list[Decision] = []
    while not deployment.finished:
        wave = deployment.wave
        if deployment.stopping:
            return decisions if wave.in_flight else decisions + _end(deployment, "Stopped", deployment.stopping, now)
        if deployment.resume_at is not None:
            if now < deployment.resume_at:
                return decisions
            deployment.resume_at = None
        if _too_many_failed(deployment):
            return decisions + _end(deployment, "Failed", HEALTH_CONSTRAINTS, now)
        for _ in range(min(_room(deployment), len(wave.waiting))):
            decisions.append(_begin(deployment, wave.waiting.popleft(), now))
        if wave.waiting or wave.in_flight:
            return decisions
        if deployment.wave_number == len(deployment.waves) - 1:
            return decisions + _verdict(deployment, now)
        _next_zone(deployment, now)
    return decisions


def _room(deployment: Deployment) -> int:
    """How many more hosts may be taken out: the fleet's rule and the zone's must both hold."""
    wave = deployment.wave
    failed, in_flight = deployment.counts["Failed"], deployment.counts["InProgress"]
    return min(
        healthy_hosts.may_start(deployment.spare, failed, in_flight),
        healthy_hosts.may_start(wave.spare, wave.failed, wave.in_flight),
    )


def _too_many_failed(deployment: Deployment) -> bool:
    wave = deployment.wave
    in_fleet = deployment.counts["Pending"]
    return healthy_hosts.too_many_failed(
        deployment.spare, deployment.counts["Failed"], in_fleet
    ) or healthy_hosts.too_many_failed(wave.spare, wave.failed, len(wave.waiting))


def _next_zone(deployment: Deployment, now: float) -> None:
    pause = deployment.rules.zonal.pause_after(deployment.wave_number) if deployment.rules.zonal else 0.0
    deployment.wave_number += 1
    deployment.resume_at = now + pause if pause else None


def _begin(deployment: Deployment, target: Target, now: float) -> Command:
    target.wave.in_flight += 1
    _set_status(deployment, target, "InProgress", now)
    return _hand_out(deployment, target, now)


def _hand_out(deployment: Deployment, target: Target, now: float) -> Command:
    event = target.current
    event.status, event.started, target.updated = "InProgress", now, now
    deployment.deadlines.add(event, now, limits.limit(event.name, acknowledged=False))
    return Command(target.id, event.name, lifecycle.performer(event.name))


def _after_event(deployment: Deployment, event: Event, failure: Diagnostics | None, now: float) -> list[Decision]:
    """Ends an event: on to the host's next one, or the host is done, failed, or stopped on the way."""
    target = event.target
    event.status = "Failed" if failure else "Succeeded"
    event.diagnostics = failure or Diagnostics()
    event.ended, event.deadline, target.updated = now, None, now
    target.position += 1
    if failure and not lifecycle.forgiven(event.name, deployment.rules.ignore_application_stop_failures):
        return [_leave(deployment, target, "Failed", now)]
    if target.position == len(target.events):
        return [_leave(deployment, target, "Succeeded", now)]
    if deployment.stopping:
        return [_leave(deployment, target, "Skipped", now)]
    return [_hand_out(deployment, target, now)]


def _leave(deployment: Deployment, target: Target, status: str, now: float) -> HostDone:
    """A host that was out is done with."""
    _skip_rest(target)
    target.wave.in_flight -= 1
    target.wave.failed += status == "Failed"
    _set_status(deployment, target, status, now)
    return HostDone(target.id, status)


def _skip_rest(target: Target) -> None:
    for event in target.events[target.position :]:
        event.status, event.deadline = "Skipped", None


def _set_status(deployment: Deployment, target: Target, status: str, now: float) -> None:
    deployment.counts[target.status] -= 1
    deployment.counts[status] += 1
    target.status, target.updated = status, now


def _verdict(deployment: Deployment, now: float) -> list[Decision]:
    succeeded = deployment.counts["Succeeded"]
    if healthy_hosts.enough_succeeded(deployment.rules.minimum, len(deployment.targets), succeeded):
        return _end(deployment, "Succeeded", None, now)
    return _end(deployment, "Failed", HEALTH_CONSTRAINTS, now)


def _end(deployment: Deployment, status: str, error: Error | None, now: float) -> list[Decision]:
    for wave in deployment.waves:
        for target in wave.waiting:
            _skip_rest(target)
            _set_status(deployment, target, "Skipped", now)
        wave.waiting.clear()
    deployment.status, deployment.error, deployment.ended = status, error, now
    deployment.resume_at = None
    return [Ended(status, error)]
