# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Waiting until something is so: often while things move, seldom while they don't, never beyond the deadline.

botocore's waiters ask at a fixed interval and tell nothing (CodeDeploy's: every 15 s, 120 times, and it goes on waiting
for a deployment that waits for us). Here the pause is a part of the time since the last change, within limits, so a
two-second deployment is noticed at once and a one-hour one costs few requests.
"""

from __future__ import annotations

import dataclasses
import random
import time

from .errors import Failure
from .progress import duration


@dataclasses.dataclass(frozen=True)
class Clock:
    """Time for waits: C(now()) in seconds, C(sleep(seconds)). Tests give one of their own."""

    now: object = time.monotonic
    sleep: object = time.sleep


@dataclasses.dataclass(frozen=True)
class Pace:
    """How long to pause, in seconds: C(share) of the time since the last change, from C(shortest) to C(longest)."""

    shortest: float = 0.25
    longest: float = 15.0
    share: float = 0.2
    jitter: float = 0.1

    def pause(self, quiet, chance=random.random):
        """:arg quiet: seconds since something changed. The jitter keeps many waiters from asking in step."""
        steady = min(max(quiet * self.share, self.shortest), self.longest)
        return steady * (1 + self.jitter * (2 * chance() - 1))


class WaitTimeout(Failure):
    """The deadline passed. C(last) is what was seen last, C(waited) the seconds."""

    def __init__(self, message, last, waited):
        super().__init__(message)
        self.last = last
        self.waited = waited


def wait_until(look, done, timeout, what, on_change=None, describe=None, clock=None, pace=None):
    """Look until C(done(seen)) holds; what was seen then is returned.

    :arg look: no arguments; returns what is so now. Its errors go through to the caller.
    :arg timeout: seconds; 0 looks once.
    :arg what: what is being waited for, for the message: "deployment d-7X2K to finish".
    :arg on_change: called as C(on_change(before, seen, seconds)) at first (before is None) and whenever what is seen
        differs: the place to emit progress.
    :arg describe: C(describe(seen)) in words, for the message.
    :raises WaitTimeout: naming what was seen last.
    """
    clock, pace = clock or Clock(), pace or Pace()
    start = changed_at = clock.now()
    before = None
    while True:
        seen = look()
        now = clock.now()
        if before is None or seen != before:
            changed_at = now
            if on_change:
                on_change(before, seen, now - start)
        if done(seen):
            return seen
        before = seen
        left = start + timeout - now
        if left <= 0:
            state = f" Last seen: {describe(seen)}." if describe else ""
            raise WaitTimeout(
                f"Waited {duration(now - start)} for {what}, in vain.{state} "
                "Raise the time-out if it only needs longer; nothing was stopped.",
                seen,
                now - start,
            )
        clock.sleep(min(pace.pause(now - changed_at), left))


def retry_while(attempt, passing, timeout, on_wait=None, clock=None, pace=None):
    """Try until it works, for errors that pass by themselves (a new IAM role that other services can't see yet).

    :arg attempt: no arguments; its result is returned.
    :arg passing: C(passing(error)) says whether the error may pass.
    :arg timeout: seconds; after that the last error is raised as it is.
    :arg on_wait: called as C(on_wait(error)) before the first pause.
    """
    clock, pace = clock or Clock(), pace or Pace(shortest=0.5, longest=5.0)
    start = clock.now()
    told = False
    while True:
        try:
            return attempt()
        except Failure as error:
            now = clock.now()
            if not passing(error) or now - start >= timeout:
                raise
            if on_wait and not told:
                on_wait(error)
                told = True
            clock.sleep(min(pace.pause(now - start), max(start + timeout - now, 0.05)))
