# SPDX-License-Identifier: GPL-3.0-or-later
"""All connections of the region: completing one, and finding the repositories that one leads to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from local_region.refusal import Refused
from local_region.services.codeconnections.records import AVAILABLE, Connection, Info, Store
from local_region.world.git import Repository
from local_region.world.git_folder import find_repository, repository_ids


class Directory:
    """What the two services share, and what uses connections. `lock` guards the stores.

    `inner_address` is where hosts and builds of the region reach its API. `completed` are told the ARN of a connection
    that leads somewhere from now on.
    """

    inner_address = "http://169.254.169.250"

    def __init__(self):
        self.lock = threading.RLock()
        self.stores: dict[tuple[str, str], Store] = {}
        self.completed: list[Callable[[str], object]] = []

    def store(self, account: str, region: str) -> Store:
        return self.stores.setdefault((account, region), Store(account, region))

    def connections(self) -> list[Connection]:
        with self.lock:
            return [one for store in self.stores.values() for one in store.connections.values()]

    def find(self, arn: str) -> Connection | None:
        return next((one for one in self.connections() if one.arn == arn), None)

    def use(self, arn: str, full_id: str) -> Repository:
        """A repository through a connection. Raises LookupError, with a sentence, where that is not possible."""
        connection = self.find(arn)
        if connection is None:
            raise LookupError(f"Connection not found: {arn}")
        if connection.status != AVAILABLE:
            raise LookupError(
                f"Connection {arn} is not available: its status is {connection.status}. Complete it first (in the "
                "local region: python -m local_region connection complete)."
            )
        repository = find_repository(connection.folder, full_id)
        if repository is None:
            raise LookupError(f"The repository {full_id} was not found through the connection {arn}.")
        return repository

    # For the region's own command line

    def shown(self) -> list[Info]:
        """Every connection, with the repositories that it leads to."""
        return [
            {
                "arn": one.arn,
                "name": one.name,
                "provider": one.provider,
                "status": one.status,
                "folder": str(one.folder) if one.folder else None,
                "repositories": repository_ids(one.folder) if one.folder and one.folder.is_dir() else [],
            }
            for one in self.connections()
        ]

    def complete(self, connection: str, folder: str) -> Info:
        """Makes a connection, named by its ARN or its name, AVAILABLE. Raises Refused."""
        found = self._named(connection)
        path = Path(folder)
        if not path.is_absolute() or not path.is_dir():
            raise Refused(
                f"{folder!r} is not a folder of this machine: give the absolute path of one that holds Git "
                "repositories as OWNER/NAME or OWNER/NAME.git."
            )
        with self.lock:
            found.folder = path
            for store in self.stores.values():
                if found.host_arn in store.hosts:
                    store.hosts[found.host_arn].status = AVAILABLE
        for tell in self.completed:
            tell(found.arn)
        return next(one for one in self.shown() if one["arn"] == found.arn)

    def _named(self, connection: str) -> Connection:
        found = [one for one in self.connections() if connection in (one.arn, one.name)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(one.arn for one in found or self.connections()) or "none"
        if found:
            raise Refused(f"{len(found)} connections have the name {connection!r}: give the ARN of one: {known}.")
        raise Refused(f"There is no connection {connection!r}; there are {known}.")
