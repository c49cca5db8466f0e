# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs CodeBuild's builds: each on a host of its own, which is gone when the build is over.

The host runs `local_region.world.build`, which does what CodeBuild's agent does.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_region.services.codebuild.builder import Listener, Order
from local_region.world import egress, package_settings
from local_region.world.build_credentials import VARIABLE, Assume, CredentialsServer
from local_region.world.hosts import Hosts
from local_region.world.network import API_ADDRESS
from local_region.world.package_settings import PackageSettings
from local_region.world.running_build import Build


class Builds:
    """The region's `Builder`. Thread-safe; must be used where `Hosts` may be.

    `egress_socket` is where the proxy to the internet listens, without it builds have no way out; `assume` gives the
    credentials of an order's role, without it builds have none.
    """

    def __init__(self, hosts: Hosts, egress_socket: Path | None = None, assume: Assume | None = None):
        self._hosts, self._egress_socket, self._assume = hosts, egress_socket, assume
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._running: set[Build] = set()
        self._relay: egress.Relay | None = None
        self._credentials = CredentialsServer() if assume else None
        self._machine: PackageSettings | None = None

    def start(self, order: Order, listener: Listener) -> Build:
        build = Build(self._hosts, self._prepared, next(self._numbers), order, listener, self._running.discard)
        self._running.add(build)
        build.start()
        return build

    def close(self) -> None:
        """Stops all builds and returns when their hosts are gone."""
        for build in list(self._running):
            build.stop()
        for build in list(self._running):
            build.join()
        if self._relay:
            self._relay.close()
        if self._credentials:
            self._credentials.close()

    @contextmanager
    def _prepared(self, order: Order) -> Iterator[PackageSettings]:
        """What a build sees of the machine and of its role, for as long as it runs."""
        settings = self._settings()
        if self._assume is None or order.role_arn is None:
            yield settings
            return
        document = self._assume(order)
        path = self._credentials.offer(document)
        try:
            secret = [document[name] for name in ("AccessKeyId", "SecretAccessKey", "Token")]
            yield settings.plus({VARIABLE: path}, secret)
        finally:
            self._credentials.withdraw(path)

    def _settings(self) -> PackageSettings:
        """The same for all builds; found out when there is a first one."""
        with self._lock:
            if self._machine is None:
                self._machine = package_settings.of_machine(os.environ)
                if self._egress_socket:
                    self._relay = egress.Relay(API_ADDRESS, self._egress_socket)
                    self._machine = self._machine.plus(egress.build_variables(API_ADDRESS, os.environ))
            return self._machine
