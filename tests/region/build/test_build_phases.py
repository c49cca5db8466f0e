# SPDX-License-Identifier: GPL-3.0-or-later
"""Which phases run, and which commands in them, when something fails."""

from __future__ import annotations

import pytest

from local_region.world.build.buildspec import parse
from local_region.world.build.phases import Failure, run_all

# Each command is called by its phase; `!` at its end makes it fail, `?` the first time only.
SPEC = """
version: 0.2
phases:
  install: {{commands: {install}}}
  pre_build: {{commands: {pre_build}}}
  build: {{commands: {build}, finally: {finally_}{on_failure}}}
  post_build: {{commands: {post_build}}}
"""


def story(on_failure: str | None = None, printed: str = "", **commands: list[str]) -> tuple[list[str], dict[str, str]]:
    """The commands that ran, and of each phase that ended the failure's message ("" for none; the last try counts)."""
    given = {name: commands.get(name, [name]) for name in ("install", "pre_build", "build", "post_build")}
    more = f", on-failure: '{on_failure}'" if on_failure else ""
    spec = parse(SPEC.format(**given, finally_=commands.get("finally_", []), on_failure=more))
    ran: list[str] = []

    def run(command, phase):
        ran.append(command)
        fails = command.endswith("!") or (command.endswith("?") and ran.count(command) == 1)
        return Failure("COMMAND_EXECUTION_ERROR", command, printed) if fails else None

    ended = run_all(spec, run, lambda name, attempt: ran.append(f"{name}{attempt or ''}"))
    return ran, {one.name: one.failure.message if one.failure else "" for one in ended}


def test_all_phases_run_in_order_also_those_that_the_buildspec_lacks():
    ran, ended = story(pre_build=[])
    assert ran == ["INSTALL", "install", "PRE_BUILD", "BUILD", "build", "POST_BUILD", "post_build"]
    assert set(ended.values()) == {""}


@pytest.mark.parametrize(
    ("failing", "phases"),
    [
        ("install", ["INSTALL"]),
        ("pre_build", ["INSTALL", "PRE_BUILD"]),
        ("build", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"]),
        ("post_build", ["INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"]),
    ],
)
def test_after_a_failure_only_post_build_runs_and_only_after_build(failing, phases):
    _, ended = story(**{failing: ["bad!", "never"]})
    assert list(ended) == phases
    assert ended[failing.upper()] == "bad!"


def test_finally_runs_in_any_case_and_the_first_failure_counts():
    ran, ended = story(build=["one", "two!", "three"], finally_=["tidy", "worse!", "never"])
    assert ran[4:9] == ["BUILD", "one", "two!", "tidy", "worse!"]
    assert (ended["BUILD"], list(ended)[-1]) == ("two!", "POST_BUILD")
    _, ended = story(finally_=["bad!"])
    assert ended["BUILD"] == "bad!"


def test_abort_ends_the_build_and_continue_goes_on():
    _, aborted = story("ABORT", build=["bad!"])
    _, continued = story("CONTINUE", build=["bad!"])
    assert list(aborted)[-1] == "BUILD"
    assert (list(continued)[-1], continued["BUILD"]) == ("POST_BUILD", "bad!")


def test_retry_runs_the_phase_again_as_often_as_it_says():
    ran, ended = story("RETRY", build=["one", "bad?"])
    assert ran[4:10] == ["BUILD", "one", "bad?", "BUILD1", "one", "bad?"]
    assert (ended["BUILD"], list(ended)[-1]) == ("", "POST_BUILD")
    ran, ended = story("RETRY-1", build=["bad!"])
    assert [name for name in ran if name.startswith("BUILD")] == ["BUILD", "BUILD1"]
    assert (ended["BUILD"], list(ended)[-1]) == ("bad!", "BUILD")


def test_retry_with_an_expression_looks_at_what_was_printed():
    again, _ = story("RETRY-1-no route", printed="ssh: no route to host", build=["bad!"])
    once, _ = story("RETRY-1-no route", printed="assertion failed", build=["bad!"])
    assert (again.count("bad!"), once.count("bad!")) == (2, 1)
