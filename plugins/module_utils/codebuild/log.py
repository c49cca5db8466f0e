# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The log of a build in CloudWatch Logs: its new lines while the build runs, and the last lines of the failed phase.

CodeBuild tells group and stream once the build has a log, and prints lines of its own into it, such as
``[Container] 2026/01/15 10:30:00.123456 Phase complete: BUILD State: FAILED``.
"""

from __future__ import annotations

import re
from typing import Any

from ..engine.errors import ApiError
from ..engine.progress import Event as Line

LOG_SUBJECT = "  |"  # what a log line begins with among the lines of a wait
LAST_LINES = 20
READ_LINES = 1000  # the last lines of a build among which those of its failed phase are looked for
PAGES_A_LOOK = 20  # at most: a page has up to 10,000 lines or 1 MB
LINES_A_LOOK = 200  # at most are shown of what came since the look before
MOST_SHOWN = 5000  # lines of one build
LONGEST_LINE = 2000  # characters

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_COMPLETE = re.compile(r"^\[Container\] \S+ \S+ Phase complete: (\S+) State: (\S+)")
_SAYS_NOTHING = re.compile(r"^\[Container\] \S+ \S+ Phase context status code:\s+Message:\s*$")
_ENTERING = re.compile(r"^\[Container\] \S+ \S+ Entering phase (\S+)")


def where(build: dict[str, Any]) -> dict[str, str] | None:
    """The group and the stream of a build's log as GetLogEvents takes them; None while, or when, there is none."""
    logs = build.get("logs") or {}
    group, stream = logs.get("group_name"), logs.get("stream_name")
    return {"log_group_name": group, "log_stream_name": stream} if group and stream else None


def name_of(build: dict[str, Any]) -> str:
    """Where the whole log is, in words; "" when it is nowhere."""
    place = where(build)
    if place:
        return f"CloudWatch Logs group {place['log_group_name']}, stream {place['log_stream_name']}"
    archived = (build.get("logs") or {}).get("s3_logs") or {}
    return f"S3 {archived['location']}" if archived.get("status") == "ENABLED" and archived.get("location") else ""


class LiveLog:
    """Shows the new lines of one build's log, as events of the run's progress.

    ``show(build)`` is called at each look with the build as BatchGetBuilds tells it. A look costs one request, two when
    there are new lines, and at most PAGES_A_LOOK. Of a flood of lines only the last ones are shown.
    """

    def __init__(self, context, subject: str = LOG_SUBJECT):
        self._context, self._subject = context, subject
        self._token: str | None = None
        self._shown = 0

    def show(self, build: dict[str, Any]) -> int:
        """Prints what is new, and returns how many lines that were."""
        place = where(build)
        if place is None or self._shown >= MOST_SHOWN:
            return 0
        lines = self._new_lines(place)
        left_out = len(lines) - LINES_A_LOOK
        if left_out > 0:
            self._say(f"... {left_out} lines are not shown ...")
            lines = lines[-LINES_A_LOOK:]
        for line in lines:
            self._say(line)
        self._shown += len(lines)
        if self._shown >= MOST_SHOWN:
            self._say(f"... no more than {MOST_SHOWN} lines are shown. The whole log: {name_of(build)} ...")
        return len(lines)

    def _say(self, line: str) -> None:
        self._context.progress.emit(Line(self._subject, line))

    def _new_lines(self, place: dict[str, str]) -> list[str]:
        client, lines = self._context.client("logs"), []
        for _page in range(PAGES_A_LOOK):
            token = {"next_token": self._token} if self._token else {}
            answer = client.call(
                "get_log_events", doing="read the build's log", absent=_ABSENT, start_from_head=True, **place, **token
            )
            if answer is None:
                break  # the stream is made a moment after the build tells its name
            lines += lines_of(answer)
            # The token of the last page is given again: then there is no more, for now.
            before, self._token = self._token, answer.get("next_forward_token") or self._token
            if self._token == before:
                break
        return lines


_ABSENT = ("ResourceNotFoundException",)


def last_lines(context, build: dict[str, Any], phase: str | None = None, count: int = LAST_LINES) -> list[str]:
    """The last lines of a build's log; of the phase's part where ``phase`` is given and the log shows it.

    No lines where there is no log. Raises ApiError, such as for a caller who may not read it.
    """
    place = where(build)
    if place is None:
        return []
    lines: list[str] = []
    token: dict[str, str] = {}
    for _page in range(3):  # a page may be empty though there are events
        answer = context.client("logs").call(
            "get_log_events",
            doing="read the build's log",
            absent=_ABSENT,
            start_from_head=False,
            limit=READ_LINES,
            **place,
            **token,
        )
        if answer is None:
            break
        lines = lines_of(answer)
        backward = answer.get("next_backward_token")
        if lines or not backward or token.get("next_token") == backward:
            break
        token = {"next_token": backward}
    return (of_phase(lines, phase) if phase else lines)[-count:]


def readable_last_lines(context, build: dict[str, Any], phase: str | None = None, count: int = LAST_LINES) -> list[str]:
    """As ``last_lines``; one line that says why when the log cannot be read, for messages about something else."""
    try:
        return last_lines(context, build, phase, count)
    except ApiError as error:
        return [f"(the log cannot be read: {error})"]


def of_phase(lines: list[str], phase: str) -> list[str]:
    """The lines that a phase printed, with CodeBuild's own two about its end; all lines where they don't show it.

    A later phase may have printed more: POST_BUILD runs after a BUILD that failed.
    """
    end = next((number for number, line in enumerate(lines) if _is(_COMPLETE, line, phase)), None)
    if end is None:
        return lines
    begin = next((number for number in range(end, -1, -1) if _is(_ENTERING, lines[number], phase)), -1)
    return lines[begin + 1 : end + 1]


def lines_of(answer: dict[str, Any]) -> list[str]:
    """The lines of an answer of GetLogEvents, made fit for a terminal, without those that say nothing."""
    lines = [line for event in answer.get("events") or [] for line in readable(event.get("message") or "")]
    return [line for line in lines if line and not _SAYS_NOTHING.match(line)]


def readable(message: str) -> list[str]:
    """The lines of a message without colours, cursor movements and what a carriage return wrote over."""
    plain = _ESCAPES.sub("", message.replace("\r\n", "\n")).rstrip("\n")
    overwritten = [line.rstrip("\r").rpartition("\r")[2] for line in plain.split("\n")]
    cleaned = [_CONTROLS.sub("", line).expandtabs(4).rstrip() for line in overwritten]
    return [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " ..." for line in cleaned]


def _is(pattern: re.Pattern[str], line: str, phase: str) -> bool:
    found = pattern.match(line)
    return bool(found and found[1] == phase)
