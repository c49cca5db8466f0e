# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guide tells its reader to do: its commands in their order, each with the output it promises.

- A block of ``bash`` is a step. A block of ``text`` after it is the output to come: each line stands in it, in this
  order, and ``...`` in a line is for anything.
- ``<!-- rehearsal: instead: COMMAND   (why) -->`` before a step has that command run in its place.
- Nothing else may look like a command: blocks in other languages, or commands in the midst of a sentence, are a mistake
  of the guide, since nobody would try them.
"""

from __future__ import annotations

import dataclasses
import re

_FENCE = re.compile(r"^```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_INSTEAD = re.compile(r"<!-- rehearsal: instead: (?P<command>.+?)\s{2,}\((?P<why>.+)\) -->\n$")
_REMARK = re.compile(r"<!-- rehearsal")
_INLINE = re.compile(
    r"(?<!`)`((?:ansible-playbook|ansible-galaxy|python|pip|make|git|curl|cp|sed)\s+[^`]*\s[^`]+)`(?!`)"
)


class UncoveredCommand(Exception):
    """The guide has something that looks like a command, and is none of its steps."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A block of commands. `line` is where it stands in the guide; `shown` the commands that the guide has."""

    line: int
    shown: str
    commands: str
    expected: tuple[str, ...] = ()


def steps(guide: str) -> list[Step]:
    """The steps of a guide in Markdown."""
    found: list[Step] = []
    for fence in _FENCE.finditer(guide):
        line = guide.count("\n", 0, fence.start()) + 1
        if fence["language"] == "bash":
            found.append(_step(line, fence["text"], guide[: fence.start()]))
        elif fence["language"] == "text" and found and not found[-1].expected:
            found[-1] = dataclasses.replace(found[-1], expected=tuple(fence["text"].splitlines()))
        else:
            raise UncoveredCommand(f"line {line}: a block of {fence['language'] or 'no language'} is no step.")
    _refuse_strays(guide)
    return found


def missing(expected: tuple[str, ...], output: str) -> str | None:
    """The first line that is expected and does not stand in the output after those before it."""
    where = 0
    for line in expected:
        pattern = ".*".join(re.escape(part) for part in line.strip().split("..."))
        match = re.compile(pattern).search(output, where)
        if not match:
            return line
        where = match.end()
    return None


def _step(line: int, commands: str, before: str) -> Step:
    instead = _INSTEAD.search(before)
    return Step(line, commands, instead["command"] + "\n" if instead else commands)


def _refuse_strays(guide: str) -> None:
    prose = _FENCE.sub("", guide)
    remarks = [text for text in prose.splitlines() if _REMARK.match(text) and not _INSTEAD.search(text + "\n")]
    if remarks:
        raise UncoveredCommand(f"{remarks[0]} is not understood.")
    stray = _INLINE.search(prose)
    if stray:
        raise UncoveredCommand(f"`{stray[1]}` stands in a sentence: make it a step.")
