# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the CodeBuild resources share: the client, names and tags."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from ..engine.errors import Failure

MOST_TAGS = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_TAG_CHARACTERS = re.compile(r"[\w\s.:/=@+-]*")

# Error codes of an id or a name that CodeBuild does not know.
NOT_THERE = ("ResourceNotFoundException",)

REMEDIES = {
    "AccountLimitExceededException": "The account's quota is reached: delete what is not needed, or ask AWS for more.",
    "AccountSuspendedException": "AWS has suspended builds of this account: ask AWS why.",
    "OAuthProviderException": "Check the source credentials (convoy.delivery.codebuild_source_credential).",
    "ResourceNotFoundException": "Check the name or the id, and that region is the right one.",
    "ResourceAlreadyExistsException": "Somebody else has just made it: run the task again.",
}


def codebuild(context):
    """The CodeBuild client of this run."""
    return context.client("codebuild", remedies=REMEDIES)


def each(context, operation: str, entries: str, doing: str, absent=(), **options) -> Iterator[Any]:
    """The entries of a list one after the other; a page is read when its first entry is wanted."""
    client, token = codebuild(context), None
    while True:
        answer = client.call(operation, doing=doing, absent=absent, next_token=token, **options) or {}
        yield from answer.get(entries) or []
        token = answer.get("next_token")
        if not token:
            return


def batched(entries: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The entries in lists of at most so many."""
    rest = iter(entries)
    while some := list(itertools.islice(rest, size)):
        yield some


def check_name(option: str, value: str | None, longest: int) -> None:
    """Refuse a name that CodeBuild would refuse. Source: the patterns and lengths in the service's model."""
    if value is not None and not (_NAME.fullmatch(value) and 2 <= len(value) <= longest):
        raise Failure(
            f"{option}: {value!r} is not a valid name. "
            f"Use 2 to {longest} letters, digits, - and _, a letter or a digit first."
        )


def check_range(option: str, value: int | None, least: int, most: int, unit: str) -> None:
    """Refuse a number outside of what CodeBuild takes."""
    if value is not None and not least <= value <= most:
        raise Failure(f"{option}: {value} is not possible. Use {least} to {most} ({unit}).")


def check_tags(tags: dict[str, Any] | None) -> None:
    """Refuse tags that CodeBuild would refuse. Source: Tag in the service's model, and that aws: is reserved."""
    if len(tags or {}) > MOST_TAGS:
        raise Failure(f"tags: {len(tags)} were given, CodeBuild takes at most {MOST_TAGS}.")
    for key, value in (tags or {}).items():
        key, value = str(key), str(value)
        if not 1 <= len(key) <= 127 or len(value) > 255:
            raise Failure(f"tags: {key!r} does not fit. A key has 1 to 127 characters, a value at most 255.")
        if key.lower().startswith("aws:"):
            raise Failure(f"tags: {key!r} begins with aws:, which AWS keeps for itself. Choose another key.")
        if not _TAG_CHARACTERS.fullmatch(key) or not _TAG_CHARACTERS.fullmatch(value):
            raise Failure(f"tags: {key!r} or its value has a character that is none of letters, digits, _.:/=@+-")


def tag_list(tags: dict[str, Any]) -> list[dict[str, str]]:
    """Tags as CodeBuild's requests take them."""
    return [{"key": str(key), "value": str(value)} for key, value in tags.items()]


def tag_map(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """Tags of an answer, as tasks write them."""
    return boto3_tag_list_to_ansible_dict(tags or [], "key", "value")
