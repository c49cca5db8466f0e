# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens next in a deployment. Each function takes the state and a time and returns decisions to carry out.

    start -> commands ... acknowledge / complete / expire / stop -> further commands ... -> Ended

Every call costs O(1) per event that it concerns, however many hosts there are.
"""

from __future__ import annotations

from local_region.engine import healthy_hosts, lifecycle, limits
from local_region.engine.decisions import (
    HEALTH_CONSTRAINTS,
    HEALTH_CONSTRAINTS_INVALID,
    NO_INSTANCES,
    NOT_PICKED_UP,
    READY_TIMEOUT,
    Command,
    Decision,
    Ended,
    HostDone,
    Rerouted,
    Terminate,
    Waiting,
    Withdraw,
)
from local_region.engine.deployment import Deployment, Diagnostics, Error, Event, Step, Target


def start(deployment: Deployment, now: float) -> list[Decision]:
    """Begins: refuses what can't succeed, counts stopped instances as failed, sends out the first hosts."""
    deployment.started = now
    deployment.status = "InProgress"
    if not deployment.step.hosts:
        return _end(deployment, "Failed", NO_INSTANCES, now)
    if _impossible(deployment.step):
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
    """Fails the events whose time is up; ends the monitoring of a zone, or a wait, whose time has come."""
    decisions: list[Decision] = []
    if deployment.finished:
        return decisions
    if deployment.wait and deployment.resume_at is not None and deployment.resume_at <= now:
        return _wait_is_over(deployment, now)
    for event in deployment.deadlines.expired(now):
        decisions.append(Withdraw(event.target.id, event.name))
        decisions += _after_event(deployment, event, _time_out(event), now)
    return decisions + _send_out(deployment, now)


def stop(deployment: Deployment, reason: Error, now: float) -> list[Decision]:
    """Sends out no more hosts. Events that run are let finish; those that no agent has taken up are withdrawn.

    Once the original instances of a blue/green deployment are being terminated, there is nothing left to stop.
    Source: StopDeployment (status Pending until the running events have ended), user guide "Stop a deployment".
    """
    decisions: list[Decision] = []
    if deployment.finished or deployment.stopping or deployment.terminating:
        return decisions
    deployment.stopping = reason
    for target in deployment.targets.values():
        if target.status == "InProgress" and _waits_for_agent(target.current):
            decisions.append(Withdraw(target.id, target.current.name))
            decisions.append(_leave(deployment, target, "Skipped", now))
    _skip_waiting(deployment, now)
    return decisions + _send_out(deployment, now)


def go_on(deployment: Deployment, now: float) -> list[Decision]:
    """Ends the wait that the deployment is in (ContinueDeployment)."""
    deployment.wait, deployment.resume_at = None, None
    return _next_step(deployment, now)


def terminated(deployment: Deployment, now: float) -> list[Decision]:
    """The original instances have been terminated: the end of a blue/green deployment."""
    return [] if deployment.finished else _end(deployment, "Succeeded", None, now)


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


def _impossible(step: Step) -> bool:
    return step.limits.spare <= 0 or any(wave.spare <= 0 for wave in step.waves)


def _fail_stopped_instances(deployment: Deployment, now: float) -> list[Decision]:
    """A stopped instance has the impact of a failed one (user guide, "Instance health")."""
    decisions: list[Decision] = []
    for wave in deployment.step.waves:
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
            deployment.step.failed += 1
            deployment.step.waiting -= 1
            wave.failed += 1
            decisions.append(HostDone(target.id, "Failed"))
        if stopped:
            wave.waiting = type(wave.waiting)(target for target in wave.waiting if target.deployable)
    return decisions


def _send_out(deployment: Deployment, now: float) -> list[Decision]:
    """Starts as many hosts as the minimum of healthy hosts allows; goes on to the next zone; ends the step."""
    decisions: list[Decision] = []
    while not deployment.finished:
        step = deployment.step
        if deployment.stopping:
            if step.in_flight:
                return decisions
            return decisions + _end(deployment, "Stopped", deployment.stopping, now)
        if deployment.wait or deployment.terminating:
            return decisions
        if deployment.resume_at is not None:
            if now < deployment.resume_at:
                return decisions
            deployment.resume_at = None
        if _too_many_failed(step):
            return decisions + _end(deployment, "Failed", HEALTH_CONSTRAINTS, now)
        for _ in range(min(_room(step), len(step.wave.waiting))):
            decisions.append(_begin(deployment, step.wave.waiting.popleft(), now))
        if step.wave.waiting or step.in_flight:
            return decisions
        if step.wave_number == len(step.waves) - 1:
            return decisions + _verdict(deployment, now)
        _next_zone(deployment, now)
    return decisions


def _room(step: Step) -> int:
    """How many more hosts may be taken out: the fleet's rule and the zone's must both hold."""
    wave = step.wave
    return min(
        healthy_hosts.may_start(step.limits.spare, step.failed, step.in_flight),
        healthy_hosts.may_start(wave.spare, wave.failed, wave.in_flight),
    )


def _too_many_failed(step: Step) -> bool:
    wave = step.wave
    return healthy_hosts.too_many_failed(step.limits.spare, step.failed, step.waiting) or healthy_hosts.too_many_failed(
        wave.spare, wave.failed, len(wave.waiting)
    )


def _next_zone(deployment: Deployment, now: float) -> None:
    step = deployment.step
    pause = step.zonal.pause_after(step.wave_number) if step.zonal else 0.0
    step.wave_number += 1
    deployment.resume_at = now + pause if pause else None


def _begin(deployment: Deployment, target: Target, now: float) -> Command:
    target.wave.in_flight += 1
    deployment.step.in_flight += 1
    deployment.step.waiting -= 1
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
    if target.position == (deployment.step.until or len(target.events)):
        return [_leave(deployment, target, deployment.step.through, now)]
    if deployment.stopping:
        return [_leave(deployment, target, "Skipped", now)]
    return [_hand_out(deployment, target, now)]


def _leave(deployment: Deployment, target: Target, status: str, now: float) -> HostDone:
    """A host that was out is done with, for good or for this step."""
    if status != "Ready":
        _skip_rest(target)
    for count in (target.wave, deployment.step):
        count.in_flight -= 1
        count.failed += status == "Failed"
    deployment.step.succeeded += status == deployment.step.through
    _set_status(deployment, target, status, now)
    return HostDone(target.id, status)


def _skip_rest(target: Target) -> None:
    for event in target.events[target.position :]:
        event.status, event.deadline = "Skipped", None


def _set_status(deployment: Deployment, target: Target, status: str, now: float) -> None:
    deployment.counts[target.status] -= 1
    deployment.counts[status] += 1
    target.status, target.updated = status, now


def _skip_waiting(deployment: Deployment, now: float) -> None:
    """Hosts that wait, for their turn or for traffic, are left as they are."""
    for target in deployment.targets.values():
        if target.status in ("Pending", "Ready"):
            _skip_rest(target)
            _set_status(deployment, target, "Skipped", now)
    for wave in deployment.step.waves:
        wave.waiting.clear()
    deployment.step.waiting = 0


def _verdict(deployment: Deployment, now: float) -> list[Decision]:
    """The step is over: the deployment has failed, or waits, or goes on."""
    step = deployment.step
    if step.succeeded < step.limits.required:
        return _end(deployment, "Failed", HEALTH_CONSTRAINTS, now)
    decisions: list[Decision] = [Rerouted()] if deployment.step_number and _is_last(deployment) else []
    if step.after is None:
        return decisions + _next_step(deployment, now)
    deployment.wait, deployment.resume_at = step.after, now + step.after.seconds
    if step.after.kind == "READY_WAIT":
        deployment.status = "Ready"
    else:
        deployment.termination_wait_started = True
    decisions.append(Waiting(step.after))
    return decisions + (expire(deployment, now) if step.after.seconds <= 0 else [])


def _wait_is_over(deployment: Deployment, now: float) -> list[Decision]:
    if deployment.wait.stops:
        return stop(deployment, READY_TIMEOUT, now)
    return go_on(deployment, now)


def _next_step(deployment: Deployment, now: float) -> list[Decision]:
    deployment.status = "InProgress"
    if _is_last(deployment):
        if not deployment.terminates:
            return _end(deployment, "Succeeded", None, now)
        deployment.terminating = True
        return [Terminate()]
    deployment.step_number += 1
    step = deployment.step
    step.arrange()
    if not step.hosts:
        return _verdict(deployment, now)
    if _impossible(step):
        return _end(deployment, "Failed", HEALTH_CONSTRAINTS_INVALID, now)
    return _send_out(deployment, now)


def _is_last(deployment: Deployment) -> bool:
    return deployment.step_number == len(deployment.steps) - 1


def _end(deployment: Deployment, status: str, error: Error | None, now: float) -> list[Decision]:
    _skip_waiting(deployment, now)
    deployment.status, deployment.error, deployment.ended = status, error, now
    deployment.wait = deployment.resume_at = None
    return [Ended(status, error)]
