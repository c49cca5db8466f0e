# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a release to a deployment group will do, before anything is touched; or why it cannot be done.

Pure: facts in, a Plan out. Letters as in CodeDeploy's rules: N hosts, M of them have to stay healthy (a per cent value
is rounded up), A = N - M may be out or failed at once. Source: CodeDeploy user guide, "Instance health" and "Working
with deployment configurations".
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..engine.progress import duration

# The order in which CodeDeploy takes hosts (user guide, "Instance health").
STANDINGS = ("unhealthy", "unknown", "old", "current")
LATEST = 5  # former deployments that an estimate is made of
SHOWN = 8  # batches, and hosts of a sentence, that are listed one by one


@dataclass(frozen=True)
class Host:
    """A target. ``zone`` is "" on-premises; ``standing`` one of STANDINGS; not ``running`` counts as failed."""

    id: str
    zone: str = ""
    running: bool = True
    standing: str = "unknown"


@dataclass(frozen=True)
class Minimum:
    """minimumHealthyHosts: kind HOST_COUNT, FLEET_PERCENT or MOST_CONCURRENCY (how many may be out), and its value."""

    kind: str
    value: int

    def of(self, hosts: int) -> int:
        """M for so many hosts; it may be more than there are."""
        if self.kind == "FLEET_PERCENT":
            return -(-self.value * hosts // 100)
        if self.kind == "MOST_CONCURRENCY":
            return max(0, hosts - self.value)
        return self.value

    def __str__(self) -> str:
        if self.kind == "FLEET_PERCENT":
            return f"{self.value} % healthy"
        if self.kind == "MOST_CONCURRENCY":
            return f"{self.value} at a time"
        return f"{self.value} healthy"


@dataclass(frozen=True)
class Zonal:
    """zonalConfig: one zone after the other. Seconds of monitoring after the first zone and after each other."""

    minimum: Minimum = Minimum("FLEET_PERCENT", 0)
    first_monitor: float = 0
    monitor: float = 0


@dataclass(frozen=True)
class Config:
    """A deployment configuration of the Server platform."""

    name: str
    minimum: Minimum
    zonal: Zonal | None = None


@dataclass(frozen=True)
class Past:
    """A former, successful deployment of the group with the configuration that is planned with."""

    seconds: float
    hosts: int


@dataclass(frozen=True)
class Green:
    """What a blue/green release does beside the hosts that there are: where its new hosts come from, and what then
    becomes of the old ones: terminated after so many minutes, or kept (None). A copy's hosts are not known before."""

    copies: bool
    hosts: tuple[Host, ...] = ()
    selection: str = ""
    terminates_after: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of the group now. ``selection`` says in words how it finds its hosts.

    ``definition`` are the options that make the configuration, for one that has to be there before the release.
    ``green`` is None in place. ``active`` is (deployment id, its status, its revision in words) of a deployment of
    another revision that runs.
    ``adopts`` is the id of one of the same revision. ``refused`` are reasons that reading the facts has found.
    """

    application: str
    group: str
    config: Config
    hosts: tuple[Host, ...]
    selection: str = ""
    revision: str = ""
    deployed: str = ""
    active: tuple[str, str, str] | None = None
    adopts: str = ""
    rolls_back: bool = False
    past: tuple[Past, ...] = ()
    refused: tuple[str, ...] = ()
    definition: dict[str, Any] = field(default_factory=dict)
    green: Green | None = None


@dataclass(frozen=True)
class Batch:
    """Hosts that are out at the same time. CodeDeploy takes the next host as soon as one is done, so batches are an
    upper bound of the order, not a barrier."""

    hosts: tuple[str, ...]
    zone: str = ""


@dataclass(frozen=True)
class Plan:
    """``refusals``: why it cannot be done, each one sentence; empty when it can. Seconds are None when unknown."""

    facts: Facts
    minimum_healthy: int
    at_once: int
    may_fail: int
    batches: tuple[Batch, ...] = ()
    seconds: float | None = None
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    zones: dict[str, int] = field(default_factory=dict)


def make(facts: Facts) -> Plan:
    """The plan, complete also when it is refused, as far as it makes sense then."""
    total = len(facts.hosts)
    minimum = facts.config.minimum.of(total)
    spare = total - minimum
    batches = batches_of(facts.hosts, facts.config)
    at_once = max((len(batch.hosts) for batch in batches), default=0)
    return Plan(
        facts=facts,
        minimum_healthy=minimum,
        at_once=at_once,
        # A failed host keeps its place among the A; with the last place gone and hosts left, CodeDeploy gives up.
        may_fail=max(0, spare - 1) if total > 1 else 0,
        batches=batches,
        seconds=estimate(facts),
        refusals=refusals(facts, spare),
        warnings=warnings(facts),
        zones=zones_of(facts.hosts),
    )


def batches_of(hosts: Sequence[Host], config: Config) -> tuple[Batch, ...]:
    """The hosts in CodeDeploy's order, A at a time; zone by zone where the configuration is zonal."""
    spare = len(hosts) - config.minimum.of(len(hosts))
    if config.zonal is None:
        return _chunks(hosts, spare, "")
    batches: list[Batch] = []
    for zone in sorted({host.zone for host in hosts}):
        inside = [host for host in hosts if host.zone == zone]
        spare_here = min(spare, len(inside) - config.zonal.minimum.of(len(inside)))
        batches += _chunks(inside, spare_here, zone)
    return tuple(batches)


def estimate(facts: Facts) -> float | None:
    """Seconds, from the median time that a batch took in former deployments; None when there were none."""
    waves = len(batches_of(facts.hosts, facts.config))
    each = []
    for past in facts.past[:LATEST]:
        former = len(batches_of([Host(str(number)) for number in range(past.hosts)], Config("", facts.config.minimum)))
        if former:
            each.append(max(0.0, past.seconds - monitoring(facts)) / former)
    if not each or not waves:
        return None
    return statistics.median(each) * waves + monitoring(facts)


def monitoring(facts: Facts) -> float:
    """Seconds that a zonal configuration spends watching between zones."""
    zonal, zones = facts.config.zonal, len(zones_of(facts.hosts))
    if zonal is None or zones < 2:
        return 0
    return zonal.first_monitor + zonal.monitor * (zones - 2)


def refusals(facts: Facts, spare: int) -> tuple[str, ...]:
    """Why the release cannot be done, most fundamental first."""
    name, total = f"{facts.application}/{facts.group}", len(facts.hosts)
    found = [*facts.refused, *others_run(facts)]
    if total == 0:
        how = f" ({facts.selection})" if facts.selection else ""
        found.append(
            f"{name}: no host belongs to the deployment group{how}. {_remedy(facts.selection)}, or correct it."
        )
        return tuple(found)
    if spare <= 0:
        found.append(
            f"{name}: {facts.config.name} wants {facts.config.minimum.of(total)} of {total} hosts healthy always, "
            "which leaves none to deploy to. Use another deployment configuration or add hosts."
        )
        return tuple(found)
    stopped = [host.id for host in facts.hosts if not host.running]
    if len(stopped) == total or len(stopped) >= spare:
        found.append(
            f"{name}: {len(stopped)} of {total} hosts do not run ({_few(stopped)}) and count as failed, where "
            f"{facts.config.name} bears fewer than {spare}. Start or remove them, or use another configuration."
        )
    return tuple(found + _zonal_refusals(facts))


def others_run(facts: Facts) -> list[str]:
    """That a deployment of another revision runs, where one does."""
    if not facts.active:
        return []
    identity, status, revision = facts.active
    return [
        f"{facts.application}/{facts.group}: deployment {identity} of {revision} runs ({status}). Wait for its end or "
        "stop it (codedeploy_deployment, state=stopped)."
    ]


def warnings(facts: Facts) -> tuple[str, ...]:
    """What is worth knowing and does not stop the release."""
    found = standing(facts)
    if len(facts.hosts) == 1:
        found.append("one host only: the application is out while it is deployed to")
    elif facts.hosts and facts.config.minimum.of(len(facts.hosts)) <= 0:
        found.append("all hosts may be out at once: the application is out meanwhile")
    if not facts.rolls_back:
        found.append("no automatic rollback on a failure")
    return tuple(found)


def standing(facts: Facts) -> list[str]:
    """That the revision runs already, or is being deployed already."""
    if facts.adopts:
        return [f"deployment {facts.adopts} of this revision runs already and will be adopted"]
    if facts.revision and facts.revision == facts.deployed:
        return ["this revision is deployed already: nothing will be done"]
    return []


def as_result(plan: Plan, text: Sequence[str]) -> dict[str, Any]:
    """The plan as the module returns it, with what it says to people."""
    facts = plan.facts
    return {
        "application_name": facts.application,
        "deployment_group_name": facts.group,
        "deployment_config_name": facts.config.name,
        "deployment_config": dict(facts.definition),
        "deployment_type": "BLUE_GREEN" if facts.green else "IN_PLACE",
        "revision": facts.revision,
        "deployed_revision": facts.deployed,
        "hosts": [
            {"id": host.id, "zone": host.zone, "running": host.running, "standing": host.standing}
            for host in in_order(facts.hosts)
        ],
        "zones": {zone: count for zone, count in plan.zones.items() if zone},
        "on_premises": on_premises(plan),
        "batches": [{"zone": batch.zone, "hosts": list(batch.hosts)} for batch in plan.batches],
        "most_out_at_once": plan.at_once,
        "minimum_healthy": plan.minimum_healthy,
        "may_fail": plan.may_fail,
        "seconds": plan.seconds,
        "rollback_seconds": plan.seconds,
        "automatic_rollback": facts.rolls_back,
        "warnings": list(plan.warnings),
        "text": list(text),
    }


def lines(plan: Plan) -> list[str]:
    """The plan for people."""
    facts, total = plan.facts, len(plan.facts.hosts)
    zones = where(plan)
    said = [f"{facts.application}/{facts.group}  in place  {facts.config.name} ({facts.config.minimum})"]
    if facts.revision:
        said.append(f"  deploys   {facts.revision}")
    if facts.deployed:
        said.append(f"  replaces  {facts.deployed}")
    said.append(f"  hosts     {total} {zones}")
    said.append(
        f"  at once   {plan.at_once} out at most, {plan.minimum_healthy} of {total} stay healthy, "
        f"{plan.may_fail or 'none'} may fail before it gives up"
    )
    said.append(f"  order     {_order(plan)}")
    said.append(f"  time      {in_time(plan)}")
    said += [f"  note      {warning}" for warning in plan.warnings]
    return said


def in_order(hosts: Sequence[Host]) -> list[Host]:
    """Unhealthy hosts first, then those with an unknown, an old and the current revision; then by id."""
    return sorted(hosts, key=lambda host: (STANDINGS.index(host.standing), host.id))


def _chunks(hosts: Sequence[Host], size: int, zone: str) -> tuple[Batch, ...]:
    if size <= 0:
        return ()
    ordered = [host.id for host in in_order(hosts)]
    return tuple(Batch(tuple(ordered[start : start + size]), zone) for start in range(0, len(ordered), size))


def _zonal_refusals(facts: Facts) -> list[str]:
    if facts.config.zonal is None:
        return []
    rule = facts.config.zonal.minimum
    found = []
    for zone, count in zones_of(facts.hosts).items():
        if count - rule.of(count) <= 0:
            found.append(
                f"{facts.application}/{facts.group}: {facts.config.name} wants {rule.of(count)} of {count} hosts "
                f"{f'in zone {zone}' if zone else 'on premises'} healthy always, which leaves none to deploy to. Use "
                "another configuration."
            )
    return found


def zones_of(hosts: Sequence[Host]) -> dict[str, int]:
    """How many hosts each zone has; "" stands for those on premises, which a zonal configuration takes together."""
    zones = sorted(host.zone for host in hosts)
    return {zone: zones.count(zone) for zone in dict.fromkeys(zones)}


def where(plan: Plan) -> str:
    """in 2 zones: us-east-1a 2, us-east-1b 2; 3 on premises"""
    zones = {zone: count for zone, count in plan.zones.items() if zone}
    counts = ", ".join(f"{zone} {count}" for zone, count in zones.items())
    parts = [f"in {counted(len(zones), 'zone')}: {counts}"] if zones else []
    own = on_premises(plan)
    if own and own == sum(plan.zones.values()):
        parts.append("on premises")
    elif own:
        parts.append(f"{own} on premises")
    return "; ".join(parts)


def on_premises(plan: Plan) -> int:
    """How many of the hosts are servers of one's own: these are in no Availability Zone."""
    return plan.zones.get("", 0)


def _remedy(selection: str) -> str:
    """What to do about a group without hosts, by how it looks for them."""
    ways = selection.split("; ")
    own = [way for way in ways if way.startswith("on-premises")]
    if not own:
        return "Start or tag instances"
    return "Register or tag on-premises servers" if own == ways else "Start, register or tag hosts"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def counted(number: int, noun: str) -> str:
    """1 host, 2 hosts"""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _order(plan: Plan) -> str:
    if not plan.batches:
        return "none"
    shown = " | ".join(", ".join(batch.hosts) for batch in plan.batches[:SHOWN] if len(batch.hosts) <= SHOWN)
    if len(plan.batches) > SHOWN or not shown or any(len(batch.hosts) > SHOWN for batch in plan.batches):
        zonal = ", zone by zone" if plan.facts.config.zonal else ""
        return f"{counted(len(plan.batches), 'batch').replace('batchs', 'batches')} of up to {plan.at_once}{zonal}"
    return shown


def in_time(plan: Plan) -> str:
    """How long it will take, in words."""
    if plan.seconds is None:
        return "unknown: no former deployment with this configuration; a rollback takes as long as the deployment"
    former = min(len(plan.facts.past), LATEST)
    return f"about {duration(plan.seconds)}, as {counted(former, 'former deployment')} took; a rollback as long again"
