# SPDX-License-Identifier: GPL-3.0-or-later
"""The region's hosts: one small Linux machine per EC2 instance, made of namespaces.

Must be used by a process that owns its mount, network and pid namespaces, as the region does: what is mounted and
started here lives in them and ends with them.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local_region.world import image, linux
from local_region.world.host import NAMESPACES, Host, HostError, HostSpec, State
from local_region.world.host_init import ENVIRONMENT
from local_region.world.network import API_ADDRESS, CableEnd, Network

_BOUNDING_SET = ",".join(["-all", *(f"+{name}" for name in linux.HOST_CAPABILITIES)])


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
        self._hosts: dict[str, Host] = {}

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
                host = self._hosts[spec.instance_id] = Host(spec, self._directory / spec.instance_id)
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

    def kill(self, instance_id: str) -> None:
        """Ends the host as a loss of power does: no process of it is asked. Raises `HostError` when it does not run."""
        self._host(instance_id).kill()

    def limit_disk(self, instance_id: str, free_mib: int | None) -> None:
        """Leaves at most so many MiB free on the host's disk from now on; None gives it its size again."""
        self._host(instance_id).limit_disk(free_mib)

    @contextmanager
    def cable(self, instance_id: str) -> Iterator[tuple[CableEnd, CableEnd]]:
        """Both ends of the host's network cable, the region's first. Raises `HostError` when the host does not run."""
        with self._network.cable(self.pid(instance_id), self._host(instance_id).spec.private_ip) as ends:
            yield ends

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

    def console_output(self, instance_id: str) -> bytes | None:
        """What EC2 would have of the instance's console: that, and the output of user data. None: no such host."""
        host = self._hosts.get(instance_id)
        return host.console_output() if host else None

    def command(self, instance_id: str, argv: Sequence[str], user: str | None = None) -> list[str]:
        """The command line which, run by the region with `ENVIRONMENT`, runs `argv` inside the host.

        As root from ``/``; with `user` as in a login of that user (any shell of theirs is replaced by ``/bin/sh``).
        """
        inside = list(argv)
        if user is not None:
            inside = ["runuser", "--login", "--shell=/bin/sh", f"--command={shlex.join(argv)}", user]
        enter = ["nsenter", f"--target={self.pid(instance_id)}", *NAMESPACES, "--root", "--wd", "--"]
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

    def _host(self, instance_id: str) -> Host:
        try:
            return self._hosts[instance_id]
        except KeyError:
            raise HostError(f"{instance_id}: there is no such host.") from None
