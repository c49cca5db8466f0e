# SPDX-License-Identifier: GPL-3.0-or-later
"""The account of a prober's record: what is lost, what is the application's own error, when which version answered."""

from __future__ import annotations

import json

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.release.ledger import ledger, percentile, read

START = 1_763_720_000.0  # 2025-11-21T10:13:20Z


def line(at, **what):
    return json.dumps({"t": START + at, "ms": 2.0, "late": 0.0, "address": "192.0.2.1", **what})


def account(*lines, since=None, until=None):
    requests, skipped = read(lines)
    return ledger(requests, skipped, since, until)


@pytest.mark.parametrize(
    ("what", "lost", "error"),
    [
        ({"status": 200, "version": "1.0"}, 0, 0),
        ({"status": 200, "version": None}, 0, 0),
        ({"status": 404, "version": None}, 0, 0),
        ({"status": 500, "version": "1.0"}, 0, 1),
        ({"status": 503, "version": "1.0"}, 0, 1),
        ({"status": 500, "version": None}, 1, 0),
        ({"status": 502, "version": None}, 1, 0),
        ({"error": "timed out"}, 1, 0),
    ],
)
def test_a_request_is_lost_when_nobody_or_something_before_the_application_failed_it(what, lost, error):
    result = account(line(0, **what))
    assert (result["requests"], result["lost"], result["answered_with_error"]) == (1, lost, error)


def test_versions_are_counted_and_their_first_and_last_answers_are_told():
    lines = [line(at, status=200, version=version) for at, version in enumerate(["1.0", "1.0", "2.0", "1.0", "2.0"])]
    result = account(*lines)
    assert result["by_version"] == {"1.0": 3, "2.0": 2}
    assert result["first_seen"] == {"1.0": "2025-11-21T10:13:20.000Z", "2.0": "2025-11-21T10:13:22.000Z"}
    assert result["last_seen"] == {"1.0": "2025-11-21T10:13:23.000Z", "2.0": "2025-11-21T10:13:24.000Z"}


def test_a_gap_lasts_until_the_next_answer():
    lines = [
        line(0, status=200, version="1"),
        line(1, error="timed out"),
        line(2, status=502, version=None),
        line(4, status=200, version="1"),
        line(5, error="timed out"),
    ]
    result = account(*lines)
    assert result["gaps"] == [
        {"at": "2025-11-21T10:13:21.000Z", "seconds": 3.0, "lost": 2},
        {"at": "2025-11-21T10:13:25.000Z", "seconds": 0.0, "lost": 1},
    ]
    assert result["longest_gap_seconds"] == 3.0
    assert [loss["reason"] for loss in result["losses"]] == ["timed out", "HTTP 502", "timed out"]


def test_a_window_takes_in_its_beginning_and_not_its_end():
    lines = [line(at, status=200, version="1") for at in range(10)] + [json.dumps({"t": START + 3.5, "skipped": 7})]
    result = account(*lines, since=START + 2, until=START + 5)
    assert (result["requests"], result["skipped"]) == (3, 7)
    assert account(*lines, since=START + 4)["skipped"] == 0


def test_the_rate_is_that_of_the_requests_sent():
    lines = [line(at / 100, status=200, version="1") for at in range(301)]
    assert account(*lines)["rate"] == 100.0
    assert account(lines[0])["rate"] is None


def test_late_and_skipped_requests_are_told():
    result = account(
        line(0, status=200, late=99), line(1, status=200, late=100), json.dumps({"t": START, "skipped": 5})
    )
    assert (result["requests"], result["late"], result["skipped"]) == (2, 1, 5)


def test_times_of_answers_leave_lost_requests_out():
    lines = [line(at, status=200, ms=float(at + 1)) for at in range(100)] + [line(200, error="timed out", ms=5000.0)]
    result = account(*lines)
    assert (result["p50_ms"], result["p99_ms"], result["max_ms"]) == (50.0, 99.0, 100.0)


def test_lines_are_put_in_order_and_a_torn_last_line_is_left_out():
    result = account(line(1, status=200, version="b"), line(0, status=200, version="a"), '{"t": 17637')
    assert list(result["first_seen"]) == ["b", "a"] or result["requests"] == 2
    assert result["started"] < result["ended"]


def test_an_empty_record_has_an_account_of_nothing():
    result = account()
    assert (result["requests"], result["lost"], result["p50_ms"], result["gaps"]) == (0, 0, None, [])


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 2), (75, 3), (99, 4), (100, 4)])
def test_percentiles_are_by_nearest_rank(percent, expected):
    assert percentile([1, 2, 3, 4], percent) == expected
