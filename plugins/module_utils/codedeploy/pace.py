# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When to look at a deployment again: seldom while nothing can have happened, often when something is due.

Pure. What is known of a deployment says when its next host, and its end, are due: how long the hosts that are done took
from each event on, how long a host took in the former deployment, how far the running ones are. While hosts still wait
for their turn a look when the next one is due is enough; only for the last ones the end is watched closely.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..engine.times import epoch
from .report import Host, Report

NEAR = 0.9  # seconds between two looks while the end is due: it is seen within one second
SHORTEST = 1.0
BETWEEN_HOSTS = 2.5  # with hosts still waiting for their turn, news may be this old
LONGEST = 20.0
SHARE = 0.2  # of the time since the last change, where nothing better is known
PROGRESS_SHARE = 0.6  # of what seems to be left, where only the events of this very host tell
UNSURE = 0.05  # of what one host, or one former deployment, took
LATE = 3.0  # seconds beyond what is usual, for which the end still counts as due


@dataclass(frozen=True)
class Former:
    """The last successful deployment of the group with the same configuration: its seconds and its hosts."""

    seconds: float
    hosts: int


@dataclass(frozen=True)
class Running:
    """A host that is being deployed to. Seconds since its first event began, and how many of its events are over.

    ``left`` is how many seconds it will still take, as the hosts that are done say; None while none is.
    """

    elapsed: float
    events_over: int
    events: int
    left: float | None = None


@dataclass(frozen=True)
class Known:
    """What is known at one look. Seconds: ``elapsed`` since the deployment was created, ``quiet`` since news.

    ``done``: how long each finished host took. ``pending``: hosts that wait for their turn. ``usual``: how long a host
    took in the former deployment, None when that is not known.
    """

    elapsed: float
    quiet: float
    done: tuple[float, ...] = ()
    running: tuple[Running, ...] = ()
    pending: int = 0
    usual: float | None = None


def pause(known: Known) -> float:
    """Seconds until the next look is worth its price."""
    if not known.running:
        return _within(SHARE * known.quiet)
    lefts = [_left(host, known) for host in known.running]
    if None in lefts:
        return _by_own_events(known)
    if known.pending and _whole(known, lefts) > BETWEEN_HOSTS:
        due = min(lefts)
        return _within(due + NEAR / 2 if due > 0 else -due / 2, BETWEEN_HOSTS)
    left, doubt = max(lefts), _doubt(known)
    if left > -(doubt + LATE):
        return min(max(left - doubt, 0.0) + NEAR, LONGEST)
    return _within(-SHARE * left)


def known_of(report: Report, now: float, elapsed: float, quiet: float, former: Former | None, at_once: int) -> Known:
    """What a report says. ``now`` is the service's present time in seconds since 1970; ``at_once`` how many hosts were
    seen in progress together at most."""
    done = [host for host in report.hosts if host.status in ("Succeeded", "Ready") and host.seconds is not None]
    running = [host for host in report.hosts if host.status == "InProgress"]
    seen = sum(host.status != "Pending" for host in report.hosts)
    waves = -(-former.hosts // max(at_once, 1)) if former else 0
    return Known(
        elapsed=elapsed,
        quiet=quiet,
        done=tuple(host.seconds for host in done),
        running=tuple(_running(host, done, now) for host in running),
        pending=max(0, report.total - seen),
        usual=former.seconds / waves if waves else None,
    )


def _running(host: Host, done: Sequence[Host], now: float) -> Running:
    over = [event for event in host.events if event.end]
    starts = [epoch(event.start) for event in host.events if event.start]
    elapsed = max(0.0, now - min(starts)) if starts else 0.0
    left = None
    if over:
        last = max(over, key=lambda event: event.end)
        rests = [rest for rest in (_rest(one, last.name) for one in done) if rest is not None]
        if rests:
            left = statistics.median(rests) - max(0.0, now - epoch(last.end))
    elif done:
        left = statistics.median(host.seconds for host in done) - elapsed
    return Running(elapsed, len(over), len(host.events), left)


def _rest(host: Host, event: str) -> float | None:
    """How many seconds a host took after the end of this event."""
    ends = {one.name: epoch(one.end) for one in host.events if one.end}
    return max(ends.values()) - ends[event] if event in ends else None


def _left(host: Running, known: Known) -> float | None:
    if host.left is not None:
        return host.left
    return None if known.usual is None else known.usual - host.elapsed


def _whole(known: Known, lefts: Sequence[float]) -> float:
    """Seconds until the end, with the hosts that wait for their turn."""
    waves = -(-known.pending // len(known.running))
    return max(lefts) + waves * (statistics.median(known.done) if known.done else known.usual or 0.0)


def _doubt(known: Known) -> float:
    """How many seconds too early the end may come, from how much the hosts differ that are done."""
    if len(known.done) > 1:
        return min(max(2 * statistics.pstdev(known.done), NEAR / 2), LONGEST)
    usual = known.done[0] if known.done else known.usual or 0.0
    return min(max(UNSURE * usual, NEAR / 2), LONGEST)


def _by_own_events(known: Known) -> float:
    """No host tells how long one takes: from how far the running ones came in their own time."""
    guesses = [
        host.elapsed * (host.events - host.events_over) / host.events_over for host in known.running if host.events_over
    ]
    if not guesses:
        return _within(max(1.5 * known.elapsed, SHARE * known.quiet))
    if known.pending:
        return _within(max(min(guesses), SHARE * known.quiet), BETWEEN_HOSTS)
    return _within(max(PROGRESS_SHARE * max(guesses), SHARE * known.quiet))


def _within(seconds: float, shortest: float = SHORTEST) -> float:
    return min(max(seconds, shortest), LONGEST)
