# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load balancers are to do, read from moto's ELBv2 and EC2 state. Pure: state in, specs out.

`action`, `condition` and the `require_*` functions take ELBv2's API shapes, so that a request can be refused with the
same words before it is stored. They raise `Unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from moto.elbv2.ssl_policies import SSL_POLICIES

from local_region.world.balancer.spec import (
    Action,
    Certificate,
    Condition,
    FixedResponse,
    Forward,
    HealthCheckSpec,
    ListenerSpec,
    LoadBalancerSpec,
    Redirect,
    RuleSpec,
    TargetGroupSpec,
    TargetSpec,
    Tls,
    Unsupported,
)

STOPPED = ("Target.InvalidState", "Target is in the stopped state")
ZONE_NOT_ENABLED = (
    "Target.NotInUse",
    "Target is in an Availability Zone that is not enabled for the load balancer",
)

InstanceAddress = Callable[[str], str | None]
CertificateOf = Callable[[Any, str], Certificate]


def specs_from_moto(
    backends: Iterable[Any], instance_address: InstanceAddress, certificate_of: CertificateOf
) -> list[LoadBalancerSpec]:
    """The specs of all load balancers of moto's ELBv2 backends (one backend per account and AWS region).

    `instance_address(instance_id)` is the IPv4 address on which the balancer reaches an instance, None while it has
    none; `certificate_of(backend, arn)` is a certificate of the backend's account and region. Target groups that no
    listener uses are not part of a spec: they get no traffic and are not checked.
    """
    return [
        load_balancer(backend, balancer, instance_address, certificate_of)
        for backend in backends
        for balancer in list(backend.load_balancers.values())
    ]


def load_balancer(
    backend: Any, balancer: Any, instance_address: InstanceAddress, certificate_of: CertificateOf
) -> LoadBalancerSpec:
    http2 = balancer.attrs.get("routing.http2.enabled", "true") == "true"
    listeners = tuple(
        listener(item, tls(item, http2, lambda arn: certificate_of(backend, arn)))
        for item in list(balancer.listeners.values())
    )
    used = dict.fromkeys(arn for item in listeners for arn in groups_of(item) if arn in backend.target_groups)
    zones = {subnet.availability_zone for subnet in balancer.subnets}
    return LoadBalancerSpec(
        arn=balancer.arn,
        name=balancer.name,
        address=balancer.dns_name,
        listeners=listeners,
        target_groups=tuple(
            target_group(backend.target_groups[arn], backend.ec2_backend, zones, instance_address) for arn in used
        ),
        idle_timeout=float(balancer.attrs.get("idle_timeout.timeout_seconds", 60)),
        logs=balancer.attrs.get("access_logs.s3.enabled") == "true",
    )


def groups_of(spec: ListenerSpec) -> list[str]:
    """The ARNs of the target groups that a listener forwards to."""
    return [arn for rule in spec.rules if isinstance(rule.action, Forward) for arn, _ in rule.action.groups]


def tls(item: Any, http2: bool, certificate_of: Callable[[str], Certificate]) -> Tls | None:
    """How a listener speaks TLS, None for HTTP."""
    if item.protocol != "HTTPS":
        return None
    policy = SSL_POLICIES[item.ssl_policy]
    certificates = tuple(certificate_of(arn) for arn in item.certificates)
    return Tls(tuple(sorted(policy["ssl_protocols"])), tuple(policy["ciphers"]), certificates, http2)


def listener(item: Any, speaks: Tls | None = None) -> ListenerSpec:
    by_priority = sorted(
        (rule for rule in list(item.rules.values()) if rule.priority != "default"), key=lambda rule: int(rule.priority)
    )
    rules = [
        RuleSpec(tuple(condition(c) for c in rule.conditions), action([a.data for a in rule.actions]))
        for rule in by_priority
    ]
    rules.append(RuleSpec((), action([a.data for a in item.default_actions])))
    return ListenerSpec(arn=item.arn, port=int(item.port), rules=tuple(rules), tls=speaks)


def target_group(group: Any, ec2: Any, zones: set[str], instance_address: InstanceAddress) -> TargetGroupSpec:
    attributes = group.attributes
    sticky = str(attributes.get("stickiness.enabled")).lower() == "true"
    return TargetGroupSpec(
        arn=group.arn,
        name=group.name,
        targets=tuple(_target(item, ec2, zones, instance_address) for item in list(group.targets.values())),
        health_check=health_check(group),
        deregistration_delay=float(attributes.get("deregistration_delay.timeout_seconds", 300)),
        slow_start=float(attributes.get("slow_start.duration_seconds", 0)),
        algorithm=str(attributes.get("load_balancing.algorithm.type", "round_robin")),
        cookie_seconds=int(attributes.get("stickiness.lb_cookie.duration_seconds", 86400)) if sticky else None,
    )


def _target(item: Mapping[str, Any], ec2: Any, zones: set[str], instance_address: InstanceAddress) -> TargetSpec:
    instance = ec2.get_instance_by_id(item["Id"])
    unused = None
    if instance is not None and instance.state in ("stopping", "stopped"):
        unused = STOPPED
    elif instance is not None and instance.placement.zone not in zones:
        unused = ZONE_NOT_ENABLED
    return TargetSpec(item["Id"], int(item["Port"]), instance_address(item["Id"]), unused)


def health_check(group: Any) -> HealthCheckSpec:
    port = str(group.health_check_port or "traffic-port")
    return HealthCheckSpec(
        path=group.health_check_path or "/",
        port=None if port == "traffic-port" else int(port),
        interval=float(group.health_check_interval_seconds),
        timeout=float(group.health_check_timeout_seconds),
        healthy_threshold=int(group.healthy_threshold_count),
        unhealthy_threshold=int(group.unhealthy_threshold_count),
        codes=status_ranges((group.matcher or {}).get("HttpCode", "200")),
    )


def status_ranges(matcher: str) -> tuple[tuple[int, int], ...]:
    """ "200,301-303" as ((200, 200), (301, 303)); ends included, as ELBv2's matcher means them."""
    parts = [part.strip().partition("-") for part in matcher.split(",")]
    return tuple((int(low), int(high or low)) for low, _, high in parts)


def action(actions: Sequence[Mapping[str, Any]]) -> Action:
    """A listener's or rule's actions, as the API gives them, as the one thing that happens to a request."""
    for item in actions:
        if item.get("Type") not in ("forward", "fixed-response", "redirect"):
            raise Unsupported(
                f"The local region's load balancer has no action {item.get('Type')!r}: "
                "use forward, fixed-response or redirect."
            )
    last = max(actions, key=lambda item: int(item.get("Order") or 0))
    if last["Type"] == "forward":
        return _forward(last)
    if last["Type"] == "redirect":
        return _redirect(last["RedirectConfig"])
    config = last["FixedResponseConfig"]
    return FixedResponse(
        int(config["StatusCode"]), config.get("MessageBody") or "", config.get("ContentType") or "text/plain"
    )


def _forward(item: Mapping[str, Any]) -> Forward:
    config = item.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or [{"TargetGroupArn": item["TargetGroupArn"], "Weight": 1}]
    sticky = str((config.get("TargetGroupStickinessConfig") or {}).get("Enabled", False)).lower() == "true"
    if sticky and len(groups) > 1:
        raise Unsupported(
            "The local region's load balancer does not keep clients on one of several weighted target groups: "
            "set Enabled of TargetGroupStickinessConfig to false, or forward to one target group."
        )
    return Forward(tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups))


def _redirect(config: Mapping[str, Any]) -> Redirect:
    given = {name.lower(): str(value) for name, value in config.items() if name != "StatusCode" and value is not None}
    redirect = Redirect(status=int(str(config["StatusCode"]).removeprefix("HTTP_")), **given)
    for name in ("protocol", "host", "port", "query"):
        value = getattr(redirect, name)
        if "#{" in value and value != f"#{{{name}}}":
            raise Unsupported(
                f"The local region's load balancer cannot build the {name} of a redirect from {value!r}: "
                f"give a literal, or #{{{name}}} to keep it."
            )
    if "#{" in redirect.path.replace("#{path}", ""):
        raise Unsupported(
            f"The local region's load balancer cannot build the path of a redirect from {redirect.path!r}: "
            "only #{path} can be used in it."
        )
    if "#{path}" in redirect.path and redirect.query not in ("", Redirect.query):
        raise Unsupported(
            f"The local region's load balancer cannot give a redirect the query {redirect.query!r} and keep its path: "
            "give a literal path too, or leave the query as it is."
        )
    return redirect


_VALUES_OF = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
}


def condition(item: Mapping[str, Any]) -> Condition:
    """A rule's condition, as the API gives it."""
    field = item.get("Field", "")
    if field == "query-string":
        pairs = (item.get("QueryStringConfig") or {}).get("Values") or []
        return Condition(field, pairs=tuple((pair.get("Key"), pair["Value"]) for pair in pairs))
    if field not in _VALUES_OF:
        raise Unsupported(
            f"The local region's load balancer has no condition {field!r}: "
            f"use one of {', '.join(sorted([*_VALUES_OF, 'query-string']))}."
        )
    config = item.get(_VALUES_OF[field]) or {}
    if config.get("RegexValues") or item.get("RegexValues"):
        raise Unsupported(
            f"The local region's load balancer does not match {field} by RegexValues: use Values with * and ?."
        )
    values = config.get("Values") or item.get("Values") or ()
    return Condition(field, tuple(values), config.get("HttpHeaderName"))


def require_load_balancer(params: Mapping[str, Any]) -> None:
    """Refuses the kinds of load balancer (CreateLoadBalancer) that the local region has not."""
    kind = params.get("Type") or "application"
    if kind != "application":
        raise Unsupported(f"The local region has no {kind} load balancers, only application load balancers.")
    if params.get("IpAddressType", "ipv4") != "ipv4":
        raise Unsupported("The local region's load balancers have IPv4 addresses only: use IpAddressType ipv4.")


def require_listener(params: Mapping[str, Any]) -> None:
    """Refuses listeners (CreateListener, ModifyListener) that the balancer cannot serve."""
    protocol = params.get("Protocol")
    if protocol not in (None, "HTTP", "HTTPS"):
        raise Unsupported(
            f"The local region's load balancers listen for HTTP and HTTPS, not {protocol}: use one of these."
        )
    mode = (params.get("MutualAuthentication") or {}).get("Mode", "off")
    if mode != "off":
        raise Unsupported(
            f"The local region's load balancers do not ask clients for certificates: Mode of MutualAuthentication must "
            f"be off, not {mode}."
        )
    if params.get("DefaultActions"):
        action(params["DefaultActions"])


def require_rule(params: Mapping[str, Any]) -> None:
    """Refuses rules (CreateRule, ModifyRule) that the balancer cannot follow."""
    if params.get("Transforms"):
        raise Unsupported("The local region's load balancer does not rewrite requests: leave Transforms out.")
    for item in params.get("Conditions") or []:
        condition(item)
    if params.get("Actions"):
        action(params["Actions"])


def require_target_group(params: Mapping[str, Any]) -> None:
    """Refuses target groups (CreateTargetGroup, ModifyTargetGroup) that the balancer cannot serve."""
    kind = params.get("TargetType") or "instance"
    if kind != "instance":
        raise Unsupported(f"The local region has no targets of type {kind}, only instances: use TargetType instance.")
    for option in ("Protocol", "HealthCheckProtocol"):
        if params.get(option) not in (None, "HTTP"):
            raise Unsupported(f"The local region's load balancers speak HTTP to targets: {option} must be HTTP.")
    if params.get("ProtocolVersion") not in (None, "HTTP1"):
        raise Unsupported("The local region's load balancers speak HTTP/1.1 to targets: use ProtocolVersion HTTP1.")


def require_attributes(attributes: Mapping[str, str]) -> None:
    """Refuses attributes of a target group (ModifyTargetGroupAttributes) that would not have an effect."""
    kind = attributes.get("stickiness.type", "lb_cookie")
    if kind != "lb_cookie":
        raise Unsupported(f"The local region's load balancers keep clients by lb_cookie, not by {kind}.")
