# SPDX-License-Identifier: GPL-3.0-or-later
"""An authority that issues certificates for tests, as ACM takes them: PEM, with the key apart."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """`root` is its own certificate (PEM), which clients are to trust."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=_key)

    def __post_init__(self) -> None:
        name = _name("Authority of the tests")
        self._name = name
        self.root = self._issue(name, self.key, x509.BasicConstraints(ca=True, path_length=0)).decode()

    def certificate(self, *hosts: str) -> dict[str, bytes]:
        """The parameters of ImportCertificate for a certificate of these host names."""
        key = _key()
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return {
            "Certificate": self._issue(_name(hosts[0]), key, names),
            "PrivateKey": key.private_bytes(*encoding),
            "CertificateChain": self.root.encode(),
        }

    def _issue(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 30 * _DAY)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
