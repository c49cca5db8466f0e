# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes of Auto Scaling groups, carried out. moto knows none.

`engine.instance_refresh` decides, one thread looks at the groups and does what it says: instances leave by their
lifecycle, with their hooks, and come as the group launches them, with the desired configuration while the refresh runs.
"""

from __future__ import annotations

import copy
import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_region.clock import Clock
from local_region.engine import instance_refresh as engine
from local_region.engine.instance_refresh import Member, Refresh
from local_region.services.moto_gaps import autoscaling_lifecycle as lifecycle
from local_region.services.moto_gaps.elbv2_balancing import balancers

log = logging.getLogger("local_region.autoscaling")

# Real seconds between two looks at the groups that are being refreshed: instances boot in real time.
LOOK = 0.25
# AWS keeps the refreshes of six weeks.
MOST_KEPT = 100

# While one of these processes is suspended, a refresh rests. (CodeDeploy suspends some during its deployments.)
NEEDED = ("InstanceRefresh", "Launch", "Terminate")

AlarmStates = Callable[[str, str, Sequence[str]], dict[str, str]]
"""(account, AWS region, names) -> state by name, of those alarms that exist."""


@dataclass(frozen=True)
class Configuration:
    """What instances are launched with: a launch template's version, or a launch configuration."""

    template: Any = None  # moto's LaunchTemplate
    version: str = ""  # as it was given: a number, $Latest or $Default
    launch_configuration: str = ""

    @classmethod
    def of(cls, group: Any) -> Configuration:
        """The one that the group is saved with."""
        if group.ec2_launch_template:
            return cls(group.ec2_launch_template, group.launch_template_version)
        return cls(launch_configuration=group.launch_configuration_name)

    @property
    def key(self) -> tuple[str, str]:
        """What is the same for instances that match: the template and its version by number."""
        if self.template is None:
            return ("launch configuration", self.launch_configuration)
        return (self.template.id, str(self.template.get_version(self.version).number))


@dataclass(eq=False)
class Running:
    """A refresh and what the API shows of it. `desired` is set for one with a desired configuration."""

    group: Any  # moto's FakeAutoScalingGroup
    refresh: Refresh
    strategy: str
    shown_preferences: dict[str, Any]
    started: datetime
    desired: Configuration | None = None
    desired_as_given: dict[str, Any] | None = None
    alarms: tuple[str, ...] = ()
    auto_rollback: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    ended: datetime | None = None
    rollback_reason: str | None = None
    rollback_started: datetime | None = None
    seen: dict[str, float] = field(default_factory=dict)  # when each instance was first seen in service


class Refreshes:
    """All instance refreshes of this process. Methods may be called from any thread."""

    def __init__(self, clock: Clock, alarm_states: AlarmStates):
        self.clock, self._alarm_states = clock, alarm_states
        self.lock = threading.RLock()
        self._kept: list[Running] = []
        self._woken, self._closed = threading.Event(), False
        self._thread: threading.Thread | None = None

    def start(self, running: Running) -> None:
        with self.lock:
            self._kept = [*self._kept[-MOST_KEPT:], running]
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="instance-refresh", daemon=True)
                self._thread.start()
        self._woken.set()

    def of(self, group: Any) -> list[Running]:
        """The group's refreshes, the newest first."""
        with self.lock:
            return [one for one in reversed(self._kept) if one.group is group]

    def active(self, group: Any) -> Running | None:
        """The group's refresh that is not over; there is at most one."""
        return next((one for one in self.of(group) if not one.refresh.over), None)

    def members(self, running: Running) -> list[Member]:
        """The group as the engine sees it."""
        now = self.clock.seconds()
        states = list(running.group.instance_states)
        serving = {state.instance.id for state in states if _serves(running.group, state)}
        running.seen = {one: running.seen.get(one, now) for one in serving}
        return [
            Member(
                state.instance.id,
                running.seen.get(state.instance.id),
                leaving=state.lifecycle_state.startswith("Terminating"),
                protected=bool(state.protected_from_scale_in),
                standby=state.lifecycle_state == "Standby",
            )
            for state in states
        ]

    def roll_back(self, running: Running, reason: str) -> None:
        """Replaces what the refresh has launched. Holds the lock."""
        saved = Configuration.of(running.group).key
        kept = {one.instance.id for one in running.group.instance_states if configuration_of(one) == saved}
        kept |= running.refresh.forward.outdated  # not replaced yet
        engine.roll_back(running.refresh, self.members(running), kept)
        running.rollback_reason, running.rollback_started = reason, self.clock.now()
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self._closed = True
        self._woken.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while not self._closed:
            self._woken.clear()
            with self.lock:
                active = [one for one in self._kept if not one.refresh.over]
            for running in active:
                try:
                    with self.lock:
                        self._look_at(running)
                except Exception as error:
                    log.exception("an instance refresh of %s failed", running.group.name)
                    self._end(running, f"The instance refresh failed: {error}")
            self._woken.wait(LOOK if active else None)

    def _look_at(self, running: Running) -> None:
        group, refresh = running.group, running.refresh
        if group.autoscaling_backend.autoscaling_groups.get(group.name) is not group:
            self._end(running, "The Auto Scaling group was deleted.")
            return
        if any(lifecycle.is_suspended(group, process) for process in NEEDED):
            return
        if refresh.status != "Cancelling" and (reason := self._alarming(running)):
            self._fail(running, reason)
            return
        desired = group.desired_capacity or 0
        moves = engine.step(refresh, self.members(running), desired, self.clock.seconds())
        group.refresh_surplus = engine.bounds(refresh.preferences, desired)[1] - desired
        self._carry_out(running, moves)
        if refresh.status == "Failed":
            self._fail(running, refresh.reason)
        elif refresh.over:
            if refresh.status == "Successful" and running.desired:
                _save(group, running)
            self._end(running)

    def _carry_out(self, running: Running, moves: engine.Moves) -> None:
        group = running.group
        for state in [one for one in group.instance_states if one.instance.id in moves.terminate]:
            lifecycle.leave(
                state, f"an instance was taken out of service in response to instance refresh {running.id}."
            )
        if moves.launch:
            group.replace_autoscaling_group_instances(moves.launch, group.get_propagated_tags())

    def _alarming(self, running: Running) -> str | None:
        """Why alarms end the refresh, if they do. On the way back none is heeded: it still rings then."""
        if not running.alarms or running.refresh.way_back:
            return None
        backend = running.group.autoscaling_backend
        states = self._alarm_states(backend.account_id, backend.region_name, running.alarms)
        ringing = [name for name in running.alarms if states.get(name) == "ALARM"]
        return f"The instance refresh failed because of the alarms {', '.join(ringing)}." if ringing else None

    def _fail(self, running: Running, reason: str) -> None:
        if running.auto_rollback and not running.refresh.way_back:
            self.roll_back(running, reason)
        else:
            self._end(running, reason)

    def _end(self, running: Running, failure: str | None = None) -> None:
        if failure:
            engine.fail(running.refresh, failure)
        running.ended = self.clock.now()
        running.group.refresh_surplus = 0
        log.info("instance refresh %s of %s: %s", running.id, running.group.name, running.refresh.status)
        if running.group.name in running.group.autoscaling_backend.autoscaling_groups:
            running.group.set_desired_capacity(running.group.desired_capacity)


def launching(group: Any) -> Any:
    """What the group's instances are launched from now: the group itself or, while a refresh with a desired
    configuration runs, the group as it would be with that."""
    running = _refreshes.active(group)
    if running is None or running.desired is None or running.refresh.way_back or running.refresh.status == "Cancelling":
        return group
    as_desired = copy.copy(group)
    _configure(as_desired, running.desired)
    return as_desired


def configuration_of(state: Any) -> tuple[str, str] | None:
    """What an instance was launched with (`Configuration.key`); None for one that was attached."""
    return getattr(state, "configuration", None)


def _configure(group: Any, configuration: Configuration) -> None:
    group.ec2_launch_template = configuration.template
    group.launch_template_version = group.provided_launch_template_version = configuration.version
    group.launch_config, group.launch_configuration_name = None, None


def _save(group: Any, running: Running) -> None:
    """After a success the group has the desired configuration (StartInstanceRefresh, DesiredConfiguration)."""
    _configure(group, running.desired)


def _serves(group: Any, state: Any) -> bool:
    """In service, healthy, and behind load balancers whose health checks the group heeds healthy there as well."""
    if state.lifecycle_state != lifecycle.IN_SERVICE or state.health_status != "Healthy":
        return False
    balancing = balancers()
    if balancing is None or group.health_check_type != "ELB":
        return True
    states = [balancing.health(arn, state.instance.id).state for arn in group.target_group_arns]
    return all(one in ("healthy", "unused") for one in states)


def refreshes() -> Refreshes:
    """Those of this process."""
    return _refreshes


def keep_refreshes(clock: Clock | None, alarm_states: AlarmStates = lambda account, region, names: {}) -> None:
    """From now on refreshes wait by this clock and heed these alarms; None ends all."""
    global _refreshes
    _refreshes.close()
    _refreshes = Refreshes(clock or Clock(), alarm_states)


_refreshes = Refreshes(Clock(), lambda account, region, names: {})
