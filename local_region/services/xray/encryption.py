# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key traces are encrypted with. It is remembered, and encrypts nothing.

Source: API reference, PutEncryptionConfig.
"""

from __future__ import annotations

from local_region.services.xray.base import Base, operation
from local_region.services.xray.records import Info, Store, invalid


class Encryption(Base):
    """GetEncryptionConfig, PutEncryptionConfig."""

    @operation
    def get_encryption_config(self, store: Store, params: Info) -> Info:
        return {"EncryptionConfig": store.encryption}

    @operation
    def put_encryption_config(self, store: Store, params: Info) -> Info:
        by_key, key_id = params["Type"] == "KMS", params.get("KeyId")
        if by_key != bool(key_id):
            raise invalid("KeyId must be given with the type KMS, and with it only")
        store.encryption = {"Type": params["Type"], "Status": "ACTIVE"}
        if by_key:
            store.encryption["KeyId"] = self._key_arn(store, key_id)
        return {"EncryptionConfig": store.encryption}

    def _key_arn(self, store: Store, key_id: str) -> str:
        keys = self.moto.backend("kms", store.account, store.region)
        try:
            return keys.describe_key(key_id).arn
        except Exception:  # moto raises what it meets on its way
            raise invalid(f"The key {key_id} does not exist") from None
