# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves the shop: ``python3 -m storefront [home]``, where home holds VERSION and settings.json."""

from __future__ import annotations

import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from storefront.shop import Shop


def handler_of(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keep-alive, as a load balancer expects of its targets
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body leave in one segment

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = shop.answer(self.command, self.path, body)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("X-Version", shop.version)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_POST = do_HEAD = do_GET

        def log_message(self, *_):
            """The load balancer keeps the access log."""

    return Handler


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def main() -> None:
    home = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    settings = json.loads((home / "settings.json").read_text())
    shop = Shop((home / "VERSION").read_text().strip(), settings)
    server = Server(("0.0.0.0", int(settings["port"])), handler_of(shop))
    # shutdown() waits for the loop that runs here, so it needs a thread of its own.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"storefront {shop.version} listens on port {server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
