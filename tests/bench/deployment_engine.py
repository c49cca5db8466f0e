#!/usr/bin/env python
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the deployment engine costs per host, from 100 to 10,000 simulated hosts.

    .venv/bin/python tests/bench/deployment_engine.py [--hosts 100 1000 10000] [--repeat 3]

A rolling, zonal deployment behind a load balancer (13 events a host, 5 % of the fleet out at once, three zones with a
monitored pause between them); 1 % of the hosts fail somewhere, some agents never answer. Time is simulated: an event
takes 0.5 to 30 service seconds, what is measured is the engine alone plus the queue that stands for the hosts.
Goals: 10,000 hosts in under 10 s, and a cost per host that does not grow (at most twice that of 100 hosts).
"""

from __future__ import annotations

import argparse
import heapq
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from local_region.engine import lifecycle, progress
from local_region.engine.deployment import Deployment, Diagnostics, Rules, Target, Zonal, plan
from local_region.engine.healthy_hosts import MinimumHealthyHosts

GOAL_SECONDS = 10.0
GOAL_GROWTH = 2.0
FAILING = 0.01
FAILED = Diagnostics("ScriptFailed", "scripts/start.sh", "exit 1", "[stderr]no")
SILENT = "silent"


def fleet(hosts: int) -> list[Target]:
    events = lifecycle.in_place(traffic_control=True)
    return [Target(f"i-{number:05}", zone="abc"[number % 3], lifecycle=events) for number in range(hosts)]


def faults(targets: list[Target], chance: random.Random) -> dict[str, str]:
    """For one host in a hundred, the event at which it fails; every fifth of these falls silent instead."""
    failing = chance.sample(targets, round(len(targets) * FAILING))
    return {
        target.id: SILENT if number % 5 == 0 else chance.choice(target.lifecycle)
        for number, target in enumerate(failing)
    }


def run(hosts: int) -> tuple[float, Deployment, int]:
    """(real seconds, the finished deployment, events carried out)."""
    chance = random.Random(hosts)
    targets = fleet(hosts)
    fails = faults(targets, chance)
    rules = Rules(MinimumHealthyHosts("FLEET_PERCENT", 95), Zonal(monitor=300.0))
    began = time.perf_counter()
    deployment = plan(rules, targets)
    due: list[tuple[float, int, progress.Command]] = []
    events = 0

    def carry_out(decisions: list[progress.Decision], now: float) -> None:
        nonlocal events
        for decision in decisions:
            if isinstance(decision, progress.Command) and fails.get(decision.target_id) != SILENT:
                events += 1
                heapq.heappush(due, (now + 0.5 + 29.5 * chance.random(), events, decision))

    carry_out(progress.start(deployment, 0.0), 0.0)
    while not deployment.finished:
        deadline = progress.next_deadline(deployment)
        if not due or (deadline is not None and deadline < due[0][0]):
            carry_out(progress.expire(deployment, deadline), deadline)
            continue
        now, _, command = heapq.heappop(due)
        if command.performer == "agent":
            progress.acknowledge(deployment, command.target_id, command.event, now)
        failure = FAILED if fails.get(command.target_id) == command.event else None
        carry_out(progress.complete(deployment, command.target_id, command.event, failure, now), now)
    return time.perf_counter() - began, deployment, events


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--repeat", type=int, default=3, help="runs of each size; the fastest counts")
    options = parser.parse_args()
    per_host = {}
    slowest = 0.0
    for hosts in options.hosts:
        seconds, deployment, events = min((run(hosts) for _ in range(options.repeat)), key=lambda result: result[0])
        per_host[hosts] = seconds / hosts
        slowest = max(slowest, seconds)
        counts = {status: count for status, count in sorted(deployment.counts.items()) if count}
        print(
            f"{hosts:6} hosts  {deployment.status:9}  {seconds:7.3f} s  {1e6 * per_host[hosts]:6.0f} us/host  "
            f"{events} events in {deployment.ended / 3600:.1f} simulated hours  {counts}"
        )
    growth = max(per_host.values()) / per_host[min(per_host)]
    print(f"cost per host grows by {growth:.2f} (goal: at most {GOAL_GROWTH:.0f})")
    print(f"slowest run {slowest:.2f} s (goal: under {GOAL_SECONDS:.0f} s)")
    return 0 if slowest < GOAL_SECONDS and growth <= GOAL_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
