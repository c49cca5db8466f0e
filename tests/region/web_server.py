# SPDX-License-Identifier: GPL-3.0-or-later
"""A small real web server for tests of what stands before it: keep-alive, health, slow answers, an abrupt end."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class WebServer:
    """Serves on 127.0.0.1 until `stop`. `GET /health` answers `health_status`; any other path 200, or `?status=`,
    after `?seconds=`, with what it was asked in the body and its name in X-Version."""

    def __init__(self, name: str = "1.0", health_status: int = 200):
        self.id, self.name, self.health_status = name, name, health_status
        self.requests = 0
        self.health_seconds = 0.0
        self._connections: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Ends at once, as a killed process: connections break, requests in flight get no answer."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, _request, _client_address) -> None:
        """A client that went away is none of the test's business."""

    def __init__(self, address, web: WebServer):
        self.web = web
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.web._connections.add(self.connection)

    def finish(self) -> None:
        self.server.web._connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        web, url = self.server.web, urlsplit(self.path)
        if url.path == "/health":
            time.sleep(web.health_seconds)
            return self._answer(web.health_status, "")
        web.requests += 1
        query = parse_qs(url.query)
        time.sleep(float(query.get("seconds", ["0"])[0]))
        headers = "".join(f"{name.lower()}: {value}\n" for name, value in self.headers.items())
        return self._answer(int(query.get("status", ["200"])[0]), f"{self.command} {self.path}\n{headers}")

    do_POST = do_GET

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Version", self.server.web.name)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args) -> None:
        pass
