# SPDX-License-Identifier: GPL-3.0-or-later
"""With which status a target fails its health checks.

Envoy says that a check failed, not with which status; ELBv2 tells the status (Target.ResponseCodeMismatch). So a target
that fails is asked once more, beside Envoy's own checks, and only for the description.
"""

from __future__ import annotations

import http.client
import threading
import time

from local_region.world.balancer.spec import HealthCheckSpec

# Real seconds between two requests to a target that keeps failing, and the patience with each.
AGAIN_AFTER, PATIENCE = 2.0, 2.0

Where = tuple[str, int]  # address and port


class Diagnoses:
    """Statuses of failing targets. Asks in threads of its own: nobody waits for a target that does not answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[Where, int | None] = {}
        self._asked: dict[Where, float] = {}

    def status(self, where: Where, check: HealthCheckSpec) -> int | None:
        """The unexpected status with which the target at `where` answered last; None while it is not known."""
        now = time.monotonic()
        with self._lock:
            if now - self._asked.get(where, -AGAIN_AFTER) >= AGAIN_AFTER:
                self._asked[where] = now
                threading.Thread(target=self._ask, args=(where, check), daemon=True).start()
            return self._statuses.get(where)

    def forget(self, where: Where) -> None:
        """The target is healthy."""
        with self._lock:
            self._statuses.pop(where, None)
            self._asked.pop(where, None)

    def _ask(self, where: Where, check: HealthCheckSpec) -> None:
        status = _status(where, check.path)
        expected = status is not None and any(low <= status <= high for low, high in check.codes)
        with self._lock:
            if where in self._asked:
                self._statuses[where] = None if expected else status


def _status(where: Where, path: str) -> int | None:
    connection = http.client.HTTPConnection(*where, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
