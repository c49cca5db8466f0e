# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Following a deployment to its end, and the rollback that CodeDeploy starts after it to its end too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..engine.errors import Failure
from ..engine.wait import Pace, WaitTimeout, wait_until
from . import failure, progress, report
from .common import codedeploy
from .deployment_targets import Targets, Zones
from .failure import ROLLBACK_REASON
from .report import Report

PACE = Pace(shortest=1.0, longest=15.0, share=0.2)
# While no host tells a change, GetDeployment is asked this seldom: only a stop or a time-out would be news.
ASK_ANYWAY_SECONDS = 5
ROLLBACK_SECONDS = 10  # CodeDeploy names the rollback a moment after the deployment has ended


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
) -> Followed:
    """Wait for the end of a deployment and of its rollback, printing what changes; ``timeout`` in seconds for both.

    ``rolls_back`` says whether a rollback was asked for when it was stopped; None: the settings decide.

    A blue/green deployment that waits for ContinueDeployment counts as ended (status Ready). Raises Failure with the
    deployment in its facts when the time is over.
    """
    end = context.clock.now() + timeout
    try:
        followed = _wait_for(context, deployment_id, timeout)
    except _TimeIsOver as over:
        raise Failure(f"{over.so_far.report.group}: {over}", changed=True, **over.so_far.result()) from over
    if followed.report.status in ("Failed", "Stopped"):
        if rolls_back is None:
            rolls_back = _rollback_is_due(followed.report, group or {})
        rollback_id = _rollback_id(context, followed, end - context.clock.now() if rolls_back else 0.0)
        if rollback_id:
            try:
                followed.rollback = _wait_for(context, rollback_id, max(0.0, end - context.clock.now()))
            except _TimeIsOver as over:
                followed.rollback = over.so_far  # why the deployment failed matters more than the time-out
    return followed


class _TimeIsOver(Exception):
    def __init__(self, message: str, so_far: Followed):
        super().__init__(message)
        self.so_far = so_far


def _wait_for(context, deployment_id: str, timeout: float) -> Followed:
    """One deployment, followed to its end. Raises _TimeIsOver."""
    look = _Look(context, deployment_id)

    def tell(before: Report | None, now: Report, seconds: float) -> None:
        for line in progress.changes(before, now, seconds):
            context.progress.emit(line)

    try:
        ended = wait_until(
            look,
            lambda now: now.ended or (now.status == "Ready" and _waits_for_us(look.deployment)),
            timeout,
            what=f"deployment {deployment_id} to end",
            on_change=tell,
            describe=_describe,
            clock=context.clock,
            pace=PACE,
        )
    except WaitTimeout as error:
        raise _TimeIsOver(str(error), Followed(look.deployment, error.last)) from error
    return Followed(look.deployment, ended)


class _Look:
    """A look at a deployment, as a Report. One request while hosts work and none of them has news."""

    def __init__(self, context, deployment_id: str):
        self._context, self._id = context, deployment_id
        self._client = codedeploy(context)
        self._targets, self._zones = Targets(context, deployment_id), Zones(context)
        self._asked: float | None = None
        self._last: Report | None = None
        self.deployment: dict[str, Any] = {}

    def __call__(self) -> Report:
        now = self._context.clock.now()
        if self._asked is not None and now - self._asked < ASK_ANYWAY_SECONDS and not self._targets.news():
            return self._last
        self.deployment, self._asked = _get(self._client, self._id), now
        seen = self._targets.look(self.deployment)
        self._last = report.make(self.deployment, seen, self._zones.of(seen))
        return self._last


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


def _waits_for_us(deployment: dict[str, Any]) -> bool:
    """A blue/green deployment that goes on only after ContinueDeployment."""
    ready = (deployment.get("blue_green_deployment_configuration") or {}).get("deployment_ready_option") or {}
    return ready.get("action_on_timeout") == "STOP_DEPLOYMENT"


def _describe(now: Report) -> str:
    hosts = f", {now.succeeded} of {now.total} hosts" if now.total else ""
    running = [
        f"{host.id} in {host.current.name}" for host in now.hosts if host.status == "InProgress" and host.current
    ]
    return f"{now.status}{hosts}" + (f" ({'; '.join(running[:3])})" if running else "") + "."


def _get(client, deployment_id: str) -> dict[str, Any]:
    return client.call("get_deployment", doing=f"read deployment {deployment_id}", deployment_id=deployment_id)[
        "deployment_info"
    ]
