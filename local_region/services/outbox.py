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
        self._worker.submit(self._deliver, account, region, entry)

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, account: str, region: str, entry: dict[str, Any]) -> None:
        try:
            self._emit(account, region, entry)
        except Exception as error:
            log.warning("a target of the event %s was not reached: %s", entry["DetailType"], error)
