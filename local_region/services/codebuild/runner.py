# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue of builds: begins those that have room, ends those that have waited too long, and hands the rest over.

Builds begin on threads of a pool, where sources are fetched; from then on the builder's own thread tells how they go.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from local_region.clock import Clock
from local_region.protocol import ServiceError
from local_region.services.codebuild import orders, phases
from local_region.services.codebuild.builder import Builder, Result
from local_region.services.codebuild.listening import Listening
from local_region.services.codebuild.records import BuildRecord, Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codebuild.telling import Telling
from local_region.services.codebuild.unready import Unready
from local_region.services.outbox import Outbox

log = logging.getLogger("local_region.codebuild")

# Builds of an account in a region that run at a time, and that wait. The first number is the region's own: AWS's
# depends on the account and the compute type. Source: user guide, "Working with builds": the queue is five times it.
MOST_RUNNING = 8
MOST_QUEUED = 5 * MOST_RUNNING
IDLE = 3600.0


class Runner:
    """`builder()` gives what runs the builds, None when nobody does."""

    def __init__(
        self,
        lock: threading.RLock,
        clock: Clock,
        surroundings: Surroundings,
        builder: Callable[[], Builder | None],
    ):
        self._lock, self._clock, self._surroundings, self._builder = lock, clock, surroundings, builder
        self._outbox = Outbox(surroundings.emit, "codebuild")
        self._telling = Telling(self._outbox)
        self._queued: list[tuple[Store, BuildRecord]] = []
        self._running: list[tuple[Store, BuildRecord]] = []
        self._news = threading.Event()
        self._closed = False
        self._pool = ThreadPoolExecutor(max_workers=MOST_RUNNING, thread_name_prefix="codebuild")
        self._thread = threading.Thread(target=self._loop, name="codebuild", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops the builds and ends all threads."""
        with self._lock:
            self._closed = True
            self._queued.clear()
            stopped = [build for _, build in self._running]
        for build in stopped:
            self._stop_running(build)
        self._news.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)
        with self._lock:  # builds that end from now on end unheard
            self._telling.hush()
        self._outbox.close()

    def later(self, function: Callable[[], object]) -> None:
        """Calls the function on a thread of the pool; what it raises is logged."""
        self._pool.submit(self._logged, function)

    # With the lock held

    def queued(self, store: Store) -> int:
        """How many builds wait in an account and region."""
        return sum(one is store for one, _ in self._queued)

    def active(self, build_of: Callable[[BuildRecord], bool]) -> int:
        """How many builds of a kind wait or run."""
        return sum(build_of(build) for _, build in [*self._queued, *self._running])

    def submit(self, store: Store, build: BuildRecord) -> None:
        """A new build: it waits until there is room for it."""
        now = self._clock.now()
        phases.begin(build.info, "SUBMITTED", now)
        self._telling.phase(store, build, phases.end(build.info, "SUCCEEDED", now))
        phases.begin(build.info, "QUEUED", now)
        self._telling.state(store, build)
        self._queued.append((store, build))
        self._advance()
        self._news.set()

    def stop(self, store: Store, build: BuildRecord) -> None:
        """Ends a build with the status STOPPED: at once if it waits, soon if it runs."""
        if build.complete or build.stopping:
            return
        build.stopping = True
        if (store, build) in self._queued:
            self._queued.remove((store, build))
            self._over(store, build, "STOPPED", "STOPPED")
        else:
            self._pool.submit(self._logged, self._stop_running, build)

    def _advance(self) -> None:
        """Begins the builds that have room, the oldest first."""
        for store, build in list(self._queued):
            if self._closed or sum(one is store for one, _ in self._running) >= MOST_RUNNING:
                continue
            self._queued.remove((store, build))
            self._running.append((store, build))
            now = self._clock.now()
            self._telling.phase(store, build, phases.end(build.info, "SUCCEEDED", now))
            phases.begin(build.info, "PROVISIONING", now)
            self._pool.submit(self._logged, self._begin, store, build)

    def _over(
        self, store: Store, build: BuildRecord, status: str, of_phase: str, code: str = "", message: str = ""
    ) -> None:
        """A build has ended that no builder has."""
        self._telling.phase(store, build, phases.end(build.info, of_phase, self._clock.now(), code, message))
        self.finish(store, build, status)

    def finish(self, store: Store, build: BuildRecord, status: str) -> None:
        """The build is over: the last word about it."""
        now = self._clock.now()
        phases.begin(build.info, "COMPLETED", now)
        build.info |= {"buildStatus": status, "buildComplete": True, "endTime": now}
        build.running = None
        build.origin = replace(build.origin, handover=None)  # the sources' bytes are not needed any more
        self._telling.state(store, build)
        if (store, build) in self._running:
            self._running.remove((store, build))
        log.info("%s %s", build.id, status)
        self._advance()
        if not self._closed:
            for tell in build.finished:
                self._pool.submit(self._logged, tell, build)

    # On threads of the pool

    def _begin(self, store: Store, build: BuildRecord) -> None:
        listening = Listening(self._lock, self._clock, self._surroundings, store, build, self._telling, self.finish)
        try:
            listening.open()
            order = orders.make(store, build, self._surroundings)
            with self._lock:
                if order.source.subject:
                    build.info["resolvedSourceVersion"] = order.source.subject
                if build.stopping:
                    listening.ended(Result("STOPPED"))
                    return
            running = self._builder().start(order, listening)
        except Unready as unready:
            listening.failed_before(unready)
            return
        except Exception:
            log.exception("%s could not begin; this is a fault of the local region", build.id)
            listening.failed_before(
                Unready("PROVISIONING", "INTERNAL_SERVICE_ERROR", "The local region failed; see its log.")
            )
            return
        with self._lock:
            if not build.complete:
                build.running = running
            stopping = build.stopping or self._closed
        if stopping:
            running.stop()

    @staticmethod
    def _stop_running(build: BuildRecord) -> None:
        if running := build.running:
            running.stop()

    @staticmethod
    def _logged(function: Callable, *given: object) -> None:
        try:
            function(*given)
        except ServiceError as error:
            log.warning("an event started no build: %s", error)
        except Exception:
            log.exception("a build's step failed; this is a fault of the local region")

    # What the thread does: the queued time-out, in service seconds

    def _loop(self) -> None:
        while not self._closed:
            self._news.clear()
            with self._lock:
                now = self._clock.seconds()
                for store, build in [one for one in self._queued if self._due(one[1]) <= now]:
                    self._queued.remove((store, build))
                    minutes = build.info["queuedTimeoutInMinutes"]
                    message = f"Build has been queued for more than {minutes} minutes"
                    self._over(store, build, "TIMED_OUT", "TIMED_OUT", "BUILD_QUEUED_TIMEOUT", message)
                pause = min([self._due(build) - now for _, build in self._queued], default=IDLE)
            if not self._closed:
                self._clock.wait(self._news, max(0.0, pause))

    @staticmethod
    def _due(build: BuildRecord) -> float:
        return build.queued + build.info["queuedTimeoutInMinutes"] * 60.0
