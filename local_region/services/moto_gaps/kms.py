# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS keys: whose they are, and how they are named when they are deleted."""

from __future__ import annotations

from typing import Any

from moto.kms.models import Key, KmsBackend

_AWS_ALIAS = "alias/aws/"

_schedule_key_deletion = KmsBackend.schedule_key_deletion


def key_manager(self: Key) -> str:
    """AWS for the keys that services make for themselves (alias/aws/ebs ...); moto says CUSTOMER for all.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
    """
    return "AWS" if any(name.startswith(_AWS_ALIAS) for name in self.aliases) else "CUSTOMER"


def schedule_key_deletion(self: KmsBackend, key_id: str, pending_window_in_days: int) -> Any:
    """As moto's, for an ARN too.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html#API_ScheduleKeyDeletion_RequestParameters
    """
    return _schedule_key_deletion(self, self.get_key_id(key_id), pending_window_in_days)


Key.key_manager = property(key_manager, lambda self, value: None)
KmsBackend.schedule_key_deletion = schedule_key_deletion
