# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a composite alarm's actions wait for its actions suppressor.

Source: CloudWatch user guide, "Suppressing composite alarm actions". Times are service seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

BY_WAIT, BY_ALARM, BY_EXTENSION = "WaitPeriod", "Alarm", "ExtensionPeriod"


@dataclass(frozen=True)
class Suppressor:
    """How long to wait for the suppressor to go into ALARM, and how long to go on when it has left it."""

    wait: float
    extension: float


@dataclass(frozen=True)
class Suppression:
    """Actions held back `by` one of WaitPeriod, Alarm and ExtensionPeriod, `since` a time."""

    by: str
    since: float


def begin(in_alarm: bool, now: float) -> Suppression:
    """What holds back the actions of a composite alarm that has just changed its state."""
    return Suppression(BY_ALARM if in_alarm else BY_WAIT, now)


def after(suppression: Suppression, suppressor: Suppressor, in_alarm: bool, now: float) -> Suppression | None:
    """What holds the actions back now, `in_alarm` being the suppressor's state; None: they are to be taken.

    In the wait period a suppressor that goes into ALARM suppresses; one that does not by its end lets them pass. When
    the suppressor leaves ALARM, they pass at the end of the extension period, unless it goes back into ALARM.
    """
    if in_alarm:
        return suppression if suppression.by == BY_ALARM else Suppression(BY_ALARM, now)
    if suppression.by == BY_ALARM:
        suppression = Suppression(BY_EXTENSION, now)
    patience = suppressor.wait if suppression.by == BY_WAIT else suppressor.extension
    return suppression if now < suppression.since + patience else None
