# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Progress of long waits: events in, lines for people out.

A module on another host can only collect its lines and return them. Inside the controller somebody listens, and each
line is shown while the wait goes on. Lines are plain text, one change a line, readable in a log file.
"""

from __future__ import annotations

import contextlib
import dataclasses

_listener = None


@dataclasses.dataclass(frozen=True)
class Event:
    """Something changed: C(subject) is what (an id), C(text) how, C(seconds) since the wait began, C(facts) data."""

    subject: str
    text: str
    seconds: float | None = None
    facts: dict = dataclasses.field(default_factory=dict)

    def line(self):
        """C(d-7X2K  InProgress, 1 of 4 hosts  12 s)"""
        parts = [self.subject, self.text]
        if self.seconds is not None:
            parts.append(duration(self.seconds))
        return "  ".join(part for part in parts if part)


def duration(seconds):
    """C(0.8 s), C(42 s), C(1m 12s), C(2h 05m): how long, as people say it."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


class Progress:
    """Collects the events of one run, and hands each line to the listener if there is one.

    C(censor) takes a line and returns it without secrets.
    """

    def __init__(self, censor=lambda line: line):
        self._censor = censor
        self.events = []
        self.lines = []

    def emit(self, event):
        line = self._censor(event.line())
        self.events.append(event)
        self.lines.append(line)
        if _listener:
            _listener(line)

    def say(self, subject, text, seconds=None, **facts):
        """Short for C(emit(Event(...)))."""
        self.emit(Event(subject, text, seconds, facts))


@contextlib.contextmanager
def listening(listener):
    """While this lasts, C(listener(line)) is called with each line: the warm controller shows them live."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before
