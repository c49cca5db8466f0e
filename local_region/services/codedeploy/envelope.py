# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment specifications as agents take them: JSON inside a signed PKCS #7 message.

The agent reads the JSON and ignores what the verification of the signature says, so a certificate that the region
makes for itself when it starts serves.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from local_region.services.codedeploy.records import DeploymentRecord

FORMAT = "PKCS7/JSON"


class Sealer:
    """Signs specifications with a key of its own."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CodeDeploy of the local region")])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
            .sign(self._key, hashes.SHA256())
        )

    def seal(self, specification: dict[str, Any]) -> str:
        """The PEM text of a PKCS #7 message that holds the specification as JSON."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(json.dumps(specification).encode())
        signed = builder.add_signer(self._certificate, self._key, hashes.SHA256())
        return signed.sign(serialization.Encoding.PEM, [pkcs7.PKCS7Options.Binary]).decode()


def specification(record: DeploymentRecord) -> dict[str, Any]:
    """What an agent needs to know of a deployment."""
    location = record.info["revision"]["s3Location"]
    revision = {"Bucket": location["bucket"], "Key": location["key"], "BundleType": location["bundleType"]}
    if location.get("version"):
        revision["Version"] = location["version"]
    if location.get("eTag"):
        revision["ETag"] = location["eTag"].strip('"')
    # The mode's name in the specification is inferred from the API's; AWS's agent of version 2.1 reads it.
    mode = {"DeploymentMode": record.info["deploymentMode"]} if "deploymentMode" in record.info else {}
    return mode | {
        "DeploymentId": record.id,
        "DeploymentGroupId": record.group.id,
        "DeploymentGroupName": record.group.name,
        "ApplicationName": record.application.name,
        "DeploymentCreator": record.info["creator"],
        "DeploymentType": record.info["deploymentStyle"].get("deploymentType", "IN_PLACE"),
        "AgentActionOverrides": {"AgentOverrides": {"FileExistsBehavior": record.info["fileExistsBehavior"]}},
        "Revision": {"RevisionType": "S3", "S3Revision": revision},
    }
