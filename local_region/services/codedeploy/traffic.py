# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeDeploy asks of a load balancer: take an instance out, put it back, and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from local_region.moto_access import Moto

Health = Callable[[str, str], str]
"""(target group ARN, instance id) -> ELBv2's state of the target."""


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
    """Target groups of moto's ELBv2. States come from whoever really balances; without one, from moto.

    `changed()` is called after each change of targets and returns when the balancer has followed.
    """

    def __init__(self, moto: Moto, health: Health | None = None, changed: Callable[[], None] = lambda: None):
        self._moto, self._changed = moto, changed
        self._health = health or self._health_by_moto

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

    def _health_by_moto(self, target_group_arn: str, instance_id: str) -> str:
        health = self._backend(target_group_arn).describe_target_health(target_group_arn, [{"Id": instance_id}])
        return health[0].status

    def _backend(self, target_group_arn: str) -> Any:
        _, _, _, region, account, _ = target_group_arn.split(":", 5)
        return self._moto.backend("elbv2", account, region)

    def _find(self, target_group_arn: str) -> Any:
        group = self._backend(target_group_arn).target_groups.get(target_group_arn)
        if group is None:
            raise LookupError(f"The target group {target_group_arn} does not exist.")
        return group
