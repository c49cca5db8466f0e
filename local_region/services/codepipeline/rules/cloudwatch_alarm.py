# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule CloudWatchAlarm. Source: user guide, "CloudWatchAlarm" of the rule reference."""

from __future__ import annotations

from local_region.clock import Clock
from local_region.services.codepipeline.actions.performer import (
    DAY,
    Failed,
    Info,
    Job,
    Outcome,
    Performer,
    Property,
    Succeeded,
    Type,
)
from local_region.services.codepipeline.errors import invalid
from local_region.services.codepipeline.surroundings import Alarms

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")


class CloudWatchAlarm(Performer):
    """Fails as soon as the alarm is in one of AlarmStates within WaitTime minutes; succeeds when that time has passed.

    AlarmStates is ALARM unless given, WaitTime 0.

    The reference calls AlarmStates "the states to monitor" and says no more; AWS's announcement of stage conditions has
    the example that this follows: roll back if the alarm goes into ALARM within 60 minutes.
    """

    type = Type(
        "Rule",
        "CloudWatchAlarm",
        (Property("AlarmName", required=True), Property("AlarmStates"), Property("WaitTime", type="Number")),
        timeout=DAY,
    )

    def __init__(self, clock: Clock, alarms: Alarms):
        self._clock, self._alarms = clock, alarms

    def check(self, declaration: Info) -> None:
        configuration = declaration["configuration"]
        if not configuration.get("WaitTime", "0").isdecimal():
            raise invalid(f"WaitTime of the rule {declaration['name']} must be a number of minutes.")
        unknown = [one for one in _bad_states(configuration) if one not in STATES]
        if unknown:
            raise invalid(f"AlarmStates of the rule {declaration['name']} must be of {', '.join(STATES)}.")

    def start(self, job: Job) -> Outcome | None:
        job.memory["until"] = self._clock.seconds() + int(job.configuration.get("WaitTime", "0")) * 60.0
        return self.poll(job)

    def poll(self, job: Job) -> Outcome | None:
        name = job.configuration["AlarmName"]
        state = self._alarms.states(job.account, job.region, [name]).get(name)
        if state is None:
            return Failed(f"There is no alarm {name}.", "ConfigurationError")
        if state in _bad_states(job.configuration):
            return Failed(f"The alarm {name} is in state {state}.")
        if self._clock.seconds() < job.memory["until"]:
            return None
        job.summary = f"The alarm {name} is in state {state}."
        return Succeeded()


def _bad_states(configuration: Info) -> list[str]:
    return [one.strip() for one in configuration.get("AlarmStates", "ALARM").split(",")]
