# SPDX-License-Identifier: GPL-3.0-or-later
"""The door: how clients on this machine reach the load balancers inside the region's namespaces.

An Envoy that does TCP only, run by the supervisor in the machine's network namespace. Each listener of a load balancer
is an address and port here, 127.x.y.z:PORT, whose connections go to a Unix socket of the balancer inside; the PROXY
protocol tells the balancer who the client is. `Door` runs it; `DoorControl` is for the region, which says what to open:
both see the same directory.
"""

from __future__ import annotations

import json
import os
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local_region.world import egress
from local_region.world.balancer.envoy import EnvoyControl, EnvoyError, EnvoyProcess, Publication
from local_region.world.balancer.resources import socket_address

_TYPE = "type.googleapis.com/envoy."
# The directory below the runtime directory of a region in which its supervisor runs the door.
DOOR = "door"
_LISTENING = "0A"  # the state in /proc/net/tcp


@dataclass(frozen=True)
class Opening:
    """A listener as clients see it, and the socket to which their connections go."""

    name: str
    address: str
    port: int
    socket: Path


class Door:
    """Runs the door's Envoy in `directory`, with a block of loopback addresses that no other region uses."""

    def __init__(self, directory: Path):
        self._directory = directory
        # The door leads out as well: builds reach the internet through it.
        static = egress.envoy_resources(directory / egress.SOCKET, os.environ)
        self._process = EnvoyProcess(directory, static=static)
        self._reservation: socket.socket | None = None

    def start(self) -> None:
        """Takes a block of addresses and starts Envoy; raises EnvoyError when it cannot."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for stale in ("cds.json", "lds.json"):
            (self._directory / stale).unlink(missing_ok=True)
        network, self._reservation = reserve_block()
        facts = {"network": network, "lowest_port": lowest_port(f"{network}.1")}
        (self._directory / "door.json").write_text(json.dumps(facts))
        self._process.start()

    @property
    def alive(self) -> bool:
        return self._process.alive

    @property
    def pid(self) -> int | None:
        """The process id of Envoy."""
        return self._process.pid

    def close(self) -> None:
        self._process.close()
        if self._reservation:
            self._reservation.close()
            self._reservation = None


class DoorControl:
    """What the region asks of the door: free addresses, and listeners to open."""

    def __init__(self, directory: Path):
        facts = json.loads((directory / "door.json").read_text())
        self.network: str = facts["network"]
        self.lowest_port: int = facts["lowest_port"]
        self._control = EnvoyControl(directory)

    def free_address(self, taken: Iterable[str]) -> str:
        """A loopback address of the block for one more load balancer. Raises EnvoyError when all 253 are taken."""
        taken = set(taken)
        for last in range(2, 255):
            if (address := f"{self.network}.{last}") not in taken:
                return address
        raise EnvoyError("The local region has addresses for 253 load balancers, and all are taken: delete some.")

    def open(self, openings: Iterable[Opening]) -> None:
        """Makes these, and no others, the open listeners; raises EnvoyError when one of them cannot be bound."""
        openings = list(openings)
        directory = self._control.directory
        clusters, listeners = directory / "cds.json", directory / "lds.json"
        wanted = tuple(_cluster(item) for item in openings)
        names = {item["name"] for item in wanted}
        staying = (*wanted, *(item for item in self._control.written(clusters) if item["name"] not in names))
        self._control.publish([Publication(clusters, staying, "cluster_manager.cds")])
        self._control.publish(
            [Publication(listeners, tuple(_listener(item) for item in openings), "listener_manager.lds")]
        )
        self._control.publish([Publication(clusters, wanted, "cluster_manager.cds")])


def reserve_block() -> tuple[str, socket.socket]:
    """A /24 of 127.0.0.0/8 in which nobody listens, such as "127.83.7", and the socket that says it is taken.

    The socket listens on the block's first address; other regions see it in /proc/net/tcp and choose another block.
    """
    for _ in range(100):
        network = f"127.{random.randint(64, 127)}.{random.randint(1, 254)}"
        if _listeners(network):
            continue
        reservation = socket.create_server((f"{network}.1", 0), backlog=1)
        if _listeners(network) == 1:
            return network, reservation
        reservation.close()  # another region chose the same block in the same moment
    raise EnvoyError("No free block of loopback addresses was found in 100 tries: stop regions that are not used.")


def _listeners(network: str) -> int:
    first, second, third = (int(part) for part in network.split("."))
    block = f"{third:02X}{second:02X}{first:02X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[3] == _LISTENING and row[1][2:8] == block for row in rows)


def lowest_port(address: str) -> int:
    """The lowest TCP port that this process may listen on: 1, or what the machine keeps for root."""
    reserved = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if os.geteuid() == 0 or reserved <= 1:
        return 1
    try:
        socket.create_server((address, reserved - 1)).close()
    except PermissionError:
        return reserved
    return 1


def _cluster(item: Opening) -> dict:
    proxy = {
        "@type": _TYPE + "extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
        "config": {"version": "V2"},
        "transport_socket": {
            "name": "raw",
            "typed_config": {"@type": _TYPE + "extensions.transport_sockets.raw_buffer.v3.RawBuffer"},
        },
    }
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(item.socket)}}}}
    return {
        "@type": _TYPE + "config.cluster.v3.Cluster",
        "name": item.name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": item.name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "transport_socket": {"name": "proxy", "typed_config": proxy},
        "circuit_breakers": {
            "thresholds": [dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), 1_000_000_000)]
        },
    }


def _listener(item: Opening) -> dict:
    proxy = {
        "@type": _TYPE + "extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": item.name,
        "cluster": item.name,
        "idle_timeout": "0s",  # the balancer behind it knows the load balancer's idle time-out
    }
    return {
        "@type": _TYPE + "config.listener.v3.Listener",
        "name": item.name,
        "address": socket_address(item.address, item.port),
        # A port that another process listens on is an error, never shared with it.
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [{"name": "tcp", "typed_config": proxy}]}],
    }
