# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Following a deployment to its end, and the rollback that CodeDeploy starts after it to its end too."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ..engine.errors import Failure
from ..engine.times import ServiceClock, epoch
from ..engine.wait import WaitTimeout, wait_until
from . import failure, pace, progress, report
from .common import codedeploy
from .deployment_targets import Targets, Zones
from .failure import ROLLBACK_REASON
from .pace import Former, known_of
from .report import Report

JITTER_SECONDS = 0.2  # waiters that began together soon ask at different times
# While hosts are being deployed to they tell what happens; GetDeployment is asked this seldom all the same.
ASK_ANYWAY_SECONDS = 60
ROLLBACK_SECONDS = 10  # CodeDeploy names the rollback a moment after the deployment has ended
# wait_for of the module, and the phases of a blue/green deployment in which it is reached.
REACHED = {"succeeded": (), "ready": ("ready", "rerouting", "terminating"), "rerouted": ("terminating",)}


@dataclass
class Followed:
    """A deployment as it ended: CodeDeploy's answer, the report, and those of its rollback when there was one."""

    deployment: dict[str, Any]
    report: Report
    rollback: Followed | None = None

    def result(self) -> dict[str, Any]:
        """``deployment`` and, when there was one, ``rollback``: as a module returns them."""
        found = {"deployment": {**self.deployment, **report.as_result(self.report)}}
        if self.rollback:
            found["rollback"] = self.rollback.result()["deployment"]
        return found

    def explanation(self) -> str:
        """Why it did not succeed, for people."""
        return failure.explain(self.report, self.rollback.report if self.rollback else None)


@dataclass(frozen=True)
class Started:
    """A deployment that was just created: GetDeployment's answer, when CreateDeployment was sent (the context's clock),
    and the group's last successful deployment where that was of the same kind."""

    deployment: dict[str, Any]
    asked: float
    former: Former | None = None


def result_of(context, deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment with its hosts as they are now, without waiting."""
    targets = Targets(context, deployment["deployment_id"]).look(deployment)
    found = report.make(deployment, targets, Zones(context).of(targets))
    return Followed(deployment, found).result()


def without_hosts(deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment with its counts and seconds: what is known without asking for its hosts."""
    facts = report.as_result(report.make(deployment, [], {}))
    return {**deployment, "counts": facts["counts"], "seconds": facts["seconds"]}


def follow(
    context,
    deployment_id: str,
    timeout: float,
    group: dict[str, Any] | None = None,
    rolls_back: bool | None = None,
    wait_for: str = "succeeded",
    started: Started | None = None,
) -> Followed:
    """Wait for the end of a deployment and of its rollback, printing what changes; ``timeout`` in seconds for both.

    ``rolls_back`` says whether a rollback was asked for when it was stopped; None: the settings decide. ``wait_for`` is
    a key of REACHED: a blue/green deployment can be followed only until it is ready, or until its traffic has moved.
    ``started`` is what is known of a deployment that was just created.

    Raises Failure with the deployment in its facts when the time is over.
    """
    end = context.clock.now() + timeout
    try:
        followed = _wait_for(context, deployment_id, timeout, wait_for, started)
    except _TimeIsOver as over:
        raise Failure(f"{over.so_far.report.group}: {over}", changed=True, **over.so_far.result()) from over
    if followed.report.status in ("Failed", "Stopped"):
        follow_rollback(context, followed, end - context.clock.now(), group, rolls_back)
    return followed


def follow_rollback(
    context, followed: Followed, timeout: float, group: dict[str, Any] | None = None, rolls_back: bool | None = None
) -> None:
    """Wait for the end of the rollback of a deployment that failed or was stopped, if there is one, and note it.

    ``timeout`` in seconds; when it is over, what was seen last is noted. ``rolls_back`` as for ``follow``.
    """
    end = context.clock.now() + timeout
    if rolls_back is None:
        rolls_back = _rollback_is_due(followed.report, group or {})
    rollback_id = _rollback_id(context, followed, timeout if rolls_back else 0.0)
    if rollback_id:
        try:
            followed.rollback = _wait_for(context, rollback_id, max(0.0, end - context.clock.now()))
        except _TimeIsOver as over:
            followed.rollback = over.so_far  # why the deployment failed matters more than the time-out


class _TimeIsOver(Exception):
    def __init__(self, message: str, so_far: Followed):
        super().__init__(message)
        self.so_far = so_far


def _wait_for(
    context, deployment_id: str, timeout: float, wait_for: str = "succeeded", started: Started | None = None
) -> Followed:
    """One deployment, followed to its end, or as far as ``wait_for`` says. Raises _TimeIsOver."""
    look = Look(context, deployment_id, started)

    def tell(before: Report | None, now: Report, seconds: float) -> None:
        for line in progress.changes(before, now, seconds):
            context.progress.emit(line)

    try:
        ended = wait_until(
            look,
            lambda now: now.ended or now.phase in REACHED[wait_for],
            timeout,
            what=f"deployment {deployment_id} to {'end' if wait_for == 'succeeded' else 'be ' + wait_for}",
            on_change=tell,
            describe=_describe,
            clock=context.clock,
            pace=look,
        )
    except WaitTimeout as error:
        raise _TimeIsOver(str(error), Followed(look.deployment, error.last)) from error
    return Followed(look.deployment, ended)


class Look:
    """A look at a deployment, as a Report; and the pause until the next. One request while hosts are worked on."""

    def __init__(self, context, deployment_id: str, started: Started | None):
        self._context, self._id = context, deployment_id
        self._client = codedeploy(context)
        self._targets, self._zones = Targets(context, deployment_id), Zones(context)
        self._began = self._asked = context.clock.now()
        self._started, self._service = started, ServiceClock()
        self._at_once = 0
        self._last: Report | None = None
        self.deployment: dict[str, Any] = {}

    def __call__(self) -> Report:
        now = self._context.clock.now()
        if self._started and not self.deployment:
            self.deployment = self._started.deployment
            self._service.observe(epoch(self.deployment["create_time"]), now, since=self._started.asked)
            self._last = report.make(self.deployment, [], {})
            if not self._last.ended:  # else its targets are worth a look
                return self._last
        fresh = self._hosts_tell(now)
        seen = self._targets.refresh() if fresh else []
        if fresh and self._targets.running():
            told = {**self.deployment, "status": "InProgress", "deployment_overview": self._targets.overview()}
        else:
            self.deployment, self._asked = _get(self._client, self._id), now
            seen = self._targets.look(self.deployment, fresh)
            told = self.deployment
        self._last = report.make(told, seen, self._zones.of(seen))
        self._at_once = max(self._at_once, self._targets.running())
        self._learn_the_time()
        return self._last

    def pause(self, quiet: float) -> float:
        """Seconds until the next look, given those since the last change; for wait_until."""
        now = self._context.clock.now()
        former = self._started.former if self._started else None
        known = known_of(self._last, self._service.at(now), now - self._began, quiet, former, self._at_once)
        seconds = pace.pause(known)
        return seconds if seconds <= pace.SHORTEST else seconds - JITTER_SECONDS * random.random()

    def _hosts_tell(self, now: float) -> bool:
        """Whether the hosts alone tell what happens: some are being deployed to, or are about to be just after the
        start, and they are few enough to be counted."""
        if self._targets.many or now - self._asked >= ASK_ANYWAY_SECONDS:
            return False
        begins = self._started is not None and self.deployment is self._started.deployment
        return begins or bool(self.deployment.get("status") == "InProgress" and self._targets.running())

    def _learn_the_time(self) -> None:
        events = [event for host in self._last.hosts for event in host.events]
        times = [time for event in events for time in (event.start, event.end) if time]
        self._service.observe(epoch(max(times)) if times else None, self._context.clock.now())


def _rollback_id(context, followed: Followed, left: float) -> str:
    """The deployment that rolls this one back, "" when none does; waits for its id while there is time left."""
    now = followed.report
    if now.rollback_id or now.rollback_message or left <= 0:
        return now.rollback_id
    client = codedeploy(context)

    def look() -> Report:
        followed.deployment = _get(client, now.deployment_id)
        return report.make(followed.deployment, [], {})

    try:
        seen = wait_until(
            look,
            lambda one: bool(one.rollback_id or one.rollback_message),
            min(left, ROLLBACK_SECONDS),
            what=f"the rollback of {now.deployment_id}",
            clock=context.clock,
        )
    except WaitTimeout:
        return ""
    followed.report = Report(
        **{**vars(now), "rollback_id": seen.rollback_id, "rollback_message": seen.rollback_message}
    )
    return seen.rollback_id


def _rollback_is_due(now: Report, group: dict[str, Any]) -> bool:
    """Whether the settings ask for a rollback after this end; the deployment's beat the group's."""
    if now.creator == "codeDeployRollback":
        return False
    events = now.auto_rollback
    if events is None:
        events = report.rollback_events(group.get("auto_rollback_configuration") or {})
    return ROLLBACK_REASON.get(now.error_code, "DEPLOYMENT_FAILURE") in events


def _describe(now: Report) -> str:
    if now.phase == "ready" and now.waits_for_us:
        return "Ready. It goes on when it is continued (state=continued), and is stopped when nobody does so in time"
    hosts = f", {now.succeeded} of {now.total} {now.noun}" if now.total else ""
    moving = [host for host in now.hosts if host.status == "InProgress" and host.current]
    running = "; ".join(f"{host.id} in {host.current.name}" for host in moving[:3])
    state = now.phase if now.phase in ("rerouting", "terminating") else now.status
    return f"{state}{hosts}" + (f" ({running})" if running else "")


def _get(client, deployment_id: str) -> dict[str, Any]:
    return client.call("get_deployment", doing=f"read deployment {deployment_id}", deployment_id=deployment_id)[
        "deployment_info"
    ]
