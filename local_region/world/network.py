# SPDX-License-Identifier: GPL-3.0-or-later
"""The region's network: one bridge, one virtual cable per host, and addresses that are all on the same link.

A host has its EC2 private address as a /32 and a default route that says "everything is on this cable": hosts, the
metadata service and the API find each other by ARP, whatever subnets their VPCs have. There is no way out of it.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from local_region.world import linux

BRIDGE = "br0"
# Given one, the bridge keeps it. Otherwise it has the lowest of its cables', which changes as hosts come and go, and
# hosts that know the one before reach nothing for as long as they remember it, half a minute.
BRIDGE_HARDWARE_ADDRESS = "02:00:a9:fe:a9:fe"
METADATA_ADDRESS = "169.254.169.254"
API_ADDRESS = "169.254.169.250"
CREDENTIALS_ADDRESS = "169.254.170.2"

_LOOPBACK = 1  # the index of `lo` in every network namespace


CableEnd = tuple[IPRoute, int]  # netlink in the namespace of an interface, and the interface's index there


class AddressInUse(ValueError):
    """Two hosts want one address."""


class Network:
    """The bridge in the network namespace of the calling process, which must own it (as a region does).

    Thread-safe. `addresses` are this side's own (IPv4), which hosts reach.
    """

    def __init__(self, addresses: Sequence[str] = (API_ADDRESS, METADATA_ADDRESS, CREDENTIALS_ADDRESS)):
        self._lock = threading.Lock()
        self._hosts: dict[str, str] = {}  # private address -> interface on the bridge
        self._source = addresses[0]
        with IPRoute() as here:
            here.link("set", index=_LOOPBACK, state="up")
            here.link("add", ifname=BRIDGE, kind="bridge", address=BRIDGE_HARDWARE_ADDRESS)
            self._bridge = here.link_lookup(ifname=BRIDGE)[0]
            for address in addresses:
                here.addr("add", index=self._bridge, address=address, prefixlen=32)
            here.link("set", index=self._bridge, state="up")

    def attach(self, pid: int, private_ip: str, metadata: bool = True) -> None:
        """Gives the host whose first process is `pid` its ``eth0`` with `private_ip`, without `metadata` in such a way
        that it does not reach the metadata service.

        Raises `AddressInUse` when a host of this region already has the address.
        """
        interface = f"h{int(ipaddress.IPv4Address(private_ip)):08x}"
        with self._lock:
            if private_ip in self._hosts:
                raise AddressInUse(
                    f"Two instances with the private address {private_ip}: the local region's network is flat, so VPCs "
                    "whose instances run at the same time must not overlap. Choose another CIDR block for one of them."
                )
            self._hosts[private_ip] = interface
        try:
            self._plug_in(pid, private_ip, interface, metadata)
        except BaseException:
            self.detach(private_ip)
            raise

    def _plug_in(self, pid: int, private_ip: str, interface: str, metadata: bool) -> None:
        with IPRoute() as here:
            here.link("add", ifname=interface, kind="veth", peer={"ifname": "eth0", "net_ns_pid": pid})
            here.link("set", index=here.link_lookup(ifname=interface)[0], master=self._bridge, state="up")
            here.route("add", **self._route(private_ip))
        with IPRoute(fileno=_netlink_socket_of(pid)) as there:
            cable = there.link_lookup(ifname="eth0")[0]
            there.link("set", index=_LOOPBACK, state="up")
            there.addr("add", index=cable, address=private_ip, prefixlen=32)
            there.link("set", index=cable, state="up")
            there.route("add", dst="0.0.0.0/0", oif=cable, scope="link", prefsrc=private_ip)
            if not metadata:
                there.route("add", dst=f"{METADATA_ADDRESS}/32", type="unreachable")

    def _route(self, private_ip: str) -> dict:
        return {"dst": f"{private_ip}/32", "oif": self._bridge, "scope": "link", "prefsrc": self._source}

    def detach(self, private_ip: str) -> None:
        """Unplugs the host with that address; nothing happens when there is none."""
        with self._lock:
            interface = self._hosts.pop(private_ip, None)
        if interface is None:
            return
        with IPRoute() as here:
            for index in here.link_lookup(ifname=interface):
                _ignoring_absence(here.link, "del", index=index)
            _ignoring_absence(here.route, "del", **self._route(private_ip))

    @contextmanager
    def cable(self, pid: int, private_ip: str) -> Iterator[tuple[CableEnd, CableEnd]]:
        """Both ends of a host's cable, the region's and the host's own, whose first process is `pid`."""
        with IPRoute() as here, IPRoute(fileno=_netlink_socket_of(pid)) as there:
            interface = self._hosts.get(private_ip, "")
            yield (here, here.link_lookup(ifname=interface)[0]), (there, there.link_lookup(ifname="eth0")[0])

    def close(self) -> None:
        """Removes the bridge and what is plugged into it."""
        for private_ip in list(self._hosts):
            self.detach(private_ip)
        with IPRoute() as here:
            _ignoring_absence(here.link, "del", index=self._bridge)


def _netlink_socket_of(pid: int) -> int:
    """A netlink socket inside the network namespace of `pid`: a socket stays where it was made, so a thread goes in,
    makes it and ends there."""
    made: list[socket.socket] = []
    failed: list[OSError] = []

    def make() -> None:
        try:
            linux.enter_network_namespace(pid)
            made.append(socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, socket.NETLINK_ROUTE))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0].detach()


def _ignoring_absence(call, *arguments, **options) -> None:
    """The kernel removes links and routes by itself when a host's namespace ends; it may have been faster."""
    try:
        call(*arguments, **options)
    except NetlinkError as error:
        if error.code not in (3, 19):  # ESRCH: no such route; ENODEV: no such link
            raise
