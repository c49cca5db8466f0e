# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of one's own: hosts of the region that are no EC2 instances.

They have nothing of AWS on them: no metadata service, no user data, no agent. Their addresses are those of a company's
network, their names are what their owner calls them.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Callable, Collection

from local_region.refusal import Refused
from local_region.world.host import HostError, HostSpec
from local_region.world.hosts import Hosts

NETWORK = ipaddress.IPv4Network("192.168.100.0/24")
_FIRST = 10  # below it one would expect routers and the like
# A host name (RFC 1123; at most 64 characters on Linux) that nobody takes for the id of an EC2 instance.
_NAME = re.compile(r"(?!i-)[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?")


class OnPremisesHosts:
    """Adds and removes such hosts; thread-safe. `taken()` are private addresses that belong to others."""

    def __init__(self, hosts: Hosts, taken: Callable[[], Collection[str]]):
        self._hosts, self._taken = hosts, taken
        self._lock = threading.Lock()
        self._specs: dict[str, HostSpec] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._specs

    def add(self, name: str, zone: str = "") -> dict:
        """Boots a host, or one that is off again with its disk, and says how it stands; one that runs is left alone.

        `zone` says where it stands, for people. Raises `Refused`.
        """
        if not _NAME.fullmatch(name):
            raise Refused(
                f"{name!r} cannot be the name of an on-premises host: use 1 to 64 small letters, digits, dots and "
                "hyphens that begin and end with a letter or digit, and not with i- as EC2's instances do."
            )
        with self._lock:
            if self._hosts.state(name) != "running":
                self._boot(self._specs.get(name) or self._spec(name, zone))
            return self._status(name)

    def remove(self, name: str) -> None:
        """Takes a host away with everything on it. Raises `Refused` when there is none of that name."""
        with self._lock:
            if name not in self._specs:
                known = ", ".join(sorted(self._specs)) or "none"
                raise Refused(f"There is no on-premises host {name!r}; there are {known}.")
            self._hosts.terminate(name)
            del self._specs[name]

    def lose_power(self, name: str) -> None:
        """Ends all its processes at once; its disk stays."""
        self._hosts.kill(name)

    def status(self) -> list[dict]:
        """name, state, zone and address of every host, by name."""
        return [self._status(name) for name in sorted(self._specs)]

    def _boot(self, spec: HostSpec) -> None:
        try:
            self._hosts.boot(spec)
        except HostError as error:
            raise Refused(str(error)) from None
        self._specs[spec.instance_id] = spec

    def _spec(self, name: str, zone: str) -> HostSpec:
        return HostSpec(
            instance_id=name,
            private_ip=self._free_address(),
            zone=zone,
            region="",
            account="",
            hostname=name,
            on_premises=True,
        )

    def _free_address(self) -> str:
        taken = {spec.private_ip for spec in self._specs.values()} | set(self._taken())
        for address in list(NETWORK.hosts())[_FIRST - 1 :]:
            if str(address) not in taken:
                return str(address)
        raise Refused(f"Every address of {NETWORK} is taken: remove an on-premises host that you do not need.")

    def _status(self, name: str) -> dict:
        spec = self._specs[name]
        return {"name": name, "state": self._hosts.state(name), "zone": spec.zone, "private_ip": spec.private_ip}
