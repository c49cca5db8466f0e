# SPDX-License-Identifier: GPL-3.0-or-later
"""Between a request to the API and its answer: where faults refuse, delay or change what goes through."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from local_region.calls import Operation
from local_region.protocol import Answer, ServiceError

Answered = tuple[Answer, Iterable[bytes] | None]  # the second is the body where that is a stream of moto's


class Interceptor:
    """Sees every request to the API. `path` is the request's, decoded and without its query."""

    def before(self, operation: Operation) -> ServiceError | None:
        """Called before the request is carried out; an error is answered in its place. May wait."""
        return None

    def after(self, operation: Operation, path: str, answered: Answered) -> Answered:
        """Called with the answer; returns what the client gets."""
        return answered


class Interception:
    """The interceptors that are in place, asked in the order in which they came. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interceptors: tuple[Interceptor, ...] = ()

    def add(self, interceptor: Interceptor) -> None:
        with self._lock:
            self._interceptors += (interceptor,)

    def remove(self, interceptor: Interceptor) -> None:
        """Nothing happens when it is not there."""
        with self._lock:
            self._interceptors = tuple(one for one in self._interceptors if one is not interceptor)

    def before(self, operation: Operation) -> ServiceError | None:
        for interceptor in self._interceptors:
            if error := interceptor.before(operation):
                return error
        return None

    def after(self, operation: Operation, path: str, answered: Answered) -> Answered:
        for interceptor in self._interceptors:
            answered = interceptor.after(operation, path, answered)
        return answered
