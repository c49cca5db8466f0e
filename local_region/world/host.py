# SPDX-License-Identifier: GPL-3.0-or-later
"""One host: its disk, which outlives a stop, and the init that runs while it does."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local_region.world import image, linux
from local_region.world.host_init import CLOUD_INIT_LOG, ENVIRONMENT, SHUTDOWN_SECONDS
from local_region.world.network import AddressInUse, Network

State = Literal["booting", "running", "stopped"]

NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid")
MIB = 1024**2
CONSOLE_KEPT = 64 * 1024  # bytes, as EC2 does
# A disk is limited to what is used on it, which may have grown since it was looked at.
_DISK_TRIES = 20
_INIT_MODULE = "local_region.world.host_init"


class HostError(Exception):
    """A host could not do what was asked; the message says which and why."""


@dataclass(frozen=True)
class HostSpec:
    """One EC2 instance as its host needs to know it. `user_data` are the decoded bytes, `disk_mib` the size in MiB.

    An on-premises host is described so as well: `instance_id` is its name, and it does not reach the metadata service.
    `shown` are directories of the machine that it sees, read-only, besides the image's: its path -> the machine's.
    """

    instance_id: str
    private_ip: str
    zone: str
    region: str
    account: str
    hostname: str
    user_data: bytes | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    role_name: str | None = None
    disk_mib: int = 512
    on_premises: bool = False
    shown: Mapping[str, str] = field(default_factory=dict)


class Host:
    """One host: its disk (``disk``, a tmpfs of the region's mount namespace) and, while it runs, its init."""

    def __init__(self, spec: HostSpec, directory: Path):
        self.spec = spec
        self.console = directory / "console.log"
        self._directory = directory
        self._disk = directory / "disk"
        self._disk.mkdir(parents=True)
        linux.mount("tmpfs", self._disk, "tmpfs", linux.MS_NODEV, f"mode=755,size={spec.disk_mib}m")
        self._lock = threading.RLock()
        self._process: subprocess.Popen | None = None
        self._init: _Init | None = None
        self._plugged_in = False
        self._ready = False

    def boot(self, spec: HostSpec, base: image.Image, network: Network, api_address: str) -> None:
        with self._lock:
            self.shut_down(network)  # one that powered itself off is still plugged in
            self.spec = spec
            with open(self.console, "ab") as console:
                self._process = subprocess.Popen(
                    ["unshare", *NAMESPACES, "--fork", "--kill-child", sys.executable, "-S", "-m", _INIT_MODULE],
                    cwd=image.PROJECT,
                    env=ENVIRONMENT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=console,
                    text=True,
                    start_new_session=True,
                )
            try:
                self._tell(json.dumps(_setup(spec, self._disk, base, api_address)))
                self._init = _Init(int(self._hear()))
                network.attach(self._init.pid, spec.private_ip, metadata=not spec.on_premises)
                self._plugged_in = True
                self._hear("ready")
                self._tell("go")
            except AddressInUse as error:
                raise HostError(str(error)) from None
            finally:
                self._process.stdin.close()
                self._process.stdout.close()
            self._ready = True

    def _tell(self, line: str) -> None:
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure("its init ended") from None

    def _hear(self, expected: str | None = None) -> str:
        line = self._process.stdout.readline().strip()
        if not line or (expected is not None and line != expected):
            raise self._failure(line or "its init ended")
        return line

    def _failure(self, reason: str) -> HostError:
        console = self.console.read_text(errors="replace").strip()
        says = f" Its console says: {console}" if console else ""
        return HostError(f"{self.spec.instance_id} does not boot: {reason}.{says}")

    def state(self) -> State:
        process, init = self._process, self._init
        if process is None or process.poll() is not None:
            return "stopped"
        if not self._ready or init is None:
            return "booting"
        return "running" if init.alive() else "stopped"

    def running_pid(self) -> int:
        init, state = self._init, self.state()
        if state != "running" or init is None:
            raise HostError(f"{self.spec.instance_id} is {state}, not running.")
        return init.pid

    def shut_down(self, network: Network) -> None:
        with self._lock:
            if self._init is not None:
                self._init.shut_down()
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            self._ready, self._init, self._process = False, None, None
            if self._plugged_in:
                network.detach(self.spec.private_ip)
                self._plugged_in = False

    def kill(self) -> None:
        """Ends it as a loss of power does."""
        with self._lock:
            self.running_pid()  # raises when it does not run
            self._init.kill()

    def limit_disk(self, free_mib: int | None) -> None:
        """Leaves at most so many MiB free on the disk; None gives it its size again."""
        size = self.spec.disk_mib * MIB
        for _ in range(_DISK_TRIES):
            if free_mib is not None:
                usage = os.statvfs(self._disk)
                used = (usage.f_blocks - usage.f_bfree) * usage.f_frsize
                size = min(self.spec.disk_mib * MIB, used + free_mib * MIB)
            try:
                linux.mount("tmpfs", self._disk, "tmpfs", linux.MS_REMOUNT | linux.MS_NODEV, f"size={size}")
                return
            except OSError as error:
                if error.errno != errno.EINVAL:  # the kernel's word for: more than that is used by now
                    raise
        raise HostError(f"{self.spec.instance_id} writes faster than its disk can be limited.")

    def console_output(self) -> bytes:
        """What is on the console, the output of user data among it. The host's own links are not followed."""
        with self._lock:
            written = self.console.read_bytes() if self.console.exists() else b""
            return written + _end_of_file(self._disk / "root", CLOUD_INIT_LOG)

    def remove(self) -> None:
        with self._lock:
            linux.unmount(self._disk)
            shutil.rmtree(self._directory)


class _Init:
    """The first process of a running host, held by a descriptor so that a reused process id is never taken for it."""

    def __init__(self, pid: int):
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def alive(self) -> bool:
        return not self._ended_within(0.0)

    def kill(self) -> None:
        """Ends it and, with it, all processes of the host; returns when they are gone."""
        signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        self._ended_within(SHUTDOWN_SECONDS + 1)

    def shut_down(self) -> None:
        """Asks the host to shut down and makes sure that it did; all its processes are gone then."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.alive():
                signal.pidfd_send_signal(self._descriptor, number)
            if self._ended_within(SHUTDOWN_SECONDS + 1):
                break
        else:
            raise HostError(f"The kernel cannot end the processes of the host whose init is {self.pid}.")
        os.close(self._descriptor)
        self._descriptor = -1

    def _ended_within(self, seconds: float) -> bool:
        if self._descriptor < 0:
            return True
        ended = select.poll()
        ended.register(self._descriptor, select.POLLIN)
        return bool(ended.poll(seconds * 1000))


def _setup(spec: HostSpec, disk: Path, base: image.Image, api_address: str) -> dict:
    """The `host_root.Setup` of one host, as JSON-able data."""
    names = " ".join(dict.fromkeys([spec.hostname, spec.hostname.split(".")[0]]))
    return {
        "hostname": spec.hostname,
        "disk": str(disk),
        "image_root": str(base.root),
        "image_usr": str(base.usr),
        "shown": {str(target): str(source) for target, source in sorted(base.shown.items())} | dict(spec.shown),
        "files": {
            "/etc/hostname": f"{spec.hostname}\n",
            "/etc/hosts": f"127.0.0.1 localhost\n::1 localhost\n{spec.private_ip} {names}\n",
            "/etc/resolv.conf": "# The local region has no name server.\n",
            "/etc/machine-id": f"{_machine_id(spec)}\n",
            "/etc/convoy-region.env": f"REGION_ENDPOINT=http://{api_address}\n"
            f"REGION_PYTHON={shlex.quote(sys.executable)}\n",
        },
        "user_data": spec.user_data.decode("latin-1") if spec.user_data is not None else None,
    }


def _end_of_file(root: Path, path: str) -> bytes:
    """The last bytes of a file on a host's disk, none when it is not there.

    A link on the way to it counts as none: only the host can have laid it, and it would lead to a file of the machine.
    """
    *folders, name = path.strip("/").split("/")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with contextlib.ExitStack() as opened, contextlib.suppress(OSError):
        place = None
        for folder in (root, *folders):
            place = os.open(folder, flags | os.O_DIRECTORY, dir_fd=place)
            opened.callback(os.close, place)
        with open(os.open(name, flags, dir_fd=place), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - CONSOLE_KEPT))
            return file.read(CONSOLE_KEPT)
    return b""


def _machine_id(spec: HostSpec) -> str:
    """32 hexadecimal digits, the same on every boot."""
    if spec.on_premises:
        return uuid.uuid5(uuid.NAMESPACE_DNS, spec.hostname).hex
    return f"{spec.instance_id.removeprefix('i-'):0>32.32}"
