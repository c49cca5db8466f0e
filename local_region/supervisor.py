# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that stays in the machine's own network: holds port and lock, starts the nest and the door.

When it ends, in whatever way, everything else ends: the nest reads its lifeline's end of file, and the kernel kills
what the supervisor started. When something else of the region dies, the supervisor takes the rest down.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from local_region.features import ROOT
from local_region.nest import nested
from local_region.process import ProcessId, children_of, spawn
from local_region.state import StateDir
from local_region.world.balancer.envoy import EnvoyError
from local_region.world.door import DOOR, Door

log = logging.getLogger("local_region.supervisor")

READY = b"ready\n"
# Real seconds. Starting includes importing moto on a busy machine.
_START_PATIENCE = 120.0
_STOP_PATIENCE = 10.0
# The death of a child is looked for at each signal of it and, as another thread may be just collecting it, this often.
_LOOK = 0.5


@dataclass(frozen=True)
class RegionOptions:
    """What the region's process is told on its command line; none of it is secret."""

    url: str
    run_dir: str
    time_scale: float


class RegionFailed(Exception):
    """The region could not start, or died. The message is one sentence."""


class Nest:
    """The region's process in its namespaces, and the pipe whose end tells it to stop."""

    def __init__(self, api: socket.socket, options: RegionOptions):
        lifeline, self._hold = os.pipe()
        self._ready, ready = os.pipe()
        arguments = {**asdict(options), "api_fd": api.fileno(), "lifeline_fd": lifeline, "ready_fd": ready}
        self.process = spawn(
            nested([sys.executable, "-m", "local_region.region_process", json.dumps(arguments)]),
            pass_fds=(api.fileno(), lifeline, ready),
            cwd=ROOT,
        )
        os.close(lifeline)
        os.close(ready)

    def wait_ready(self) -> None:
        """Returns when the region answers; raises RegionFailed with what it said when it does not."""
        readable, _, _ = select.select([self._ready], [], [], _START_PATIENCE)
        said = os.read(self._ready, 4096) if readable else b""
        os.close(self._ready)
        if said != READY:
            self.stop()
            raise RegionFailed(said.decode(errors="replace").strip() or "The region's process ended while it started.")

    def pids(self) -> list[int]:
        """unshare, and the first process of the nest as it is called outside."""
        return [self.process.pid, *children_of(self.process.pid)]

    def stop(self) -> None:
        """Asks the region to close and, should it not, kills it. Returns when all of it is gone."""
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None
        _end(self.process)


def _end(process: subprocess.Popen) -> None:
    try:
        process.wait(_STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Supervisor:
    """Runs a region until it is told to stop. The state directory is locked and the API's socket listens already."""

    def __init__(self, state: StateDir, api: socket.socket, time_scale: float, ready: Callable[[str], None]):
        host, port = api.getsockname()[:2]
        self._state, self._api, self._tell = state, api, ready
        self._options = RegionOptions(f"http://{host}:{port}", str(state.run_dir), time_scale)
        self._info = {"url": self._options.url, "port": port, "pid": os.getpid(), "time_scale": time_scale, "starts": 0}
        self._info["run_dir"] = self._options.run_dir
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._door = Door(state.run_dir / DOOR)
        self._nest: Nest | None = None

    def run(self) -> int:
        """The process's exit status: 0 after `stop`, 1 when the region could not start or died."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda number, frame: self._signals.put(number))
        try:
            self._start()
            self._tell("ready")
            return self._watch()
        except RegionFailed as failure:
            log.error("%s", failure)
            self._tell(str(failure))
            return 1
        finally:
            self._stop()
            self._state.clear()
            log.info("stopped")

    def _watch(self) -> int:
        while True:
            try:
                number = self._signals.get(timeout=_LOOK)
            except queue.Empty:
                number = signal.SIGCHLD
            if number in (signal.SIGTERM, signal.SIGINT):
                return 0
            if number == signal.SIGHUP:
                log.info("reset")
                self._stop()
                self._start()
            elif name := self._dead():
                raise RegionFailed(f"The region's {name} ended; the rest of the region ends with it.")

    def _start(self) -> None:
        started = time.monotonic()
        self._state.make_run_dir()
        try:
            self._door.start()
        except EnvoyError as error:
            raise RegionFailed(f"The door to the load balancers does not open: {error}") from error
        self._nest = Nest(self._api, self._options)
        self._describe()  # before it answers: whoever finds us killed now must know what to clean up
        self._nest.wait_ready()
        self._info["starts"] += 1
        self._describe()
        log.info("the region answers at %s after %.1f s", self._options.url, time.monotonic() - started)

    def _stop(self) -> None:
        if self._nest is not None:
            self._nest.stop()
            self._nest = None
        self._door.close()

    def _dead(self) -> str | None:
        """The name of a part that has ended, None while all live."""
        if self._nest is not None and self._nest.process.poll() is not None:
            return "process"
        return None if self._door.alive else "door"

    def _describe(self) -> None:
        pids = [self._door.pid, *self._nest.pids()]
        processes = [ProcessId.of(pid) for pid in pids if pid]
        self._state.write_info(self._info | {"processes": [asdict(process) for process in processes if process]})
