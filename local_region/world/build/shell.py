# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell that runs a build's commands, one after another: what a command sets or enters stays for the next.

The shell reads the names of scripts from a pipe and runs each in itself. A command that ends the shell (``exit``, a
failure after ``set -e``) leaves the exported variables and the working directory behind for the next shell.
"""

from __future__ import annotations

import os
import pwd
import select
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PIPE_BYTES = 64 * 1024  # what a pipe holds
_STATE = ("exported", "directory", "values")  # files that the shell writes, whoever runs it

_DRIVER = """\
exec 8>"$CODEBUILD_RUNNER/status" 9<"$CODEBUILD_RUNNER/commands"
codebuild_runner="$CODEBUILD_RUNNER" codebuild_user="$CODEBUILD_RUNNER_USER" codebuild_home="$CODEBUILD_RUNNER_HOME"
trap 'export -p > "$codebuild_runner/exported"; pwd > "$codebuild_runner/directory"' EXIT
. "$codebuild_runner/exported"
unset CODEBUILD_RUNNER CODEBUILD_RUNNER_USER CODEBUILD_RUNNER_HOME
if [ -n "$codebuild_user" ]; then export USER="$codebuild_user" LOGNAME="$codebuild_user" HOME="$codebuild_home"; fi
while IFS=' ' read -r CODEBUILD_BUILD_SUCCEEDING CODEBUILD_LAST_EXIT codebuild_script <&9; do
export CODEBUILD_BUILD_SUCCEEDING CODEBUILD_LAST_EXIT
{ . "$codebuild_script"; } 8>&- 9<&-
printf '%s\\n' "$?" >&8
done
"""


class UnknownUser(Exception):
    """run-as names a user whom the host does not have."""


class Shell:
    """A place for commands to run. `output` gets what they print, as it comes, in the thread that runs them.

    `directory` is the shell's own, `working_directory` where the first command begins.
    """

    def __init__(
        self,
        program: str,
        directory: Path,
        working_directory: Path,
        environment: Mapping[str, str],
        output: Callable[[bytes], None],
    ):
        self._program, self._directory, self._output = program, directory, output
        self._first_directory, self._environment = working_directory, dict(environment)
        self._process: subprocess.Popen | None = None
        self._user: str | None = None
        self._scripts = 0
        # One pipe for all shells of the build: what they leave in the background goes on printing into it.
        self._printed, self._prints = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._printed, False)
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o711)
        self._write("driver.sh", _DRIVER)
        self.forget()

    def run(self, command: str, user: str | None = None, succeeding: bool = True, last: int = 0) -> int:
        """Runs one command to its end and returns its exit status; a signal is 128 and its number.

        `succeeding` and `last` become CODEBUILD_BUILD_SUCCEEDING and CODEBUILD_LAST_EXIT. Raises `UnknownUser`.
        """
        if self._process is None or user != self._user:
            self.close()
            self._start(user)
        self._scripts += 1
        script = self._write(f"command-{self._scripts}.sh", command + "\n")
        os.write(self._commands, f"{int(succeeding)} {last} {script}\n".encode())
        status = self._await_end()
        script.unlink()
        return status

    def values(self, names: Sequence[str], user: str | None = None) -> dict[str, str]:
        """The shell's variables of these names; one that is not set is empty."""
        if not names:
            return {}
        values = self._directory / "values"
        words = " ".join(f'"${{{name}-}}"' for name in names)
        self.run(f"printf '%s\\0' {words} > '{values}'", user)
        return dict(zip(names, values.read_text(errors="replace").split("\0"), strict=False))

    def forget(self) -> None:
        """Ends the shell; the next command begins as the first one did."""
        self.close()
        for name in _STATE:
            self._write(name, "")

    def close(self) -> None:
        """Ends the shell, not what it has left running in the background."""
        if self._process is not None:
            os.close(self._commands)
            self._commands = -1
            self._forget_process()

    def _forget_process(self) -> int:
        code = self._process.wait()
        for descriptor in (self._commands, self._status, self._ended):
            if descriptor >= 0:
                os.close(descriptor)
        self._process = None
        return code if code >= 0 else 128 - code

    def _write(self, name: str, content: str) -> Path:
        path = self._directory / name
        path.write_text(content, errors="surrogateescape")
        path.chmod(0o644)
        return path

    def _start(self, user: str | None) -> None:
        account = _account(user)
        for name in ("commands", "status"):
            fifo = self._directory / name
            fifo.unlink(missing_ok=True)
            os.mkfifo(fifo, 0o600)
        for name in ("commands", "status", *_STATE):
            os.chown(self._directory / name, account.pw_uid, account.pw_gid)
        # Opened for both directions, so that neither side waits for the other to open its end.
        self._commands = os.open(self._directory / "commands", os.O_RDWR | os.O_CLOEXEC)
        self._status = os.open(self._directory / "status", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        environment = self._environment | {"CODEBUILD_RUNNER": str(self._directory)}
        environment |= {"CODEBUILD_RUNNER_USER": "", "CODEBUILD_RUNNER_HOME": account.pw_dir}
        identity = {}
        if user != self._user:
            environment["CODEBUILD_RUNNER_USER"] = account.pw_name
        if account.pw_uid != os.geteuid():
            groups = os.getgrouplist(account.pw_name, account.pw_gid)
            identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}
        self._process = subprocess.Popen(
            [self._program, str(self._directory / "driver.sh")],
            cwd=self._working_directory(),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._prints,
            stderr=self._prints,
            start_new_session=True,
            **identity,
        )
        self._user = user
        self._ended = os.pidfd_open(self._process.pid)

    def _working_directory(self) -> Path:
        left = (self._directory / "directory").read_text(errors="surrogateescape").removesuffix("\n")
        return Path(left) if left and os.path.isdir(left) else self._first_directory

    def _await_end(self) -> int:
        poll = select.poll()
        for descriptor in (self._printed, self._status, self._ended):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._printed in ready:
                self._output(os.read(self._printed, _PIPE_BYTES))
            elif self._status in ready:
                status = int(os.read(self._status, 64))
                break
            elif self._ended in ready:
                status = self._forget_process()
                break
        self._take_the_rest()
        return status

    def _take_the_rest(self) -> None:
        """What the command printed before it ended; a program in the background may print for ever."""
        left = _PIPE_BYTES
        while left > 0:
            try:
                chunk = os.read(self._printed, left)
            except BlockingIOError:
                return
            self._output(chunk)
            left -= len(chunk)


def _account(user: str | None) -> pwd.struct_passwd:
    if user is None:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise UnknownUser(f"run-as names the user {user}, whom the build environment does not have.") from None
