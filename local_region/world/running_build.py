# SPDX-License-Identifier: GPL-3.0-or-later
"""One build of CodeBuild: its host is booted, the runner on it given the order and listened to, the host removed.

What the runner tells is passed on to CodeBuild; the end is brought about here where it does not come by itself.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from local_region.services.codebuild.builder import (
    Listener,
    Order,
    Output,
    Phase,
    ReportFiles,
    Result,
    Source,
)
from local_region.world import egress
from local_region.world.build.environment import BASE
from local_region.world.build.wire import Broken, Wire
from local_region.world.host import HostError, HostSpec
from local_region.world.host_init import ENVIRONMENT
from local_region.world.hosts import Hosts
from local_region.world.network import API_ADDRESS
from local_region.world.package_settings import PackageSettings

log = logging.getLogger("local_region.builds")

# The disk is memory that is taken only as far as it is written to.
DISK_MIB = 4096
PACKAGE = Path(__file__).parent / "build"
_ON_HOST = Path("/opt/codebuild/lib/codebuild_runner")
_START = f"import sys; sys.path.insert(0, {str(_ON_HOST.parent)!r})\nfrom codebuild_runner.__main__ import main\n"
_TIMED_OUT = ("TIMED_OUT", "BUILD_TIMED_OUT", "Build has timed out. ")
_STOPPED = ("STOPPED", "", "")


def _spec(number: int, order: Order, settings: PackageSettings) -> HostSpec:
    slots = egress.BUILD_NETWORK.num_addresses - 2
    return HostSpec(
        instance_id=f"build-{number}",
        # No subnet of a VPC has such addresses. The metadata service is not for builds, as on AWS.
        private_ip=str(egress.BUILD_NETWORK[number % slots + 1]),
        on_premises=True,
        zone=f"{order.region}a",
        region=order.region,
        account=order.account,
        hostname=f"build-{number}",
        disk_mib=DISK_MIB,
        shown={**settings.shown, **_repositories(order), str(_ON_HOST): str(PACKAGE)},
    )


def _repositories(order: Order) -> dict[str, str]:
    """The folders of this machine that a build clones from."""
    urls = [urlsplit(source.git_url or "") for source in (order.source, *order.secondary_sources.values())]
    paths = [unquote(url.path) for url in urls if url.scheme in ("", "file") and url.path.startswith("/")]
    return {path: str(Path(path).resolve()) for path in paths if Path(path).is_dir()}


class Build(threading.Thread):
    """A build under way; its thread is the one from which the listener hears."""

    def __init__(
        self,
        hosts: Hosts,
        prepared: Callable[[Order], AbstractContextManager[PackageSettings]],
        number: int,
        order: Order,
        listener: Listener,
        over: Callable[[Build], None],
    ):
        super().__init__(name=f"build-{number}", daemon=True)
        self._hosts, self._prepared, self._number = hosts, prepared, number
        self._order, self._listener, self._over = order, listener, over
        self._lock = threading.Lock()
        self._booted = False
        self._cut: tuple[str, str, str] | None = None  # status, code and message of an end that came from outside
        self._phase, self._began = "PROVISIONING", time.time()
        self._artifacts: dict[str, Output] = {}
        self._reports: dict[str, tuple[str, dict[str, bytes]]] = {}
        self._cache: bytes | None = None

    def stop(self) -> None:
        """Ends it soon, with the status STOPPED."""
        self._end_early(_STOPPED)

    def _end_early(self, cut: tuple[str, str, str]) -> None:
        with self._lock:
            self._cut = self._cut or cut
            if self._booted:
                self._kill_host()

    def _kill_host(self) -> None:
        with contextlib.suppress(HostError):  # it has just ended
            self._hosts.kill(self.name)

    def run(self) -> None:
        timer = threading.Timer(self._order.timeout, self._end_early, (_TIMED_OUT,))
        timer.daemon = True
        timer.start()
        try:
            with self._prepared(self._order) as settings:
                result = self._result(settings)
        except Exception:
            log.exception("%s broke down", self._order.id)
            result = self._broken("FAULT", "INTERNAL_SERVICE_ERROR", "The build broke down; see the region's log.")
        finally:
            timer.cancel()
            self._remove_host()
        try:
            self._listener.ended(result)
        finally:
            self._over(self)

    def _remove_host(self) -> None:
        with self._lock:
            self._booted = False
        try:
            self._hosts.terminate(self.name)
        except HostError as error:
            log.error("%s: its host stays: %s", self._order.id, error)

    def _result(self, settings: PackageSettings) -> Result:
        self._begun("PROVISIONING")
        spec = _spec(self._number, self._order, settings)
        try:
            self._hosts.boot(spec)
        except HostError as error:
            log.error("%s: %s", self._order.id, error)
            return self._broken("FAULT", "INTERNAL_SERVICE_ERROR", f"No host for the build: {error}")
        with self._lock:
            self._booted = True
            if self._cut:
                self._kill_host()
        try:
            ended = self._converse(settings)
        except (Broken, HostError):
            status, code, message = self._cut or ("FAULT", "INTERNAL_SERVICE_ERROR", "The build's host ended.")
            return self._broken(status, code, message)
        reports = tuple(ReportFiles(group, form, files) for group, (form, files) in self._reports.items())
        return Result(ended["status"], ended["exported"], self._artifacts, reports, self._cache)

    def _broken(self, status: str, code: str, message: str) -> Result:
        """An end without the runner: the phase that goes on ends with the build."""
        if self._phase:
            self._listener.phase(Phase(self._phase, status, self._began, time.time(), code, message))
        return Result(status)

    def _converse(self, settings: PackageSettings) -> dict:
        """Talks with the runner until it has said how the build ended. Raises `Broken` when it never does."""
        command = self._hosts.command(self.name, [sys.executable, "-I", "-c", f"{_START}sys.exit(main())"])
        with subprocess.Popen(
            command, env=ENVIRONMENT, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            self._listener.phase(Phase("PROVISIONING", "SUCCEEDED", self._began, time.time()))
            self._phase = ""
            wire = Wire(process.stdout, process.stdin)
            try:
                self._hand_over(wire, settings)
                while True:
                    message = wire.receive()
                    if "ended" in message:
                        return message["ended"]
                    self._hear(message, wire)
            finally:
                process.kill()
                with contextlib.suppress(OSError):  # what is left to be written has no reader any more
                    process.stdin.close()

    def _hand_over(self, wire: Wire, settings: PackageSettings) -> None:
        order = self._order
        blobs = {f"source:{name}": one.archive for name, one in {"": order.source, **order.secondary_sources}.items()}
        blobs["cache"] = order.cache
        wire.send({"order": self._described(settings)})
        for name, content in blobs.items():
            if content is not None:
                wire.send({"blob": name}, content)
        wire.send({"start": True})

    def _described(self, settings: PackageSettings) -> dict:
        order = self._order
        return {
            "id": order.id,
            "arn": order.arn,
            "region": order.region,
            "source": _described(order.source),
            "secondary_sources": {name: _described(one) for name, one in order.secondary_sources.items()},
            "buildspec": order.buildspec,
            "buildspec_path": order.buildspec_path,
            "variables": dict(order.variables),
            "secrets": sorted(order.secrets | settings.secrets | _passwords(order)),
            "environment": {**BASE, "AWS_ENDPOINT_URL": f"http://{API_ADDRESS}", **settings.environment},
            "files": dict(settings.files),
            "python_directories": [f"{sys.base_prefix}/bin"],
            "artifacts": sorted(order.artifacts) if order.artifacts is not None else None,
            "keeps_cache": order.keeps_cache,
        }

    def _hear(self, message: dict, wire: Wire) -> None:
        content = wire.payload(message)
        if "log" in message:
            self._listener.log(message["log"])
        elif "begun" in message:
            self._begun(message["begun"])
        elif "phase" in message:
            self._phase = ""
            self._listener.phase(Phase(**message["phase"]))
        elif "ask" in message:
            wire.send(self._answer(*message["ask"]))
        elif "artifact" in message:
            made = message["artifact"]
            self._artifacts[made["identifier"]] = Output(content, made["files"], made["name"], made["s3_prefix"])
        elif "report" in message:
            made = message["report"]
            self._reports.setdefault(made["group"], (made["format"], {}))[1][made["path"]] = content
        elif "cache" in message:
            self._cache = content

    def _begun(self, phase: str) -> None:
        self._phase, self._began = phase, time.time()
        self._listener.begun(phase)

    def _answer(self, kind: str, name: str) -> dict:
        if self._order.resolve is None:
            return {"error": f"Nobody resolves {name} for this build."}
        try:
            return {"value": self._order.resolve(kind, name)}
        except LookupError as missing:
            return {"error": str(missing.args[0])}


def _passwords(order: Order) -> set[str]:
    """Those of the repositories."""
    sources = (order.source, *order.secondary_sources.values())
    return {source.credentials[1] for source in sources if source.credentials}


def _described(source: Source) -> dict:
    return {name: value for name, value in vars(source).items() if name != "archive"}
