# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a target. Pure: what was, what Envoy shows and the time (service seconds) in, what is out.

The states: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from local_region.world.balancer.resources import SHORTEST_INTERVAL, SHORTEST_TIMEOUT, Endpoint
from local_region.world.balancer.spec import HealthCheckSpec, TargetGroupSpec, TargetHealth, TargetSpec

INITIAL, HEALTHY, UNHEALTHY, DRAINING, UNUSED = "initial", "healthy", "unhealthy", "draining", "unused"

# A draining target is done after this many looks in a row at which it had nothing in flight: the first may have been
# taken while Envoy's worker still held a request that it had assigned a moment before.
QUIET_LOOKS = 2

NOT_REGISTERED = TargetHealth(UNUSED, "Target.NotRegistered", "Target is not registered to the target group")
NOT_IN_USE = TargetHealth(
    UNUSED, "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
_REGISTERING = ("Elb.RegistrationInProgress", "Target registration is in progress")
_CHECKING = ("Elb.InitialHealthChecking", "Initial health checks in progress")
_DRAINS = ("Target.DeregistrationInProgress", "Target deregistration is in progress")


@dataclass(frozen=True)
class Observation:
    """What Envoy shows of a target; `status` is the status with which it fails its checks, as far as that is known."""

    healthy: bool
    timed_out: bool = False
    in_flight: int = 0
    status: int | None = None

    @property
    def why_unhealthy(self) -> tuple[str, str]:
        if self.timed_out:
            return "Target.Timeout", "Request timed out"
        if self.status is not None:
            return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{self.status}]"
        return "Target.FailedHealthChecks", "Health checks failed"


@dataclass(frozen=True)
class Target:
    spec: TargetSpec
    state: str
    since: float  # service seconds at which the state began
    why: tuple[str, str] | None = None
    quiet_looks: int = 0

    @property
    def health(self) -> TargetHealth:
        return TargetHealth(self.state, *(self.why or (None, None)))

    @property
    def endpoint(self) -> Endpoint | None:
        """Where Envoy sends requests and checks; None when it is not to know the target."""
        if self.spec.address is None or self.state == UNUSED:
            return None
        # Unhealthy ones stay in service: Envoy itself avoids them, until there is nothing but them (fail open).
        return Endpoint(
            self.spec.address,
            self.spec.port,
            in_service=self.state in (HEALTHY, UNHEALTHY),
            draining=self.state == DRAINING,
        )


def registered(before: Target | None, spec: TargetSpec, now: float) -> Target:
    """A target that is registered: new, back while it was draining, moved to another address, or as it was.

    One whose host has gone keeps its address, and so fails its health checks, as on AWS.
    """
    if before and spec.address is None and before.state not in (DRAINING, UNUSED):
        spec = replace(spec, address=before.spec.address)
    if spec.unused:
        return before if before and before.spec == spec else Target(spec, UNUSED, now, spec.unused)
    if before and before.spec == spec and before.state not in (DRAINING, UNUSED):
        return before
    return Target(spec, INITIAL, now, _CHECKING if spec.address else _REGISTERING)


def deregistered(before: Target, now: float) -> Target | None:
    """A target that is registered no more: it drains, or is gone at once when it never got a request."""
    if before.state == DRAINING:
        return before
    if before.endpoint is None:
        return None
    return Target(before.spec, DRAINING, now, _DRAINS)


def observed(
    before: Target, seen: Observation | None, group: TargetGroupSpec, scale: float, now: float
) -> Target | None:
    """What becomes of a target by what Envoy shows of it (None: Envoy does not know it). None when it has drained."""
    if before.state == DRAINING:
        return _drained_further(before, seen, group.deregistration_delay, now)
    if before.state == UNUSED or seen is None:
        return before
    if seen.healthy:
        return before if before.state == HEALTHY else Target(before.spec, HEALTHY, now)
    if before.state == INITIAL and now - before.since < longest_first_checks(group.health_check, scale):
        return before
    if before.state == UNHEALTHY:
        return replace(before, why=seen.why_unhealthy)
    return Target(before.spec, UNHEALTHY, now, seen.why_unhealthy)


def _drained_further(before: Target, seen: Observation | None, delay: float, now: float) -> Target | None:
    """Draining ends with the last request in flight, or with the deregistration delay, whichever comes first.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """
    looks = before.quiet_looks + 1 if seen is None or seen.in_flight == 0 else 0
    if looks >= QUIET_LOOKS or now - before.since >= delay:
        return None
    return replace(before, quiet_looks=looks)


def longest_first_checks(check: HealthCheckSpec, scale: float) -> float:
    """Service seconds within which as many first checks as the unhealthy threshold asks for have failed."""
    return time_to_fail(check, scale) + max(check.timeout, SHORTEST_TIMEOUT * scale)


def time_to_fail(check: HealthCheckSpec, scale: float) -> float:
    """Service seconds in which as many checks are sent as the unhealthy threshold asks for."""
    return check.unhealthy_threshold * max(check.interval, SHORTEST_INTERVAL * scale)
