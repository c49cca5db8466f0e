# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeDeploy asks of a load balancer: take an instance out, put it back, and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from local_region.moto_access import Moto


class Traffic(Protocol):
    """Target groups of the region's load balancers. Every method may raise LookupError for one that is gone."""

    def target_group(self, account: str, region: str, name: str) -> str:
        """The ARN of the target group of that name."""

    def register(self, target_group_arn: str, instance_id: str) -> None:
        """Registers the instance with the target group's own port. Registering twice changes nothing."""

    def deregister(self, target_group_arn: str, instance_id: str) -> None:
        """Begins to drain the instance. One that is not registered is left alone."""

    def health(self, target_group_arn: str, instance_id: str) -> str:
        """ELBv2's state of the target: initial, healthy, unhealthy, draining or unused."""


class MotoTraffic:
    """Target groups of moto's ELBv2; states from whoever really balances.

    `health(target_group_arn, instance_id)` gives the state; `changed()` is called after each change of targets.
    """

    def __init__(self, moto: Moto, health: Callable[[str, str], str], changed: Callable[[], None] = lambda: None):
        self._moto, self._health, self._changed = moto, health, changed

    def target_group(self, account: str, region: str, name: str) -> str:
        for group in self._moto.backend("elbv2", account, region).target_groups.values():
            if group.name == name:
                return group.arn
        raise LookupError(f"No target group found for name: {name}")

    def register(self, target_group_arn: str, instance_id: str) -> None:
        group = self._find(target_group_arn)
        if instance_id not in group.targets:
            group.register([{"Id": instance_id}])
            self._changed()

    def deregister(self, target_group_arn: str, instance_id: str) -> None:
        group = self._find(target_group_arn)
        if instance_id in group.targets:
            group.deregister([{"Id": instance_id}])
            self._changed()

    def health(self, target_group_arn: str, instance_id: str) -> str:
        return self._health(target_group_arn, instance_id)

    def _find(self, target_group_arn: str) -> Any:
        _, _, _, region, account, _ = target_group_arn.split(":", 5)
        group = self._moto.backend("elbv2", account, region).target_groups.get(target_group_arn)
        if group is None:
            raise LookupError(f"The target group {target_group_arn} does not exist.")
        return group
