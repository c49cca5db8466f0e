# SPDX-License-Identifier: GPL-3.0-or-later
"""The specification of a deployment, out of the signed envelope in which the service sends it.

The signature is not verified: AWS's agent checks it without looking at the result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

_REQUIRED = ("DeploymentId", "DeploymentGroupId", "DeploymentGroupName", "ApplicationName")
BUNDLE_TYPES = ("tar", "tgz", "zip")


class SpecificationError(Exception):
    """The envelope or what is in it cannot be used."""


@dataclass(frozen=True)
class S3Revision:
    """Where the bundle is; `version` and `etag` may be None."""

    bucket: str
    key: str
    bundle_type: str
    version: str | None = None
    etag: str | None = None


@dataclass(frozen=True)
class Specification:
    """What a host must know of its deployment."""

    deployment_id: str
    group_id: str
    group_name: str
    application: str
    revision: S3Revision
    creator: str = "user"
    deployment_type: str = "IN_PLACE"
    appspec_name: str = "appspec.yml"
    file_exists_behavior: str = "DISALLOW"
    possible_events: tuple[str, ...] | None = None
    restart: bool = False


def open_envelope(envelope: Mapping[str, str]) -> Specification:
    """The specification in an envelope of the format ``PKCS7/JSON``; raises `SpecificationError`."""
    if envelope.get("Format") != "PKCS7/JSON":
        raise SpecificationError(f"The specification's format is {envelope.get('Format')}; only PKCS7/JSON is read.")
    from .pkcs7 import signed_content  # late: its library is only needed once there is work

    try:
        return specification(json.loads(signed_content(envelope["Payload"])))
    except (ValueError, KeyError, TypeError) as error:
        raise SpecificationError(f"The specification in the envelope cannot be read: {error}") from None


def specification(data: Mapping) -> Specification:
    """The specification from its JSON members; raises `SpecificationError`."""
    missing = [name for name in _REQUIRED if not data.get(name)]
    if missing:
        raise SpecificationError(f"The specification has no {' and no '.join(missing)}.")
    overrides = (data.get("AgentActionOverrides") or {}).get("AgentOverrides") or {}
    events = data.get("AllPossibleLifecycleEvents")
    return Specification(
        deployment_id=_short_id(data["DeploymentId"]),
        group_id=data["DeploymentGroupId"],
        group_name=data["DeploymentGroupName"],
        application=data["ApplicationName"],
        revision=_revision(data.get("Revision") or {}),
        creator=data.get("DeploymentCreator") or "user",
        deployment_type=data.get("DeploymentType") or "IN_PLACE",
        appspec_name=data.get("AppSpecFilename") or "appspec.yml",
        file_exists_behavior=(overrides.get("FileExistsBehavior") or "DISALLOW").upper(),
        possible_events=tuple(events) if events else None,
        restart=data.get("DeploymentMode") == "RESTART",
    )


def _short_id(deployment_id: str) -> str:
    return deployment_id.split("/", 1)[1] if deployment_id.startswith("arn:") else deployment_id


def _revision(data: Mapping) -> S3Revision:
    kind = data.get("RevisionType")
    if kind != "S3":
        raise SpecificationError(f"Revisions of type {kind} are not fetched here; only S3 revisions are.")
    s3 = data.get("S3Revision") or {}
    if not all(s3.get(name) for name in ("Bucket", "Key", "BundleType")):
        raise SpecificationError("The S3 revision needs Bucket, Key and BundleType.")
    if s3["BundleType"] not in BUNDLE_TYPES:
        raise SpecificationError(f"The bundle type is {s3['BundleType']}, it must be one of {', '.join(BUNDLE_TYPES)}.")
    return S3Revision(s3["Bucket"], s3["Key"], s3["BundleType"], s3.get("Version"), s3.get("ETag"))
