# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints: what a change does to their network interfaces and routes, and what AWS refuses.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidServiceName, RouteAlreadyExistsError
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs

_GATEWAYS = ("s3", "dynamodb")  # the only services that have them

_create_vpc_endpoint = VPCBackend.create_vpc_endpoint


def create_vpc_endpoint(self: VPCBackend, vpc_id: str, service_name: str, endpoint_type: str | None, *args, **options):
    """As moto's, but a service that does not exist, a second way to the same service in one route table, and a second
    private DNS name of one service in a VPC are refused; interfaces have the endpoint's security groups.

    Private DNS is for interface endpoints only; moto says it of gateways too.
    """
    endpoint_type = endpoint_type or "Gateway"
    service = service_name.removeprefix("cn.").removeprefix(f"com.amazonaws.{self.region_name}.")
    if service not in AWS_ENDPOINT_SERVICES and service_name not in _own_services(self):
        raise InvalidServiceName(service_name)
    if endpoint_type == "Gateway" and service not in _GATEWAYS:
        raise EC2ClientError("InvalidParameter", f"{service_name} has no endpoint of the type Gateway.")
    interface = endpoint_type == "Interface"
    if not interface:
        options["private_dns_enabled"] = False
    others = [one for one in self.vpc_end_points.values() if (one.vpc_id, one.service_name) == (vpc_id, service_name)]
    if interface and options.get("private_dns_enabled") and any(one.private_dns_enabled for one in others):
        raise _private_dns_conflict(service_name)
    tables = options.get("route_table_ids") or []
    for table in tables:
        if any(table in one.route_table_ids for one in others):
            raise RouteAlreadyExistsError(service_name)
    if interface and not options.get("security_group_ids"):
        options["security_group_ids"] = [self.get_security_group_by_name_or_id("default", vpc_id).id]
    endpoint = _create_vpc_endpoint(self, vpc_id, service_name, endpoint_type, *args, **options)
    endpoint.network_interface_ids = list(endpoint.network_interface_ids)
    for interface_id in endpoint.network_interface_ids:
        _dress(self, endpoint, self.enis[interface_id])
    return endpoint


def _own_services(backend: Any) -> set[str]:
    return {one.service_name for one in backend.configurations.values()}


def _private_dns_conflict(service_name: str) -> EC2ClientError:
    return EC2ClientError(
        "InvalidParameter",
        f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service_name} in "
        "the VPC",
    )


def _dress(backend: Any, endpoint: VPCEndPoint, interface: Any) -> None:
    """Gives an interface what AWS gives those of an endpoint."""
    interface.description = f"VPC Endpoint Interface {endpoint.id}"
    interface.interface_type = "vpc_endpoint"
    interface.requester_managed = True
    interface.status = "in-use"
    interface._group_set = [backend.get_security_group_from_id(one) for one in endpoint.security_group_ids]


def modify(
    self: VPCEndPoint, policy_doc, add_subnets, remove_subnets, add_tables, remove_tables, add_groups, remove_groups
):
    """All that ModifyVpcEndpoint changes, with interfaces and routes; moto changes what the endpoint shows alone."""
    backend = self.ec2_backend
    if policy_doc:
        self.policy_document = policy_doc
    for table in add_tables or []:
        if table not in self.route_table_ids:
            _add_route(backend, self, table)
    for table in remove_tables or []:
        _remove_route(backend, self, table)
    self.route_table_ids = _changed(self.route_table_ids, add_tables, remove_tables)
    self.security_group_ids = _changed(self.security_group_ids, add_groups, remove_groups)
    for subnet in set(add_subnets or []) - set(self.subnet_ids or []):
        self.network_interface_ids.append(backend.create_network_interface(subnet, []).id)
    self.subnet_ids = _changed(self.subnet_ids or [], add_subnets, remove_subnets)
    for interface_id in list(self.network_interface_ids):
        if backend.enis[interface_id].subnet.id in (remove_subnets or []):
            self.network_interface_ids.remove(interface_id)
            backend.enis.pop(interface_id)
        else:
            _dress(backend, self, backend.enis[interface_id])


def _changed(present: list[str], added: list[str] | None, removed: list[str] | None) -> list[str]:
    kept = [one for one in present if one not in (removed or [])]
    return kept + [one for one in added or [] if one not in kept]


def _add_route(backend: Any, endpoint: VPCEndPoint, table: str) -> None:
    backend.get_route_table(table)
    prefix_list = endpoint.destination_prefix_list_id
    if prefix_list:
        backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)


def _remove_route(backend: Any, endpoint: VPCEndPoint, table: str) -> None:
    if endpoint.destination_prefix_list_id and table in endpoint.route_table_ids:
        with contextlib.suppress(EC2ClientError):  # the table has gone, or its route
            backend.delete_route(table, endpoint.destination_prefix_list_id)


def modify_vpc_endpoint(self: VPCs) -> ActionResult:
    """As moto's, with PrivateDnsEnabled and ResetPolicy, which it does not know."""
    backend = self.ec2_backend
    endpoint = backend.describe_vpc_endpoints(vpc_end_point_ids=[self._get_param("VpcEndpointId")])[0]
    private_dns = self._get_bool_param("PrivateDnsEnabled")
    if private_dns is not None:
        if private_dns and endpoint.vpc_endpoint_type != "Interface":
            raise EC2ClientError("InvalidParameter", "Private DNS is for interface endpoints only.")
        endpoint.private_dns_enabled = private_dns
    if self._get_bool_param("ResetPolicy"):
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    lists = ("AddSubnetIds", "RemoveSubnetIds", "AddRouteTableIds", "RemoveRouteTableIds")
    groups = ("AddSecurityGroupIds", "RemoveSecurityGroupIds")
    endpoint.modify(self._get_param("PolicyDocument"), *(self._get_param(name, []) for name in (*lists, *groups)))
    return ActionResult({"Return": True})


def delete_vpc_endpoints(self: VPCs) -> ActionResult:
    """Deleted endpoints are gone, and those that are not there are named; moto keeps the ones and is silent on others.

    On AWS they are `deleting` for a while first.
    """
    backend, unsuccessful = self.ec2_backend, []
    for endpoint_id in self._get_param("VpcEndpointIds", []):
        endpoint = backend.vpc_end_points.get(endpoint_id)
        if endpoint is None:
            message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": message}
            unsuccessful.append({"ResourceId": endpoint_id, "Error": error})
            continue
        for interface_id in endpoint.network_interface_ids:
            backend.enis.pop(interface_id, None)
        for table in endpoint.route_table_ids:
            _remove_route(backend, endpoint, table)
        del backend.vpc_end_points[endpoint_id]
    return ActionResult({"Unsuccessful": unsuccessful})


VPCBackend.create_vpc_endpoint = create_vpc_endpoint
VPCEndPoint.modify = modify
VPCs.modify_vpc_endpoint = modify_vpc_endpoint
VPCs.delete_vpc_endpoints = delete_vpc_endpoints
