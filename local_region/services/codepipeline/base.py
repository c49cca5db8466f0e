# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources of the service share: the lock, the stores, the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from local_region.clock import Clock
from local_region.engine.pipeline_operations import Refused
from local_region.protocol import Caller, ServiceError
from local_region.services.codepipeline.actions.registry import Registry
from local_region.services.codepipeline.records import Store
from local_region.services.codepipeline.runner import Runner

Method = Callable[[Any, Store, dict], dict | None]


def operation(method: Method) -> Callable[[Any, Caller, dict], dict]:
    """Makes an API operation of a method (store of the caller's account and region, params): it holds the lock."""

    @wraps(method)
    def call(self: Base, caller: Caller, params: dict) -> dict:
        with self.lock:
            try:
                return method(self, self.store(caller.account, caller.region), params) or {}
            except Refused as refusal:
                raise ServiceError(refusal.code, refusal.message) from None

    return call


class Base:
    """Attributes that every mixin uses. `lock` guards all records and engine states of the service.

    `actions` and `rules` are what the region can perform; other services add theirs.
    """

    lock: threading.RLock
    clock: Clock
    runner: Runner
    actions: Registry
    rules: Registry
    stores: dict[tuple[str, str], Store]

    def store(self, account: str, region: str) -> Store:
        return self.stores.setdefault((account, region), Store(account, region))


def user_of(account: str) -> str:
    """Who made a change. The region verifies no signatures: it is always the account."""
    return f"arn:aws:iam::{account}:root"
