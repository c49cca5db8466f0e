# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Continuing a blue/green deployment: from Ready to the rerouting of its traffic, or past the wait for termination.

Idempotent: what has gone on already is left alone. A deployment that has not come to the wait yet is waited for.
"""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from . import report
from .deployment_calls import Deployments
from .deployment_targets import Targets
from .follow import follow, result_of, without_hosts

# In the order in which a deployment goes through them, which is not that of the alphabet.
PHASES = ("installing", "ready", "rerouting", "terminating")
# For each wait: the phase in which it can be ended, what the task waits for before, and what is told of it.
WAITS = {
    "READY_WAIT": ("ready", "ready", "is ready"),
    "TERMINATION_WAIT": ("terminating", "rerouted", "waits to terminate its original instances"),
}
AFTER = {"READY_WAIT": "rerouting", "TERMINATION_WAIT": "Succeeded"}


def continue_(context) -> dict[str, Any]:
    """Continue the deployment of the task's options; the result. Nothing to continue is no change."""
    options = context.options
    deployments = Deployments(context, options["application_name"] or "", options["deployment_group_name"] or "")
    deployment = deployments.chosen(options)
    if deployment is None:
        return {"changed": False}
    _check_kind(deployment)
    phase = _phase(context, deployment)
    if _is_before(phase, options["deployment_wait_type"]):
        deployment, phase = _come_to_it(context, deployment, phase)
    if phase != WAITS[options["deployment_wait_type"]][0]:
        return {"changed": False, **_told(context, deployment)}
    return _go_on(context, deployments, deployment, phase)


def _go_on(context, deployments: Deployments, deployment: dict[str, Any], phase: str) -> dict[str, Any]:
    options = context.options
    wait_type = options["deployment_wait_type"]
    result = {"changed": True, "diff": {"before": {"phase": phase}, "after": {"phase": AFTER[wait_type]}}}
    if context.check_mode:
        return {**result, "deployment": without_hosts(deployment)}
    result["changed"] = deployments.go_on(deployment["deployment_id"], wait_type)
    return {**result, **_told(context, deployment)}


def _told(context, deployment: dict[str, Any]) -> dict[str, Any]:
    """The deployment as it is, or as it ends where the task waits. Raises Failure when it did not succeed."""
    options = context.options
    if context.check_mode or not options["wait"]:
        return result_of(context, deployment)
    identity = deployment["deployment_id"]
    followed = follow(context, identity, options["wait_timeout"], wait_for=options["wait_for"])
    if followed.report.status in ("Failed", "Stopped"):
        raise Failure(followed.explanation(), changed=True, **followed.result())
    return followed.result()


def _come_to_it(context, deployment: dict[str, Any], phase: str) -> tuple[dict[str, Any], str]:
    """A deployment that has not come to the wait: waited for, or refused where the task does not wait."""
    options = context.options
    identity, wait_type = deployment["deployment_id"], options["deployment_wait_type"]
    due, wait_for, told = WAITS[wait_type]
    if context.check_mode:
        return deployment, due  # it will come to it, and then be continued
    if not options["wait"]:
        raise Failure(
            f"deployment_wait_type: deployment {identity} is not so far that it {told} ({phase}). "
            "Wait for it, or set wait=true."
        )
    followed = follow(context, identity, options["wait_timeout"], wait_for=wait_for)
    if followed.report.status in ("Failed", "Stopped"):
        raise Failure(followed.explanation(), changed=False, **followed.result())
    return followed.deployment, followed.report.phase


def _phase(context, deployment: dict[str, Any]) -> str:
    """Where the deployment is, or its status when it has ended; only rerouting is told by its hosts."""
    found = report.make(deployment, [], {})
    if found.phase == "installing":
        targets = Targets(context, deployment["deployment_id"]).look(deployment)
        found = report.make(deployment, targets, {})
    return found.phase or found.status


def _is_before(phase: str, wait_type: str) -> bool:
    due = WAITS[wait_type][0]
    return phase in PHASES and PHASES.index(phase) < PHASES.index(due)


def _check_kind(deployment: dict[str, Any]) -> None:
    identity, status = deployment["deployment_id"], deployment["status"]
    if (deployment.get("deployment_style") or {}).get("deployment_type") != "BLUE_GREEN":
        raise Failure(f"state: deployment {identity} is in place; only blue/green deployments can be continued.")
    if status in ("Failed", "Stopped"):
        raise Failure(
            f"state: deployment {identity} has ended ({status}) and cannot be continued. Deploy its revision again."
        )
