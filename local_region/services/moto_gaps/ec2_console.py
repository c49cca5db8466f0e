# SPDX-License-Identifier: GPL-3.0-or-later
"""GetConsoleOutput: what an instance's host has written at its boot. moto answers with the boot of a Linux 2.6.

The real one has what cloud-init writes on the console, which is the output of user data. It stays for an hour after the
instance is gone, here as long as the region.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.responses.general import General

MOST_KEPT = 64 * 1024
"""Bytes that EC2 keeps, the last ones."""

_read: Callable[[str], bytes | None] | None = None


def listen(read: Callable[[str], bytes | None] | None) -> None:
    """From now on `read(instance_id)` says what is on the console of an instance; None where it has no host. With None
    in place of a function, only what was kept is told."""
    global _read
    _read = read


def keep(instance: Any, output: bytes) -> None:
    """The instance's host is about to go: this was on its console."""
    instance.console_output = output[-MOST_KEPT:]


def get_console_output(self) -> ActionResult:
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    output = _read(instance.id) if _read else None
    if output is None:
        output = getattr(instance, "console_output", b"")
    shown = base64.b64encode(output[-MOST_KEPT:]).decode()
    return ActionResult({"InstanceId": instance.id, "Timestamp": utcnow(), "Output": shown})


General.get_console_output = get_console_output
