# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a build ends before its host begins."""

from __future__ import annotations


class Unready(Exception):
    """A build can't begin: `phase` fails, with the code and the message of its context."""

    def __init__(self, phase: str, code: str, message: str):
        super().__init__(message)
        self.phase, self.code, self.message = phase, code, message
