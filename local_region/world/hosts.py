# SPDX-License-Identifier: GPL-3.0-or-later
"""The region's hosts: one small Linux machine per EC2 instance, made of namespaces.

Must be used by a process that owns its mount, network and pid namespaces, as the region does: what is mounted and
started here lives in them and ends with them.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local_region.world import image, linux
from local_region.world.host_init import ENVIRONMENT, SHUTDOWN_SECONDS
from local_region.world.network import API_ADDRESS, Network

State = Literal["booting", "running", "stopped"]

_INIT_MODULE = "local_region.world.host_init"
_NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid")
_BOUNDING_SET = ",".join(["-all", *(f"+{name}" for name in linux.HOST_CAPABILITIES)])


class HostError(Exception):
    """A host could not do what was asked; the message says which and why."""


@dataclass(frozen=True)
class HostSpec:
    """One EC2 instance as its host needs to know it. `user_data` are the decoded bytes, `disk_mib` the size in MiB."""

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


class Hosts:
    """Boots, runs, stops and terminates hosts; thread-safe.

    `run_dir` holds the image and, for each instance, its mounted disk and console log.
    """

    def __init__(self, run_dir: Path, api_address: str = API_ADDRESS, network: Network | None = None):
        self._directory = Path(run_dir).resolve() / "hosts"
        self._directory.mkdir(parents=True)
        self._image = image.build(self._directory / ".image")
        self._network = network or Network()
        self._api_address = api_address
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def boot(self, spec: HostSpec) -> None:
        """Starts a new host, or a stopped one again with its disk; returns when its init runs.

        The user data of a new one goes on in the background. Raises `HostError` when it exists and runs, cannot boot,
        or has an address that another host has.
        """
        with self._lock:
            host = self._hosts.get(spec.instance_id)
            is_new = host is None
            if host is not None and host.state() != "stopped":
                raise HostError(f"{spec.instance_id} is {host.state()} already.")
            if host is None:
                host = self._hosts[spec.instance_id] = _Host(spec, self._directory / spec.instance_id)
        try:
            host.boot(spec, self._image, self._network, self._api_address)
        except BaseException:
            host.shut_down(self._network)
            if is_new:
                self.terminate(spec.instance_id)
            raise

    def stop(self, instance_id: str) -> None:
        """Shuts the host down: processes get SIGTERM, five seconds later SIGKILL. Its disk stays."""
        self._host(instance_id).shut_down(self._network)

    def reboot(self, instance_id: str) -> None:
        """Shuts the host down and boots it again; enabled systemd units start, user data does not run again."""
        host = self._host(instance_id)
        host.shut_down(self._network)
        self.boot(host.spec)

    def terminate(self, instance_id: str) -> None:
        """Shuts the host down and removes everything of it. Nothing happens when there is no such host."""
        with self._lock:
            host = self._hosts.pop(instance_id, None)
        if host is not None:
            host.shut_down(self._network)
            host.remove()

    def state(self, instance_id: str) -> State | None:
        """What the host does now; None when there is none. A host that powered itself off is stopped."""
        host = self._hosts.get(instance_id)
        return host.state() if host else None

    def pid(self, instance_id: str) -> int:
        """The process id of the host's init in the region's pid namespace. Raises `HostError` when it does not run."""
        return self._host(instance_id).running_pid()

    def console(self, instance_id: str) -> str:
        """What the host's init has written on its console."""
        return self._host(instance_id).console.read_text(errors="replace")

    def command(self, instance_id: str, argv: Sequence[str], user: str | None = None) -> list[str]:
        """The command line which, run by the region with `ENVIRONMENT`, runs `argv` inside the host.

        As root from ``/``; with `user` as in a login of that user (any shell of theirs is replaced by ``/bin/sh``).
        """
        inside = list(argv)
        if user is not None:
            inside = ["runuser", "--login", "--shell=/bin/sh", f"--command={shlex.join(argv)}", user]
        enter = ["nsenter", f"--target={self.pid(instance_id)}", *_NAMESPACES, "--root", "--wd", "--"]
        return [*enter, "setpriv", f"--bounding-set={_BOUNDING_SET}", "--", *inside]

    def run(
        self,
        instance_id: str,
        argv: Sequence[str],
        user: str | None = None,
        input: str | None = None,
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program in the host to its end and returns its output as text (UTF-8) and its exit code.

        Raises `HostError` when the host does not run, `subprocess.TimeoutExpired` after `timeout` real seconds; the
        program and its process group are killed then.
        """
        process = subprocess.Popen(
            self.command(instance_id, argv, user),
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        with process:
            try:
                out, err = process.communicate(input, timeout)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(list(argv), process.returncode, out, err)

    def close(self) -> None:
        """Terminates every host and removes the network and the image."""
        threads = [threading.Thread(target=self.terminate, args=(instance_id,)) for instance_id in list(self._hosts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._network.close()
        shutil.rmtree(self._directory)

    def _host(self, instance_id: str) -> _Host:
        try:
            return self._hosts[instance_id]
        except KeyError:
            raise HostError(f"{instance_id}: there is no such host.") from None


class _Host:
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
                    ["unshare", *_NAMESPACES, "--fork", "--kill-child", sys.executable, "-S", "-m", _INIT_MODULE],
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
                network.attach(self._init.pid, spec.private_ip)
                self._plugged_in = True
                self._hear("ready")
                self._tell("go")
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

    def remove(self) -> None:
        linux.unmount(self._disk)
        shutil.rmtree(self._directory)


class _Init:
    """The first process of a running host, held by a descriptor so that a reused process id is never taken for it."""

    def __init__(self, pid: int):
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def alive(self) -> bool:
        return not self._ended_within(0.0)

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
        "shown": {str(target): str(source) for target, source in sorted(base.shown.items())},
        "files": {
            "/etc/hostname": f"{spec.hostname}\n",
            "/etc/hosts": f"127.0.0.1 localhost\n::1 localhost\n{spec.private_ip} {names}\n",
            "/etc/resolv.conf": "# The local region has no name server.\n",
            "/etc/machine-id": f"{spec.instance_id.removeprefix('i-'):0>32.32}\n",
            "/etc/convoy-region.env": f"REGION_ENDPOINT=http://{api_address}\n"
            f"REGION_PYTHON={shlex.quote(sys.executable)}\n",
        },
        "user_data": spec.user_data.decode("latin-1") if spec.user_data is not None else None,
    }
