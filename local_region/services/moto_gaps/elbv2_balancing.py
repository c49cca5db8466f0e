# SPDX-License-Identifier: GPL-3.0-or-later
"""What balances in this process, and how it is kept at moto's ELBv2 state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto.acm.models import AWS_ROOT_CA, acm_backends
from moto.elbv2.models import ELBv2Backend, elbv2_backends

from local_region.protocol import NotImplementedInLocalRegion
from local_region.world.balancer import from_moto
from local_region.world.balancer.spec import Certificate, Unsupported

if TYPE_CHECKING:
    from local_region.world.load_balancer import LoadBalancers


class Balancing:
    """The balancer of this process and how it learns where instances are."""

    def __init__(self, balancers: LoadBalancers, instance_address: from_moto.InstanceAddress):
        self.balancers, self._instance_address = balancers, instance_address
        self._one_at_a_time = threading.Lock()

    def reconcile(self) -> None:
        with self._one_at_a_time:  # else an older reading of moto could be applied after a newer one
            self.balancers.apply(from_moto.specs_from_moto(backends(), self._instance_address, certificate_of))


_balancing: Balancing | None = None


def balance(balancers: LoadBalancers | None, instance_address: from_moto.InstanceAddress = lambda _id: None) -> None:
    """From now on `balancers` do what moto's ELBv2 state says; with None, nothing does.

    `instance_address(instance_id)` is the address on which the balancer reaches an instance, None while it has none.
    """
    global _balancing
    _balancing = Balancing(balancers, instance_address) if balancers else None


def balancers() -> LoadBalancers | None:
    """What balances in this process now."""
    return _balancing.balancers if _balancing else None


def reconcile() -> None:
    """Brings the balancer to moto's state, when it is not there yet; returns when it is.

    Call it after changes that do not come through ELBv2 (instances that start or end, Auto Scaling) and now and then.
    Raises EnvoyError when the balancer cannot follow.
    """
    if _balancing:
        _balancing.reconcile()


def backends() -> Iterator[ELBv2Backend]:
    """moto's ELBv2 backends of all accounts and AWS regions."""
    for account in list(elbv2_backends):
        yield from list(elbv2_backends[account].values())


def certificate_of(backend: ELBv2Backend, arn: str) -> Certificate:
    """An ACM certificate of the backend's account and region as the balancer takes it."""
    bundle = acm_backends[backend.account_id][backend.region_name].get_certificate(arn)
    intermediates = bundle.chain.replace(AWS_ROOT_CA, b"").strip()  # moto appends it to every chain
    chain = b"\n".join(part for part in (bundle.cert.strip(), intermediates) if part) + b"\n"
    return Certificate(chain.decode(), bundle.key.decode())


def refusing(check: Callable[[Mapping[str, Any]], None], params: Mapping[str, Any]) -> None:
    """Raises the API's refusal (HTTP 501) when `check` finds the parameters unsupported."""
    try:
        check(params)
    except Unsupported as reason:
        raise NotImplementedInLocalRegion(str(reason)) from None
