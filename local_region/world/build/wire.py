# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages between region and runner: a line of JSON, then as many bytes as its "size" says.

The region sends {"order": {...}}, for each archive {"blob": NAME, "size": n}, then {"start": true}; later an answer to
each question: {"value": text} or {"error": sentence}. The runner sends {"begun": PHASE}, {"phase": {...}},
{"log": [line, ...]}, {"ask": [kind, name]}, {"artifact": {...}, "size": n}, {"report": {...}, "size": n},
{"cache": true, "size": n} and at last {"ended": {"status": ..., "exported": {...}}}.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import IO


class Broken(Exception):
    """The other side has gone."""


class Wire:
    """One end. Not thread-safe."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]):
        self._incoming, self._outgoing = incoming, outgoing

    def send(self, message: dict, payload: bytes | Path = b"") -> None:
        """Sends a message, with the bytes or the content of the file; blocks until the other side takes it."""
        size = payload.stat().st_size if isinstance(payload, Path) else len(payload)
        if size:
            message = {**message, "size": size}
        try:
            self._outgoing.write(json.dumps(message).encode() + b"\n")
            if isinstance(payload, Path):
                with open(payload, "rb") as file:
                    shutil.copyfileobj(file, self._outgoing)
            else:
                self._outgoing.write(payload)
            self._outgoing.flush()
        except OSError:
            raise Broken from None

    def receive(self) -> dict:
        """The next message; its bytes, if any, are then to be taken with `payload`. Raises `Broken` at the end."""
        line = self._incoming.readline()
        if not line.endswith(b"\n"):
            raise Broken
        return json.loads(line)

    def payload(self, message: dict) -> bytes:
        """The bytes that belong to the message just received."""
        size = message.get("size", 0)
        content = self._incoming.read(size)
        if len(content) != size:
            raise Broken
        return content
