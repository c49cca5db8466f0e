# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refresh: which instances of an Auto Scaling group are replaced next, and when it is over.

No clock and no socket: `step` is told how the group stands, and says what to launch and what to terminate.
Source: Auto Scaling user guide, "How an instance refresh works", "Use an instance refresh with checkpoints", "Undo
changes with a manual or auto rollback"; API reference, RefreshPreferences.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

HOUR = 3600.0

BLOCKED = (
    "The instance refresh failed because it waited one hour for the instances {} to leave {}: do that, or set {} to "
    "{} or Ignore."
)
NO_PROGRESS = "The instance refresh failed because its new instances did not become healthy within one hour."


@dataclass(frozen=True)
class Preferences:
    """RefreshPreferences, with AWS's defaults; durations in service seconds. `checkpoints` are per cent."""

    min_healthy: int = 90
    max_healthy: int = 100
    warmup: float = 0.0
    checkpoints: tuple[int, ...] = ()
    checkpoint_delay: float = HOUR
    protected: Literal["Refresh", "Ignore", "Wait"] = "Wait"
    standby: Literal["Terminate", "Ignore", "Wait"] = "Wait"
    bake: float = 0.0


@dataclass(frozen=True)
class Member:
    """An instance of the group. `since` is when it was first seen in service and healthy, None when it is not now."""

    id: str
    since: float | None
    leaving: bool = False
    protected: bool = False
    standby: bool = False


@dataclass(frozen=True)
class Moves:
    """What is to be done now: how many instances to launch, which to terminate."""

    launch: int = 0
    terminate: tuple[str, ...] = ()


@dataclass(eq=False)
class Round:
    """One pass of replacements: the refresh itself, or the way back."""

    outdated: frozenset[str]
    left: int = 0
    checkpoint: int = 0
    checkpoint_until: float | None = None
    blocked_since: float | None = None
    standing: tuple[int, int] = (0, 0)
    changed_at: float | None = None

    def __post_init__(self) -> None:
        self.left = len(self.outdated)

    @property
    def percent(self) -> int:
        """Instances that are replaced, and whose replacements are warm."""
        return 100 * (len(self.outdated) - self.left) // len(self.outdated) if self.outdated else 100


@dataclass(eq=False)
class Refresh:
    """An instance refresh. `kept` are instances that need no replacement. `way_back` is set by `roll_back`."""

    preferences: Preferences
    forward: Round
    status: str = "Pending"
    reason: str | None = None
    way_back: Round | None = None
    bake_until: float | None = None
    waits_for_transitions: bool = field(default=True)

    @property
    def over(self) -> bool:
        return self.status in ("Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed")

    @property
    def under_way(self) -> Round:
        return self.way_back or self.forward


def begin(preferences: Preferences, members: Sequence[Member], matching: Collection[str]) -> Refresh:
    """A refresh of all members but those that match already, and those that the preferences ignore."""
    outdated = frozenset(
        member.id
        for member in members
        if member.id not in matching
        and not (member.protected and preferences.protected == "Ignore")
        and not (member.standby and preferences.standby == "Ignore")
    )
    return Refresh(preferences, Round(outdated))


def roll_back(refresh: Refresh, members: Sequence[Member], kept: Collection[str]) -> None:
    """Replaces what the refresh has launched. `kept` are the members that have the earlier configuration.

    There are no checkpoints on the way back.
    """
    refresh.preferences = replace(refresh.preferences, checkpoints=(), bake=0.0, protected="Refresh")
    refresh.way_back = Round(frozenset(one.id for one in members if one.id not in kept and not one.leaving))
    refresh.status, refresh.reason, refresh.bake_until = "RollbackInProgress", None, None


def fail(refresh: Refresh, reason: str) -> None:
    """Ends the refresh, or its way back."""
    refresh.status = "RollbackFailed" if refresh.way_back else "Failed"
    refresh.reason = reason


def step(refresh: Refresh, members: Sequence[Member], desired: int, now: float) -> Moves:
    """Moves the refresh on. `desired` is the group's desired capacity."""
    if refresh.over:
        return Moves()
    if refresh.status == "Pending":
        refresh.status = "InProgress"
    this, preferences = refresh.under_way, refresh.preferences
    old = [one for one in members if one.id in this.outdated and not one.leaving]
    fresh = [one for one in members if one.id not in this.outdated and not one.leaving and not one.standby]
    warm = [one for one in fresh if one.since is not None and now >= one.since + preferences.warmup]
    transitions = len(fresh) - len(warm) + sum(one.leaving for one in members)
    in_place = len(this.outdated) - len(old)
    # A replacement counts once it is warm: what is still coming is not done.
    this.left = len(this.outdated) - max(0, in_place - transitions)
    if refresh.status == "Cancelling":
        if not transitions or not refresh.waits_for_transitions:
            refresh.status = "Cancelled"
        return Moves()
    goal = _share(len(this.outdated), preferences.checkpoints[-1]) if preferences.checkpoints else len(this.outdated)
    if in_place >= goal and not transitions and len(warm) + len(old) >= desired:
        _end(refresh, now)
        return Moves()
    if _stuck(refresh, old, warm, now) or _pauses(this, preferences, now):
        return Moves()
    allowed = _share(len(this.outdated), preferences.checkpoints[this.checkpoint]) if preferences.checkpoints else goal
    return _replace(preferences, old, fresh, warm, transitions, allowed - in_place, desired)


def bounds(preferences: Preferences, desired: int) -> tuple[int, int]:
    """How many instances must stay healthy, and how many there may be, both rounded up."""
    return _share(desired, preferences.min_healthy), max(desired, _share(desired, preferences.max_healthy))


def _share(count: int, percent: int) -> int:
    return -(-count * percent // 100)


def _replace(
    preferences: Preferences,
    old: list[Member],
    fresh: list[Member],
    warm: list[Member],
    transitions: int,
    budget: int,
    desired: int,
) -> Moves:
    """The replacements that may begin: `budget` is how many the checkpoint still allows."""
    low, high = bounds(preferences, desired)
    victims = [one for one in old if _may_go(one, preferences)]
    idle = [one for one in victims if one.since is None]
    serving = [one for one in victims if one.since is not None]
    spare = sum(one.since is not None for one in old if not one.standby) + len(warm) - low
    if spare <= 0 and high == desired and not transitions:
        spare = 1  # a minimum of 100 per cent "limits the rate of replacement to one instance at a time"
    chosen = (idle + serving[: max(0, spare)])[: max(0, budget)]
    counting = sum(not one.standby for one in old) - sum(not one.standby for one in chosen) + len(fresh)
    ahead = min(len(victims), budget) - len(chosen)
    wanted = min(high, desired + max(0, ahead))
    return Moves(max(0, wanted - counting), tuple(one.id for one in chosen))


def _may_go(member: Member, preferences: Preferences) -> bool:
    protected = member.protected and preferences.protected != "Refresh"
    standby = member.standby and preferences.standby != "Terminate"
    return not protected and not standby


def _pauses(this: Round, preferences: Preferences, now: float) -> bool:
    """Whether a checkpoint holds the refresh up; the last one does not."""
    done = len(this.outdated) - this.left
    points = preferences.checkpoints
    while this.checkpoint < len(points) - 1 and done >= _share(len(this.outdated), points[this.checkpoint]):
        if this.checkpoint_until is None:
            this.checkpoint_until = now + preferences.checkpoint_delay
        if now < this.checkpoint_until:
            return True
        this.checkpoint, this.checkpoint_until = this.checkpoint + 1, None
    return False


def _stuck(refresh: Refresh, old: list[Member], warm: list[Member], now: float) -> bool:
    """Fails the refresh when nothing has come about for an hour where something should have."""
    this, preferences = refresh.under_way, refresh.preferences
    if (standing := (len(old), len(warm))) != this.standing or this.checkpoint_until is not None:
        this.standing, this.changed_at = standing, now
    if old and not any(_may_go(one, preferences) for one in old):
        this.blocked_since = now if this.blocked_since is None else this.blocked_since
        if now >= this.blocked_since + HOUR:
            fail(refresh, _blocked(old))
            return True
        return False
    this.blocked_since = None
    if this.changed_at is not None and now >= this.changed_at + HOUR + preferences.warmup:
        fail(refresh, NO_PROGRESS)
        return True
    return False


def _blocked(old: list[Member]) -> str:
    names = ", ".join(one.id for one in old)
    if all(one.standby for one in old):
        return BLOCKED.format(names, "Standby", "StandbyInstances", "Terminate")
    return BLOCKED.format(names, "scale-in protection", "ScaleInProtectedInstances", "Refresh")


def _end(refresh: Refresh, now: float) -> None:
    if refresh.way_back:
        refresh.status = "RollbackSuccessful"
        return
    if refresh.bake_until is None:
        refresh.bake_until = now + refresh.preferences.bake
    refresh.status = "Baking" if now < refresh.bake_until else "Successful"
