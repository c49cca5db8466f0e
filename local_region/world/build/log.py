# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build says: lines of its commands and of the runner, secrets masked, sent on as they come."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

MASK = "***"
# A shorter secret would mask half the log and is none.
SHORTEST_SECRET = 3
# Bytes. A line that is longer is cut in pieces: memory stays bounded, and CloudWatch Logs takes 256 KiB at most.
LONGEST_LINE = 64 * 1024
_TAIL = 8 * 1024


class Masker:
    """Replaces secrets. A secret of several lines is also masked line by line."""

    def __init__(self, secrets: Iterable[str] = ()):
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.longest = 0
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        for secret in secrets:
            parts = {secret, secret.strip(), *secret.splitlines()}
            self._secrets |= {part for part in parts if len(part.strip()) >= SHORTEST_SECRET}
        # The longest first: one secret may contain another.
        ordered = sorted(self._secrets, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self.longest = len(ordered[0].encode("utf-8", "replace")) if ordered else 0

    def __call__(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text


class Log:
    """Sends lines to `send` in the order they come; what commands print is cut into lines here."""

    def __init__(self, send: Callable[[list[str]], None], masker: Masker, now: Callable[[], float] = time.time):
        self._send, self._mask, self._now = send, masker, now
        self._rest = b""
        self._printed = False
        self._tail = ""

    def say(self, text: str) -> None:
        """A line of the runner's own."""
        self.end_of_output()
        blank = [""] if self._printed else []
        self._printed = False
        moment = self._now()
        stamp = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1_000_000):06d}"
        self._send([*blank, *f"[Container] {stamp} {self._mask(text)}".splitlines()])

    def output(self, chunk: bytes) -> None:
        """What a command has printed; `chunk` is not kept longer than until its line ends."""
        whole, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
        lines = self._lines(whole) if newline else []
        if len(self._rest) > LONGEST_LINE:
            # The last bytes wait for what comes: they may be the first of a secret, or of a character.
            masked = self._mask(self._rest.decode("utf-8", "replace")).encode("utf-8", "replace")
            keep = max(self._mask.longest, 4)
            lines.append(masked[:-keep].decode("utf-8", "replace"))
            self._rest = masked[-keep:]
        self._emit(lines)

    def _lines(self, printed: bytes) -> list[str]:
        text = self._mask(printed.decode("utf-8", "replace"))
        return [line.rstrip("\r") for line in text.split("\n")]

    def end_of_output(self) -> None:
        """A command has ended: what it printed without an end of line is a line."""
        rest, self._rest = self._rest, b""
        if rest:
            self._emit(self._lines(rest))

    def forget_tail(self) -> None:
        self._tail = ""

    def tail(self) -> str:
        """The end of what commands have printed since `forget_tail`."""
        return self._tail

    def _emit(self, lines: list[str]) -> None:
        if lines:
            self._printed = True
            self._tail = (self._tail + "\n".join(lines[-200:]) + "\n")[-_TAIL:]
            self._send(lines)
