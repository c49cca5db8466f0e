# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs CodeBuild's builds: each on a host of its own, which is gone when the build is over.

The host runs `local_region.world.build`, which does what CodeBuild's agent does.
"""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path

from local_region.services.codebuild.builder import Listener, Order
from local_region.world import egress, package_settings
from local_region.world.hosts import Hosts
from local_region.world.network import API_ADDRESS
from local_region.world.package_settings import PackageSettings
from local_region.world.running_build import Build


class Builds:
    """The region's `Builder`. Thread-safe; must be used where `Hosts` may be.

    `egress_socket` is where the proxy to the internet listens; without it builds have no way out.
    """

    def __init__(self, hosts: Hosts, egress_socket: Path | None = None):
        self._hosts, self._egress_socket = hosts, egress_socket
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._running: set[Build] = set()
        self._relay: egress.Relay | None = None
        self._found: PackageSettings | None = None

    def start(self, order: Order, listener: Listener) -> Build:
        build = Build(self._hosts, self._settings, next(self._numbers), order, listener, self._running.discard)
        with self._lock:
            self._running.add(build)
        build.start()
        return build

    def _settings(self) -> PackageSettings:
        """What every build sees of the machine; found out when there is a first build."""
        with self._lock:
            if self._found is None:
                self._found = package_settings.of_machine(os.environ)
                if self._egress_socket:
                    self._relay = egress.Relay(API_ADDRESS, self._egress_socket)
                    self._found = self._found.and_proxy(egress.build_variables(API_ADDRESS, os.environ))
            return self._found

    def close(self) -> None:
        """Stops all builds and returns when their hosts are gone."""
        for build in list(self._running):
            build.stop()
        for build in list(self._running):
            build.join()
        if self._relay:
            self._relay.close()
