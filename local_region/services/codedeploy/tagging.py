# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of applications, deployment groups and deployment configurations."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.records import Store

MOST_TAGS = 50


class Tagging(Base):
    """TagResource, UntagResource, ListTagsForResource."""

    @operation
    def tag_resource(self, store: Store, params: dict) -> None:
        tags = _tags_of(store, params["ResourceArn"])
        added = {tag["Key"]: tag.get("Value", "") for tag in params["Tags"] if tag.get("Key")}
        if len(added) < len(params["Tags"]):
            raise ServiceError("InvalidTagsToAddException", "Every tag needs a Key, and no key may be there twice.")
        if any(key.lower().startswith("aws:") for key in added):
            raise ServiceError("InvalidTagsToAddException", "Keys that begin with aws: are AWS's own.")
        if len(tags | added) > MOST_TAGS:
            raise ServiceError("InvalidTagsToAddException", f"A resource may have {MOST_TAGS} tags.")
        tags.update(added)

    @operation
    def untag_resource(self, store: Store, params: dict) -> None:
        tags = _tags_of(store, params["ResourceArn"])
        for key in params["TagKeys"]:
            tags.pop(key, None)

    @operation
    def list_tags_for_resource(self, store: Store, params: dict) -> dict:
        tags = _tags_of(store, params["ResourceArn"])
        shown = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        return paging.page(shown, params, "Tags", "NextToken")


def _tags_of(store: Store, arn: str) -> dict[str, str]:
    """The tags of arn:aws:codedeploy:<region>:<account>:application:<name>, deploymentgroup:<app>/<name>, ..."""
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[2] != "codedeploy":
        raise ServiceError("InvalidArnException", f"{arn} is not the ARN of a CodeDeploy resource.")
    kind, name = parts[5], parts[6]
    if kind == "application":
        return store.application(name).tags
    if kind == "deploymentgroup":
        return store.group(*name.split("/", 1)).tags if "/" in name else store.group(name, "").tags
    if kind == "deploymentconfig":
        store.config(name)
        return store.config_tags.setdefault(name, {})
    raise ServiceError("ArnNotSupportedException", f"Resources of the kind {kind} have no tags.")
