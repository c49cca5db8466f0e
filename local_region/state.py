# SPDX-License-Identifier: GPL-3.0-or-later
"""The state directory of a region: who runs it, where, and what a killed one left behind.

region.json   url, port, pid of the supervisor, time scale ...; there while a region runs
region.log    what the region logs; region.log.1 is the log of the run before
lock          held (flock) by the supervisor for as long as it lives, however it dies
run/          sockets and generated configuration
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from local_region.process import ProcessId

# A Unix socket's address holds 108 bytes, the terminating zero included. Below the runtime directory live
# names like "balancer/0123456789abcdef-65535.sock".
_LONGEST_SOCKET_PATH = 107
_LONGEST_SOCKET_NAME = 48

# How long the processes of a killed region may take to follow it before they are killed one by one.
_PATIENCE = 5.0


class StateDir:
    def __init__(self, path: Path | str):
        self.path = Path(path).absolute()
        self.info_file = self.path / "region.json"
        self.log_file = self.path / "region.log"
        self.lock_file = self.path / "lock"

    @property
    def run_dir(self) -> Path:
        """Where sockets live: `run/`, or a directory with a short name where that path is too long for sockets."""
        inside = self.path / "run"
        if len(os.fsencode(inside)) + 1 + _LONGEST_SOCKET_NAME <= _LONGEST_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"local-region-{os.getuid()}-{digest}"

    def create(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)

    def lock(self) -> int | None:
        """Takes the lock; returns the file descriptor that holds it, None when a supervisor has it."""
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def is_running(self) -> bool:
        """Whether a supervisor lives, be it starting, serving or stopping."""
        if not self.lock_file.exists():
            return False
        descriptor = self.lock()
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def info(self) -> dict | None:
        """What region.json says, None when there is none."""
        try:
            return json.loads(self.info_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def write_info(self, info: dict) -> None:
        """Replaces region.json in one step: a reader sees the old one or the new one."""
        new = self.info_file.with_suffix(".new")
        new.write_text(json.dumps(info, indent=2) + "\n")
        new.replace(self.info_file)

    def make_run_dir(self) -> None:
        """Makes an empty runtime directory that only its owner may enter."""
        shutil.rmtree(self.run_dir, ignore_errors=True)
        self.run_dir.mkdir(mode=0o700)
        if self.run_dir.stat().st_uid != os.getuid():
            raise PermissionError(f"{self.run_dir} belongs to somebody else.")

    def rotate_log(self) -> None:
        if self.log_file.exists():
            self.log_file.replace(self.log_file.with_suffix(".log.1"))

    def clear(self) -> None:
        """Removes what only a running region has. The caller holds the lock."""
        shutil.rmtree(self.run_dir, ignore_errors=True)
        self.info_file.unlink(missing_ok=True)

    def clean_leftovers(self) -> bool:
        """Clears what a killed region left; True when there was something. The caller holds the lock.

        The region's processes follow their supervisor by themselves; here it is waited for, so that its port is free.
        """
        info = self.info()
        if info is None and not self.run_dir.exists():
            return False
        deadline = time.monotonic() + _PATIENCE
        for entry in (info or {}).get("processes", []):
            process = ProcessId(entry["pid"], entry["started"])
            if not process.wait(max(0.0, deadline - time.monotonic())):
                process.kill()
                process.wait(_PATIENCE)
        self.clear()
        return True
