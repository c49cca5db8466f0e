# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an event may take, and an index of what is due."""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

from local_region.engine import lifecycle

PICK_UP = 300.0
"""Seconds within which a host's agent must take up an event (user guide, "Troubleshoot": fails after five minutes)."""

EVENT = 3600.0
"""Seconds that an event may run, and that AllowTraffic may wait for health (user guide, "CodeDeploy quotas")."""


def limit(event: str, acknowledged: bool) -> float:
    """The seconds an event has left from now on, when it is handed out or when its agent has taken it up."""
    return PICK_UP if lifecycle.performer(event) == "agent" and not acknowledged else EVENT


class Due(Protocol):
    """Something with a deadline (service seconds), None when it has none any more."""

    deadline: float | None


Item = TypeVar("Item", bound=Due)


class Deadlines(Generic[Item]):
    """What is due when. There are few different limits, so each has a queue that is in order by itself.

    Adding costs O(1); an item that was done in time is dropped when it reaches the head of its queue.
    """

    def __init__(self) -> None:
        self._queues: dict[float, deque[tuple[float, Item]]] = {}

    def add(self, item: Item, now: float, seconds: float) -> None:
        """Gives the item a deadline in so many seconds, in place of the one it has."""
        item.deadline = now + seconds
        self._queues.setdefault(seconds, deque()).append((item.deadline, item))

    def next(self) -> float | None:
        """The earliest deadline that is still to be kept; None without any."""
        heads = [queue[0][0] for queue in self._queues.values() if self._drop_kept(queue)]
        return min(heads, default=None)

    def expired(self, now: float) -> list[Item]:
        """Takes out and returns the items whose deadline has come."""
        found = []
        for queue in self._queues.values():
            while self._drop_kept(queue) and queue[0][0] <= now:
                found.append(queue.popleft()[1])
        return found

    @staticmethod
    def _drop_kept(queue: deque[tuple[float, Item]]) -> bool:
        while queue and queue[0][1].deadline != queue[0][0]:
            queue.popleft()
        return bool(queue)
