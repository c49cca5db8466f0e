# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources of the service share: the lock, the stores, the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any

from local_region.clock import Clock
from local_region.protocol import Caller
from local_region.services.codebuild.records import Store
from local_region.services.codebuild.runner import Runner
from local_region.services.codebuild.surroundings import Surroundings

Method = Callable[[Any, Store, dict], dict | None]


def operation(method: Method) -> Callable[[Any, Caller, dict], dict]:
    """Makes an API operation of a method (store of the caller's account and region, params): it holds the lock.

    The answer is a copy: builds go on while it is written out.
    """

    @wraps(method)
    def call(self: Base, caller: Caller, params: dict) -> dict:
        with self.lock:
            return deepcopy(method(self, self.store(caller.account, caller.region), params) or {})

    return call


class Base:
    """Attributes that every mixin uses. `lock` guards all records of the service."""

    lock: threading.RLock
    clock: Clock
    runner: Runner
    surroundings: Surroundings
    stores: dict[tuple[str, str], Store]

    def store(self, account: str, region: str) -> Store:
        return self.stores.setdefault((account, region), Store(account, region))
