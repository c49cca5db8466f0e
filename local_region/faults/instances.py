# SPDX-License-Identifier: GPL-3.0-or-later
"""A host dies."""

from __future__ import annotations

from local_region.faults.fault import Refused
from local_region.faults.hosts import INSTANCE, HostFault
from local_region.world.host import HostError


class HostKilled(HostFault):
    name = "host-killed"
    text = (
        "An instance dies as hardware does: its processes end at once, with no shutdown; its disk is lost and EC2 "
        "terminates it. Auto Scaling replaces it, unless its group's processes are suspended. An on-premises host "
        "loses power and keeps its disk."
    )
    undone = "Nothing to clear: a dead instance stays dead (`on-premises add` gives a server its power back)."
    parameters = (INSTANCE,)
    part = "host"
    lasting = False

    def start(self) -> None:
        self.require_host()
        try:
            if self.instance in self.site.world.on_premises:
                self.site.world.on_premises.lose_power(self.instance)
            else:
                self.site.world.instances.lose(self.instance)
        except HostError as error:
            raise Refused(f"Fault {self.name}: {error}") from None
