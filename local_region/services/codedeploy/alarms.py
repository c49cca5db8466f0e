# SPDX-License-Identifier: GPL-3.0-or-later
"""Which CloudWatch alarms stop a deployment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from local_region.engine.deployment import Error
from local_region.services.codedeploy.records import Info


class Alarms(Protocol):
    """The alarms of the region."""

    def states(self, account: str, region: str, names: Sequence[str]) -> dict[str, str]:
        """State by name (OK, ALARM, INSUFFICIENT_DATA) of those of the alarms that exist."""


def watched(configuration: Info) -> list[str]:
    """The alarms to watch; none where the configuration is not enabled."""
    return [alarm["name"] for alarm in configuration.get("alarms", [])] if configuration.get("enabled") else []


def reason_to_stop(configuration: Info, states: dict[str, str]) -> Error | None:
    """Why the deployment must stop, None when it may go on.

    An alarm that can't be read stops it too, unless ignorePollAlarmFailure (AlarmConfiguration of the API).
    """
    names = watched(configuration)
    active = [name for name in names if states.get(name) == "ALARM"]
    if active:
        return Error(
            "ALARM_ACTIVE",
            f"One or more alarms have been activated according to the Amazon CloudWatch metrics "
            f"you selected, and the affected deployments have been stopped. Activated alarms: <{', '.join(active)}>",
        )
    unread = [name for name in names if name not in states]
    if unread and not configuration.get("ignorePollAlarmFailure"):
        return Error("ALARM_ACTIVE", f"The status of the alarms <{', '.join(unread)}> can't be retrieved.")
    return None
