# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources of the service share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.protocol import Caller, ServiceError
from local_region.services.xray.records import Info, Store

Method = Callable[[Any, Store, Info], Info | None]
MOST_TAGS = 50


def operation(method: Method) -> Callable[[Any, Caller, Info], Info]:
    """Makes an API operation of a method (store of the caller's account and region, params): it holds the lock."""

    @wraps(method)
    def call(self: Base, caller: Caller, params: Info) -> Info:
        with self.lock:
            return method(self, self.store(caller.account, caller.region), params) or {}

    return call


class Base:
    """Attributes that every mixin uses."""

    clock: Clock
    moto: Moto
    lock: threading.RLock
    stores: dict[tuple[str, str], Store]

    def store(self, account: str, region: str) -> Store:
        return self.stores.setdefault((account, region), Store(account, region))


def checked_tags(given: list[Info], present: dict[str, str] | None = None) -> dict[str, str]:
    """The tags by key, with those that are there. Source: API reference, TagResource."""
    together = {**(present or {}), **{tag["Key"]: tag["Value"] for tag in given}}
    if len(together) > MOST_TAGS:
        raise ServiceError("TooManyTagsException", f"A resource may have {MOST_TAGS} tags.")
    reserved = next((key for key in together if key.lower().startswith("aws:")), None)
    if reserved:
        raise ServiceError("InvalidRequestException", f"{reserved}: keys that begin with aws: are reserved.")
    return together
