# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodePipeline needs of the rest of the region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Object:
    """An object of a bucket. `etag` is without quotes; `version_id` is None in a bucket without versions."""

    data: bytes
    etag: str
    version_id: str | None


@dataclass(frozen=True)
class Put:
    """How an object is to be stored."""

    kms_key_id: str | None = None
    canned_acl: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Objects(Protocol):
    """S3. Every method raises LookupError, with a sentence, for what is not there."""

    def get(self, account: str, bucket: str, key: str, version_id: str | None = None) -> Object:
        """An object, its newest version unless one is named."""

    def revision(self, account: str, bucket: str, key: str) -> str | None:
        """The version, or else the ETag, of an object without reading it; None when there is none."""

    def versioned(self, account: str, bucket: str) -> bool:
        """Whether the bucket keeps versions."""

    def put(self, account: str, bucket: str, key: str, data: bytes, how: Put) -> None:
        """Stores an object."""


class Alarms(Protocol):
    """CloudWatch's alarms."""

    def states(self, account: str, region: str, names: Sequence[str]) -> dict[str, str]:
        """State by name (OK, ALARM, INSUFFICIENT_DATA) of those of the alarms that exist."""


@dataclass(frozen=True)
class Surroundings:
    """S3, alarms, `publish(topic ARN, subject, message)` to SNS, `emit(account, region, entry)` to the default event
    bus (an entry of PutEvents), `credentials(account)` for job workers (AWSSessionCredentials), and
    `why_not_assumed(ARN of who asks, role ARN)`: why a role cannot be assumed, None when it can.
    """

    objects: Objects
    alarms: Alarms
    publish: Callable[[str, str, str], None]
    emit: Callable[[str, str, dict[str, Any]], None]
    credentials: Callable[[str], dict[str, str]]
    why_not_assumed: Callable[[str, str], str | None] = lambda principal, role: None
