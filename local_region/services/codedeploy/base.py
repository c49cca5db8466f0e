# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources of the service share: the lock, the stores, the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from local_region.clock import Clock
from local_region.protocol import Caller
from local_region.services.codedeploy.auto_scaling import AutoScaling
from local_region.services.codedeploy.default_configs import default_configs
from local_region.services.codedeploy.fleet import Fleet
from local_region.services.codedeploy.functions import Functions
from local_region.services.codedeploy.records import Store
from local_region.services.codedeploy.runner import Runner

Method = Callable[[Any, Store, dict], dict | None]


def operation(method: Method) -> Callable[[Any, Caller, dict], dict]:
    """Makes an API operation of a method (store of the caller's account and region, params): it holds the lock."""

    @wraps(method)
    def call(self: Base, caller: Caller, params: dict) -> dict:
        with self.lock:
            return method(self, self.store(caller.account, caller.region), params) or {}

    return call


class Base:
    """Attributes that every mixin uses. `lock` guards all records and engine states of the service."""

    lock: threading.RLock
    clock: Clock
    runner: Runner
    fleet: Fleet
    auto_scaling: AutoScaling
    functions: Functions
    stores: dict[tuple[str, str], Store]

    def store(self, account: str, region: str) -> Store:
        if (account, region) not in self.stores:
            configs = default_configs(self.clock.now())
            self.stores[account, region] = Store(account, region, configs=configs)
        return self.stores[account, region]
