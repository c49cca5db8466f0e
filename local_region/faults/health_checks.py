# SPDX-License-Identifier: GPL-3.0-or-later
"""A target fails its health checks although its application is well."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http.client import responses

from local_region.faults.fault import Parameter
from local_region.faults.hosts import INSTANCE, HostFault
from local_region.http_server import HttpServer, listening_socket

_THREADS = 2


class HealthCheckBroken(HostFault):
    name = "health-check-broken"
    text = (
        "The load balancer's health checks of an instance, in all its target groups, are answered with an error "
        "status: they go to the region itself in place of the host. Other requests reach the application as ever."
    )
    undone = "The checks go to the host again."
    parameters = (INSTANCE, Parameter("status", "the HTTP status of the answer", int, 503, 400, 599))
    part = "health checks"

    def start(self) -> None:
        self.require_host()
        listener = listening_socket("127.0.0.1", 0)
        self._server = HttpServer(_always(self.values["status"]), [listener], _THREADS)
        self._server.start()
        self.site.world.balancers.divert_checks(self.instance, listener.getsockname())

    def undo(self) -> None:
        self.site.world.balancers.divert_checks(self.instance, None)
        self._server.close()


def _always(status: int) -> Callable[[dict, Callable], Iterable[bytes]]:
    """A WSGI application with one answer to everything."""

    def answer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        start_response(f"{status} {responses.get(status, 'Injected')}", [("Content-Length", "0")])
        return []

    return answer
