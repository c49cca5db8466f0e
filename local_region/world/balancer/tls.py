# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS of listeners: security policies as Envoy's parameters, certificates as files that only their owner reads.

The policies: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html. Their
versions hold as they are. Of their ciphers those hold that Envoy knows: it has none of the CBC modes with SHA-256 and
SHA-384, which every client that speaks TLS 1.2 can do without.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from local_region.world.balancer.spec import Certificate, Tls

_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3."
_VERSIONS = {"TLSv1": "TLSv1_0", "TLSv1.1": "TLSv1_1", "TLSv1.2": "TLSv1_2", "TLSv1.3": "TLSv1_3"}
# What Envoy can be told to offer up to TLS 1.2; the ciphers of TLS 1.3 are always all of them.
_KNOWN = frozenset(
    [
        *(f"ECDHE-{kind}-AES128-GCM-SHA256" for kind in ("ECDSA", "RSA")),
        *(f"ECDHE-{kind}-AES256-GCM-SHA384" for kind in ("ECDSA", "RSA")),
        *(f"ECDHE-{kind}-AES{bits}-SHA" for kind in ("ECDSA", "RSA") for bits in (128, 256)),
        *("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA"),
    ]
)


def transport_socket(spec: Tls, directory: Path) -> dict:
    """TLS in front of a listener's HTTP. Of several certificates Envoy shows the one that has the client's host."""
    return {
        "name": "tls",
        "typed_config": {
            "@type": _TYPE + "DownstreamTlsContext",
            "common_tls_context": {
                "tls_params": _parameters(spec),
                "tls_certificates": [_files_of(certificate, directory) for certificate in spec.certificates],
                "alpn_protocols": ["h2", "http/1.1"] if spec.http2 else ["http/1.1"],
            },
        },
    }


def _parameters(spec: Tls) -> dict:
    parameters = {
        "tls_minimum_protocol_version": _VERSIONS[spec.protocols[0]],
        "tls_maximum_protocol_version": _VERSIONS[spec.protocols[-1]],
    }
    ciphers = [cipher for cipher in spec.ciphers if cipher in _KNOWN]
    return parameters | ({"cipher_suites": ciphers} if ciphers else {})


def _files_of(certificate: Certificate, directory: Path) -> dict:
    chain, key = _paths(certificate, directory)
    return {"certificate_chain": {"filename": str(chain)}, "private_key": {"filename": str(key)}}


def _paths(certificate: Certificate, directory: Path) -> tuple[Path, Path]:
    """Named by what is in them, so that a renewed certificate is another file, and a change that Envoy sees."""
    name = hashlib.sha256(f"{certificate.chain}\0{certificate.key}".encode()).hexdigest()[:32]
    return directory / f"{name}.crt", directory / f"{name}.key"


def write(directory: Path, specs: Iterable[Tls | None]) -> None:
    """Puts the certificates and keys of listeners where `transport_socket` says that they are."""
    for certificate in _certificates(specs):
        directory.mkdir(mode=0o700, exist_ok=True)
        for path, text in zip(_paths(certificate, directory), (certificate.chain, certificate.key), strict=True):
            if not path.exists():
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                    file.write(text)


def remove_others(directory: Path, specs: Iterable[Tls | None]) -> None:
    """Removes the files of certificates that no listener has any more."""
    if directory.exists():
        kept = {path for certificate in _certificates(specs) for path in _paths(certificate, directory)}
        for path in set(directory.iterdir()) - kept:
            path.unlink()


def _certificates(specs: Iterable[Tls | None]) -> Iterable[Certificate]:
    return (certificate for spec in specs if spec for certificate in spec.certificates)
