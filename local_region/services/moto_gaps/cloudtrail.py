# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudTrail: trails are kept and record nothing, and say so.

moto tells of deliveries that never were, and takes buckets that CloudTrail could not write to.

Source: API reference of CreateTrail (InsufficientS3BucketPolicyException) and GetTrailStatus; CloudTrail user guide,
"Amazon S3 bucket policy for CloudTrail".
"""

from __future__ import annotations

import json
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail, TrailStatus
from moto.s3.models import s3_backends

from local_region.protocol import ServiceError

WRITER = "cloudtrail.amazonaws.com"

_status = TrailStatus.description
_description = Trail.description
_init = Trail.__init__
_update = Trail.update
_delete = CloudTrailBackend.delete_trail


def status(self: TrailStatus) -> dict[str, Any]:
    """As moto's, without deliveries: nothing is recorded here."""
    shown = _status(self)
    shown.pop("LatestDeliveryTime", None)
    return {**shown, "LatestDeliveryAttemptTime": ""}


def description(self: Trail, include_region: bool = False) -> dict[str, Any]:
    """As moto's; a trail without a key has none, as after an update with an empty one."""
    shown = _description(self, include_region)
    return {name: value for name, value in shown.items() if name != "KmsKeyId" or value}


def init(self: Trail, *arguments: Any, **options: Any) -> None:
    """As moto's; a bucket that CloudTrail may not write to is refused."""
    _init(self, *arguments, **options)
    _check_policy(self)


def update(self: Trail, *arguments: Any, **options: Any) -> None:
    """The same for a trail that gets another bucket."""
    before = self.bucket_name
    _update(self, *arguments, **options)
    try:
        self.check_bucket_exists()
        _check_policy(self)
    except Exception:
        self.bucket_name = before
        raise


def delete_trail(self: CloudTrailBackend, name: str) -> None:
    """As moto's, for an ARN too."""
    _delete(self, self.get_trail(name).trail_name)


def _check_policy(trail: Trail) -> None:
    bucket = s3_backends[trail.account_id][trail.partition].get_bucket(trail.bucket_name)
    text = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    allowed = {action for one in _statements(text) if _lets_in(one) for action in _listed(one.get("Action"))}
    if not {"s3:GetBucketAcl", "s3:PutObject"} <= allowed:
        raise ServiceError(
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {trail.bucket_name}",
        )


def _statements(policy: str | None) -> list[dict[str, Any]]:
    return _listed(json.loads(policy).get("Statement")) if policy else []


def _lets_in(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
    return statement.get("Effect") == "Allow" and WRITER in services


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


TrailStatus.description = status
Trail.description = description
Trail.__init__ = init
Trail.update = update
CloudTrailBackend.delete_trail = delete_trail
