# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's disk is full."""

from __future__ import annotations

from local_region.faults.fault import Parameter
from local_region.faults.hosts import INSTANCE, HostFault


class DiskFull(HostFault):
    name = "disk-full"
    text = (
        "Takes the free space of a host's disk away: whoever writes more gets 'No space left on device'. "
        "The disk shrinks to what is used on it; nothing is written to it."
    )
    undone = "The disk has its size again."
    parameters = (INSTANCE, Parameter("leave_mib", "how many MiB stay free", int, default=0, least=0, most=1024**2))
    part = "disk"

    def start(self) -> None:
        self.require_host()
        self.hosts.limit_disk(self.instance, self.values["leave_mib"])

    def undo(self) -> None:
        if not self.over():
            self.hosts.limit_disk(self.instance, None)
