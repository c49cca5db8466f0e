# SPDX-License-Identifier: GPL-3.0-or-later
"""CodePipeline on moto's S3, SNS, EventBridge and STS, and on the region's own CodeDeploy."""

from __future__ import annotations

import logging
from typing import Any

from moto.s3.models import FakeDeleteMarker, FakeKey, get_canned_acl

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.services.codedeploy import CodeDeploy
from local_region.services.codepipeline.actions.codedeploy import CodeDeployAction
from local_region.services.codepipeline.service import CodePipeline
from local_region.services.codepipeline.surroundings import Alarms, Object, Put, Surroundings
from local_region.services.moto_gaps import sts

log = logging.getLogger("local_region.codepipeline")

SESSION_SECONDS = 3600


def codepipeline(clock: Clock, moto: Moto, alarms: Alarms, codedeploy: CodeDeploy) -> CodePipeline:
    """The service."""

    def publish(topic: str, subject: str, message: str) -> None:
        _, _, _, region, account, _ = topic.split(":", 5)
        moto.backend("sns", account, region).publish(message, arn=topic, subject=subject)

    def emit(account: str, region: str, entry: dict[str, Any]) -> None:
        moto.backend("events", account, region).put_events([entry])

    def credentials(account: str) -> dict[str, str]:
        return _session(moto, account)

    surroundings = Surroundings(MotoObjects(moto), alarms, publish, emit, credentials, sts.why_not)
    return CodePipeline(clock, surroundings, [CodeDeployAction(codedeploy)])


class MotoObjects:
    """moto's S3."""

    def __init__(self, moto: Moto):
        self._moto = moto

    def get(self, account: str, bucket: str, key: str, version_id: str | None = None) -> Object:
        found = self._find(account, bucket, key, version_id)
        if found is None:
            which = f" in version {version_id}" if version_id else ""
            raise LookupError(f"The object {key}{which} is not in the Amazon S3 bucket {bucket}.")
        return Object(found.value, found.etag.strip('"'), _version(found))

    def revision(self, account: str, bucket: str, key: str) -> str | None:
        try:
            found = self._find(account, bucket, key, None)
        except LookupError:
            return None
        if found is None:
            return None
        return _version(found) or found.etag.strip('"')

    def versioned(self, account: str, bucket: str) -> bool:
        return bool(self._bucket(account, bucket).is_versioned)

    def put(self, account: str, bucket: str, key: str, data: bytes, how: Put) -> None:
        self._bucket(account, bucket)
        encryption = "aws:kms" if how.kms_key_id else None
        stored = self._moto.backend("s3", account).put_object(
            bucket, key, data, encryption=encryption, kms_key_id=how.kms_key_id
        )
        if how.headers:
            stored.set_metadata({name.lower(): value for name, value in how.headers.items()})
        if how.canned_acl:
            stored.set_acl(get_canned_acl(how.canned_acl))

    def _bucket(self, account: str, bucket: str):
        found = self._moto.backend("s3", account).buckets.get(bucket)
        if found is None:
            raise LookupError(f"There is no Amazon S3 bucket {bucket}.")
        return found

    def _find(self, account: str, bucket: str, key: str, version_id: str | None):
        self._bucket(account, bucket)
        found = self._moto.backend("s3", account).get_object(bucket, key, version_id)
        return None if isinstance(found, FakeDeleteMarker) else found


def _version(key: FakeKey) -> str | None:
    return None if key.version_id == "null" else key.version_id


def _session(moto: Moto, account: str) -> dict[str, str]:
    """Credentials that belong to the account for an hour."""
    role = moto.backend("sts", account).assume_role(
        region_name="us-east-1",
        role_session_name="codepipeline-job-worker",
        role_arn=f"arn:aws:iam::{account}:role/codepipeline",
        policy="",
        duration=SESSION_SECONDS,
        external_id="",
    )
    return {
        "accessKeyId": role.access_key_id,
        "secretAccessKey": role.secret_access_key,
        "sessionToken": role.session_token,
    }
