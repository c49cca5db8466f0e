# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter expressions: nothing evaluates them here, and one that cannot be read is refused, as on AWS.

Source: X-Ray developer guide, "Using filter expressions".
"""

from __future__ import annotations

import re

_CLOSED_BY = {"(": ")", "{": "}", "[": "]"}
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"')


def problem(expression: str) -> str | None:
    """What makes the expression unreadable, None where nothing does: quotes and brackets that are not closed."""
    rest = _TEXT.sub("", expression)
    if '"' in rest:
        return "a quotation mark is not closed"
    open_brackets: list[str] = []
    for character in rest:
        if character in _CLOSED_BY:
            open_brackets.append(_CLOSED_BY[character])
        elif character in _CLOSED_BY.values() and (not open_brackets or open_brackets.pop() != character):
            return f"{character} closes nothing"
    return f"{open_brackets[-1]} is missing" if open_brackets else None
