# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the scripts of a lifecycle event, each in a process group of its own, and keeps what they say."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from .appspec import Script
from .errors import CommandFailed, ErrorCode

LOG_LIMIT = 2048  # characters, that many are already too many

_log = logging.getLogger(__name__)
_deployment_log = logging.getLogger("codedeploy_agent.deployments")


class ScriptLog:
    """What the scripts of one event say: all of it in the file, its end in memory. Thread-safe."""

    def __init__(self, path: Path, deployment_id: str):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115  (closed in `close`)
        self._deployment_id = deployment_id
        self._lines: list[str] = []
        self._lock = threading.Lock()

    def add(self, line: str) -> None:
        """Adds one line; `line` has no end of line."""
        with self._lock:
            if self._file.closed:
                return  # a program that outlived its script still talks
            self._lines = tail([*self._lines, f"{line}\n"])
            self._file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
            self._file.flush()
        _deployment_log.info("[%s]%s", self._deployment_id, line)

    def text(self) -> str:
        """The last whole lines, together shorter than `LOG_LIMIT`."""
        with self._lock:
            return "".join(self._lines)

    def close(self) -> None:
        with self._lock:
            self._file.close()


def tail(lines: Sequence[str]) -> list[str]:
    """As many of the last lines as stay below `LOG_LIMIT` characters together."""
    kept, room = len(lines), LOG_LIMIT
    while kept > 0 and len(lines[kept - 1]) < room:
        kept -= 1
        room -= len(lines[kept])
    return list(lines[kept:])


def run(event: str, scripts: Sequence[Script], archive: Path, environment: Mapping[str, str], log: ScriptLog) -> None:
    """Runs the scripts of `event` one after another; raises `CommandFailed` at the first that does not end well.

    `environment` is added to the agent's own.
    """
    log.add(f"LifecycleEvent - {event}")
    for script in scripts:
        path = archive / script.location.lstrip("/")
        try:
            _make_executable(path, script)
            log.add(f"Script - {script.location}")
            _run(script, path, environment, log)
        except CommandFailed as failure:
            raise CommandFailed(failure.message, failure.code, script.location, log.text()) from None


def _make_executable(path: Path, script: Script) -> None:
    if not path.exists():
        raise CommandFailed(f"The script {script.location} is not in the revision ({path}).", ErrorCode.SCRIPT_MISSING)
    if not os.access(path, os.X_OK):
        _log.warning("The script %s is not executable; making it so.", script.location)
        try:
            path.chmod(path.stat().st_mode | 0o111)
        except OSError as error:
            message = f"The script {script.location} is not executable and cannot be made so: {error}."
            raise CommandFailed(message, ErrorCode.SCRIPT_NOT_EXECUTABLE) from None


def _run(script: Script, path: Path, environment: Mapping[str, str], log: ScriptLog) -> None:
    who = f"The script {script.location}" + (f" run as {script.runas}" if script.runas else "")
    try:
        process = subprocess.Popen(
            command_line(script, path),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
    except OSError as error:
        raise CommandFailed(f"{who} cannot be started: {error}.", ErrorCode.SCRIPT_FAILED) from None
    deadline = time.monotonic() + script.timeout
    readers = {
        name: _reader(name, stream, log) for name, stream in (("stdout", process.stdout), ("stderr", process.stderr))
    }
    try:
        process.wait(script.timeout)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.killpg(process.pid, signal.SIGTERM)
        threading.Thread(target=process.wait, daemon=True).start()  # reaps it whenever it obeys
        message = f"{who} did not end within its timeout of {script.timeout} seconds."
        raise CommandFailed(message, ErrorCode.SCRIPT_TIMED_OUT) from None
    for name, reader in readers.items():
        reader.join(max(0.0, deadline - time.monotonic()))
        if reader.is_alive():
            message = (
                f"{who} ended, but a program that it started keeps its {name} open. Redirect the output of what stays "
                "behind, for example to /dev/null."
            )
            raise CommandFailed(message, ErrorCode.OUTPUTS_LEFT_OPEN)
    if process.returncode != 0:
        ended = f"exit code {process.returncode}" if process.returncode > 0 else f"signal {-process.returncode}"
        raise CommandFailed(f"{who} failed with {ended}.", ErrorCode.SCRIPT_FAILED)


def command_line(script: Script, path: Path) -> list[str]:
    """How the script is started: as root, with `runas` as that user; `sudo` is put in front where it is asked for."""
    become = ["sudo"] if script.sudo else []
    if script.runas is None:
        return [*become, str(path)]
    return [*become, "su", script.runas, "-c", shlex.quote(str(path))]


def _reader(name: str, stream: IO[bytes], log: ScriptLog) -> threading.Thread:
    def read() -> None:
        with stream:
            for line in stream:
                log.add(f"[{name}]{line.decode(errors='replace').rstrip(chr(10))}")

    thread = threading.Thread(target=read, name=f"script-{name}", daemon=True)
    thread.start()
    return thread
