# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guide tells its reader to do, as the script that follows it reads it."""

from __future__ import annotations

import pytest

from tests.guide.__main__ import GUIDE
from tests.guide.reading import UncoveredCommand, missing, steps

STEP = "```bash\nmake setup\n```\n"


def test_a_step_has_its_commands_and_the_output_to_come():
    (step,) = steps(f"Text.\n\n{STEP}\nThen:\n\n```text\ndone\n...\n```\n")

    assert (step.line, step.commands, step.expected) == (3, "make setup\n", ("done", "..."))


def test_a_rehearsal_may_do_something_else_than_the_guide_says():
    (step,) = steps(f"<!-- rehearsal: instead: ln -s x .venv    (it is there) -->\n{STEP}")

    assert (step.shown, step.commands) == ("make setup\n", "ln -s x .venv\n")


@pytest.mark.parametrize(
    "stray",
    ["Then run `ansible-playbook -i inventories/shop site`.", "```\nmake test\n```", "```console\n$ ls\n```"],
    ids=["in a sentence", "a block of no language", "a block of another language"],
)
def test_a_command_that_nobody_would_try_is_refused(stray):
    with pytest.raises(UncoveredCommand):
        steps(f"{STEP}\n{stray}\n")


def test_a_remark_that_is_not_understood_is_refused():
    with pytest.raises(UncoveredCommand, match="is not understood"):
        steps(f"<!-- rehearsal: skip -->\n{STEP}")


def test_the_output_is_held_against_each_line_in_its_order():
    output = "pipeline : ok=3  failed=0\nstaging : ok=1 failed=0\n"

    assert missing(("pipeline : ...failed=0", "staging"), output) is None
    assert missing(("staging", "pipeline"), output) == "pipeline"


def test_the_guide_of_this_project_can_be_read():
    commands = "".join(step.commands for step in steps(GUIDE.read_text()))

    assert all(f"convoy.delivery.{name}" in commands for name in ("site", "drift", "release", "approve", "teardown"))
