# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of a composite alarm: ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c)), TRUE, FALSE.

Source: PutCompositeAlarm, AlarmRule. References are turned into names and the rest into words of Python, whose parser
then reads the expression; only `and`, `or`, `not`, names and the two constants are carried out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_REFERENCE = re.compile(r'\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"((?:[^"\\]|\\.)*)"|([^()"\s][^()"]*?))\s*\)')
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}
# A reference is replaced by a character that nobody types and its number.
_MARK = "\x00"
_REST = re.compile(rf"[()]|{_MARK}\d+|\w+|\s+|.", re.DOTALL)


class InvalidRule(ValueError):
    """Not an alarm rule. The message is one sentence for the user."""


class UnsupportedRule(ValueError):
    """A rule that the local region does not evaluate. The message is one sentence for the user."""


@dataclass(frozen=True)
class Reference:
    """ALARM("name"): whether the alarm of that name or ARN is in the state."""

    state: str
    alarm: str


class Rule:
    """A parsed alarm rule. `references` are in the order in which they are written."""

    def __init__(self, text: str):
        """Raises InvalidRule or UnsupportedRule."""
        if re.search(r"\bAT_LEAST\s*\(", _REFERENCE.sub("", text)):
            raise UnsupportedRule(
                "The local region does not evaluate AT_LEAST() in alarm rules; it has AND, OR and NOT."
            )
        if _MARK in text:
            raise InvalidRule("AlarmRule holds a character that is not part of a rule expression.")
        references: list[Reference] = []

        def numbered(found: re.Match) -> str:
            quoted, bare = found[2], found[3]
            references.append(Reference(found[1], re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare))
            return f"{_MARK}{len(references) - 1}"

        python = " ".join(self._word(part) for part in _REST.findall(_REFERENCE.sub(numbered, text)))
        try:
            self._tree = ast.parse(python.strip(), mode="eval").body
        except (SyntaxError, RecursionError, MemoryError):
            raise InvalidRule(f"AlarmRule must be a valid rule expression, {text!r} is none.") from None
        self.text = text
        self.references = tuple(references)
        self._check(self._tree)

    def holds(self, is_in: Callable[[Reference], bool]) -> bool:
        """Whether the rule is true, given whether an alarm is in a state."""
        return self._holds(self._tree, is_in)

    @property
    def alarms(self) -> list[str]:
        """The names and ARNs referred to, each once."""
        return list(dict.fromkeys(reference.alarm for reference in self.references))

    @staticmethod
    def _word(part: str) -> str:
        if part in "()":
            return part
        if part.isspace():
            return " "
        if part.startswith(_MARK):
            return f"r{part.removeprefix(_MARK)}"
        if part in _WORDS:
            return _WORDS[part]
        raise InvalidRule(f"AlarmRule must be a valid rule expression; {part!r} is not part of one.")

    def _check(self, node: ast.expr) -> None:
        match node:
            case ast.BoolOp(values=parts):
                pass
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                parts = [operand]
            case ast.Name() | ast.Constant():
                parts = []
            case _:
                raise InvalidRule(f"AlarmRule must be a valid rule expression, {self.text!r} is none.")
        for part in parts:
            self._check(part)

    def _holds(self, node: ast.expr, is_in: Callable[[Reference], bool]) -> bool:
        match node:
            case ast.BoolOp(op=op, values=parts):
                results = [self._holds(part, is_in) for part in parts]
                return all(results) if isinstance(op, ast.And) else any(results)
            case ast.UnaryOp(operand=operand):
                return not self._holds(operand, is_in)
            case ast.Name(id=name):
                return is_in(self.references[int(name[1:])])
        return bool(node.value)


def cycle(name: str, children: Iterable[str], children_of: Mapping[str, Iterable[str]]) -> list[str] | None:
    """The circle that a composite alarm `name` over `children` would close, [name, ..., name]; None if there is none.

    `children_of` gives the children of every composite alarm that there is.
    """

    def path(one: str, seen: frozenset[str]) -> list[str] | None:
        if one == name:
            return [one]
        for child in () if one in seen else children_of.get(one, ()):
            if (rest := path(child, seen | {one})) is not None:
                return [one, *rest]
        return None

    for child in children:
        if (found := path(child, frozenset())) is not None:
            return [name, *found]
    return None
