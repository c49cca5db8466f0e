# SPDX-License-Identifier: GPL-3.0-or-later
"""The cable between a host and the region's network is slow, loses packets, or is cut."""

from __future__ import annotations

from typing import Any

from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.rtnl import TC_H_ROOT

from local_region.faults.fault import Parameter, Refused
from local_region.faults.hosts import INSTANCE, HostFault

_HANDLE = 0x10000  # 1:0, the root queue
_NO_SUCH_KIND = 2  # ENOENT, where a kernel knows no queue of that name
_QUEUED_SECONDS = 0.5  # what a bucket holds back before it drops: as a home router does
_LARGEST_PACKET = 1600  # bytes; a bucket that holds less would let none through


class NetworkSlow(HostFault):
    name = "network-slow"
    text = (
        "A host's network is slow in both directions: a delay or loss for every packet (the kernel's netem), "
        "or a rate (tbf). One of delay_ms, loss_percent and rate_kbit at least."
    )
    undone = "The interfaces have their own queues again."
    parameters = (
        INSTANCE,
        Parameter("delay_ms", "what every packet takes longer, each way, in real ms", float, 0.0, 0, 60_000),
        Parameter("jitter_ms", "by how much the delay varies up and down", float, 0.0, 0, 60_000),
        Parameter("loss_percent", "how many of 100 packets get lost, each way", float, 0.0, 0, 100),
        Parameter("rate_kbit", "kilobits a real second, each way; 0: as fast as it goes", int, 0, 0, 10_000_000),
    )
    part = "network"

    def start(self) -> None:
        self.require_host()
        self._queue = self._wanted_queue()
        try:
            self._set_queues()
        except NetlinkError as error:
            self.undo()
            raise Refused(self._refusal(error)) from None

    def keep(self) -> None:
        """A host that boots again gets a new cable."""
        if not self.host_runs():
            return
        with self.hosts.cable(self.instance) as ends:
            slow = all(self._is_set(link, index) for link, index in ends)
        if not slow:
            self._set_queues()

    def undo(self) -> None:
        if not self.host_runs():
            return
        with self.hosts.cable(self.instance) as ends:
            for link, index in ends:
                if self._is_set(link, index):
                    link.tc("del", index=index, handle=_HANDLE, parent=TC_H_ROOT)

    def _wanted_queue(self) -> dict[str, Any]:
        """The arguments of pyroute2's `tc`."""
        values = self.values
        rate = f"{values['rate_kbit']}kbit" if values["rate_kbit"] else None
        if values["jitter_ms"] > values["delay_ms"]:
            raise Refused(
                f"Fault {self.name}: jitter_ms {values['jitter_ms']:g} is more than delay_ms {values['delay_ms']:g}; "
                "a packet cannot arrive before it was sent."
            )
        if values["delay_ms"] or values["loss_percent"]:
            return {
                "kind": "netem",
                "delay": values["delay_ms"] * 1000,
                "jitter": values["jitter_ms"] * 1000,
                "loss": values["loss_percent"],
            } | ({"rate": rate} if rate else {})
        if rate is None:
            raise Refused(f"Fault {self.name} needs at least one of delay_ms, loss_percent and rate_kbit.")
        burst = max(_LARGEST_PACKET, values["rate_kbit"] * 1000 // 8 // 100)  # a hundredth of a second
        limit = burst + int(values["rate_kbit"] * 1000 / 8 * _QUEUED_SECONDS)
        return {"kind": "tbf", "rate": rate, "burst": burst, "limit": limit}

    def _set_queues(self) -> None:
        with self.hosts.cable(self.instance) as ends:
            for link, index in ends:
                link.tc("replace", index=index, handle=_HANDLE, **self._queue)

    def _is_set(self, link: Any, index: int) -> bool:
        kinds = [queue.get_attr("TCA_KIND") for queue in link.get_qdiscs(index) if queue["handle"] == _HANDLE]
        return kinds == [self._queue["kind"]]

    def _refusal(self, error: NetlinkError) -> str:
        kind = self._queue["kind"]
        if error.code != _NO_SUCH_KIND:
            return f"Fault {self.name}: the kernel refuses to set up {kind} ({error})."
        instead = "; or give rate_kbit alone, which needs only tbf" if kind == "netem" else ""
        wants = "delay_ms and loss_percent need" if kind == "netem" else "rate_kbit needs"
        return (
            f"Fault {self.name}: {wants} the kernel's {kind}, which it has not: load it as root "
            f"(`modprobe sch_{kind}`), or use a kernel with CONFIG_NET_SCH_{kind.upper()}{instead}."
        )


class NetworkCut(HostFault):
    name = "network-cut"
    text = "A host's cable is pulled: its interface has no carrier, no packet gets in or out."
    undone = "The cable is plugged in again. Connections that waited go on; what gave up has given up."
    parameters = (INSTANCE,)
    part = "network"

    def start(self) -> None:
        self.require_host()
        self._set("down")

    def keep(self) -> None:
        self._set("down")

    def undo(self) -> None:
        self._set("up")

    def _set(self, state: str) -> None:
        if not self.host_runs():
            return
        with self.hosts.cable(self.instance) as ((link, index), _):
            link.link("set", index=index, state=state)
