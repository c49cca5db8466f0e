# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS does not delete while something is in it: subnets and security groups of interfaces, VPCs of gateways.

moto deletes them, so that a teardown in the wrong order would pass here and fail there.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend

_delete_subnet = SubnetBackend.delete_subnet
_delete_security_group = SecurityGroupBackend._delete_security_group
_delete_vpc = VPCBackend.delete_vpc


def delete_subnet(self: SubnetBackend, subnet_id: str) -> Any:
    """As moto's, but not with interfaces in it."""
    if any(one.subnet.id == subnet_id for one in self.enis.values()):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return _delete_subnet(self, subnet_id)


def delete_security_group(self: SecurityGroupBackend, vpc_id: str | None, group_id: str) -> None:
    """As moto's, but not while an interface has it."""
    if any(group_id in {group.id for group in one.group_set} for one in self.enis.values()):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    _delete_security_group(self, vpc_id, group_id)


def delete_vpc(self: VPCBackend, vpc_id: str) -> Any:
    """As moto's, but not with an internet gateway, an endpoint or a security group of somebody's in it."""
    gateways = any(one.vpc and one.vpc.id == vpc_id for one in self.internet_gateways.values())
    endpoints = any(one.vpc_id == vpc_id for one in self.vpc_end_points.values())
    groups = any(one.name != "default" for one in self.groups.get(vpc_id, {}).values())
    if gateways or endpoints or groups:
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    return _delete_vpc(self, vpc_id)


SubnetBackend.delete_subnet = delete_subnet
SecurityGroupBackend._delete_security_group = delete_security_group
VPCBackend.delete_vpc = delete_vpc
