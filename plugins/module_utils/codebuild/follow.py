# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Following a build or a batch to its end: a line for each phase, the log's lines where they are wanted.

When to look follows the rules that deployments are followed by: seldom while nothing can have happened, often when the
end is due, as far as former builds of the project and the phases of this one tell.
"""

from __future__ import annotations

import random
import statistics
from typing import Any

from ..codedeploy import pace
from ..engine.errors import Failure
from ..engine.progress import Event as Line
from ..engine.times import ServiceClock, epoch, seconds_between
from ..engine.wait import WaitTimeout, wait_until
from . import builds
from .builds import BUILD, Build, Kind
from .failure import status_of, title_of
from .log import LOG_SUBJECT, LiveLog

PHASES = 10  # of a build that goes well, from SUBMITTED to FINALIZING
LIVE_SECONDS = 2.0  # at most between two looks while log lines are shown
JITTER_SECONDS = 0.2
AUTO_RETRY_SECONDS = 15  # CodeBuild names the automatic retry a moment after the build has ended
THE_PHASE = "BUILD"  # always told; others that succeed in no time are not
WIDTH = len("DOWNLOAD_BATCHSPEC")


def follow(context, kind: Kind, build: Build, timeout: float, live: bool = False, usual: float | None = None) -> Build:
    """Wait for the end of a build, and of those that CodeBuild starts for it after a failure; the last of them.

    :arg build: as an answer told it just now.
    :arg timeout: seconds, for all of them.
    :arg live: whether to show the log's lines.
    :arg usual: seconds that such a build takes, where that is known.
    :raises Failure: with the build in its facts when the time is over.
    """
    end = context.clock.now() + timeout
    while True:
        build = _wait_for(context, kind, build, end - context.clock.now(), live, usual)
        following = _automatic_retry(context, build, end)
        if following is None:
            return build
        context.progress.say(title_of(build), f"failed and is retried as {title_of(following)}")
        build = following


def usual_seconds(context, project: str) -> float | None:
    """How long the last successful builds of the project took; None when that is not known. Two requests."""
    ids = builds.newest_ids(context, BUILD, project)[: builds.OF_FORMER]
    taken = [seconds_of(one) for one in builds.read_builds(context, ids) if one.get("build_status") == "SUCCEEDED"]
    known = [seconds for seconds in taken if seconds is not None]
    return statistics.median(known) if known else None


def seconds_of(build: Build) -> float | None:
    """How long a build took from its start to its end; None before that."""
    return seconds_between(build.get("start_time"), build.get("end_time"))


def _wait_for(context, kind: Kind, build: Build, timeout: float, live: bool, usual: float | None) -> Build:
    look = _Look(context, kind, build, live, usual)
    title = title_of(build)

    def tell(before: tuple | None, now: tuple, seconds: float) -> None:
        for line in changes(before, now, title, seconds):
            context.progress.emit(line)

    try:
        wait_until(
            look,
            lambda _seen: kind.ended(look.build),
            max(0.0, timeout),
            what=f"{title} to end",
            on_change=tell,
            describe=lambda _seen: f"{status_of(look.build)} in {look.build.get('current_phase') or 'no phase'}",
            clock=context.clock,
            pace=look,
        )
    except WaitTimeout as error:
        raise Failure(f"{title}: {error}", changed=True, build=look.build) from error
    return look.build


class _Look:
    """A look at a build: what of it is told, as a tuple; and the pause until the next."""

    def __init__(self, context, kind: Kind, build: Build, live: bool, usual: float | None):
        self._context, self._kind, self._usual = context, kind, usual
        self._log = _Logs(context, kind) if live else None
        self._began, self._service = context.clock.now(), ServiceClock()
        self._first = True
        self.build = build

    def __call__(self) -> tuple:
        if self._first:  # the answer that we come with is fresh
            self._first = False
        else:
            found = builds.read(self._context, self._kind, [self.build["id"]])
            if not found:
                raise Failure(f"{title_of(self.build)} is not there any more. Somebody has deleted it.")
            self.build = found[0]
        if self._log:
            self._log.show(self.build)
        times = [phase.get("end_time") or phase.get("start_time") for phase in self.build.get("phases") or []]
        latest = max((time for time in times if time), default=None)
        self._service.observe(epoch(latest) if latest else None, self._context.clock.now())
        return seen_of(self.build)

    def pause(self, quiet: float) -> float:
        """Seconds until the next look, given those since the last change; for wait_until."""
        now = self._context.clock.now()
        start = self.build.get("start_time")
        elapsed = max(0.0, self._service.at(now) - epoch(start)) if start else now - self._began
        over = sum(bool(phase.get("end_time")) for phase in self.build.get("phases") or [])
        running = pace.Running(elapsed, over, max(PHASES, over + 1))
        seconds = pace.pause(pace.Known(elapsed, quiet, running=(running,), usual=self._usual))
        if self._log:
            seconds = min(seconds, LIVE_SECONDS)
        return seconds if seconds <= pace.SHORTEST else seconds - JITTER_SECONDS * random.random()


class _Logs:
    """Shows the log of a build, or those of all builds of a batch."""

    def __init__(self, context, kind: Kind):
        self._context, self._kind = context, kind
        self._logs: dict[str, LiveLog] = {}
        self._over: set[str] = set()

    def show(self, build: Build) -> None:
        if self._kind is BUILD:
            self._log_of(build["id"], LOG_SUBJECT).show(build)
            return
        groups = {arn_of(group): group.get("identifier") or "" for group in build.get("build_groups") or []}
        wanted = [arn for arn in groups if arn and arn not in self._over]
        for one in builds.read_builds(self._context, wanted):
            self._log_of(one["id"], f"  {groups.get(one.get('arn'), '')} |").show(one)
            if BUILD.ended(one):
                self._over.add(one["arn"])

    def _log_of(self, identity: str, subject: str) -> LiveLog:
        return self._logs.setdefault(identity, LiveLog(self._context, subject))


def arn_of(group: dict[str, Any]) -> str:
    """The ARN of the present build of a group of a batch; "" before it has one."""
    return (group.get("current_build_summary") or {}).get("arn") or ""


def seen_of(build: Build) -> tuple:
    """What is told of a build: its status, its phases that have ended, and the builds of a batch."""
    phases = tuple(
        (phase["phase_type"], phase.get("phase_status") or "", phase.get("duration_in_seconds"))
        for phase in build.get("phases") or []
        if phase.get("phase_status") and phase["phase_status"] != "IN_PROGRESS"
    )
    groups = tuple(
        (group.get("identifier") or "", (group.get("current_build_summary") or {}).get("build_status") or "")
        for group in build.get("build_groups") or []
    )
    return status_of(build), build.get("current_phase") or "", phases, groups


def changes(before: tuple | None, now: tuple, title: str, seconds: float) -> list[Line]:
    """The lines for what differs between two looks: phases that have ended, builds of a batch, then the headline.

    Phases that succeeded within a second are not worth a line.
    """
    status, current, phases, groups = now
    known = before or ("", "", (), ())
    lines = [
        Line(f"  {name:<{WIDTH}}", outcome.lower(), taken if taken is not None else None)
        for name, outcome, taken in phases
        if (name, outcome, taken) not in known[2] and (taken or outcome != "SUCCEEDED" or name == THE_PHASE)
    ]
    lines += [
        Line(f"  {name:<{WIDTH}}", outcome.lower().replace("_", " "))
        for name, outcome in groups
        if outcome and (name, outcome) not in known[3]
    ]
    if status != "IN_PROGRESS":
        lines.append(Line(title, status.lower().replace("_", " "), seconds))
    elif before is None or current != known[1]:
        lines.append(Line(title, current, seconds))
    return lines


def _automatic_retry(context, build: Build, end: float) -> Build | None:
    """The build that CodeBuild starts since this one failed; None when it starts none."""
    retries = build.get("auto_retry_config") or {}
    left = (retries.get("auto_retry_limit") or 0) - (retries.get("auto_retry_number") or 0)
    if build.get("build_status") not in ("FAILED", "FAULT", "TIMED_OUT") or left <= 0:
        return None

    def look() -> str:
        now = builds.read_build(context, build["id"]) or {}
        return (now.get("auto_retry_config") or {}).get("next_auto_retry") or ""

    try:
        timeout = max(0.0, min(AUTO_RETRY_SECONDS, end - context.clock.now()))
        found = wait_until(look, bool, timeout, what=f"the automatic retry of {build['id']}", clock=context.clock)
    except WaitTimeout:
        return None
    return builds.read_build(context, found)
