# SPDX-License-Identifier: GPL-3.0-or-later
"""What all faults of a host share."""

from __future__ import annotations

from typing import ClassVar

from local_region.faults.fault import Fault, Parameter, Refused
from local_region.world.hosts import Hosts

INSTANCE = Parameter("instance", "the id of an instance whose host runs, such as i-0123456789abcdef0")


class HostFault(Fault):
    """A fault of one instance's host. What it has hold of there is its `part`; it ends with the host."""

    part: ClassVar[str]

    @property
    def instance(self) -> str:
        return self.values["instance"]

    @property
    def hosts(self) -> Hosts:
        return self.site.world.hosts

    def require_host(self) -> None:
        """Raises `Refused` when no host runs for the instance."""
        if self.site.world is None:
            raise Refused(
                f"Fault {self.name}: this region has no hosts; start one with `python -m local_region start`."
            )
        if not self.host_runs():
            running = sorted(host["instance_id"] for host in self.site.world.status()["hosts"] if host["enter"])
            there = ", ".join(running) or "none"
            raise Refused(
                f"Fault {self.name}: no host runs for instance {self.instance!r}; give one of those that run: {there}."
            )

    def host_runs(self) -> bool:
        return self.hosts.state(self.instance) == "running"

    def over(self) -> bool:
        return self.hosts.state(self.instance) is None

    def touches(self) -> tuple[str, str]:
        return self.part, self.instance
