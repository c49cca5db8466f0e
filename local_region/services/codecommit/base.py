# SPDX-License-Identifier: GPL-3.0-or-later
"""What the resources of the service share: the lock, the stores, the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from local_region.clock import Clock
from local_region.protocol import Caller
from local_region.services.codecommit import errors
from local_region.services.codecommit.records import RepositoryRecord, Store
from local_region.services.codecommit.references import References
from local_region.world.git import GitFailed

Method = Callable[[Any, Store, dict], dict | None]
RepositoryMethod = Callable[[Any, RepositoryRecord, dict], dict | None]


def operation(method: Method) -> Callable[[Any, Caller, dict], dict]:
    """Makes an API operation of a method (store of the caller's account and region, params): it holds the lock."""

    @wraps(method)
    def call(self: Base, caller: Caller, params: dict) -> dict:
        with self.lock:
            return method(self, self.store(caller.account, caller.region), params) or {}

    return call


def on_repository(method: RepositoryMethod) -> Callable[[Any, Caller, dict], dict]:
    """Makes an API operation of a method (the repository that `repositoryName` names, params).

    It holds no lock: git answers by itself, whatever goes on beside.
    """

    @wraps(method)
    def call(self: Base, caller: Caller, params: dict) -> dict:
        with self.lock:
            repository = self.store(caller.account, caller.region).repository(params["repositoryName"])
        try:
            return method(self, repository, params) or {}
        except GitFailed:
            if not repository.git.path.exists():  # somebody has deleted it meanwhile
                raise errors.no_repository(repository.name) from None
            raise

    return call


class Base:
    """Attributes that every mixin uses. `lock` guards the stores; each repository has a lock of its own.

    `folder` is where repositories are kept; `references` makes and tells of changes.
    """

    lock: threading.RLock
    clock: Clock
    folder: Path
    references: References
    stores: dict[tuple[str, str], Store]

    def store(self, account: str, region: str) -> Store:
        return self.stores.setdefault((account, region), Store(account, region))


def user_of(account: str) -> str:
    """Who made a change. The region verifies no signatures: it is always the account."""
    return f"arn:aws:iam::{account}:root"
