# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that wait for the agents of hosts: a mailbox per host, with a long poll at its end.

A command's identifier says all that is needed to act on it, so nothing has to be remembered once it is taken up.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from dataclasses import dataclass, field

# A command that was handed out and neither acknowledged nor asked about for so long is handed out again: the answer to
# the poll may have gone to an agent that is no more. Real seconds, as agents live in real time.
HAND_OUT_AGAIN = 4.0


@dataclass(frozen=True)
class HostCommand:
    """One lifecycle event for one host. `host` is the host identifier (an ARN) that its agent polls with."""

    account: str
    region: str
    deployment_id: str
    target_id: str
    host: str
    event: str

    @property
    def identifier(self) -> str:
        """HostCommandIdentifier: opaque to the agent, `parse` reads it."""
        parts = [self.account, self.region, self.deployment_id, self.target_id, self.host, self.event]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()

    @property
    def execution_id(self) -> str:
        """DeploymentExecutionId: account/region/deployment/target, what a specification is asked for with."""
        return f"{self.account}/{self.region}/{self.deployment_id}/{self.target_id}"


def parse(identifier: str) -> HostCommand | None:
    """The command of an identifier; None when this region never gave it."""
    try:
        return HostCommand(*json.loads(base64.urlsafe_b64decode(identifier.encode())))
    except (ValueError, TypeError, binascii.Error):
        return None


@dataclass(eq=False)
class _Mailbox:
    """What waits for one host. `ready` shares the lock of all mailboxes, `polls` counts the polls there have been."""

    ready: threading.Condition
    waiting: dict[HostCommand, float | None] = field(default_factory=dict)  # when it was handed out, None: not yet
    last_heard: float | None = None
    polls: int = 0
    polling: int = 0

    def next(self, now: float) -> HostCommand | None:
        for command, handed_out in self.waiting.items():
            if handed_out is None or now - handed_out >= HAND_OUT_AGAIN:
                return command
        return None

    def seconds_to_next(self, now: float) -> float | None:
        return min((given + HAND_OUT_AGAIN - now for given in self.waiting.values() if given is not None), default=None)


class HostCommands:
    """The mailboxes of all hosts. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mailboxes: dict[str, _Mailbox] = {}
        self._closed = False

    def put(self, command: HostCommand) -> None:
        """Leaves a command for a host and wakes its agent if that is polling."""
        with self._lock:
            mailbox = self._mailbox(command.host)
            mailbox.waiting[command] = None
            mailbox.ready.notify_all()

    def poll(self, host: str, seconds: float) -> HostCommand | None:
        """The next command for a host, waited for at most so many real seconds.

        A host has one agent: its newest poll ends those before it, which an agent that was killed may have left behind.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            mailbox = self._mailbox(host)
            mailbox.polls += 1
            mailbox.polling += 1
            mailbox.ready.notify_all()
            try:
                return self._wait_for_command(mailbox, mailbox.polls, deadline)
            finally:
                mailbox.polling -= 1
                mailbox.last_heard = time.monotonic()

    def taken_up(self, command: HostCommand) -> None:
        """The host's agent has the command, or it is withdrawn: it is not handed out any more."""
        with self._lock:
            self._mailbox(command.host).waiting.pop(command, None)

    def asked_about(self, host: str, deployment_id: str) -> None:
        """The host's agent asks about a deployment: it has got the command, the acknowledgement will follow."""
        with self._lock:
            mailbox = self._mailbox(host)
            now = mailbox.last_heard = time.monotonic()
            for command, handed_out in mailbox.waiting.items():
                if command.deployment_id == deployment_id and handed_out is not None:
                    mailbox.waiting[command] = now

    def heard_from(self, host: str) -> None:
        """Notes a sign of life of a host's agent other than a poll."""
        with self._lock:
            self._mailbox(host).last_heard = time.monotonic()

    def silence(self, host: str) -> float | None:
        """Real seconds since a host's agent was last heard of, 0 while it polls; None if it never was."""
        with self._lock:
            mailbox = self._mailboxes.get(host)
            if mailbox is None or (mailbox.last_heard is None and not mailbox.polling):
                return None
            return 0.0 if mailbox.polling else time.monotonic() - mailbox.last_heard

    def polls(self, host: str) -> int:
        """How many polls there have been of a host's agent."""
        with self._lock:
            return self._mailboxes[host].polls if host in self._mailboxes else 0

    def close(self) -> None:
        """Ends every poll."""
        with self._lock:
            self._closed = True
            for mailbox in self._mailboxes.values():
                mailbox.ready.notify_all()

    def _mailbox(self, host: str) -> _Mailbox:
        if host not in self._mailboxes:
            self._mailboxes[host] = _Mailbox(threading.Condition(self._lock))
        return self._mailboxes[host]

    def _wait_for_command(self, mailbox: _Mailbox, poll: int, deadline: float) -> HostCommand | None:
        while not self._closed and poll == mailbox.polls:
            now = time.monotonic()
            command = mailbox.next(now)
            if command:
                mailbox.waiting[command] = now
                return command
            if now >= deadline:
                return None
            again = mailbox.seconds_to_next(now)
            mailbox.ready.wait(min(deadline - now, again if again is not None else deadline - now))
        return None
