# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of pipelines, webhooks and custom action types."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.records import Store

MOST_TAGS = 50


class Tagging(Base):
    """TagResource, UntagResource, ListTagsForResource."""

    @operation
    def tag_resource(self, store: Store, params: dict) -> None:
        tags = _tags_of(store, params["resourceArn"])
        added = checked_tags(params["tags"])
        if len(tags | added) > MOST_TAGS:
            raise ServiceError("TooManyTagsException", f"A resource may have {MOST_TAGS} tags.")
        tags.update(added)

    @operation
    def untag_resource(self, store: Store, params: dict) -> None:
        tags = _tags_of(store, params["resourceArn"])
        for key in params["tagKeys"]:
            tags.pop(key, None)

    @operation
    def list_tags_for_resource(self, store: Store, params: dict) -> dict:
        return paging.page(shown_tags(_tags_of(store, params["resourceArn"])), params, "tags")


def checked_tags(tags: list[Info]) -> dict[str, str]:
    """Tags by key. Raises InvalidTagsException or TooManyTagsException."""
    by_key = {tag["key"]: tag["value"] for tag in tags}
    if len(by_key) < len(tags):
        raise ServiceError("InvalidTagsException", "No tag key may be there twice.")
    if any(key.lower().startswith("aws:") for key in by_key):
        raise ServiceError("InvalidTagsException", "Keys that begin with aws: are AWS's own.")
    if len(by_key) > MOST_TAGS:
        raise ServiceError("TooManyTagsException", f"A resource may have {MOST_TAGS} tags.")
    return by_key


def shown_tags(tags: dict[str, str]) -> list[Info]:
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


def _tags_of(store: Store, arn: str) -> dict[str, str]:
    """The tags of arn:aws:codepipeline:<region>:<account>:<pipeline>, ...:webhook:<name>, ...:actiontype:<type>.

    A custom action type is actiontype:Custom/<category>/<provider>/<version>.
    """
    parts = arn.split(":", 6)
    if parts[3:5] != [store.region, store.account]:
        raise ServiceError("InvalidArnException", f"{arn} is not an ARN of this account in {store.region}.")
    try:
        if parts[5] == "webhook":
            return store.webhooks[parts[6]].tags
        if parts[5] == "actiontype":
            _, category, provider, version = parts[6].split("/")
            return store.action_types[category, provider, version].tags
        return store.pipelines[parts[5]].tags
    except (KeyError, IndexError, ValueError):
        raise ServiceError("ResourceNotFoundException", f"There is no resource with the ARN {arn}.") from None
