# SPDX-License-Identifier: GPL-3.0-or-later
"""Target groups and targets: DescribeTargetHealth says what the balancer sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup, elbv2_backends
from moto.elbv2.responses import ELBV2Response

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.moto_gaps.elbv2_balancing import balancers, reconcile, refusing
from local_region.world.balancer import from_moto
from local_region.world.balancer.spec import TargetHealth
from local_region.world.balancer.targets import NOT_IN_USE, NOT_REGISTERED

_create_target_group, _modify_target_group = ELBV2Response.create_target_group, ELBV2Response.modify_target_group
_modify_target_group_attributes = ELBV2Response.modify_target_group_attributes
_register_targets, _deregister_targets = ELBV2Response.register_targets, ELBV2Response.deregister_targets


def create_target_group(self):
    refusing(from_moto.require_target_group, self._get_params())
    return _create_target_group(self)


def modify_target_group(self):
    refusing(from_moto.require_target_group, self._get_params())
    result = _modify_target_group(self)
    reconcile()
    return result


def modify_target_group_attributes(self):
    refusing(from_moto.require_attributes, {item["Key"]: item["Value"] for item in self._get_param("Attributes", [])})
    result = _modify_target_group_attributes(self)
    reconcile()
    return result


def register_targets(self):
    """As moto's, but refuses an instance on several ports of one group, of which moto would keep the last."""
    targets, seen = self._get_param("Targets", []), {}
    group = self.elbv2_backend.target_groups.get(self._get_param("TargetGroupArn"))
    for target in targets:
        port = int(target.get("Port", group.port if group else 0))
        known = seen.setdefault(target["Id"], int(group.targets[target["Id"]]["Port"]) if _has(group, target) else port)
        if known != port:
            raise NotImplementedInLocalRegion(
                f"The local region registers an instance once in a target group: {target['Id']} is there with port "
                f"{known}, deregister it before you register it with port {port}."
            )
    result = _register_targets(self)
    reconcile()
    return result


def _has(group: Any, target: Mapping[str, Any]) -> bool:
    return group is not None and target["Id"] in group.targets


def deregister_targets(self):
    result = _deregister_targets(self)
    reconcile()
    return result


def deregister(self, targets: list[dict[str, Any]]) -> None:
    """ "If the specified target does not exist, the action returns successfully"; moto raises InvalidTarget.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html
    """
    for target in targets:
        if (registered := self.targets.pop(target["Id"], None)) is not None:
            self.deregistered_targets[target["Id"]] = registered


def load_balancer_arns(self) -> list[str]:
    """The load balancers whose listeners use the group now; moto remembers all that ever did."""
    backend = elbv2_backends[self.account_id][self.region_name]
    return [
        balancer.arn
        for balancer in list(backend.load_balancers.values())
        if any(
            self.arn in backend._get_target_group_arns_from(action_data=action.data)
            for listener in list(balancer.listeners.values())
            for rule in listener.rules.values()
            for action in rule.actions
        )
    ]


_describe_target_health = ELBv2Backend.describe_target_health


def describe_target_health(self, target_group_arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
    """What the balancer sees: registered targets and those that still drain, or those that are asked for."""
    group = self.target_groups.get(target_group_arn)
    balancing = balancers()
    if balancing is None or group is None:
        return _describe_target_health(self, target_group_arn, targets)
    reconcile()
    seen = balancing.targets_of(target_group_arn)
    registered = {(one["Id"], int(one["Port"])): NOT_IN_USE for one in group.targets.values()}
    known = registered | seen
    if targets:
        wanted = [_key(target, known, group) for target in targets]
        known = {key: known.get(key, NOT_REGISTERED) for key in wanted}
    return [_status(group, key, health) for key, health in known.items()]


def _key(target: Mapping[str, Any], known: Mapping[tuple[str, int], Any], group: Any) -> tuple[str, int]:
    """A target that is asked for: with its port, or the one under which the group knows it."""
    if target.get("Port"):
        return target["Id"], int(target["Port"])
    return next((key for key in known if key[0] == target["Id"]), (target["Id"], int(group.port)))


def _status(group: Any, key: tuple[str, int], health: TargetHealth) -> FakeHealthStatus:
    instance_id, port = key
    check_port = str(port) if group.health_check_port == "traffic-port" else str(group.health_check_port)
    return FakeHealthStatus(instance_id, str(port), check_port, health.state, health.reason, health.description)


ELBV2Response.create_target_group, ELBV2Response.modify_target_group = create_target_group, modify_target_group
ELBV2Response.modify_target_group_attributes = modify_target_group_attributes
ELBV2Response.register_targets, ELBV2Response.deregister_targets = register_targets, deregister_targets
ELBv2Backend.describe_target_health = describe_target_health
FakeTargetGroup.deregister = deregister
FakeTargetGroup.load_balancer_arns = property(load_balancer_arns, lambda self, value: None)
