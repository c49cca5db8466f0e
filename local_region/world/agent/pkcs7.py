# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a PKCS #7 message, without verifying it. Imported late: an agent that only polls does not need it."""

from __future__ import annotations

import base64
import re
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

_PEM = re.compile(r"-----BEGIN (PKCS7|CMS)-----\s(.*?)-----END \1-----", re.DOTALL)


# RFC 5652, sections 3 and 5; what is not looked at stays a TLV.
@asn1.sequence
class EncapsulatedContentInfo:
    content_type: ObjectIdentifier
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    version: int
    digest_algorithms: asn1.SetOf[asn1.TLV]
    encapsulated: EncapsulatedContentInfo
    certificates: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    revocations: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[asn1.TLV]


@asn1.sequence
class ContentInfo:
    content_type: ObjectIdentifier
    content: Annotated[SignedData, asn1.Explicit(0)]


def signed_content(pem: str) -> bytes:
    """What the SignedData message in PEM form carries; raises ValueError."""
    found = _PEM.search(pem)
    if not found:
        raise ValueError("it is no PKCS #7 message in PEM form")
    content = asn1.decode_der(ContentInfo, base64.b64decode(found[2])).content.encapsulated.content
    if content is None:
        raise ValueError("the PKCS #7 message carries no content")
    return content
