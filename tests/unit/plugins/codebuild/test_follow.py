# SPDX-License-Identifier: GPL-3.0-or-later
"""Following a build: few requests, the end noticed soon; in simulated time."""

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.builds import BUILD
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.follow import changes, follow, usual_seconds
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress

SHARES = {"QUEUED": 0.02, "PROVISIONING": 0.1, "DOWNLOAD_SOURCE": 0.05, "INSTALL": 0.2, "BUILD": 0.6}


def at(seconds):
    """A time of the service, whose clock is minutes ahead of ours."""
    return datetime.fromtimestamp(1_800_000_000 + 200 + seconds, UTC).isoformat()


class Simulated:
    """A service with one build of so many seconds; most of them pass in its phase BUILD."""

    def __init__(self, seconds):
        self.now, self.seconds, self.calls = 0.0, seconds, Counter()

    def build(self):
        phases, start = [], 0.0
        for name, share in SHARES.items():
            end = start + share * self.seconds
            if start > self.now:
                break
            phase = {"phase_type": name, "start_time": at(start)}
            if end <= self.now:
                phase |= {"end_time": at(end), "phase_status": "SUCCEEDED", "duration_in_seconds": round(end - start)}
            phases.append(phase)
            start = end
        ended = self.now >= self.seconds
        return {
            "id": "shop:1",
            "project_name": "shop",
            "build_number": 1,
            "build_status": "SUCCEEDED" if ended else "IN_PROGRESS",
            "current_phase": "COMPLETED" if ended else phases[-1]["phase_type"],
            "start_time": at(0),
            "phases": phases,
            "build_complete": ended,
        }

    def batches(self, operation, ids, entries, size, doing=None, **options):
        self.calls[operation] += 1
        return [self.build()]


def world(seconds):
    service = Simulated(seconds)

    def sleep(pause):
        service.now += pause

    clock = SimpleNamespace(now=lambda: service.now, sleep=sleep)
    context = SimpleNamespace(client=lambda name, remedies=None: service, clock=clock, progress=Progress())
    return service, context


@pytest.mark.parametrize("seconds", [8, 45, 180, 900])
def test_the_end_is_noticed_soon_where_former_builds_tell_when_it_is_due(seconds):
    service, context = world(seconds)
    build = follow(context, BUILD, service.build(), 3600, usual=seconds * 1.02)
    assert build["build_status"] == "SUCCEEDED"
    assert 0 <= service.now - seconds < 1.5
    assert service.calls.total() < seconds / 5 + 15


def test_without_former_builds_a_long_build_is_looked_at_seldom():
    service, context = world(3600)
    follow(context, BUILD, service.build(), 7200)
    assert service.calls.total() < 3600 / 15 + 30
    assert service.now - 3600 < 21


def test_each_phase_is_told_once_and_the_end_last():
    service, context = world(60)
    follow(context, BUILD, service.build(), 3600)
    told = [line.split()[0] for line in context.progress.lines if line.startswith("  ")]
    assert told == list(SHARES)[: len(told)] and len(told) >= len(SHARES) - 1
    assert context.progress.lines[-1].startswith("shop build 1  succeeded")


def test_the_time_out_names_what_was_seen_last_and_has_the_build():
    service, context = world(600)
    with pytest.raises(Failure, match="shop build 1: Waited 20 s for shop build 1 to end, in vain") as over:
        follow(context, BUILD, service.build(), 20)
    assert over.value.facts["build"]["id"] == "shop:1"


def test_what_a_build_takes_is_the_middle_of_the_last_successful_ones():
    ended = [
        {"build_status": status, "id": str(number), "start_time": at(0), "end_time": at(seconds)}
        for number, (status, seconds) in enumerate(
            [("SUCCEEDED", 50), ("FAILED", 3), ("SUCCEEDED", 60), ("SUCCEEDED", 90), ("IN_PROGRESS", 1)]
        )
    ]
    client = SimpleNamespace(call=lambda *_a, **_o: {"ids": ["0", "1"]}, batches=lambda *_a, **_o: ended)
    assert usual_seconds(SimpleNamespace(client=lambda name, remedies=None: client), "shop") == 60


def test_a_phase_that_took_no_time_is_told_only_when_it_failed():
    phases = (("SUBMITTED", "SUCCEEDED", 0), ("BUILD", "SUCCEEDED", 0), ("UPLOAD_ARTIFACTS", "FAILED", 0))
    lines = changes(None, ("FAILED", "COMPLETED", phases, ()), "shop build 1", 5)
    assert [line.line().split()[0] for line in lines] == ["BUILD", "UPLOAD_ARTIFACTS", "shop"]


def test_nothing_is_told_when_nothing_changed():
    seen = ("IN_PROGRESS", "BUILD", (("INSTALL", "SUCCEEDED", 3),), ())
    assert changes(seen, seen, "shop build 1", 5) == []
