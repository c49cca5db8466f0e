# SPDX-License-Identifier: GPL-3.0-or-later
"""What a region has of the machine: processes, namespaces, mounts, interfaces. For tests that nothing of it stays."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

_NAMESPACES = ("mnt", "net", "pid", "ipc", "uts", "user")


@dataclass(frozen=True)
class Process:
    pid: int
    command: str
    namespaces: frozenset[str]


def processes() -> list[Process]:
    """Every process of the machine that is not a zombie and may be looked at."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            namespaces = frozenset(str((directory / "ns" / name).readlink()) for name in _NAMESPACES)
        except OSError:
            continue
        if command:
            found.append(Process(int(directory.name), command, namespaces))
    return found


def processes_of(state_dir: Path) -> list[Process]:
    """The region's processes: those that name one of its directories, and all that live in namespaces of such a one."""
    everything = processes()
    directories = (str(state_dir), json.loads((state_dir / "region.json").read_text())["run_dir"])
    ours = frozenset(str(Path("/proc/self/ns", name).readlink()) for name in _NAMESPACES)
    named = [process for process in everything if any(path in process.command for path in directories)]
    nested = frozenset().union(*(process.namespaces for process in named)) - ours
    return [process for process in everything if process in named or process.namespaces & nested]


def survivors(before: list[Process], patience: float = 60.0) -> list[Process]:
    """Those of the processes, and all others in their namespaces, that are still there after some real seconds."""
    ours = frozenset(str(Path("/proc/self/ns", name).readlink()) for name in _NAMESPACES)
    pids = {process.pid for process in before}
    nested = frozenset().union(*(process.namespaces for process in before)) - ours
    deadline = time.monotonic() + patience
    while True:
        left = [process for process in processes() if process.pid in pids or process.namespaces & nested]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def mounts_below(path: Path) -> list[str]:
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(path) in line]


def interfaces() -> set[str]:
    return {entry.name for entry in Path("/sys/class/net").iterdir()}


def sockets_below(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_socket()] if path.exists() else []
