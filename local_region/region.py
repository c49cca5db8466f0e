# SPDX-License-Identifier: GPL-3.0-or-later
"""The region, composed: clock, moto, services, the world behind them, and the API in front."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from local_region.calls import CallRecord
from local_region.clock import Clock
from local_region.moto_access import Moto
from local_region.protocol import JsonProtocol, Service
from local_region.server import Api, HttpServer


class Region:
    """A region in this process. Without `world` it has the API alone: instances exist, but no host runs for them."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.moto = Moto()
        self.calls = CallRecord()
        self.protocol = JsonProtocol(self._services())
        self.api = Api(self.protocol, self.moto, self.calls, {"status": self.status})
        self._servers: list[HttpServer] = []

    def _services(self) -> list[Service]:
        return []

    def serve(self, sockets: Sequence[socket.socket]) -> None:
        """Answers on the sockets, which are bound and listening already. Returns at once."""
        server = HttpServer(self.api, sockets)
        server.start()
        self._servers.append(server)

    def status(self) -> dict:
        """What `python -m local_region status --json` shows of the inside."""
        return {"time_scale": self.clock.scale, "calls": self.calls.counts()}

    def close(self) -> None:
        for server in self._servers:
            server.close()
