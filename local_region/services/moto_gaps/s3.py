# SPDX-License-Identifier: GPL-3.0-or-later
"""Bucket policies that ask for TLS.

The region serves HTTP on the loopback interface, where TLS would protect nothing. A request to it counts as secure, so
that the statement every careful bucket has (deny when `aws:SecureTransport` is false) does not deny everything. moto
knows no Bool conditions and takes the statement for an unconditional denial.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

_SECURE_TRANSPORT = "aws:securetransport"

_get_permission = FakeBucket.get_permission


def get_permission(self, action: str, resource: str) -> PermissionResult:
    """As moto's, without the statements that hold for insecure requests only."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy)
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    view = _BucketView(json.dumps(document | {"Statement": [s for s in statements if _can_hold(s)]}).encode())
    return _get_permission(view, action, resource)


class _BucketView:
    """The part of a bucket that `get_permission` reads, so that the stored policy is never touched."""

    def __init__(self, policy: bytes):
        self.policy = policy


def _can_hold(statement: dict[str, Any]) -> bool:
    """False for a statement whose condition asks for aws:SecureTransport to be false."""
    for operator, keys in (statement.get("Condition") or {}).items():
        if not operator.startswith("Bool"):
            continue
        for key, value in keys.items():
            values = value if isinstance(value, list) else [value]
            if key.lower() == _SECURE_TRANSPORT and all(str(one).lower() == "false" for one in values):
                return False
    return True


FakeBucket.get_permission = get_permission
