# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the end of a deployment starts another one, of the last revision that was deployed successfully."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

DEPLOYMENT_FAILURE = "DEPLOYMENT_FAILURE"
DEPLOYMENT_STOP_ON_ALARM = "DEPLOYMENT_STOP_ON_ALARM"
DEPLOYMENT_STOP_ON_REQUEST = "DEPLOYMENT_STOP_ON_REQUEST"


@dataclass(frozen=True)
class AutoRollback:
    """An auto rollback configuration: whether it is on, and the events it answers to."""

    enabled: bool = False
    events: Collection[str] = ()


@dataclass(frozen=True)
class Verdict:
    """`roll_back`, and why not where one was asked for but can't be had (`reason`, for rollbackInfo)."""

    roll_back: bool
    reason: str | None = None


def rollback_event(status: str, error_code: str | None) -> str | None:
    """The rollback event that a deployment's end amounts to; None for an end that rolls nothing back.

    Source: user guide, "Redeploy and roll back a deployment", and the AutoRollbackEvent values of the API.
    """
    if status == "Failed":
        return DEPLOYMENT_FAILURE
    if status == "Stopped" and error_code == "TIMEOUT":  # nobody rerouted traffic: there is nothing to bring back
        return None
    if status == "Stopped":
        return DEPLOYMENT_STOP_ON_ALARM if error_code == "ALARM_ACTIVE" else DEPLOYMENT_STOP_ON_REQUEST
    return None


def effective(group: AutoRollback | None, deployment: AutoRollback | None) -> AutoRollback:
    """The setting that holds: the deployment's own beats the group's (CreateDeployment, autoRollbackConfiguration)."""
    return deployment or group or AutoRollback()


def decide(
    event: str | None,
    setting: AutoRollback,
    *,
    asked_for: bool | None = None,
    is_rollback: bool = False,
    has_previous_success: bool = True,
) -> Verdict:
    """Whether a deployment that ended with `event` is rolled back.

    `asked_for` is what StopDeployment's autoRollbackEnabled says; it beats the settings for a stop on request. A
    rollback is not rolled back. Without an earlier success there is nothing to go back to: no rollback, but a reason.
    """
    wanted = setting.enabled and event in setting.events
    if event == DEPLOYMENT_STOP_ON_REQUEST and asked_for is not None:
        wanted = asked_for
    if event is None or not wanted:
        return Verdict(False)
    if is_rollback:
        return Verdict(False, "This deployment is itself a rollback, and a rollback is not rolled back.")
    if not has_previous_success:
        return Verdict(False, "No rollback: this deployment group has no earlier successful deployment to go back to.")
    return Verdict(True)
