# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of HTTPS listeners: which ones a listener may have.

Only an imported certificate has a private key that clients can be served with: nobody vouches for one that was
requested, and the key that moto makes for it belongs to no certificate that a client would trust.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.acm.models import CertBundle, acm_backends
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeListener
from moto.elbv2.responses import ELBV2Response
from moto.elbv2.ssl_policies import SSL_POLICIES

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.moto_gaps.elbv2_balancing import reconcile

_add, _remove = ELBV2Response.add_listener_certificates, ELBV2Response.remove_listener_certificates


def require_tls(backend: ELBv2Backend, params: Mapping[str, Any], before: FakeListener | None = None) -> None:
    """Refuses a listener (CreateListener; ModifyListener of `before`) whose TLS AWS or the region would not take.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    protocol = params.get("Protocol") or (before and before.protocol)
    certificates = params.get("Certificates") or []
    if protocol != "HTTPS":
        if certificates or params.get("SslPolicy"):
            raise ELBClientError(
                "ValidationError", "Certificates and SslPolicy are for listeners with the protocol HTTPS."
            )
        return
    policy = params.get("SslPolicy")
    if policy and policy not in SSL_POLICIES:
        raise ELBClientError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    if not certificates and not (before and before.certificates):
        raise ELBClientError("ValidationError", "A certificate must be specified for HTTPS listeners")
    if len(certificates) > 1:
        raise ELBClientError(
            "ValidationError", f"Up to '1' certificates can be specified, but '{len(certificates)}' was specified"
        )
    require_certificates(backend, certificates)


def require_certificates(backend: ELBv2Backend, certificates: Sequence[Mapping[str, Any]]) -> None:
    """Refuses certificates that are not there, and those that the balancer has no private key for."""
    for certificate in certificates:
        arn = certificate["CertificateArn"]
        if ":acm:" not in arn:
            raise NotImplementedInLocalRegion(
                f"The local region's load balancers take certificates of ACM only: {arn}."
            )
        bundle = acm_backends[backend.account_id][backend.region_name]._certificates.get(arn)
        if bundle is None:
            raise ELBClientError("CertificateNotFound", f"Certificate ARN '{arn}' is not valid")
        _require_key(bundle)


def _require_key(bundle: CertBundle) -> None:
    if bundle.type != "IMPORTED":
        raise NotImplementedInLocalRegion(
            f"Certificate {bundle.arn} was requested: in the local region nobody issues certificates, so it has no "
            "private key to serve clients with. Import a certificate with its key (acm import-certificate)."
        )


def add_listener_certificates(self):
    """As moto's, and: the certificates must be there, and clients get them when the call returns."""
    require_certificates(self.elbv2_backend, self._get_param("Certificates", []))
    result = _add(self)
    (listener,) = self.elbv2_backend.describe_listeners(None, [self._get_param("ListenerArn")])
    listener.certificates = list(dict.fromkeys(listener.certificates))  # adding one again changes nothing
    reconcile()
    return result


def remove_listener_certificates(self):
    """ "You can't remove the default certificate for a listener"; moto can.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveListenerCertificates.html
    """
    (listener,) = self.elbv2_backend.describe_listeners(None, [self._get_param("ListenerArn")])
    if any(one["CertificateArn"] == listener.certificate for one in self._get_param("Certificates", [])):
        raise ELBClientError("OperationNotPermitted", "Default certificate cannot be removed")
    result = _remove(self)
    reconcile()
    return result


def default_certificate(certificates: list[str]) -> list[dict[str, str]] | None:
    """What a listener shows of its certificates: the default one. DescribeListenerCertificates shows all."""
    return [{"CertificateArn": arn} for arn in certificates[:1]] or None


ELBV2Response.add_listener_certificates = add_listener_certificates
ELBV2Response.remove_listener_certificates = remove_listener_certificates
for _output in ("CreateListenerOutput", "DescribeListenersOutput", "ModifyListenerOutput"):
    ELBV2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER[f"{_output}.Listeners.Listener.Certificates"] = default_certificate
