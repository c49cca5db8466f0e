# SPDX-License-Identifier: GPL-3.0-or-later
"""Remembers on disk which commands are being worked on, so that an agent that starts again can say what it lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STALE_AFTER = 86400.0  # seconds


class Tracking:
    """A file for each deployment with a command in progress; the command's identifier is in the file."""

    def __init__(self, directory: Path):
        self._directory = directory

    @contextmanager
    def working_on(self, deployment_id: str, command_identifier: str) -> Iterator[None]:
        """Keeps the note while the block runs; it survives only when the agent does not."""
        self._directory.mkdir(parents=True, exist_ok=True)
        note = self._directory / deployment_id
        note.write_text(command_identifier)
        try:
            yield
        finally:
            note.unlink(missing_ok=True)

    def lost(self) -> list[str]:
        """The identifiers of commands that an agent before this one did not finish, at most a day old; forgets them."""
        found = []
        for note in sorted(self._directory.iterdir()) if self._directory.is_dir() else ():
            if time.time() - note.stat().st_mtime <= STALE_AFTER:
                found.append(note.read_text())
            note.unlink()
        return found
