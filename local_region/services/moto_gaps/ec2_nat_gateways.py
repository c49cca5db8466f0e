# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways and their addresses: how they are found, and what goes when they go.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend

_create_nat_gateway = NatGatewayBackend.create_nat_gateway
_describe_nat_gateways = NatGatewayBackend.describe_nat_gateways
_release_address = ElasticAddressBackend.release_address


def create_nat_gateway(self: NatGatewayBackend, subnet_id: str, *args: Any, **options: Any) -> NatGateway:
    """As moto's, but the address that others see of its interface is one of the subnet."""
    gateway = _create_nat_gateway(self, subnet_id, *args, **options)
    gateway._eni.interface_type = "nat_gateway"
    gateway._eni.description = f"Interface for NAT Gateway {gateway.id}"
    gateway._eni.requester_managed = True
    gateway._eni.status = "in-use"
    return gateway


def describe_nat_gateways(self: NatGatewayBackend, filters: Any, nat_gateway_ids: list[str] | None) -> list[NatGateway]:
    """As moto's, but an id that is unknown is an error, and the filters by tag hold."""
    for gateway_id in nat_gateway_ids or []:
        _known(self, gateway_id)
    found = _describe_nat_gateways(self, filters, nat_gateway_ids)
    by_tag = {name: values for name, values in (filters or {}).items() if name.startswith("tag")}
    return [one for one in found if all(_matches(one, name, values) for name, values in by_tag.items())]


def _matches(gateway: NatGateway, name: str, values: list[str]) -> bool:
    present = gateway.get_filter_value(name)
    return any(value in (present if isinstance(present, list) else [present]) for value in values)


def _known(backend: NatGatewayBackend, gateway_id: str) -> NatGateway:
    if gateway_id not in backend.nat_gateways:
        raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {gateway_id} was not found")
    return backend.nat_gateways[gateway_id]


def delete_nat_gateway(self: NatGatewayBackend, nat_gateway_id: str) -> NatGateway:
    """As moto's, but the interface goes with it, and its address is free. On AWS it is `deleting` for a while first."""
    gateway = _known(self, nat_gateway_id)
    if gateway.state != "deleted":
        for address in gateway.address_set:
            if address.get("publicIp"):
                self.disassociate_address(address=address["publicIp"])
        self.enis.pop(gateway._eni.id, None)
        gateway.state = "deleted"
    return gateway


def release_address(self: ElasticAddressBackend, address: str | None = None, allocation_id: str | None = None) -> None:
    """As moto's, but an address that an interface has cannot be released; moto takes it away.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
    """
    found = self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    if found[0].association_id:
        raise EC2ClientError("InvalidIPAddress.InUse", f"The address {found[0].public_ip} is in use.")
    _release_address(self, address=address, allocation_id=allocation_id)


NatGatewayBackend.create_nat_gateway = create_nat_gateway
NatGatewayBackend.describe_nat_gateways = describe_nat_gateways
NatGatewayBackend.delete_nat_gateway = delete_nat_gateway
ElasticAddressBackend.release_address = release_address
