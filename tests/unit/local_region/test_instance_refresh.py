# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes: how many instances are out at once, checkpoints, warm-up, protection, the way back."""

import pytest

from local_region.engine import instance_refresh as engine
from local_region.engine.instance_refresh import Member, Preferences

HOUR = 3600.0


class Group:
    """A group whose launches and terminations take effect at once; new instances are in service immediately."""

    def __init__(self, size, **preferences):
        self.desired, self.now, self.number = size, 0.0, size
        self.members = [Member(f"old-{number}", 0.0) for number in range(size)]
        self.preferences = Preferences(**preferences)
        self.fewest = self.most = size
        self.starts = True

    def begin(self, matching=()):
        self.refresh = engine.begin(self.preferences, self.members, matching)
        return self

    def step(self):
        """One look; returns what was terminated."""
        moves = engine.step(self.refresh, self.members, self.desired, self.now)
        self.members = [one for one in self.members if one.id not in moves.terminate]
        self.fewest = min(self.fewest, sum(one.since is not None for one in self.members))
        for _ in range(moves.launch):
            self.number += 1
            self.members.append(Member(f"new-{self.number}", self.now if self.starts else None))
        self.most = max(self.most, len(self.members))
        return moves.terminate

    def run(self, seconds, every=10.0):
        """Looks until the refresh is over or the time is up; how many were terminated at each look that did so."""
        batches, end = [], self.now + seconds
        while self.now < end and not self.refresh.over:
            if gone := self.step():
                batches.append(len(gone))
            self.now += every
        return batches

    def names(self):
        return {one.id.split("-")[0] for one in self.members}


@pytest.mark.parametrize(
    ("size", "low", "high", "batches", "fewest", "most"),
    [
        (4, 90, 100, [1, 1, 1, 1], 3, 4),
        (10, 90, 100, [1] * 10, 9, 10),
        (10, 80, 100, [2] * 5, 8, 10),
        (10, 50, 100, [5, 5], 5, 10),
        (4, 0, 100, [4], 0, 4),
        (4, 100, 100, [1, 1, 1, 1], 3, 4),
        (4, 100, 125, [1, 1, 1, 1], 4, 5),
        (4, 100, 150, [2, 2], 4, 6),
        (4, 100, 200, [4], 4, 8),
        (1, 100, 110, [1], 1, 2),
        (1, 90, 100, [1], 0, 1),
        (3, 66, 100, [1, 1, 1], 2, 3),
    ],
)
def test_as_many_are_replaced_at_once_as_the_percentages_allow(size, low, high, batches, fewest, most):
    group = Group(size, min_healthy=low, max_healthy=high, warmup=30).begin()
    assert group.run(HOUR) == batches
    assert group.refresh.status == "Successful"
    assert group.names() == {"new"} and len(group.members) == size
    assert (group.fewest, group.most) == (fewest, most)


def test_the_next_replacement_waits_until_the_last_one_is_warm():
    group = Group(2, warmup=100).begin()
    assert group.step() == ("old-0",)
    group.now = 99.0
    assert group.step() == ()
    assert group.refresh.forward.percent == 0
    group.now = 100.0
    assert group.step() == ("old-1",)
    assert group.refresh.forward.percent == 50


def test_an_empty_group_is_refreshed_at_once():
    group = Group(0).begin()
    group.step()
    assert (group.refresh.status, group.refresh.forward.percent) == ("Successful", 100)


def test_instances_that_match_are_left_alone():
    group = Group(3).begin(matching={"old-0", "old-2"})
    group.run(HOUR)
    assert {one.id for one in group.members} == {"old-0", "old-2", "new-4"}


def test_a_checkpoint_holds_the_refresh_up_and_the_last_one_does_not():
    group = Group(4, min_healthy=50, checkpoints=(25, 100), checkpoint_delay=600).begin()
    assert group.run(600) == [1]
    assert group.refresh.forward.percent == 25
    assert group.run(HOUR) == [2, 1]
    assert group.refresh.status == "Successful"


def test_a_last_checkpoint_below_a_hundred_leaves_the_rest():
    group = Group(4, checkpoints=(50,)).begin()
    group.run(HOUR)
    assert group.refresh.status == "Successful"
    assert sorted(one.id.split("-")[0] for one in group.members) == ["new", "new", "old", "old"]


@pytest.mark.parametrize(("kind", "lets_go"), [("protected", "Refresh"), ("standby", "Terminate")])
def test_protected_and_standby_instances_are_waited_for_ignored_or_replaced(kind, lets_go):
    def group(choice):
        made = Group(2, **{kind: choice})
        made.members[0] = Member("old-0", 0.0, **{kind: True})
        return made.begin()

    waiting = group("Wait")
    waiting.run(HOUR / 2)
    assert waiting.refresh.status == "InProgress"
    waiting.run(2 * HOUR)
    assert waiting.refresh.status == "Failed"
    assert "old-0" in waiting.refresh.reason
    ignoring = group("Ignore")
    ignoring.run(HOUR)
    assert ignoring.refresh.status == "Successful"
    assert "old-0" in {one.id for one in ignoring.members}
    replacing = group(lets_go)
    replacing.run(HOUR)
    assert replacing.refresh.status == "Successful"
    assert replacing.names() == {"new"}


def test_new_instances_that_never_come_into_service_fail_the_refresh_after_an_hour():
    group = Group(2).begin()
    group.starts = False
    group.run(3 * HOUR)
    assert (group.refresh.status, group.refresh.reason) == ("Failed", engine.NO_PROGRESS)
    assert sum(one.id.startswith("old") for one in group.members) == 1


def test_a_cancelled_refresh_lets_what_is_coming_come():
    group = Group(3, warmup=60).begin()
    group.step()
    group.refresh.status = "Cancelling"
    group.step()
    assert group.refresh.status == "Cancelling"
    group.now = 60.0
    group.step()
    assert group.refresh.status == "Cancelled"
    assert sum(one.id.startswith("old") for one in group.members) == 2


def test_a_rollback_replaces_what_the_refresh_has_launched():
    group = Group(4, warmup=10, checkpoints=(50, 100)).begin()
    group.run(100)
    new = {one.id for one in group.members if one.id.startswith("new")}
    old = {one.id for one in group.members} - new
    assert len(new) == 2
    engine.roll_back(group.refresh, group.members, old)
    assert group.run(HOUR) == [1, 1]
    assert group.refresh.status == "RollbackSuccessful"
    assert not new & {one.id for one in group.members}
    assert old <= {one.id for one in group.members}


def test_a_baked_refresh_is_over_when_its_time_is_up():
    group = Group(1, bake=600).begin()
    group.run(300)
    assert group.refresh.status == "Baking"
    group.run(HOUR)
    assert group.refresh.status == "Successful"
