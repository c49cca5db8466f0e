# SPDX-License-Identifier: GPL-3.0-or-later
"""A build's log: only new lines are shown while it runs, and the failed phase's last lines afterwards."""

from types import SimpleNamespace

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild import log
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.log import LiveLog, last_lines, of_phase
from ansible_collections.convoy.delivery.plugins.module_utils.engine.progress import Progress

BUILD = {"logs": {"group_name": "/aws/codebuild/shop", "stream_name": "3f1c"}}


class Stream:
    """CloudWatch Logs with one stream: pages of some events, and the last page's token again at the end."""

    def __init__(self, *messages, page=3):
        self.messages, self.page, self.requests, self.exists = list(messages), page, 0, True

    def call(self, operation, doing=None, absent=(), **options):
        assert operation == "get_log_events"
        assert options["log_group_name"] == "/aws/codebuild/shop"
        self.requests += 1
        if not self.exists:
            return None
        if not options["start_from_head"]:
            return {"events": self._events(self.messages[-options["limit"] :]), "next_backward_token": "b/0"}
        start = int(options.get("next_token", "f/0")[2:])
        found = self.messages[start : start + self.page]
        return {"events": self._events(found), "next_forward_token": f"f/{start + len(found)}"}

    @staticmethod
    def _events(messages):
        return [{"timestamp": 1, "message": message} for message in messages]


def context_of(stream):
    return SimpleNamespace(client=lambda service: stream, progress=Progress())


def shown(context):
    return [line.removeprefix("  |  ") for line in context.progress.lines]


def test_each_line_is_shown_once_over_all_pages():
    stream = Stream(*[f"line {number}\n" for number in range(7)])
    context = context_of(stream)
    live = LiveLog(context)
    assert live.show(BUILD) == 7
    stream.messages += ["line 7\n"]
    assert live.show(BUILD) == 1
    assert live.show(BUILD) == 0
    assert shown(context) == [f"line {number}" for number in range(8)]


def test_a_quiet_look_costs_one_request():
    stream = Stream("one\n")
    live = LiveLog(context_of(stream))
    live.show(BUILD)
    before = stream.requests
    live.show(BUILD)
    assert stream.requests == before + 1


def test_nothing_is_asked_before_the_build_has_a_log_and_nothing_shown_before_the_stream_is_there():
    stream = Stream("one\n")
    stream.exists = False
    context = context_of(stream)
    live = LiveLog(context)
    assert live.show({"logs": {"deep_link": "https://..."}}) == 0
    assert stream.requests == 0
    assert live.show(BUILD) == 0
    stream.exists = True
    assert live.show(BUILD) == 1


def test_a_flood_is_cut_at_each_look_and_ends_with_where_the_whole_log_is():
    stream = Stream(*[f"{number}\n" for number in range(1000)], page=5000)
    context = context_of(stream)
    live = LiveLog(context)
    live.show(BUILD)
    assert shown(context)[0] == f"... {1000 - log.LINES_A_LOOK} lines are not shown ..."
    assert shown(context)[-1] == "999"
    while live.show(BUILD) or len(context.progress.lines) < log.MOST_SHOWN:
        stream.messages += [f"{number}\n" for number in range(1000)]
    assert "group /aws/codebuild/shop, stream 3f1c" in shown(context)[-1]
    assert len(context.progress.lines) < log.MOST_SHOWN * 1.05
    requests = stream.requests
    live.show(BUILD)
    assert stream.requests == requests


def test_a_line_is_fit_for_a_terminal_and_a_log_file():
    stream = Stream("\x1b[32mgreen\x1b[0m\n", "10 %\r50 %\r100 %\r\n", "a\tb\x07\n", "two\nlines\n")
    context = context_of(stream)
    LiveLog(context).show(BUILD)
    assert shown(context) == ["green", "100 %", "a   b", "two", "lines"]


def test_lines_that_say_nothing_are_left_out():
    stream = Stream("\n", "[Container] 2026/01/15 10:30:00.1 Phase context status code:  Message: \n", "one\n")
    context = context_of(stream)
    LiveLog(context).show(BUILD)
    assert shown(context) == ["one"]


FAILED_BUILD = [
    "[Container] 2026/01/15 10:30:00.1 Entering phase PRE_BUILD",
    "[Container] 2026/01/15 10:30:01.1 Phase complete: PRE_BUILD State: SUCCEEDED",
    "[Container] 2026/01/15 10:30:01.3 Entering phase BUILD",
    "[Container] 2026/01/15 10:30:01.4 Running command pytest",
    "1 failed",
    "[Container] 2026/01/15 10:30:02.1 Command did not exit successfully pytest exit status 1",
    "[Container] 2026/01/15 10:30:02.2 Phase complete: BUILD State: FAILED",
    "[Container] 2026/01/15 10:30:02.3 Phase context status code: COMMAND_EXECUTION_ERROR Message: Error",
    "[Container] 2026/01/15 10:30:02.4 Entering phase POST_BUILD",
    "cleaning up",
]


def test_the_last_lines_are_those_of_the_failed_phase_and_not_of_what_ran_after_it():
    stream = Stream(*[line + "\n" for line in FAILED_BUILD])
    assert last_lines(context_of(stream), BUILD, "BUILD") == FAILED_BUILD[3:7]
    assert last_lines(context_of(stream), BUILD, "BUILD", count=2) == FAILED_BUILD[5:7]
    assert last_lines(context_of(stream), BUILD) == FAILED_BUILD


def test_without_the_phase_in_the_log_the_last_lines_of_all_are_told():
    assert of_phase(["a", "b"], "BUILD") == ["a", "b"]


def test_a_phase_that_began_before_what_was_read_is_told_as_far_as_it_was():
    assert of_phase(FAILED_BUILD[4:], "BUILD") == FAILED_BUILD[4:7]


def test_a_build_without_a_log_has_no_last_lines_and_costs_no_request():
    stream = Stream("one\n")
    assert last_lines(context_of(stream), {"logs": {}}) == []
    assert stream.requests == 0
