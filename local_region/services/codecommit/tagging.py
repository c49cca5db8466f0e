# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of repositories."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services.codecommit.base import Base, operation
from local_region.services.codecommit.records import RepositoryRecord, Store

MOST_TAGS = 50


class Tagging(Base):
    """TagResource, UntagResource, ListTagsForResource."""

    @operation
    def tag_resource(self, store: Store, params: dict) -> None:
        repository = _repository_of(store, params["resourceArn"])
        repository.tags = checked_tags(params["tags"], repository.tags)

    @operation
    def untag_resource(self, store: Store, params: dict) -> None:
        repository = _repository_of(store, params["resourceArn"])
        for key in params["tagKeys"]:
            repository.tags.pop(key, None)

    @operation
    def list_tags_for_resource(self, store: Store, params: dict) -> dict:
        return {"tags": dict(sorted(_repository_of(store, params["resourceArn"]).tags.items()))}


def checked_tags(added: dict[str, str], present: dict[str, str] | None = None) -> dict[str, str]:
    """The tags with those that are added. Raises CodeCommit's errors."""
    if any(key.lower().startswith("aws:") for key in added):
        raise ServiceError("InvalidSystemTagUsageException", "Keys that begin with aws: are AWS's own.")
    together = {**(present or {}), **added}
    if len(together) > MOST_TAGS:
        raise ServiceError("TooManyTagsException", f"A repository may have {MOST_TAGS} tags.")
    return together


def _repository_of(store: Store, arn: str) -> RepositoryRecord:
    parts = arn.split(":")
    if len(parts) != 6 or parts[2] != "codecommit":
        raise ServiceError("InvalidResourceArnException", f"{arn} is not the ARN of a CodeCommit repository.")
    return store.repository(parts[5])
