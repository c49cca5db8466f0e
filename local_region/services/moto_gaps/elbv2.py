# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic Load Balancing with a data plane: addresses, real target health, and no for what the balancer cannot do.

While a region balances (`balance`), load balancers get an address that clients reach, changes hold when the call
returns, and DescribeTargetHealth says what the balancer sees. The corrections of moto hold with or without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto.elbv2.exceptions import DuplicateListenerError, DuplicateLoadBalancerName, ELBClientError
from moto.elbv2.models import (
    ELBv2Backend,
    FakeAction,
    FakeHealthStatus,
    FakeListener,
    FakeLoadBalancer,
    FakeTargetGroup,
    elbv2_backends,
)
from moto.elbv2.responses import ELBV2Response

from local_region.protocol import NotImplementedInLocalRegion
from local_region.world.balancer import from_moto
from local_region.world.balancer.envoy import EnvoyError
from local_region.world.balancer.spec import TargetHealth, Unsupported
from local_region.world.balancer.targets import NOT_IN_USE, NOT_REGISTERED

if TYPE_CHECKING:
    from local_region.world.load_balancer import LoadBalancers

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html: the defaults of
# an application load balancer. moto leaves most of them out.
ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}

# Attributes that change what happens to requests, and that the balancer knows one value of.
FIXED_ATTRIBUTES = {
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "access_logs.s3.enabled": "false",
    "connection_logs.s3.enabled": "false",
}


class _Balancing:
    """The balancer of this process and how it learns where instances are."""

    def __init__(self, balancers: LoadBalancers, instance_address: from_moto.InstanceAddress):
        self.balancers, self._instance_address = balancers, instance_address
        self._one_at_a_time = threading.Lock()

    def reconcile(self) -> None:
        with self._one_at_a_time:  # else an older reading of moto could be applied after a newer one
            self.balancers.apply(from_moto.specs_from_moto(_backends(), self._instance_address))


_balancing: _Balancing | None = None


def balance(balancers: LoadBalancers | None, instance_address: from_moto.InstanceAddress = lambda _id: None) -> None:
    """From now on `balancers` do what moto's ELBv2 state says; with None, nothing does.

    `instance_address(instance_id)` is the address on which the balancer reaches an instance, None while it has none.
    """
    global _balancing
    _balancing = _Balancing(balancers, instance_address) if balancers else None


def reconcile() -> None:
    """Brings the balancer to moto's state, when it is not there yet; returns when it is.

    Call it after changes that do not come through ELBv2 (instances that start or end, Auto Scaling) and now and then.
    Raises EnvoyError when the balancer cannot follow.
    """
    if _balancing:
        _balancing.reconcile()


def _backends() -> Iterator[ELBv2Backend]:
    for account in list(elbv2_backends):
        yield from list(elbv2_backends[account].values())


def _refusing(check: Callable[[Mapping[str, Any]], None], params: Mapping[str, Any]) -> None:
    try:
        check(params)
    except Unsupported as reason:
        raise NotImplementedInLocalRegion(str(reason)) from None


# --- load balancers

_create_load_balancer = ELBV2Response.create_load_balancer
_delete_load_balancer = ELBv2Backend.delete_load_balancer
_new_load_balancer = FakeLoadBalancer.__init__


def create_load_balancer(self):
    """As moto's, and: refuses what is not an ALB, knows a name that is taken (moto does not), and gives an address.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    params = self._get_params()
    _refusing(from_moto.require_load_balancer, params)
    existing = next((one for one in self.elbv2_backend.load_balancers.values() if one.name == params.get("Name")), None)
    if existing:
        raise DuplicateLoadBalancerName()
    result = _create_load_balancer(self)
    if _balancing and _balancing.balancers.door:
        (balancer,) = result.result["LoadBalancers"]
        taken = [one.dns_name for backend in _backends() for one in list(backend.load_balancers.values())]
        balancer.dns_name = _balancing.balancers.door.free_address(taken)
    return result


def new_load_balancer(self, *args, **kwargs):
    _new_load_balancer(self, *args, **kwargs)
    self.attrs = dict(ATTRIBUTES)


def delete_load_balancer(self, arn: str) -> None:
    """As moto's, but protected ones stay.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
    """
    balancer = self.load_balancers.get(arn)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    _delete_load_balancer(self, arn)


_modify_load_balancer_attributes = ELBV2Response.modify_load_balancer_attributes


def modify_load_balancer_attributes(self):
    _refusing(_require_attributes, {item["Key"]: item["Value"] for item in self._get_param("Attributes", [])})
    result = _modify_load_balancer_attributes(self)
    reconcile()
    return result


def _require_attributes(attributes: Mapping[str, str]) -> None:
    for name, only in FIXED_ATTRIBUTES.items():
        if attributes.get(name, only) != only:
            raise Unsupported(
                f"The local region's load balancers know {name} = {only} only, not {attributes[name]!r}: leave it out."
            )


# --- listeners and rules

_create_listener, _modify_listener = ELBV2Response.create_listener, ELBV2Response.modify_listener
_create_rule, _modify_rule = ELBV2Response.create_rule, ELBV2Response.modify_rule


def create_listener(self):
    """As moto's, and: one listener a port (moto allows more), and it listens when the call returns."""
    params = self._get_params()
    _refusing(from_moto.require_listener, params)
    balancer = self.elbv2_backend.load_balancers.get(params.get("LoadBalancerArn"))
    port = params.get("Port")
    _require_port(port)
    if balancer and any(int(one.port) == int(port) for one in balancer.listeners.values() if port):
        raise DuplicateListenerError()
    _require_one_balancer(self.elbv2_backend, params.get("LoadBalancerArn"), params.get("DefaultActions"))
    result = _create_listener(self)
    (listener,) = result.result["Listeners"]
    _hold_or_take_back(lambda: balancer.listeners.pop(listener.arn, None), port)
    return result


def modify_listener(self):
    params = self._get_params()
    _refusing(from_moto.require_listener, params)
    (listener,) = self.elbv2_backend.describe_listeners(None, [params["ListenerArn"]])
    port, before = params.get("Port"), listener.port
    if port:
        _require_port(port)
    _require_one_balancer(self.elbv2_backend, listener.load_balancer_arn, params.get("DefaultActions"))
    result = _modify_listener(self)
    _hold_or_take_back(lambda: setattr(listener, "port", before), port)
    return result


def _require_port(port: int | None) -> None:
    door = _balancing and _balancing.balancers.door
    if door and port and int(port) < door.lowest_port:
        raise NotImplementedInLocalRegion(
            f"Listener port {port}: this machine lets only root listen on ports below {door.lowest_port}. "
            "Use a higher port, such as 8080, or start the local region as root."
        )


def _hold_or_take_back(take_back: Callable[[], Any], port: int | None) -> None:
    """Reconciles; when the balancer cannot follow, undoes the change in moto and says why."""
    try:
        reconcile()
    except EnvoyError as error:
        take_back()
        reconcile()
        raise ELBClientError(
            "InvalidConfigurationRequest", f"The local region cannot listen on port {port}: {error}"
        ) from None


def _require_one_balancer(backend: ELBv2Backend, balancer_arn: str, actions: list[dict] | None) -> None:
    """A target group belongs to one load balancer at most.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
    """
    for action in actions or []:
        for arn in backend._get_target_group_arns_from(action_data=action):
            group = backend.target_groups.get(arn)
            if group and set(group.load_balancer_arns) - {balancer_arn}:
                raise ELBClientError(
                    "TargetGroupAssociationLimit",
                    f"The following target groups cannot be associated with more than one load balancer: {arn}",
                )


def create_rule(self):
    params = self._get_params()
    _refusing(from_moto.require_rule, params)
    (listener,) = self.elbv2_backend.describe_listeners(None, [params["ListenerArn"]])
    _require_one_balancer(self.elbv2_backend, listener.load_balancer_arn, params.get("Actions"))
    result = _create_rule(self)
    reconcile()
    return result


def modify_rule(self):
    params = self._get_params()
    _refusing(from_moto.require_rule, params)
    (rule,) = self.elbv2_backend.describe_rules(None, [params["RuleArn"]])
    (listener,) = self.elbv2_backend.describe_listeners(None, [rule.listener_arn])
    _require_one_balancer(self.elbv2_backend, listener.load_balancer_arn, params.get("Actions"))
    result = _modify_rule(self)
    reconcile()
    return result


def rules(self) -> dict[str, Any]:
    """Rules in the order in which they are tried, the default rule last; moto gives them in the order of creation."""
    ordered = sorted(self._non_default_rules.items(), key=lambda item: int(item[1].priority))
    return dict(ordered) | self._default_rule


_new_action = FakeAction.__init__


def new_action(self, data: dict[str, Any]) -> None:
    """A forward action in both of its forms, as AWS stores it; moto keeps the one that was sent.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
    """
    data = dict(data)
    if data.get("Type") == "forward":
        config = dict(data.get("ForwardConfig") or {})
        groups = [dict(group) for group in config.get("TargetGroups") or []]
        if not groups and "TargetGroupArn" in data:
            groups = [{"TargetGroupArn": data["TargetGroupArn"], "Weight": 1}]
        if len(groups) == 1:
            data["TargetGroupArn"] = groups[0]["TargetGroupArn"]
        data["ForwardConfig"] = config | {"TargetGroups": groups}
    _new_action(self, data)


# --- target groups and targets

_create_target_group, _modify_target_group = ELBV2Response.create_target_group, ELBV2Response.modify_target_group
_modify_target_group_attributes = ELBV2Response.modify_target_group_attributes
_register_targets, _deregister_targets = ELBV2Response.register_targets, ELBV2Response.deregister_targets


def create_target_group(self):
    _refusing(from_moto.require_target_group, self._get_params())
    return _create_target_group(self)


def modify_target_group(self):
    _refusing(from_moto.require_target_group, self._get_params())
    result = _modify_target_group(self)
    reconcile()
    return result


def modify_target_group_attributes(self):
    _refusing(from_moto.require_attributes, {item["Key"]: item["Value"] for item in self._get_param("Attributes", [])})
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
    if _balancing is None or group is None:
        return _describe_target_health(self, target_group_arn, targets)
    reconcile()
    seen = _balancing.balancers.targets_of(target_group_arn)
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


for _function in (
    create_load_balancer,
    modify_load_balancer_attributes,
    create_listener,
    modify_listener,
    create_rule,
    modify_rule,
    create_target_group,
    modify_target_group,
    modify_target_group_attributes,
    register_targets,
    deregister_targets,
):
    setattr(ELBV2Response, _function.__name__, _function)
ELBv2Backend.delete_load_balancer = delete_load_balancer
ELBv2Backend.describe_target_health = describe_target_health
FakeLoadBalancer.__init__ = new_load_balancer
FakeListener.rules = property(rules)
FakeAction.__init__ = new_action
FakeTargetGroup.deregister = deregister
FakeTargetGroup.load_balancer_arns = property(load_balancer_arns, lambda self, value: None)
