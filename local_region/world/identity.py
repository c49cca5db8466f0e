# SPDX-License-Identifier: GPL-3.0-or-later
"""What the metadata service tells an instance about itself, read from moto: EC2 for the instance, IAM and STS for its
role's credentials."""

from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from local_region.moto_access import Moto
from local_region.world.imds import InstanceMetadata, RoleCredentials

# AWS hands out credentials for about six hours and new ones in good time before those end.
_LIFETIME = timedelta(hours=6)
_RENEW_BEFORE = timedelta(minutes=15)


class Identities:
    """Looks instances up by the address that asks. Thread-safe."""

    def __init__(self, moto: Moto):
        self._moto = moto
        self._lock = threading.Lock()
        self._credentials: dict[tuple[str, str], RoleCredentials] = {}

    def lookup(self, address: str) -> InstanceMetadata | None:
        """The instance that has the private address and is not terminated; None when there is none."""
        for account, region in self._moto.used("ec2"):
            backend = self._moto.backend("ec2", account, region)
            for instance in backend.all_instances():
                if instance.private_ip == address and instance.state not in ("shutting-down", "terminated"):
                    return self._metadata(backend, instance)
        return None

    def _metadata(self, backend: Any, instance: Any) -> InstanceMetadata:
        options = instance.metadata_options
        shows_tags = options.instance_metadata_tags == "enabled"
        return InstanceMetadata(
            instance_id=instance.id,
            private_ip=instance.private_ip,
            hostname=instance.private_dns_name,
            zone=instance.placement.zone,
            region=backend.region_name,
            account=backend.account_id,
            image_id=instance.image_id,
            instance_type=instance.instance_type,
            mac=instance.nics[0].mac_address,
            launched=_aware(instance.launch_time),
            user_data=base64.b64decode(str(instance.user_data)) if instance.user_data else None,
            tags={tag["key"]: tag["value"] for tag in instance.get_tags()} if shows_tags else None,
            role=self._role(backend, instance),
            token_required=options.http_tokens == "required",
        )

    def _role(self, backend: Any, instance: Any) -> RoleCredentials | None:
        profile = instance_profile(self._moto, backend, instance)
        if profile is None or not profile.roles:
            return None
        role, now = profile.roles[0], datetime.now(UTC)
        with self._lock:
            known = self._credentials.get((instance.id, role.arn))
            if known is None or known.expiration - now < _RENEW_BEFORE:
                known = self._credentials[(instance.id, role.arn)] = self._assume(backend, instance, profile, now)
        return known

    def _assume(self, backend: Any, instance: Any, profile: Any, now: datetime) -> RoleCredentials:
        """Real temporary credentials of moto's STS, so that a call signed with them belongs to the role's account."""
        role = profile.roles[0]
        assumed = self._moto.backend("sts", backend.account_id, backend.region_name).assume_role(
            region_name=backend.region_name,
            role_session_name=instance.id,
            role_arn=role.arn,
            policy=None,
            duration=int(_LIFETIME.total_seconds()),
            external_id=None,
        )
        return RoleCredentials(
            role_name=role.name,
            instance_profile_arn=profile.arn,
            instance_profile_id=profile.id,
            access_key=assumed.access_key_id,
            secret_key=assumed.secret_access_key,
            token=assumed.session_token,
            updated=now,
            expiration=now + _LIFETIME,
        )


def instance_profile(moto: Moto, backend: Any, instance: Any) -> Any | None:
    """The instance profile that an instance has now, None when it has none or the profile was deleted."""
    association = backend.iam_instance_profile_associations.get(instance.id)
    if association is None:
        return None
    profiles = moto.backend("iam", backend.account_id, backend.region_name).instance_profiles
    return next((one for one in profiles.values() if one.arn == association.iam_instance_profile.arn), None)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
