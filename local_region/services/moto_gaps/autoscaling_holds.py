# SPDX-License-Identifier: GPL-3.0-or-later
"""Lifecycle actions: an instance that a lifecycle hook holds in Pending:Wait or Terminating:Wait, until somebody says
CONTINUE or ABANDON, or its time is up.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local_region.clock import Clock

log = logging.getLogger("local_region.autoscaling")

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"


@dataclass(eq=False)
class Hold:
    """A lifecycle action that waits. `deadline` and `latest` are service seconds; no heartbeat goes beyond `latest`."""

    state: Any  # moto's InstanceState
    hook: Any  # moto's LifecycleHook
    deadline: float
    latest: float
    token: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def group(self) -> Any:
        return self.state.auto_scaling_group


class Holds:
    """All lifecycle actions that wait. `decide(state, transition, result)` is called when the last one of an instance
    is completed, or one is abandoned; `held(hold)` when one begins. Both are called without a lock."""

    def __init__(self, clock: Clock, decide: Callable[[Any, str, str], None], held: Callable[[Hold], None]):
        self._clock, self._decide, self._held = clock, decide, held
        self._changed = threading.Condition()
        self._waiting: list[Hold] = []
        self._thread: threading.Thread | None = None
        self._closed = False

    def begin(self, state: Any, hooks: list[Any]) -> None:
        """Has each of the hooks hold the instance."""
        now = self._clock.seconds()
        begun = [Hold(state, hook, now + hook.heartbeat_timeout, now + hook.global_timeout) for hook in hooks]
        with self._changed:
            self._waiting += begun
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="lifecycle-hooks", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        for hold in begun:
            log.info("%s is held by %s", state.instance.id, hold.hook.name)
            self._held(hold)

    def find(self, group: str, hook: str, token: str | None, instance_id: str | None, place: Any) -> Hold | None:
        """The lifecycle action of an instance or token; `place` is the Auto Scaling backend. None: there is no such."""
        with self._changed:
            for hold in self._waiting:
                named = hold.group.name == group and hold.hook.name == hook and hold.group.autoscaling_backend is place
                if named and (token == hold.token or (token is None and hold.state.instance.id == instance_id)):
                    return hold
        return None

    def beat(self, hold: Hold) -> None:
        """Begins the time of a lifecycle action anew (RecordLifecycleActionHeartbeat)."""
        with self._changed:
            hold.deadline = min(hold.latest, self._clock.seconds() + hold.hook.heartbeat_timeout)
            self._changed.notify_all()

    def complete(self, hold: Hold, result: str) -> None:
        """CONTINUE waits for the instance's other hooks; ABANDON ends them all."""
        with self._changed:
            if hold not in self._waiting:
                return
            self._waiting.remove(hold)
            others = [one for one in self._waiting if one.state is hold.state]
            if result == "ABANDON":
                self._waiting = [one for one in self._waiting if one.state is not hold.state]
            elif others:
                return
        log.info("%s: %s says %s", hold.state.instance.id, hold.hook.name, result)
        self._decide(hold.state, hold.hook.lifecycle_transition, result)

    def forget(self, state: Any) -> None:
        """The instance has left its group by another way."""
        with self._changed:
            self._waiting = [hold for hold in self._waiting if hold.state is not state]

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                now = self._clock.seconds()
                due = [hold for hold in self._waiting if hold.deadline <= now]
                if not due:
                    earliest = min((hold.deadline for hold in self._waiting), default=now + 3600.0)
                    self._clock.wait(self._changed, earliest - now)
                    continue
            for hold in due:
                log.warning("%s: nobody completed %s in time", hold.state.instance.id, hold.hook.name)
                try:
                    self.complete(hold, hold.hook.default_result)
                except Exception:
                    log.exception("the end of a lifecycle action failed; this is a fault of the local region")
