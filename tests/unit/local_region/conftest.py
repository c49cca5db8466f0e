# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that exists only as numbers: it performs the engine's commands, one simulated second per event."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from local_region.engine import progress
from local_region.engine.deployment import Deployment, Diagnostics, Rules, Target, plan
from local_region.engine.healthy_hosts import MinimumHealthyHosts

SCRIPT_FAILED = Diagnostics("ScriptFailed", "scripts/validate.sh", "exit status 1", "[stderr]no answer")


@dataclass
class Rehearsal:
    """A deployment that was run to its end. `out` is the greatest number of hosts that were out or failed at once."""

    deployment: Deployment
    begun: list[str] = field(default_factory=list)
    commands: list[progress.Command] = field(default_factory=list)
    out: int = 0
    ends: int = 0

    @property
    def end(self) -> tuple[str, str | None]:
        error = self.deployment.error
        return self.deployment.status, error and error.code

    def statuses(self) -> dict[str, int]:
        return {status: count for status, count in self.deployment.counts.items() if count}


def rehearse(rules: Rules, targets: Iterable[Target], fails: Callable[[str, str], bool] = lambda target, event: False):
    """Runs a deployment; `fails(target id, event)` says which events fail."""
    run = Rehearsal(plan(rules, targets))
    due: list[tuple[float, int, progress.Command]] = []

    def carry_out(decisions: list[progress.Decision], now: float) -> None:
        for decision in decisions:
            if isinstance(decision, progress.Ended):
                run.ends += 1
            elif isinstance(decision, progress.Command):
                run.commands.append(decision)
                if decision.event == run.deployment.targets[decision.target_id].lifecycle[0]:
                    run.begun.append(decision.target_id)
                heapq.heappush(due, (now + 1.0, len(run.commands), decision))
        counts = run.deployment.counts
        run.out = max(run.out, counts["InProgress"] + counts["Failed"])

    carry_out(progress.start(run.deployment, 0.0), 0.0)
    while not run.deployment.finished:
        deadline = progress.next_deadline(run.deployment)
        if not due or (deadline is not None and deadline <= due[0][0]):
            assert deadline is not None, "the deployment hangs: nothing runs and nothing is due"
            carry_out(progress.expire(run.deployment, deadline), deadline)
            continue
        now, _, command = heapq.heappop(due)
        if command.performer == "agent":
            progress.acknowledge(run.deployment, command.target_id, command.event, now)
        failure = SCRIPT_FAILED if fails(command.target_id, command.event) else None
        carry_out(progress.complete(run.deployment, command.target_id, command.event, failure, now), now)
    return run


def hosts(count: int, **options) -> list[Target]:
    """h00, h01, ... in the order in which they are deployed to."""
    return [Target(f"h{number:02}", **options) for number in range(count)]


def rules(kind: str, value: int, **options) -> Rules:
    return Rules(MinimumHealthyHosts(kind, value), **options)


@pytest.fixture(scope="session")
def fleet():
    """The functions above, for tests: fleet.rehearse, fleet.hosts, fleet.rules."""

    class Fleet:
        pass

    found = Fleet()
    found.rehearse, found.hosts, found.rules, found.SCRIPT_FAILED = rehearse, hosts, rules, SCRIPT_FAILED
    return found
