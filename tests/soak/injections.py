# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that every fifth release meets, and what each may cost."""

from __future__ import annotations

from dataclasses import dataclass

from tests.running_region import InjectedFault, RunningRegion


@dataclass(frozen=True)
class Injection:
    """A fault by its name and parameters; ``on_host`` strikes one host of the fleet.

    ``may_lose``: requests may be lost that the host had or gets until the load balancer takes it out.
    ``may_fail``: CodeDeploy may give the release up, and rolls it back then. ``seconds`` are service seconds.
    """

    name: str
    given: tuple[tuple[str, str | float], ...] = ()
    on_host: bool = False
    may_lose: bool = False
    may_fail: bool = False
    seconds: float | None = None

    def inject(self, region: RunningRegion, hosts: list[str]) -> InjectedFault:
        """``hosts`` are the instances that serve now; the last of them is struck."""
        where = {"instance": hosts[-1]} if self.on_host else {}
        return region.fault(self.name, self.seconds, **dict(self.given), **where)


# A host that is lost in the middle is the worst that may happen, so it comes last.
INJECTIONS = (
    Injection("api-throttled", (("service", "codedeploy"), ("probability", 0.5)), seconds=200),
    Injection("process-killed", (("pattern", "storefront"),), on_host=True, may_lose=True, may_fail=True),
    # So long that CodeDeploy's five minutes for the agent pass even when the host's turn comes last. The rollback may
    # find it silent still; the next release brings the host back.
    Injection("agent-silent", on_host=True, may_fail=True, seconds=700),
    Injection("api-slow", (("service", "elbv2"), ("delay_ms", 300)), seconds=200),
    Injection("host-killed", on_host=True, may_lose=True, may_fail=True),
)
