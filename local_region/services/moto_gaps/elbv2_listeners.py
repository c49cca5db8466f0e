# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners and their rules: they listen and are followed when the call returns, or the call is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.elbv2.exceptions import DuplicateListenerError, ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeAction, FakeListener
from moto.elbv2.responses import ELBV2Response

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.moto_gaps.elbv2_balancing import balancers, reconcile, refusing
from local_region.services.moto_gaps.elbv2_certificates import require_tls
from local_region.world.balancer import from_moto
from local_region.world.balancer.envoy import EnvoyError

_create_listener, _modify_listener = ELBV2Response.create_listener, ELBV2Response.modify_listener
_create_rule, _modify_rule = ELBV2Response.create_rule, ELBV2Response.modify_rule


def create_listener(self):
    """As moto's, and: one listener a port (moto allows more), and it listens when the call returns."""
    params = self._get_params()
    refusing(from_moto.require_listener, params)
    balancer = self.elbv2_backend.load_balancers.get(params.get("LoadBalancerArn"))
    port = params.get("Port")
    _require_port(port)
    require_tls(self.elbv2_backend, params)
    if balancer and any(int(one.port) == int(port) for one in balancer.listeners.values() if port):
        raise DuplicateListenerError()
    _require_one_balancer(self.elbv2_backend, params.get("LoadBalancerArn"), params.get("DefaultActions"))
    result = _create_listener(self)
    (listener,) = result.result["Listeners"]
    _speak_http_only(listener)
    _hold_or_take_back(lambda: balancer.listeners.pop(listener.arn, None), port)
    return result


def modify_listener(self):
    params = self._get_params()
    refusing(from_moto.require_listener, params)
    (listener,) = self.elbv2_backend.describe_listeners(None, [params["ListenerArn"]])
    before, default_rule = dict(vars(listener)), listener._default_rule[0]
    actions_before = default_rule.actions
    if params.get("Port"):
        _require_port(params["Port"])
    require_tls(self.elbv2_backend, params, listener)
    _require_one_balancer(self.elbv2_backend, listener.load_balancer_arn, params.get("DefaultActions"))
    result = _modify_listener(self)
    if params.get("Certificates"):  # moto also forgets the others, that are for clients with a server name
        others = [arn for arn in before["certificates"][1:] if arn != listener.certificate]
        listener.certificates = [listener.certificate, *others]
    _speak_http_only(listener)

    def take_back() -> None:
        vars(listener).update(before)
        default_rule.actions = actions_before

    _hold_or_take_back(take_back, listener.port)
    return result


def _speak_http_only(listener: FakeListener) -> None:
    """ "Changing the protocol from HTTPS to HTTP [...] removes the security policy and default certificate properties".

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
    """
    if listener.protocol == "HTTP":
        listener.ssl_policy, listener.certificate, listener.certificates = None, None, []


def _require_port(port: int | None) -> None:
    balancing = balancers()
    door = balancing and balancing.door
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
    refusing(from_moto.require_rule, params)
    (listener,) = self.elbv2_backend.describe_listeners(None, [params["ListenerArn"]])
    _require_one_balancer(self.elbv2_backend, listener.load_balancer_arn, params.get("Actions"))
    result = _create_rule(self)
    reconcile()
    return result


def modify_rule(self):
    params = self._get_params()
    refusing(from_moto.require_rule, params)
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


ELBV2Response.create_listener, ELBV2Response.modify_listener = create_listener, modify_listener
ELBV2Response.create_rule, ELBV2Response.modify_rule = create_rule, modify_rule
FakeListener.rules = property(rules)
FakeAction.__init__ = new_action
