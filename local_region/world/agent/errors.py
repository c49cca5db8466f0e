# SPDX-License-Identifier: GPL-3.0-or-later
"""How a lifecycle event ends badly, as the service understands it."""

from __future__ import annotations

import json
from enum import IntEnum


class ErrorCode(IntEnum):
    """``error_code`` of the diagnostics."""

    SUCCESS = 0
    SCRIPT_MISSING = 1
    SCRIPT_NOT_EXECUTABLE = 2
    SCRIPT_TIMED_OUT = 3
    SCRIPT_FAILED = 4
    UNKNOWN = 5
    OUTPUTS_LEFT_OPEN = 6
    AGENT_RESTARTED = 7


class CommandFailed(Exception):
    """A command did not succeed. `script_name` is its location in the AppSpec, `log` the end of the scripts' output."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.UNKNOWN, script_name: str = "", log: str = ""):
        super().__init__(message)
        self.message = message
        self.code = code
        self.script_name = script_name
        self.log = log

    def diagnostics(self) -> str:
        """The JSON text that goes with a failed command."""
        return diagnostics(self.code, self.message, self.script_name, self.log)


def diagnostics(code: ErrorCode, message: str, script_name: str = "", log: str = "") -> str:
    """The JSON text of ``Diagnostics.Payload``."""
    return json.dumps({"error_code": int(code), "script_name": script_name, "message": message, "log": log})
