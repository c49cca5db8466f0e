# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter patterns of CloudWatch Logs: which log events match, and what a field of them holds.

Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters". Patterns of terms and JSON patterns are
known; those for space-delimited events and regular expressions are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MISSING = object()

Matches = Callable[[str], bool]
_Condition = Callable[[Any], bool]


class InvalidPattern(ValueError):
    """A pattern that CloudWatch Logs would refuse too."""


class UnknownPattern(ValueError):
    """A pattern that CloudWatch Logs knows and this does not."""


def pattern_of(text: str) -> Matches:
    """What tells whether a log event's message matches. Raises InvalidPattern or UnknownPattern."""
    text = text.strip()
    if "%" in re.sub(r'"[^"]*"', "", text):
        raise UnknownPattern("regular expressions (%...%)")
    if text.startswith("["):
        raise UnknownPattern("patterns for space-delimited events ([...])")
    if text.startswith("{"):
        return _json_pattern(text)
    return _terms(text)


# --- terms: all of those without a sign, none of those with a minus, or any of those with a question mark

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\w+))(?=\s|$)')


def _terms(text: str) -> Matches:
    found: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise InvalidPattern(
                f"{text[at:].strip()!r} is not a term: put terms with other than letters, digits and _ in quotes."
            )
        found[term[1]].append(term[3] if term[2] is None else re.sub(r"\\(.)", r"\1", term[2]))
        at = term.end()
    needed, excluded, optional = found[""], found["-"], found["?"]

    def matches(message: str) -> bool:
        if any(term in message for term in excluded):
            return False
        if needed or excluded:  # beside other terms, optional ones are ignored
            return all(term in message for term in needed)
        return not optional or any(term in message for term in optional)

    return matches


# --- JSON: { ($.level = "ERROR") && ($.latency > 100) }

_TOKEN = re.compile(
    r"\s*(?:(?P<sign>&&|\|\||<=|>=|!=|[=<>(){}])|(?P<selector>\$[\w.\[\]\-]*)"
    r'|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[^\s=<>!&|(){}"]+))'
)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _json_pattern(text: str) -> Matches:
    tokens, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise InvalidPattern(f"{text[at:].strip()!r} is not understood.")
        tokens.append(_Token(token.lastgroup or "", token[token.lastgroup or 0]))
        at = token.end()
    if tokens[-1] != _Token("sign", "}"):
        raise InvalidPattern("a JSON pattern ends with }.")
    parser = _Parser(tokens[1:-1])
    condition = parser.any_of()
    parser.end()

    def matches(message: str) -> bool:
        event = parsed(message)
        return event is not MISSING and condition(event)

    return matches


class _Parser:
    """From tokens to a condition; && binds closer than ||."""

    def __init__(self, tokens: list[_Token]):
        self._tokens = tokens
        self._at = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise InvalidPattern(f"{self._tokens[self._at].text!r} is not expected here.")

    def any_of(self) -> _Condition:
        parts = [self._all_of()]
        while self._takes("||"):
            parts.append(self._all_of())
        return lambda event: any(part(event) for part in parts)

    def _all_of(self) -> _Condition:
        parts = [self._one()]
        while self._takes("&&"):
            parts.append(self._one())
        return lambda event: all(part(event) for part in parts)

    def _one(self) -> _Condition:
        if self._takes("("):
            inner = self.any_of()
            if not self._takes(")"):
                raise InvalidPattern("a parenthesis is not closed.")
            return inner
        selector = self._next()
        if selector.kind != "selector":
            raise InvalidPattern(f"{selector.text!r} stands where a field such as $.level is expected.")
        steps = steps_of(selector.text)
        sign = self._next()
        if sign.kind == "word":
            return _state(steps, f"{sign.text} {self._next().text}".upper())
        value = self._next()
        if value.kind not in ("text", "word"):
            raise InvalidPattern(f"{value.text!r} stands where a value is expected.")
        return _comparison(steps, sign.text, value)

    def _takes(self, sign: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == _Token("sign", sign)
        self._at += found
        return found

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise InvalidPattern("it ends where something is missing.")
        self._at += 1
        return self._tokens[self._at - 1]


def _state(steps: list[str | int], word: str) -> _Condition:
    known: dict[str, _Condition] = {
        "IS NULL": lambda found: found is None,
        "IS TRUE": lambda found: found is True,
        "IS FALSE": lambda found: found is False,
        "NOT EXISTS": lambda found: found is MISSING,
    }
    if word not in known:
        raise InvalidPattern(f"{word!r} is none of {', '.join(known)}.")
    return lambda event: known[word](at(event, steps))


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
}


def _comparison(steps: list[str | int], sign: str, value: _Token) -> _Condition:
    if sign not in _ORDERS:
        raise InvalidPattern(f"{sign!r} is not an operator.")
    number = _number(value.text) if value.kind == "word" else None
    if number is not None:
        return lambda event: (found := _number(at(event, steps))) is not None and _ORDERS[sign](found, number)
    if sign not in ("=", "!="):
        raise InvalidPattern(f"{value.text!r} is not a number, which {sign} compares with.")
    wanted = re.compile(".*".join(re.escape(part) for part in value.text.split("*")), re.DOTALL)

    def compare(event: Any) -> bool:
        found = at(event, steps)
        if found is MISSING or isinstance(found, dict | list) or found is None:
            return False
        return bool(wanted.fullmatch(shown(found))) == (sign == "=")

    return compare


# --- fields of JSON events


def parsed(message: str) -> Any:
    """The event as JSON; MISSING when it is none."""
    try:
        return json.loads(message)
    except ValueError:
        return MISSING


def steps_of(selector: str) -> list[str | int]:
    """The way to a field, from `$.request.ids[0]`. Raises InvalidPattern."""
    rest, steps, at = selector[1:], [], 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            raise InvalidPattern(f"{selector!r} does not lead to a field.")
        steps.append(step[1] if step[1] is not None else int(step[2]))
        at = step.end()
    return steps


def at(event: Any, steps: list[str | int]) -> Any:
    """What stands there; MISSING when nothing does."""
    for step in steps:
        try:
            event = event[step]
        except (IndexError, KeyError, TypeError):
            return MISSING
    return event


def shown(value: Any) -> str:
    """A scalar as a pattern or a dimension sees it."""
    return value if isinstance(value, str) else json.dumps(value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is MISSING or value is None or isinstance(value, dict | list):
        return None
    try:
        return float(value)
    except ValueError:
        return None
