# SPDX-License-Identifier: GPL-3.0-or-later
"""A builder without hosts: builds do what a test says."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local_region.services.codebuild.builder import Listener, Order, Output, Phase, ReportFiles, Result

COMMANDS = ("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD")
BEFORE = ("PROVISIONING", "DOWNLOAD_SOURCE")


def output(name: str | None = None, **files: str) -> Output:
    """An artifact; a file's name is given with _ for its dot. The same files make the same bytes, at any time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file, content in files.items():
            archive.writestr(zipfile.ZipInfo(file.replace("_", ".")), content)
    return Output(buffer.getvalue(), len(files), name)


@dataclass(frozen=True)
class Script:
    """What a build does. `fails` is the phase that fails, with `message`; `hangs` the one in which its time runs out;
    `holds` the one that it stays in until the test lets it go (`ScriptedBuilder.release`) or the build is stopped."""

    lines: Iterable[str] = ("[Container] Running command make",)
    fails: str = ""
    message: str = "Error while executing command: make. Reason: exit status 2"
    hangs: str = ""
    holds: str = ""
    exported: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, Output] = field(default_factory=dict)
    reports: tuple[ReportFiles, ...] = ()
    cache: bytes | None = None


class ScriptedBuilder:
    """The Builder of a test. Every build does `script`, or what `scripts` has for its project; `orders` are what came,
    `builds` what became of it.

    builder = ScriptedBuilder(Script(fails="BUILD"))
    api.region.codebuild.builder = builder
    """

    def __init__(self, script: Script | None = None):
        self.script = script or Script()
        self.scripts: dict[str, Script] = {}
        self.orders: list[Order] = []
        self.builds: list[ScriptedBuild] = []
        self._released = threading.Event()

    def release(self) -> None:
        """Builds that hold go on, and no build holds any more."""
        self._released.set()

    def hold(self) -> None:
        """Builds hold again."""
        self._released.clear()

    def start(self, order: Order, listener: Listener) -> ScriptedBuild:
        self.orders.append(order)
        build = ScriptedBuild(self.scripts.get(order.project, self.script), listener, self._released)
        self.builds.append(build)
        build.start()
        return build


class ScriptedBuild(threading.Thread):
    """A build under way. `in_phase` is where it is, `status` how it has ended."""

    def __init__(self, script: Script, listener: Listener, released: threading.Event):
        super().__init__(name="scripted-build", daemon=True)
        self._script, self._listener, self._released = script, listener, released
        self._stopped = threading.Event()
        self.in_phase = self.status = ""

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        script, status = self._script, "SUCCEEDED"
        for name in (*BEFORE, *COMMANDS, "UPLOAD_ARTIFACTS"):
            if name == "POST_BUILD" and status == "FAILED" and script.fails != "BUILD":
                continue  # nothing runs after a failed INSTALL or PRE_BUILD
            status = self._phase(name, status)
            if status in ("STOPPED", "TIMED_OUT"):
                break
            if status == "FAILED" and name in (*BEFORE, "INSTALL", "PRE_BUILD"):
                break
        self.status = status
        outputs = script.artifacts if status == "SUCCEEDED" else {}
        self._listener.ended(Result(status, dict(script.exported), outputs, script.reports, script.cache))

    def _phase(self, name: str, status: str) -> str:
        """Does a phase; returns the build's status after it."""
        began = time.time()
        self._listener.begun(name)
        self.in_phase = name
        if name == "BUILD":
            self._listener.log(list(self._script.lines))
        while name == self._script.holds and not self._released.wait(0.005):
            if self._stopped.is_set():
                self._listener.phase(Phase(name, "STOPPED", began, time.time()))
                return "STOPPED"
        if name == self._script.hangs:
            self._listener.phase(
                Phase(name, "TIMED_OUT", began, time.time(), "BUILD_TIMED_OUT", "Build has timed out.")
            )
            return "TIMED_OUT"
        if name == self._script.fails:
            code = "COMMAND_EXECUTION_ERROR" if name in COMMANDS else "CLIENT_ERROR"
            self._listener.phase(Phase(name, "FAILED", began, time.time(), code, self._script.message))
            return "FAILED"
        self._listener.phase(Phase(name, "SUCCEEDED", began, time.time()))
        return status
