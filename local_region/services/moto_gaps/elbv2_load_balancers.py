# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: an address that clients reach, the attributes of an ALB, names that are taken once."""

from __future__ import annotations

from collections.abc import Mapping

from moto.elbv2.exceptions import DuplicateLoadBalancerName, ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response

from local_region.services.moto_gaps import elbv2_access_logs
from local_region.services.moto_gaps.elbv2_balancing import backends, balancers, reconcile, refusing
from local_region.world.balancer import from_moto
from local_region.world.balancer.spec import Unsupported

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
    "connection_logs.s3.enabled": "false",
}


_create_load_balancer = ELBV2Response.create_load_balancer
_delete_load_balancer = ELBv2Backend.delete_load_balancer
_new_load_balancer = FakeLoadBalancer.__init__


def create_load_balancer(self):
    """As moto's, and: refuses what is not an ALB, knows a name that is taken (moto does not), and gives an address.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    params = self._get_params()
    refusing(from_moto.require_load_balancer, params)
    existing = next((one for one in self.elbv2_backend.load_balancers.values() if one.name == params.get("Name")), None)
    if existing:
        raise DuplicateLoadBalancerName()
    result = _create_load_balancer(self)
    if (balancing := balancers()) and balancing.door:
        (balancer,) = result.result["LoadBalancers"]
        taken = [one.dns_name for backend in backends() for one in list(backend.load_balancers.values())]
        balancer.dns_name = balancing.door.free_address(taken)
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
    wanted = {item["Key"]: item["Value"] for item in self._get_param("Attributes", [])}
    refusing(_require_attributes, wanted)
    if any(name.startswith("access_logs.") for name in wanted):
        elbv2_access_logs.begin(self.elbv2_backend, self._get_param("LoadBalancerArn"), wanted)
    result = _modify_load_balancer_attributes(self)
    reconcile()
    return result


def _require_attributes(attributes: Mapping[str, str]) -> None:
    for name, only in FIXED_ATTRIBUTES.items():
        if attributes.get(name, only) != only:
            raise Unsupported(
                f"The local region's load balancers know {name} = {only} only, not {attributes[name]!r}: leave it out."
            )


ELBV2Response.create_load_balancer = create_load_balancer
ELBV2Response.modify_load_balancer_attributes = modify_load_balancer_attributes
ELBv2Backend.delete_load_balancer = delete_load_balancer
FakeLoadBalancer.__init__ = new_load_balancer
