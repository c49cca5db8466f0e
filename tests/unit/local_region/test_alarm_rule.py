# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of composite alarms."""

import pytest

from local_region.engine.alarm_rule import InvalidRule, Reference, Rule, UnsupportedRule, cycle

STATES = {
    "a": "ALARM",
    "b": "OK",
    "c": "INSUFFICIENT_DATA",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x y": "ALARM",
}


def holds(text: str) -> bool:
    return Rule(text).holds(lambda reference: STATES[reference.alarm] == reference.state)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        ("OK(a)", False),
        ("INSUFFICIENT_DATA(c)", True),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(a) OR ALARM(b)", True),
        ("ALARM(a) AND NOT OK(b)", False),
        ("NOT ALARM(b) AND NOT ALARM(c)", True),
        ("ALARM(b) AND OK(b) OR ALARM(a)", True),
        ("ALARM(b) AND (OK(b) OR ALARM(a))", False),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:x y)", True),
        ("TRUE", True),
        ("FALSE OR\n  NOT FALSE", True),
    ],
)
def test_rules(text, expected):
    assert holds(text) is expected


def test_a_name_in_quotes_may_look_like_a_rule():
    assert Rule(r'ALARM("OK(b) AND \"x\"")').references == (Reference("ALARM", 'OK(b) AND "x"'),)


@pytest.mark.parametrize(
    "text",
    ["", "a", "ALARM()", "ALARM(a", "ALARM(a) ALARM(b)", "ALARM(a) and ALARM(b)", "TRUE()", "AND", "r0", "alarm(a)"],
)
def test_what_is_no_rule_is_invalid(text):
    with pytest.raises(InvalidRule, match="rule expression"):
        Rule(text)


def test_at_least_is_refused_in_words():
    with pytest.raises(UnsupportedRule, match="does not evaluate AT_LEAST"):
        Rule("AT_LEAST(2, ALARM, (a, b, c))")


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        (["plain", "other"], None),
        (["top"], ["top", "top"]),
        (["middle"], ["top", "middle", "low", "top"]),
        (["plain", "low"], ["top", "low", "top"]),
    ],
)
def test_a_circle_of_composite_alarms_is_found(children, expected):
    assert cycle("top", children, {"middle": ["plain", "low"], "low": ["top"], "other": ["plain"]}) == expected
