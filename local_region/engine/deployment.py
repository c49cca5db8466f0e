# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one deployment to hosts. `progress` moves it; nothing here decides anything.

All times are service seconds. Statuses are the API's own words.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from local_region.engine import lifecycle, order
from local_region.engine.healthy_hosts import MinimumHealthyHosts, expendable
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


@dataclass(slots=True, eq=False)
class Deployment:
    """One deployment: its hosts in order, wave by wave, and how they stand.

    `counts` holds the number of hosts by status, kept up to date so that no question costs a walk over the fleet.
    `stopping` is set from the request to stop until the last running event has ended.
    """

    rules: Rules
    targets: dict[str, Target]
    waves: list[Wave]
    spare: int
    counts: Counter[str]
    wave_number: int = 0
    status: str = "Created"
    error: Error | None = None
    stopping: Error | None = None
    resume_at: float | None = None
    started: float | None = None
    ended: float | None = None
    deadlines: Deadlines[Event] = field(default_factory=Deadlines)

    @property
    def wave(self) -> Wave:
        """The wave that is under way."""
        return self.waves[self.wave_number]

    @property
    def finished(self) -> bool:
        """True once nothing can change any more."""
        return self.status in ("Succeeded", "Failed", "Stopped")


def plan(rules: Rules, targets: Iterable[Target]) -> Deployment:
    """A deployment that is ready to start. N, M and A are fixed here, from the hosts that there are now."""
    ordered = order.in_order(targets)
    if rules.zonal:
        per_zone = rules.zonal.minimum_per_zone
        waves = [Wave(zone, expendable(per_zone, len(hosts)), deque(hosts)) for zone, hosts in order.by_zone(ordered)]
    else:
        waves = [Wave(None, len(ordered), deque(ordered))]
    for wave in waves:
        for target in wave.waiting:
            target.wave = wave
    return Deployment(
        rules=rules,
        targets={target.id: target for wave in waves for target in wave.waiting},
        waves=waves,
        spare=expendable(rules.minimum, len(ordered)),
        counts=Counter(Pending=len(ordered)),
    )
