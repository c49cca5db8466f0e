# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that are active in a region, and the thread that keeps them so and ends them in time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local_region.faults.fault import Fault, Refused, Site, typed
from local_region.faults.registry import kind_of

log = logging.getLogger("local_region.faults")

ALL = "all"
_LOOK = 1.0  # real seconds between two looks at whether every fault still holds


@dataclass(frozen=True)
class _Active:
    fault: Fault
    since: datetime
    until: float | None  # on the region's clock, in service seconds


class Faults:
    """Injects and clears faults. Thread-safe; everything that users got wrong is `Refused`."""

    def __init__(self, site: Site):
        self._site = site
        self._injected = 0
        self._active: dict[str, _Active] = {}
        self._changed = threading.Condition(threading.RLock())
        self._closing = False
        self._thread: threading.Thread | None = None

    def inject(self, name: str, given: Mapping[str, object], seconds: float | None = None) -> dict[str, Any]:
        """Injects a fault, for so many service seconds or until it is cleared. Returns it as `active` shows it."""
        kind = kind_of(name)
        values = typed(kind, given)
        if seconds is not None and not seconds > 0:
            raise Refused(f"--for is {seconds:g}; give a number of service seconds greater than 0.")
        if seconds is not None and not kind.lasting:
            raise Refused(f"Fault {name} happens once and has no duration; leave --for away.")
        with self._changed:
            self._reap()
            fault = kind(self._site, f"f-{self._injected + 1}", values)
            self._require_free(fault)
            fault.start()
            self._injected += 1
            until = None if seconds is None else self._site.clock.seconds() + seconds
            one = _Active(fault, self._site.clock.now(), until)
            log.warning("fault %s is injected: %s", fault.id, _described(fault))
            if kind.lasting:
                self._active[fault.id] = one
                self._watch()
            return self._shown(one)

    def clear(self, identifier: str) -> list[str]:
        """Clears one fault, or "all" of them, the last one first. Returns the ids of those that were cleared.

        Raises `Refused` for an unknown one, and for the first that cannot be undone; the others are cleared all the
        same.
        """
        with self._changed:
            self._reap()
            if identifier != ALL and identifier not in self._active:
                there = f"give `all`, or one of {', '.join(self._active)}" if self._active else "none is"
                raise Refused(f"No fault {identifier!r} is active; {there}.")
            chosen = [one for one in reversed(self._active) if identifier in (ALL, one)]
            failures = [failure for one in chosen if (failure := self._end(one, "is cleared"))]
            if failures:
                raise failures[0]
            return chosen

    def active(self) -> list[dict[str, Any]]:
        """The active faults: id, name, parameters, since, remaining (service seconds, None: until cleared), details."""
        with self._changed:
            self._reap()
            return [self._shown(one) for one in self._active.values()]

    def close(self) -> None:
        """Ends the thread. What is broken stays so: everything of the region ends with it."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _require_free(self, fault: Fault) -> None:
        wanted = fault.touches()
        for other in self._active.values():
            if wanted is not None and other.fault.touches() == wanted:
                raise Refused(
                    f"Fault {fault.name}: {other.fault.id} ({other.fault.name}) has hold of the {wanted[0]} of "
                    f"{wanted[1]} already; clear it first (python -m local_region fault clear {other.fault.id})."
                )

    def _shown(self, one: _Active) -> dict[str, Any]:
        remaining = None if one.until is None else max(0.0, one.until - self._site.clock.seconds())
        return {
            "id": one.fault.id,
            "name": one.fault.name,
            "parameters": one.fault.values,
            "lasting": one.fault.lasting,
            "since": one.since.isoformat(timespec="milliseconds"),
            "remaining": remaining,
            **one.fault.details(),
        }

    def _end(self, identifier: str, why: str) -> Refused | None:
        """Undoes a fault. When that fails, says why; it stays active then, and is tried again if its time is over."""
        try:
            self._active[identifier].fault.undo()
        except Exception as error:
            log.exception("fault %s cannot be undone", identifier)
            return Refused(f"Fault {identifier} cannot be cleared: {error}")
        del self._active[identifier]
        log.warning("fault %s %s", identifier, why)
        return None

    def _reap(self) -> None:
        for identifier, one in list(self._active.items()):
            if one.fault.over():
                self._end(identifier, "has ended by itself")
            elif one.until is not None and self._site.clock.seconds() >= one.until:
                self._end(identifier, "has ended in time")

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="faults", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                self._changed.wait(self._next_look())
                if not self._closing:
                    self._look()

    def _look(self) -> None:
        self._reap()
        for identifier, one in self._active.items():
            try:
                one.fault.keep()
            except Exception:  # its host may be booting, or have ended just now
                log.exception("fault %s could not be kept; it is tried again", identifier)

    def _next_look(self) -> float | None:
        """Real seconds, None while there is nothing to look at."""
        if not self._active:
            return None
        now, scale = self._site.clock.seconds(), self._site.clock.scale
        ends = [(one.until - now) / scale for one in self._active.values() if one.until is not None]
        return min([_LOOK, *(end if end > 0 else _LOOK for end in ends)])


def _described(fault: Fault) -> str:
    return " ".join([fault.name, *(f"{name}={value}" for name, value in fault.values.items())])
