# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's loop: poll, take a command up, have it carried out, say how it ended."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable

from .commands import CommandService, HostCommand, ServiceError
from .envelope import Specification, SpecificationError, open_envelope
from .errors import CommandFailed, ErrorCode, diagnostics
from .executor import Executor
from .identity import IdentityError
from .tracking import Tracking

AT_ONCE = 16  # commands in parallel: deployments of several groups may meet on a host
LONGEST_BACK_OFF = 90.0  # seconds, reached with the tenth error in a row
_GROWTH = 1.2675

_log = logging.getLogger(__name__)


def back_off(errors: int) -> float:
    """Seconds from one poll to the next after so many errors in a row: about 10, growing to 90."""
    return math.floor(LONGEST_BACK_OFF * _GROWTH ** (min(errors, 10) - 10))


class Agent:
    """Works until `stop` is set. `idle_wait` are the seconds between polls when there was nothing to do."""

    def __init__(self, service: CommandService, executor: Executor, tracking: Tracking, idle_wait: float):
        self._service = service
        self._executor = executor
        self._tracking = tracking
        self._idle_wait = idle_wait
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self.stop = threading.Event()

    def run(self) -> None:
        """Fails what an agent before this one lost, then polls until told to stop."""
        self._fail_lost_commands()
        errors, said = 0, False
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                command = self._service.poll()
                if errors or not said:
                    _log.info("PollHostCommand: the service answers.")
                errors, said = 0, True
            except (ServiceError, IdentityError) as error:
                errors += 1
                _log.error("No command can be had: %s", error)
                self.stop.wait(max(0.0, back_off(errors) - (time.monotonic() - started)))
                continue
            if command is None:
                self.stop.wait(self._idle_wait)
            elif not self.stop.is_set():
                self._slots.acquire()
                threading.Thread(target=self._work_in_thread, args=(command,), daemon=True).start()

    def wait_for_commands(self, seconds: float) -> None:
        """Lets the commands in progress end, at most so many seconds."""
        deadline = time.monotonic() + seconds
        for _ in range(AT_ONCE):
            if not self._slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
                _log.warning("Commands are still running; the agent ends without them.")
                return

    def _work_in_thread(self, command: HostCommand) -> None:
        try:
            self.work(command)
        except Exception:
            _log.exception("The command %s was left unanswered", command)
        finally:
            self._slots.release()

    def work(self, command: HostCommand) -> None:
        """Takes one command up and answers for it. Raises `ServiceError` when the service cannot be told."""
        try:
            spec = open_envelope(self._service.specification(command))
            if not self._take_up(command, spec):
                return
            with self._tracking.working_on(spec.deployment_id, command.identifier):
                _log.info("%s of %s begins", command.name, spec.deployment_id)
                self._executor.execute(command.name, spec)
                self._complete(command, True, diagnostics(ErrorCode.SUCCESS, "Succeeded"))
        except CommandFailed as failure:
            self._fail(command, failure)
        except SpecificationError as error:
            self._fail(command, CommandFailed(str(error)))
        except ServiceError:
            raise
        except Exception as error:
            _log.exception("%s failed in an unforeseen way", command.name)
            self._fail(command, CommandFailed(f"{type(error).__name__}: {error}"))

    def _take_up(self, command: HostCommand, spec: Specification) -> bool:
        """Whether the service wants the command to be worked on."""
        is_noop = self._executor.is_noop(command.name, spec)
        status = self._service.acknowledge(command, is_noop)
        if status == "Failed" and is_noop:
            self._complete(command, True, diagnostics(ErrorCode.SUCCESS, "Succeeded: nothing was to be done"))
        return status not in ("Succeeded", "Failed")

    def _fail(self, command: HostCommand, failure: CommandFailed) -> None:
        _log.error("%s failed: %s", command.name, failure.message)
        self._complete(command, False, failure.diagnostics())

    def _complete(self, command: HostCommand, succeeded: bool, payload: str) -> None:
        self._service.complete(command.identifier, succeeded, payload)

    def _fail_lost_commands(self) -> None:
        for identifier in self._tracking.lost():
            _log.warning("The agent was restarted during the command %s; it is failed.", identifier)
            message = "The agent was restarted while it worked on this lifecycle event."
            _attempt(
                lambda identifier=identifier, message=message: self._service.complete(
                    identifier, False, diagnostics(ErrorCode.AGENT_RESTARTED, message)
                )
            )


def _attempt(action: Callable[[], None]) -> None:
    try:
        action()
    except (ServiceError, IdentityError) as error:
        _log.error("The service could not be told: %s", error)
