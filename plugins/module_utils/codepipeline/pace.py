# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When to look at an execution again: often while something is due, seldom while nothing can have happened.

Pure. What says when something is due is how long each action took in earlier executions. Where that is not known, the
time since the last change says how soon another one can be worth a look.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.times import epoch, seconds_between
from .report import Report

SHORTEST = 1.0
LONGEST = 15.0
NEAR = 0.9  # seconds between two looks while an end is due
SHARE = 0.2  # of the time since the last change, where nothing better is known
UNSURE = 0.05  # of what an action usually takes: so much earlier or later it may end, where one time only is known
LATE = 5.0  # seconds beyond that, for which the end still counts as due
LOG = 2.0  # seconds between two looks when somebody reads the log of a build meanwhile


@dataclass(frozen=True)
class Usual:
    """How long an action usually takes, and how many seconds earlier or later it may end."""

    seconds: float
    doubt: float


@dataclass(frozen=True)
class Running:
    """An action that runs: seconds since it began, and how long it usually takes (None: not known)."""

    elapsed: float
    usual: Usual | None = None


@dataclass(frozen=True)
class Known:
    """What is known at one look. ``quiet`` seconds since news; ``idle``: somebody or something else is waited for;
    ``live``: the log of what runs is being read; ``details``: when the looks at builds and deployments are due."""

    quiet: float
    running: tuple[Running, ...] = ()
    idle: bool = False
    live: bool = False
    details: tuple[float, ...] = ()


def pause(known: Known) -> float:
    """Seconds until the next look is worth its price."""
    dues = [_due(one, known.quiet) for one in known.running] or [SHARE * known.quiet]
    seconds = min(SHARE * known.quiet if known.idle else min(dues), *known.details, LONGEST)
    return max(min(seconds, LOG) if known.live else seconds, NEAR)


def known_of(
    report: Report,
    now: float,
    quiet: float,
    usual: Mapping[tuple[str, str], Usual],
    live: bool,
    details: Sequence[float] = (),
) -> Known:
    """What a report says. ``now`` is the service's present time in seconds since 1970."""
    running = tuple(
        Running(max(0.0, now - epoch(one.start)) if one.start else 0.0, usual.get((one.stage, one.name)))
        for one in report.running
        if not one.waits_for_approval
    )
    idle = report.needs_somebody or bool(report.held)
    return Known(quiet, running, idle and not running, live and bool(running), tuple(details))


def usual_of(actions: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Usual]:
    """How long each (stage, action) usually takes, from the action executions of the pipeline that succeeded."""
    found: dict[tuple[str, str], list[float]] = {}
    for one in actions:
        seconds = seconds_between(one.get("start_time"), one.get("last_update_time"))
        if one.get("status") == "Succeeded" and seconds is not None:
            found.setdefault((one["stage_name"], one["action_name"]), []).append(seconds)
    return {place: _usual(seconds) for place, seconds in found.items()}


def _usual(seconds: Sequence[float]) -> Usual:
    median = statistics.median(seconds)
    doubt = 2 * statistics.pstdev(seconds) if len(seconds) > 1 else UNSURE * median
    return Usual(median, min(max(doubt, NEAR / 2), LONGEST))


def _due(action: Running, quiet: float) -> float:
    """Seconds until the end of an action may come."""
    if action.usual is None:
        return max(SHORTEST, SHARE * quiet)
    left, doubt = action.usual.seconds - action.elapsed, action.usual.doubt
    if left > doubt:
        return left - doubt + NEAR
    if left > -(doubt + LATE):
        return NEAR
    return max(SHORTEST, -SHARE * left)
