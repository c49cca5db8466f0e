# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server under the API: waitress, on sockets that others have bound, with threads enough for long polls."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Sequence

import waitress.server
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, get_header_lines

# A long poll of an agent holds a thread; 200 hosts and everybody else fit. An idle thread costs some 20 KiB.
THREADS = 288

# How the parser tells the application under which names headers arrived. Clients cannot set it: the parser always does.
_NAMES = "LOCAL_REGION_HEADER_NAMES"

Application = Callable[[dict, Callable], Iterable[bytes]]


class _Parser(HTTPRequestParser):
    """waitress's parser, for what S3's clients send.

    * boto3 asks to `Expect: 100-continue` before a body of no bytes, too; waitress would wait for that body for ever.
    * Metadata (`x-amz-meta-...`) may have underscores in its names; waitress drops such headers, and moto wants to know
      the names as they were spelled.
    """

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if not self.chunked and self.content_length == 0:
            self.expect_continue = False
        names: dict[str, str] = {}
        for line in get_header_lines(header_plus.partition(b"\r\n")[2]):
            name, _, value = line.decode("latin-1").partition(":")
            if "_" in name and should_preserve_original_header_name(name):
                key = environ_key_for_header(name)
                if names.setdefault(key, name) == name:
                    self.headers.setdefault(key.removeprefix("HTTP_"), value.strip(" \t"))
        self.headers[_NAMES] = json.dumps(names)


class _Channel(HTTPChannel):
    parser_class = _Parser


# The class of server that `create_server` makes of a socket; it takes no class of channel as an argument.
waitress.server.TcpWSGIServer.channel_class = _Channel


def _with_header_names(application: Application) -> Application:
    def call(environ: dict, start_response: Callable) -> Iterable[bytes]:
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = json.loads(environ.pop(f"HTTP_{_NAMES}"))
        return application(environ, start_response)

    return call


class HttpServer:
    """Serves a WSGI application on sockets that are bound already. `start` returns at once; `close` ends it."""

    def __init__(self, application: Application, sockets: Sequence[socket.socket], threads: int = THREADS):
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server = waitress.server.create_server(
            _with_header_names(application),
            sockets=list(sockets),
            threads=threads,
            ident="",
            clear_untrusted_proxy_headers=True,
            # More than any long poll lasts; a connection that waits for its answer is not idle.
            channel_timeout=300,
            connection_limit=2048,
            asyncore_use_poll=True,
            max_request_body_size=5 * 1024**3,
        )
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.close()
        self._server.task_dispatcher.shutdown(timeout=1)


def listening_socket(host: str, port: int) -> socket.socket:
    """A TCP socket that listens; raises OSError when the address is taken or not ours."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
