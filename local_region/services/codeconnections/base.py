# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources of the services share."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from local_region.protocol import Caller, ServiceError
from local_region.services.codeconnections.directory import Directory
from local_region.services.codeconnections.records import Store

Method = Callable[[Any, Store, dict], dict | None]
MOST_TAGS = 200


def operation(method: Method) -> Callable[[Any, Caller, dict], dict]:
    """Makes an API operation of a method (store of the caller's account and region, params): it holds the lock."""

    @wraps(method)
    def call(self: Base, caller: Caller, params: dict) -> dict:
        with self.directory.lock:
            return method(self, self.directory.store(caller.account, caller.region), params) or {}

    return call


class Base:
    """Attributes that every mixin uses. `prefix` is the service's name in the ARNs of what it creates."""

    directory: Directory
    prefix: str

    def new_arn(self, store: Store, resource: str) -> str:
        return f"arn:aws:{self.prefix}:{store.region}:{store.account}:{resource}"


def new_id() -> str:
    return str(uuid.uuid4())


def checked_tags(given: list[dict], present: dict[str, str] | None = None) -> dict[str, str]:
    """The tags by key, with those that are there. Raises LimitExceededException."""
    together = {**(present or {}), **{tag["Key"]: tag["Value"] for tag in given}}
    if len(together) > MOST_TAGS:
        raise ServiceError("LimitExceededException", f"A resource may have {MOST_TAGS} tags.")
    return together


def shown_tags(tags: dict[str, str]) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
