# SPDX-License-Identifier: GPL-3.0-or-later
"""Which log events a filter pattern of CloudWatch Logs matches.

The cases follow the CloudWatch Logs user guide, "Filter pattern syntax for metric filters".
"""

import json

import pytest

from local_region.engine.log_filter import InvalidPattern, UnknownPattern, pattern_of

EVENT = json.dumps(
    {"level": "ERROR", "code": 500, "path": "/cart", "user": None, "retried": True, "hosts": [{"id": "i-1"}]}
)


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("", "anything", None),
        ("ERROR", "[ERROR 400] BAD REQUEST", "[error] lower case"),
        ("ERROR REQUEST", "[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED"),
        ('"INTERNAL SERVER ERROR"', "500 INTERNAL SERVER ERROR", "INTERNAL ERROR"),
        ('"a \\"b\\""', 'it says a "b"', "it says a b"),
        ("?ERROR ?WARN", "WARN low", "INFO fine"),
        ("ERROR -EXITING", "ERROR 1", "ERROR EXITING"),
        ("-ERROR", "INFO", "ERROR"),
        ('-"not found" ERROR', "ERROR: denied", "ERROR: not found"),
        ("?WARN ERROR", "ERROR", "WARN"),
    ],
)
def test_terms(pattern, matching, other):
    matches = pattern_of(pattern)

    assert matches(matching)
    assert other is None or not matches(other)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.level = "ERROR" }', True),
        ('{ $.level != "ERROR" }', False),
        ("{ $.level = ERR* }", True),
        ('{ $.path = "/c*t" }', True),
        ("{ $.code >= 500 }", True),
        ("{ $.code < 500 }", False),
        ('{ ($.level = "INFO") || ($.code = 500) }', True),
        ('{ $.level = "INFO" || $.code = 500 && $.path = "/home" }', False),
        ('{ ($.level = "INFO" || $.code = 500) && $.path = "/cart" }', True),
        ('{ $.hosts[0].id = "i-1" }', True),
        ("{ $.hosts[1].id NOT EXISTS }", True),
        ("{ $.user IS NULL }", True),
        ("{ $.retried IS TRUE }", True),
        ("{ $.retried IS FALSE }", False),
        ("{ $.nowhere = 1 }", False),
        ("{ $.nowhere != 1 }", False),
        ('{ $.nowhere != "x" }', False),
    ],
)
def test_fields_of_json(pattern, expected):
    assert pattern_of(pattern)(EVENT) is expected


def test_a_json_pattern_does_not_match_what_is_no_json():
    assert not pattern_of('{ $.level != "INFO" }')("level=ERROR")


@pytest.mark.parametrize("pattern", ["%ERR.R%", "[ip, user, status = 5*]", "{ $.level = %ERR.% }"])
def test_what_is_not_known_is_told_from_what_is_wrong(pattern):
    with pytest.raises(UnknownPattern):
        pattern_of(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["a.b", '"open', "{ $.level }", "{ level = 1 }", "{ $.level = 1", "{ ($.a = 1 }", "{ $.a > x }", "{ $.a IS ODD }"],
)
def test_a_wrong_pattern_is_refused(pattern):
    with pytest.raises(InvalidPattern):
        pattern_of(pattern)
