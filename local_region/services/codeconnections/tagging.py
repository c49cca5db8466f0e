# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of connections and hosts."""

from __future__ import annotations

from local_region.services.codeconnections.base import Base, checked_tags, operation, shown_tags
from local_region.services.codeconnections.records import Connection, Host, Store


class Tagging(Base):
    """TagResource, UntagResource, ListTagsForResource."""

    @operation
    def tag_resource(self, store: Store, params: dict) -> None:
        resource = _resource(store, params["ResourceArn"])
        resource.tags = checked_tags(params["Tags"], resource.tags)

    @operation
    def untag_resource(self, store: Store, params: dict) -> None:
        tags = _resource(store, params["ResourceArn"]).tags
        for key in params["TagKeys"]:
            tags.pop(key, None)

    @operation
    def list_tags_for_resource(self, store: Store, params: dict) -> dict:
        return {"Tags": shown_tags(_resource(store, params["ResourceArn"]).tags)}


def _resource(store: Store, arn: str) -> Connection | Host:
    return store.hosts[arn] if arn in store.hosts else store.connection(arn)
