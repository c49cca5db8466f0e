# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of groups and sampling rules."""

from __future__ import annotations

from local_region.services.xray.base import Base, checked_tags, operation
from local_region.services.xray.records import Info, Store


class Tagging(Base):
    """TagResource, UntagResource, ListTagsForResource."""

    @operation
    def tag_resource(self, store: Store, params: Info) -> None:
        resource = store.tagged(params["ResourceARN"])
        resource.tags = checked_tags(params["Tags"], resource.tags)

    @operation
    def untag_resource(self, store: Store, params: Info) -> None:
        tags = store.tagged(params["ResourceARN"]).tags
        for key in params["TagKeys"]:
            tags.pop(key, None)

    @operation
    def list_tags_for_resource(self, store: Store, params: Info) -> Info:
        tags = store.tagged(params["ResourceARN"]).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
