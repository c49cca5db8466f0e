# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress: events become lines, which are collected and handed to whoever listens."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import (
    Event,
    Progress,
    duration,
    listening,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1m 00s"),
        (72, "1m 12s"),
        (3599.7, "1h 00m"),
        (7500, "2h 05m"),
    ],
)
def test_durations_read_as_people_say_them(seconds, text):
    assert duration(seconds) == text


def test_an_event_is_one_line():
    assert Event("d-7X2K", "InProgress, 1 of 4 hosts", 12).line() == "d-7X2K  InProgress, 1 of 4 hosts  12 s"
    assert Event("d-7X2K", "created").line() == "d-7X2K  created"


def test_lines_are_collected_and_handed_to_the_listener_without_secrets():
    progress = Progress(censor=lambda line: line.replace("hunter2", "***"))
    heard = []
    progress.say("one", "before anybody listens")
    with listening(heard.append):
        progress.say("two", "with hunter2", code=7)
    progress.say("three", "afterwards")
    assert progress.lines == ["one  before anybody listens", "two  with ***", "three  afterwards"]
    assert heard == ["two  with ***"]
    assert progress.events[1].facts == {"code": 7}
