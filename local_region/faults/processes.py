# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of a host dies or stops: of an application, or of anything else that runs there."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from local_region.faults.fault import Parameter, Refused
from local_region.faults.hosts import INSTANCE, HostFault

_PATTERN = Parameter("pattern", "a regular expression that is found in the command line of the process")


@dataclass(frozen=True)
class Process:
    """A process of a host, by its id in the region's pid namespace. `namespace` guards against a reused id."""

    pid: int
    namespace: str
    argv: tuple[str, ...]

    @property
    def command_line(self) -> str:
        return " ".join(self.argv)

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal; nothing happens when it is gone."""
        with contextlib.suppress(OSError):
            descriptor = os.pidfd_open(self.pid)
            try:
                if _namespace_of(self.pid) == self.namespace:
                    signal.pidfd_send_signal(descriptor, number)
            finally:
                os.close(descriptor)


def processes_of(init: int) -> Iterator[Process]:
    """The processes of the host whose first one is `init`, without that and without zombies."""
    namespace = _namespace_of(init)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == init:
            continue
        with contextlib.suppress(OSError):  # it ended while we looked
            argv = (entry / "cmdline").read_bytes().rstrip(b"\0").decode("utf-8", "replace").split("\0")
            if argv != [""] and _namespace_of(int(entry.name)) == namespace:
                yield Process(int(entry.name), namespace, tuple(argv))


def _namespace_of(pid: int) -> str:
    return os.readlink(f"/proc/{pid}/ns/pid")


class ProcessFault(HostFault):
    """A fault of those processes of a host that `chosen` picks."""

    def found(self, chosen: Callable[[Process], bool]) -> list[Process]:
        return [process for process in processes_of(self.hosts.pid(self.instance)) if chosen(process)]

    def matching(self) -> list[Process]:
        """The processes that `pattern` finds; raises `Refused` when there are none."""
        self.require_host()
        text = self.values["pattern"]
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise Refused(
                f"Fault {self.name}: pattern {text!r} is no regular expression ({error}); "
                "give a part of the command line, with a backslash before each of its special characters."
            ) from None
        found = self.found(lambda process: bool(pattern.search(process.command_line)))
        if not found:
            raise Refused(
                f"Fault {self.name}: pattern {text!r} is found in no command line on {self.instance}; see what runs "
                f"there with `python -m local_region exec {self.instance} -- ps -ef`."
            )
        return found


class ProcessKilled(ProcessFault):
    name = "process-killed"
    text = "Kills (SIGKILL) the processes of a host whose command lines match, once."
    undone = "Nothing to clear: whatever started the process starts it again, or a release does."
    parameters = (INSTANCE, _PATTERN)
    part = "process"
    lasting = False

    def start(self) -> None:
        for process in self.matching():
            process.signal(signal.SIGKILL)


class ProcessFrozen(ProcessFault):
    name = "process-frozen"
    text = "Stops (SIGSTOP) the processes of a host whose command lines match: their sockets are open, none answers."
    undone = "The same processes go on (SIGCONT)."
    parameters = (INSTANCE, _PATTERN)
    part = "process"

    def start(self) -> None:
        self._frozen = self.matching()
        for process in self._frozen:
            process.signal(signal.SIGSTOP)

    def undo(self) -> None:
        for process in self._frozen:
            process.signal(signal.SIGCONT)

    def touches(self) -> tuple[str, str]:
        return "process", f"{self.instance} {self.values['pattern']}"
