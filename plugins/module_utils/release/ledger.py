# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a prober's record says: how many requests were lost, when, and which version answered. Pure.

A request is *lost* when no answer came (no connection, a broken one, none in time, not HTTP), or when the answer was a
5xx that the application did not give: without its version header it came from something before the application, such as
a load balancer with nobody behind it. A 5xx with the header is the application's own, *answered with an error*.
Every other answer is an answer. Without a version header to tell them apart every 5xx counts as lost.
"""

from __future__ import annotations

import datetime
import json
import math
from dataclasses import dataclass

# Seconds behind schedule from which a request counts as late.
LATE = 0.1
# How many losses and gaps are told one by one; all of them are counted.
SHOWN = 20


@dataclass(frozen=True)
class Request:
    """A line of the record. C(at): epoch, s. C(seconds) until the whole answer or error, C(late) behind schedule."""

    at: float
    seconds: float = 0.0
    status: int | None = None
    version: str | None = None
    error: str | None = None
    address: str | None = None
    late: float = 0.0

    @property
    def failed(self):
        """Did it get no answer, or a 5xx?"""
        return self.status is None or self.status >= 500

    @property
    def lost(self):
        return self.failed and self.version is None

    @property
    def reason(self):
        return self.error or f"HTTP {self.status}"


@dataclass(frozen=True)
class Skipped:
    """Requests that were due at a time and could not be sent."""

    at: float
    count: int


def read(lines):
    """(requests, skipped) of a record's lines, each in order of time. A last line that was cut off is left out."""
    requests, skipped = [], []
    for line in lines:
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if "skipped" in item:
            skipped.append(Skipped(item["t"], item["skipped"]))
        else:
            requests.append(_request(item))
    return sorted(requests, key=lambda one: one.at), sorted(skipped, key=lambda one: one.at)


def _request(item):
    return Request(
        at=item["t"],
        seconds=item["ms"] / 1000,
        status=item.get("status"),
        version=item.get("version"),
        error=item.get("error"),
        address=item.get("address"),
        late=item.get("late", 0.0) / 1000,
    )


def ledger(requests, skipped=(), since=None, until=None):
    """The account of a record, or of its part from C(since) up to but not at C(until) (epoch, s), as plain data.

    Counts: C(requests) sent, C(lost), C(answered_with_error), C(late), C(skipped). C(rate) is requests per second from
    the first to the last, None for fewer than two. Times of answers in ms: C(p50_ms), C(p99_ms), C(max_ms), None
    without an answer. By version ("" where an answer had none): C(by_version), C(first_seen), C(last_seen).
    C(by_status). C(losses) (the first ones) and C(gaps): stretches in which every request was lost.
    """
    requests = [one for one in requests if _within(one.at, since, until)]
    answered = [one for one in requests if not one.lost]
    times = sorted(one.seconds * 1000 for one in answered)
    losses = [one for one in requests if one.lost]
    gaps = _gaps(requests)
    return {
        "requests": len(requests),
        "lost": len(losses),
        "answered_with_error": sum(one.failed for one in answered),
        "late": sum(one.late >= LATE for one in requests),
        "skipped": sum(one.count for one in skipped if _within(one.at, since, until)),
        "started": _time(requests[0].at) if requests else None,
        "ended": _time(requests[-1].at) if requests else None,
        "rate": _rate(requests),
        "p50_ms": percentile(times, 50),
        "p99_ms": percentile(times, 99),
        "max_ms": percentile(times, 100),
        "by_version": _count(one.version or "" for one in answered),
        "by_status": _count(str(one.status) if one.status else "no answer" for one in requests),
        "first_seen": {one.version or "": _time(one.at) for one in reversed(answered)},
        "last_seen": {one.version or "": _time(one.at) for one in answered},
        "losses": [{"at": _time(one.at), "reason": one.reason, "address": one.address} for one in losses[:SHOWN]],
        "gaps": gaps[:SHOWN],
        "longest_gap_seconds": max((gap["seconds"] for gap in gaps), default=0.0),
    }


def _within(at, since, until):
    return (since is None or at >= since) and (until is None or at < until)


def _rate(requests):
    if len(requests) < 2 or requests[-1].at <= requests[0].at:
        return None
    return round((len(requests) - 1) / (requests[-1].at - requests[0].at), 1)


def percentile(ordered, percent):
    """The smallest of the ordered numbers that at least so many per cent of them do not exceed (nearest rank)."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)], 2)


def _gaps(requests):
    """Stretches of lost requests without an answered one between: from the first of them until the next answer."""
    gaps, first, lost = [], None, 0
    for one in [*requests, None]:
        if one is not None and one.lost:
            first, lost = first or one, lost + 1
        elif first is not None:
            end = one.at if one else requests[-1].at
            gaps.append({"at": _time(first.at), "seconds": round(end - first.at, 3), "lost": lost})
            first, lost = None, 0
    return gaps


def _count(items):
    counts = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return dict(sorted(counts.items()))


def _time(epoch):
    """2026-11-21T10:15:02.123Z"""
    moment = datetime.datetime.fromtimestamp(epoch, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
