# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load balancers are to do, as plain data. Durations are service seconds (see local_region/clock.py)."""

from __future__ import annotations

from dataclasses import dataclass, field


class Unsupported(Exception):
    """Something of ELBv2 that the local region does not do. The message is one sentence for the user."""


@dataclass(frozen=True)
class TargetSpec:
    """A registered target. `address` is None while the instance has none yet."""

    id: str
    port: int
    address: str | None
    # Why it gets no traffic although registered (ELBv2's reason and description), e.g. Target.InvalidState.
    unused: tuple[str, str] | None = None


@dataclass(frozen=True)
class HealthCheckSpec:
    path: str = "/"
    port: int | None = None  # None: the port that the target gets traffic on
    interval: float = 30.0
    timeout: float = 5.0
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    codes: tuple[tuple[int, int], ...] = ((200, 200),)  # inclusive ranges


@dataclass(frozen=True)
class TargetGroupSpec:
    arn: str
    name: str
    targets: tuple[TargetSpec, ...] = ()
    health_check: HealthCheckSpec = HealthCheckSpec()
    deregistration_delay: float = 300.0
    slow_start: float = 0.0
    algorithm: str = "round_robin"  # or least_outstanding_requests, weighted_random
    cookie_seconds: int | None = None  # stickiness by the load balancer's cookie, in real seconds


@dataclass(frozen=True)
class Forward:
    """To target groups by weight: ((arn, weight), ...). A single group gets everything, whatever its weight."""

    groups: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FixedResponse:
    status: int
    body: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True)
class Redirect:
    """Components as ELBv2 writes them: a literal, or with #{protocol} #{host} #{port} #{path} #{query}."""

    status: int
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


Action = Forward | FixedResponse | Redirect


@dataclass(frozen=True)
class Condition:
    """One of a rule's conditions: any of the values must match.

    `name` is the header's name for http-header; `pairs` are the (key or None, value) of query-string.
    """

    field: str
    values: tuple[str, ...] = ()
    name: str | None = None
    pairs: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True)
class RuleSpec:
    """All conditions must match; the default rule has none and comes last."""

    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True)
class Certificate:
    """A certificate with what leads to its root, and its private key; both PEM."""

    chain: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class Tls:
    """How a listener speaks TLS: its security policy's protocols, oldest first ("TLSv1.2"), and OpenSSL's ciphers.

    The first certificate is the default one, the others are for clients that name one of their hosts (SNI).
    """

    protocols: tuple[str, ...]
    ciphers: tuple[str, ...]
    certificates: tuple[Certificate, ...]
    http2: bool = True


@dataclass(frozen=True)
class ListenerSpec:
    arn: str
    port: int
    rules: tuple[RuleSpec, ...]  # in the order in which they are tried
    tls: Tls | None = None  # None: HTTP


@dataclass(frozen=True)
class LoadBalancerSpec:
    """`address` is the loopback address that clients use, the load balancer's DNSName in the local region."""

    arn: str
    name: str
    address: str
    listeners: tuple[ListenerSpec, ...] = ()
    target_groups: tuple[TargetGroupSpec, ...] = ()
    idle_timeout: float = 60.0  # real seconds: it bounds what clients and hosts do
    logs: bool = False  # whether requests are logged


@dataclass(frozen=True)
class TargetHealth:
    """As DescribeTargetHealth shows it: initial, healthy, unhealthy, unused or draining, and why."""

    state: str
    reason: str | None = None
    description: str | None = None


def group_key(arn: str) -> str:
    """A target group's name in Envoy: `web-73e2d6bc24d8a067` for .../targetgroup/web/73e2d6bc24d8a067."""
    return "-".join(arn.split(":targetgroup/")[-1].split("/"))


def balancer_key(arn: str) -> str:
    """A load balancer's name in files: the last part of its ARN, which is unique and short."""
    return arn.rsplit("/", 1)[-1]


def listener_key(arn: str) -> str:
    """A listener's name in Envoy and of its socket: the last part of its ARN, which is unique and short."""
    return arn.rsplit("/", 1)[-1]
