# SPDX-License-Identifier: GPL-3.0-or-later
"""Glob patterns as CodePipeline's trigger filters have them.

Source: CodePipeline user guide, "Working with glob patterns in syntax".
"""

from __future__ import annotations

import re
from functools import cache


def matches(pattern: str, name: str) -> bool:
    """Whether a whole name (a branch, a tag, a path) is one that the pattern means."""
    return _compiled(pattern).fullmatch(name) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_translated(pattern), re.DOTALL)
    except re.error:  # a range that goes backwards, such as [z-a]: it means nothing but itself
        return re.compile(re.escape(pattern))


def _translated(pattern: str) -> str:
    """A regular expression: `*` stays within a name between slashes, `**` does not, `{a,b}` is either."""
    parts, at, in_group = [], 0, False
    while at < len(pattern):
        char = pattern[at]
        end = pattern.find("]", at + 2) if char == "[" else -1
        if pattern.startswith("**", at):
            parts.append(".*")
            at += 1
        elif char == "*":
            parts.append("[^/]*")
        elif char == "?":
            parts.append("[^/]")
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        elif end > 0:
            parts.append(_set(pattern[at + 1 : end]))
            at = end
        elif char == "{" and "}" in pattern[at:] and not in_group:
            parts.append("(?:")
            in_group = True
        elif char == "}" and in_group:
            parts.append(")")
            in_group = False
        elif char == "," and in_group:
            parts.append("|")
        else:
            parts.append(re.escape(char))
        at += 1
    return "".join(parts)


def _set(inside: str) -> str:
    """A bracket expression: within it, * ? and \\ stand for themselves."""
    negated = inside.startswith("!")
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside.removeprefix("!"))
    return f"[{'^/' if negated else ''}{escaped}]"
