# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rule of a composite alarm, from a structure of alarm names to CloudWatch's expression. Pure.

    {"any": ["web-5xx", {"all": ["web-latency", {"not": "web-maintenance"}]}]}
    ALARM("web-5xx") OR (ALARM("web-latency") AND NOT ALARM("web-maintenance"))

Source: API reference, PutCompositeAlarm, AlarmRule.
"""

from __future__ import annotations

import re
from typing import Any

from ..engine.errors import Failure

MOST_CHARACTERS = 10240
OPERATORS = {"any": "OR", "all": "AND"}
STATES = {"alarm": "ALARM", "ok": "OK", "insufficient_data": "INSUFFICIENT_DATA"}
KEYS = (*OPERATORS, "not", *STATES)

_SPACE = re.compile(r'("(?:\\.|[^"\\])*")|\s+')
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[(),]|[^\s(),"]+|"')


def expression(rule: str | dict[str, Any] | list[Any]) -> str:
    """The rule expression for the option ``alarm_rule``: text stays as it is, a structure is put into words.

    Raises Failure naming the place in the structure that is none.
    """
    text = _one_line(rule) if isinstance(rule, str) else _words(rule, "alarm_rule")
    if not text:
        raise Failure(
            "alarm_rule: it is empty. Give an expression such as ALARM(web-5xx), or any, all or not of alarms."
        )
    if len(text) > MOST_CHARACTERS:
        raise Failure(
            f"alarm_rule: the expression has {len(text)} characters, {MOST_CHARACTERS} are the most. "
            "Make composite alarms of its parts and refer to those."
        )
    return text


def _one_line(text: str) -> str:
    """The expression with single spaces, but for those in the names of alarms."""
    return _SPACE.sub(lambda found: found[1] or " ", text).strip()


def same(one: str | None, other: str | None) -> bool:
    """Whether two expressions differ in nothing but white space."""
    return tokens(one) == tokens(other)


def tokens(text: str | None) -> list[str]:
    return _TOKEN.findall(text or "")


def _words(rule: Any, where: str, inside: bool = False) -> str:
    """``inside``: it is a part of something that brackets are needed in."""
    if isinstance(rule, str):
        return _reference("alarm", rule, where)
    if not isinstance(rule, dict) or len(rule) != 1 or next(iter(rule)) not in KEYS:
        raise Failure(
            f"{where}: {rule!r} is no part of a rule. Give an alarm's name, or a mapping with just one of "
            f"{', '.join(KEYS)}."
        )
    ((key, value),) = rule.items()
    where = f"{where}.{key}"
    if key in STATES:
        return _reference(key, value, where)
    if key == "not":
        return f"NOT {_words(value, where, inside=True)}"
    if not isinstance(value, list) or not value:
        raise Failure(f"{where}: {value!r} is not a list of alarms. Give one alarm at least.")
    if len(value) == 1:
        return _words(value[0], f"{where}[0]", inside)
    parts = [_words(entry, f"{where}[{index}]", inside=True) for index, entry in enumerate(value)]
    joined = f" {OPERATORS[key]} ".join(parts)
    return f"({joined})" if inside else joined


def _reference(state: str, alarm: Any, where: str) -> str:
    if not isinstance(alarm, str) or not alarm.strip():
        raise Failure(f"{where}: {alarm!r} is not the name or the ARN of an alarm.")
    escaped = alarm.replace("\\", "\\\\").replace('"', '\\"')
    return f'{STATES[state]}("{escaped}")'
