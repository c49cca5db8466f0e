# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service tells the event bus of what happens in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from logging import getLogger
from typing import Any

log = getLogger("local_region.events")

# Account, AWS region, and an entry of PutEvents.
Emit = Callable[[str, str, dict[str, Any]], None]


class Outbox:
    """Emits events one after the other on a thread of its own: what an event starts must not hold up who tells of it.

    `name` is the service's, for the thread.
    """

    def __init__(self, emit: Emit, name: str):
        self._emit = emit
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{name}-events")

    def put(self, account: str, region: str, entry: dict[str, Any]) -> None:
        """Returns at once; events arrive in the order in which they were put."""
        self.do(f"the event {entry['DetailType']}", self._emit, account, region, entry)

    def do(self, what: str, deliver: Callable[..., object], *arguments: object) -> None:
        """The same for what goes elsewhere than to the event bus; `what` it is, for the log."""
        self._worker.submit(self._deliver, what, deliver, arguments)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    @staticmethod
    def _deliver(what: str, deliver: Callable[..., object], arguments: tuple[object, ...]) -> None:
        try:
            deliver(*arguments)
        except Exception as error:
            log.warning("%s did not arrive: %s", what, error)
