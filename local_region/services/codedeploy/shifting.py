# SPDX-License-Identifier: GPL-3.0-or-later
"""BlockTraffic and AllowTraffic: deregister and wait until unused, register and wait until healthy."""

from __future__ import annotations

from dataclasses import dataclass

from local_region.engine.deployment import Diagnostics
from local_region.services.codedeploy.records import DeploymentRecord
from local_region.services.codedeploy.traffic import Traffic

WAITS_FOR = {"BlockTraffic": "unused", "AllowTraffic": "healthy"}


@dataclass(eq=False)
class Shift:
    """One of the two events, on one host of a deployment."""

    record: DeploymentRecord
    target_id: str
    event: str
    asked: bool = False
    failure: Diagnostics | None = None

    def done(self, traffic: Traffic) -> bool:
        """Asks the load balancer, the first time to do it, then whether it is done. A fault of its ends the event."""
        try:
            if not self.asked:
                self._ask(traffic)
                self.asked = True
            return self._arrived(traffic)
        except Exception as error:  # whatever the load balancer says is the event's outcome, not the runner's end
            self.failure = Diagnostics("UnknownError", message=f"{self.event} failed at the load balancer: {error}")
            return True

    def _ask(self, traffic: Traffic) -> None:
        change = traffic.deregister if self.event == "BlockTraffic" else traffic.register
        for arn in self.record.target_groups:
            change(arn, self.target_id)

    def _arrived(self, traffic: Traffic) -> bool:
        wanted = WAITS_FOR[self.event]
        return all(traffic.health(arn, self.target_id) == wanted for arn in self.record.target_groups)
