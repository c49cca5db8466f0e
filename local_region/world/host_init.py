# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of a host: has its root built, then lives as its init. Standard library only.

Started by `hosts.Hosts` as ``python -S -m local_region.world.host_init`` in mount, pid, network, uts and ipc namespaces
of its own. Standard input carries one JSON line (`host_root.Setup`), then a line ``go`` when the network is there;
standard output carries the process id as the region sees it, then ``ready`` or ``failed: <reason>``; standard error is
the instance's console.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

from local_region.world import host_root, linux

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/sh", "LANG": "C.UTF-8"}
CLOUD_INIT_LOG = "/var/log/cloud-init-output.log"
BOOT_LOG = "/var/log/boot.log"
INSTANCE = Path("/var/lib/cloud/instance")
SHUTDOWN_SECONDS = 5.0
SIGNALS = {signal.SIGCHLD, signal.SIGTERM}


def main() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # the kernel keeps them until `live` asks
    os.umask(0o022)
    orders = sys.stdin.buffer
    setup = host_root.Setup(**json.loads(orders.readline()))
    _say(os.readlink("/proc/self"))  # /proc is still the region's
    try:
        first_boot = host_root.build(setup)
        socket.sethostname(setup.hostname)
        linux.keep_capabilities(set(linux.HOST_CAPABILITIES.values()))
    except OSError as error:
        _say(f"failed: {error}")
        sys.exit(1)
    _say("ready")
    if orders.readline() != b"go\n":
        sys.exit(1)
    _leave_pipes()
    if first_boot:
        user_data = UserData(setup.user_data)
        user_data.start()
        live({user_data.pid: user_data.ended})
    else:
        spawn(["/usr/bin/systemctl", "default"], BOOT_LOG)
        live({})


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _leave_pipes() -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    os.close(null)


def live(on_end: dict) -> None:
    """Reaps for ever; `on_end` maps process ids to what is called with their exit code. SIGTERM shuts the host down."""
    while True:
        if signal.sigwait(SIGNALS) == signal.SIGTERM:
            shut_down()
        for pid, code in _reap():
            if pid in on_end:
                on_end.pop(pid)(code)


def _reap():
    """Yields (process id, exit code; minus the signal's number) of every process that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def shut_down() -> None:
    """Asks every process of the host to end; what is left goes with this one, as a pid namespace ends with its init."""
    deadline = time.monotonic() + SHUTDOWN_SECONDS
    try:
        os.kill(-1, signal.SIGTERM)
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
    except (ChildProcessError, ProcessLookupError):
        pass  # nobody is left
    os._exit(0)


def spawn(argv: list[str], log: str) -> int:
    """Starts a program in a session of its own, its output appended to the file `log`; returns its process id."""
    outputs = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(argv[0], argv, ENVIRONMENT, file_actions=outputs, setsid=True, setsigmask=[])


class UserData:
    """The instance's user data, run once as cloud-init does: as root, the output in ``cloud-init-output.log``.

    ``/var/lib/cloud/instance/boot-finished`` appears at the end, as on AWS.
    """

    def __init__(self, data: str | None):
        self._data = (data or "").encode("latin-1")
        self.pid: int | None = None

    def start(self) -> None:
        """Starts the script; what is not a script is refused in the log."""
        INSTANCE.mkdir(parents=True, exist_ok=True)
        if not self._data:
            self._finish("no user data")
        elif not self._data.startswith(b"#!"):
            self._finish(f"user data REFUSED: {refusal_of(self._data)}")
        else:
            script = INSTANCE / "scripts/part-001"
            script.parent.mkdir(exist_ok=True)
            script.write_bytes(self._data)
            script.chmod(0o700)
            try:
                self.pid = spawn([str(script)], CLOUD_INIT_LOG)
            except OSError as error:
                self._finish(f"the user data could not be run: {error}")

    def ended(self, code: int) -> None:
        """Notes how the script ended."""
        self._finish("user data done" if code == 0 else f"the user data FAILED with exit code {code}")

    def _finish(self, what: str) -> None:
        with open(CLOUD_INIT_LOG, "a") as log:
            log.write(f"cloud-init (local region): {what}\n")
        (INSTANCE / "boot-finished").write_text(f"{time.time():.3f} - {what}\n")


def refusal_of(user_data: bytes) -> str:
    """Why user data that is no script is not run here; the real cloud-init knows more formats."""
    if user_data.startswith(b"#cloud-config"):
        return "#cloud-config is not done in the local region. Use a script that begins with #!."
    first_line = user_data.split(b"\n", 1)[0][:40].decode("latin-1")
    return f"only scripts that begin with #! are run in the local region, not {first_line!r}."


if __name__ == "__main__":
    main()
