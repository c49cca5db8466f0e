# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: keys that belong to them, load balancers that use them, and no validation that nobody has done."""

from __future__ import annotations

from typing import Any

from moto.acm.exceptions import AWSValidationException
from moto.acm.models import AWSCertificateManagerBackend, CertBundle
from moto.core.exceptions import AWSError
from moto.core.utils import utcnow

from local_region.services.moto_gaps.elbv2_balancing import backends, reconcile

_import_certificate = AWSCertificateManagerBackend.import_certificate
_delete_certificate = AWSCertificateManagerBackend.delete_certificate


class ResourceInUse(AWSError):
    TYPE = "ResourceInUseException"


def import_certificate(
    self: AWSCertificateManagerBackend,
    certificate: bytes,
    private_key: bytes,
    chain: bytes | None,
    arn: str | None,
    tags: list[dict[str, str]],
) -> str:
    """As moto's, and: the key must be the certificate's; a certificate that is imported anew is served at once.

    https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
    """
    bundle = CertBundle(self.account_id, certificate, private_key, chain=chain, region=self.region_name, arn=arn)
    if bundle._key.public_key() != bundle._cert.public_key():
        raise AWSValidationException("The private key does not match the certificate.")
    kept = dict(self._certificates[arn].tags) if arn in self._certificates else {}
    arn = _import_certificate(self, certificate, private_key, chain, arn, tags)
    if kept:  # moto forgets them
        self._certificates[arn].tags.update(kept)
    reconcile()
    return arn


def delete_certificate(self: AWSCertificateManagerBackend, arn: str) -> None:
    """As moto's, but one that a load balancer uses stays.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
    """
    if arn in self._certificates and self._certificates[arn].in_use_by:
        raise ResourceInUse(f"Certificate {arn} in account {self.account_id} is in use.")
    _delete_certificate(self, arn)


def in_use_by(self: CertBundle) -> list[str]:
    """The ARNs of the load balancers that use the certificate now; moto remembers listeners that ever did."""
    return [
        balancer.arn
        for backend in backends()
        for balancer in list(backend.load_balancers.values())
        if any(self.arn in listener.certificates for listener in list(balancer.listeners.values()))
    ]


def check(self: CertBundle) -> None:
    """Notices that a certificate has expired. moto also takes every requested one for validated after a minute."""
    if self._not_valid_after(self._cert) <= utcnow():
        self.status = "EXPIRED"


def _ignore(self: CertBundle, value: Any) -> None:
    """What moto notes down of users is not needed: see `in_use_by`."""


AWSCertificateManagerBackend.import_certificate = import_certificate
AWSCertificateManagerBackend.delete_certificate = delete_certificate
# moto appends the users to the list that it gets, which is nobody's then.
CertBundle.in_use_by = property(in_use_by, _ignore)
CertBundle.check = check
