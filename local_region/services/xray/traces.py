# SPDX-License-Identifier: GPL-3.0-or-later
"""Traces, as their segments were sent. The latest are kept; on AWS they go after 30 days.

Source: X-Ray developer guide, "X-Ray segment documents" (required fields, 64 KB); PutTraceSegments of the API reference
for what an identifier looks like.
"""

from __future__ import annotations

import json
import re
from typing import Any

from local_region.services.xray.base import Base, operation
from local_region.services.xray.records import Info, Store

MOST_TRACES = 10_000
LONGEST_DOCUMENT = 64 * 1024  # bytes
_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_SEGMENT_ID = re.compile(r"[0-9a-f]{16}")


class Traces(Base):
    """PutTraceSegments, PutTelemetryRecords, BatchGetTraces."""

    @operation
    def put_trace_segments(self, store: Store, params: Info) -> Info:
        refused = [_keep(store, document) for document in params["TraceSegmentDocuments"]]
        return {"UnprocessedTraceSegments": [one for one in refused if one]}

    @operation
    def put_telemetry_records(self, store: Store, params: Info) -> None:
        """What an agent tells of itself. No operation of X-Ray's ever tells it again."""

    @operation
    def batch_get_traces(self, store: Store, params: Info) -> Info:
        asked = params["TraceIds"]
        return {
            "Traces": [_trace(one, store.traces[one]) for one in asked if one in store.traces],
            "UnprocessedTraceIds": [one for one in asked if one not in store.traces],
        }


def _keep(store: Store, document: str) -> Info | None:
    """Keeps a segment. One that comes again, complete after it was in progress, takes its own place. The
    UnprocessedTraceSegment of the API where it is none."""
    try:
        segment = json.loads(document)
    except ValueError:
        return {"ErrorCode": "ParseError", "Message": "Invalid segment. ErrorCode: ParseError"}
    if problem := _problem(segment, document):
        told = {"Id": segment["id"]} if isinstance(segment, dict) and isinstance(segment.get("id"), str) else {}
        return {**told, "ErrorCode": problem, "Message": f"Invalid segment. ErrorCode: {problem}"}
    store.traces.setdefault(segment["trace_id"], {})[segment["id"]] = document
    while len(store.traces) > MOST_TRACES:
        del store.traces[next(iter(store.traces))]
    return None


def _problem(segment: Any, document: str) -> str | None:
    """The error code for what makes this no segment, nor a subsegment that was sent by itself. AWS documents none but
    ParseError."""
    if not isinstance(segment, dict):
        return "ParseError"
    if len(document.encode()) > LONGEST_DOCUMENT:
        return "SegmentTooLarge"
    if not _SEGMENT_ID.fullmatch(str(segment.get("id"))):
        return "MissingOrInvalidSegmentId"
    if not _TRACE_ID.fullmatch(str(segment.get("trace_id"))):
        return "MissingOrInvalidTraceId"
    if not isinstance(segment.get("name"), str) or not 1 <= len(segment["name"]) <= 200:
        return "MissingOrInvalidName"
    if not _is_time(segment.get("start_time")):
        return "MissingOrInvalidStartTime"
    if not _is_time(segment.get("end_time")) and segment.get("in_progress") is not True:
        return "MissingOrInvalidEndTime"
    return None


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _trace(trace_id: str, documents: dict[str, str]) -> Info:
    """Trace of the API, its duration in seconds from the first start to the last end."""
    segments = [json.loads(document) for document in documents.values()]
    ends = [one["end_time"] for one in segments if "end_time" in one]
    told = {
        "Id": trace_id,
        "LimitExceeded": False,
        "Segments": [{"Id": name, "Document": document} for name, document in documents.items()],
    }
    return told | ({"Duration": max(ends) - min(one["start_time"] for one in segments)} if ends else {})
