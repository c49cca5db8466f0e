# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one deployment to hosts. `progress` moves it; nothing here decides anything.

All times are service seconds. Statuses are the API's own words.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from local_region.engine import healthy_hosts, lifecycle, order
from local_region.engine.healthy_hosts import MinimumHealthyHosts, Quota
from local_region.engine.limits import Deadlines
from local_region.engine.order import Standing


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What went wrong in an event, in the API's terms (LifecycleErrorCode: ScriptFailed, UnknownError, ...)."""

    error_code: str = "Success"
    script_name: str = ""
    message: str = "Succeeded"
    log_tail: str = ""


@dataclass(frozen=True, slots=True)
class Error:
    """errorInformation of a deployment: an ErrorCode of the API and its message."""

    code: str
    message: str


@dataclass(slots=True, eq=False)
class Event:
    """One lifecycle event on one host."""

    name: str
    target: Target
    status: str = "Pending"
    started: float | None = None
    ended: float | None = None
    acknowledged: bool = False
    deadline: float | None = None
    diagnostics: Diagnostics | None = None


@dataclass(slots=True, eq=False)
class Target:
    """One host. `deployable` is False for an instance that is stopped; `label` is Blue or Green in a blue/green one."""

    id: str
    zone: str = ""
    standing: Standing = Standing.UNKNOWN_REVISION
    deployable: bool = True
    label: str | None = None
    lifecycle: Sequence[str] = lifecycle.INSTALL
    status: str = "Pending"
    updated: float | None = None
    events: list[Event] = field(init=False)
    position: int = 0
    wave: Wave = field(init=False)

    def __post_init__(self) -> None:
        self.events = [Event(name, self) for name in self.lifecycle]

    @property
    def current(self) -> Event:
        """The event the host is at: running, or next."""
        return self.events[self.position]


@dataclass(slots=True, eq=False)
class Wave:
    """Hosts that are deployed to before the next wave begins: one zone, or the whole fleet without zonal rules.

    `spare` is how many of its hosts may be out or failed at once.
    """

    zone: str | None
    spare: int
    waiting: deque[Target]
    in_flight: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Zonal:
    """A zonal configuration; durations in service seconds. No `first_zone_monitor`: the first zone is like the rest."""

    minimum_per_zone: MinimumHealthyHosts = MinimumHealthyHosts("FLEET_PERCENT", 0)
    monitor: float = 0.0
    first_zone_monitor: float | None = None

    def pause_after(self, zone_number: int) -> float:
        """Seconds of monitoring after the zone of that number, counted from 0."""
        first = self.monitor if self.first_zone_monitor is None else self.first_zone_monitor
        return first if zone_number == 0 else self.monitor


@dataclass(frozen=True)
class Rules:
    """What the deployment configuration and CreateDeployment ask for."""

    minimum: MinimumHealthyHosts
    zonal: Zonal | None = None
    ignore_application_stop_failures: bool = False


@dataclass(frozen=True)
class Wait:
    """A wait of a blue/green deployment, after one of its steps. `seconds` are service seconds.

    When its time is up the deployment goes on, or `stops`. ContinueDeployment ends it sooner, and then it goes on.
    """

    kind: Literal["READY_WAIT", "TERMINATION_WAIT"]
    seconds: float
    stops: bool = False


@dataclass(slots=True, eq=False)
class Step:
    """A part of a deployment: some of its hosts go through some of their events.

    Of the `candidates` those take part that have not failed before; how many of them may be out at once, and how many
    must succeed, `quota` says by their number. A host is through when its `position` is `until` (None: at its end), and
    its status is then `through`. `after` is what the deployment waits for before the next step.
    """

    candidates: Sequence[Target]
    quota: Callable[[int], Quota]
    zonal: Zonal | None = None
    until: int | None = None
    through: Literal["Succeeded", "Ready"] = "Succeeded"
    after: Wait | None = None
    limits: Quota = Quota(0, 0)
    hosts: int = 0
    waiting: int = 0
    in_flight: int = 0
    succeeded: int = 0
    failed: int = 0
    waves: list[Wave] = field(default_factory=list)
    wave_number: int = 0

    @property
    def wave(self) -> Wave:
        """The wave that is under way."""
        return self.waves[self.wave_number]

    def arrange(self) -> None:
        """Puts the hosts in order, wave by wave. N, M and A are fixed here, from the hosts that there are now."""
        ordered = order.in_order(target for target in self.candidates if target.status in ("Pending", "Ready"))
        if self.zonal:
            per_zone = self.zonal.minimum_per_zone
            zones = order.by_zone(ordered)
            self.waves = [Wave(zone, healthy_hosts.expendable(per_zone, len(one)), deque(one)) for zone, one in zones]
        else:
            self.waves = [Wave(None, len(ordered), deque(ordered))]
        for wave in self.waves:
            for target in wave.waiting:
                target.wave = wave
        self.hosts = self.waiting = len(ordered)
        self.limits = self.quota(self.hosts)


@dataclass(slots=True, eq=False)
class Deployment:
    """One deployment: its steps, one after the other, and how its hosts stand.

    `counts` holds the number of hosts by status, kept up to date so that no question costs a walk over the fleet.
    `stopping` is set from the request to stop until the last running event has ended. `wait` is what it waits for
    between two steps, `resume_at` when that, or a zone's monitoring, is over. With `terminates` the original instances
    are terminated at the end.
    """

    rules: Rules
    targets: dict[str, Target]
    steps: Sequence[Step]
    counts: Counter[str]
    terminates: bool = False
    step_number: int = 0
    status: str = "Created"
    error: Error | None = None
    stopping: Error | None = None
    wait: Wait | None = None
    termination_wait_started: bool = False
    terminating: bool = False
    resume_at: float | None = None
    started: float | None = None
    ended: float | None = None
    deadlines: Deadlines[Event] = field(default_factory=Deadlines)

    @property
    def step(self) -> Step:
        """The step that is under way."""
        return self.steps[self.step_number]

    @property
    def finished(self) -> bool:
        """True once nothing can change any more."""
        return self.status in ("Succeeded", "Failed", "Stopped")


def plan(rules: Rules, targets: Iterable[Target]) -> Deployment:
    """An in-place deployment that is ready to start: one step, in which every host goes through all its events."""
    quota = partial(healthy_hosts.quota, rules.minimum)
    return in_steps(rules, [Step(list(targets), quota, zonal=rules.zonal)])


def in_steps(rules: Rules, steps: Sequence[Step], terminates: bool = False) -> Deployment:
    """A deployment of these steps that is ready to start. A host may take part in several."""
    steps[0].arrange()
    ordered = [target for wave in steps[0].waves for target in wave.waiting]
    later = [target for step in steps[1:] for target in order.in_order(step.candidates)]
    targets = {target.id: target for target in [*ordered, *later]}
    return Deployment(rules, targets, steps, counts=Counter(Pending=len(targets)), terminates=terminates)
