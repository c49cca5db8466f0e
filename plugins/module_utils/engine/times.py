# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Times as the services tell them, ISO 8601 with an offset, and the services' own clock."""

from __future__ import annotations

from datetime import datetime


def epoch(time: str) -> float:
    """An ISO 8601 time with its offset, in seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()


def seconds_between(start: str | None, end: str | None) -> float | None:
    """Seconds from one ISO 8601 time to another; None when one is missing."""
    if not start or not end:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


class ServiceClock:
    """The service's present time, learnt from the times in its answers: nobody's clock has to be right but for pace.

    An answer that comes at ``now`` and has a time that was not there at the look before says that the service's clock
    was at that time somewhere between the two looks.
    """

    def __init__(self):
        self._latest = float("-inf")
        self._looked: float | None = None
        self._ahead = (float("-inf"), float("inf"))  # the service's clock less ours: at least, at most

    def observe(self, latest: float | None, now: float, since: float | None = None) -> None:
        """``latest``: the latest time in an answer; ``since``: when what it tells can have happened at the earliest."""
        since = self._looked if since is None else since
        if latest is not None and latest > self._latest:
            least, most = self._ahead
            most = min(most, latest - since) if since is not None else most
            self._latest, self._ahead = latest, (max(least, latest - now), most)
        self._looked = now

    def at(self, now: float) -> float:
        """The service's time at our ``now``, in seconds since 1970; rather late than early."""
        least, most = self._ahead
        return now + (most if most != float("inf") else least if least != float("-inf") else 0.0)
