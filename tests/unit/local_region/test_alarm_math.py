# SPDX-License-Identifier: GPL-3.0-or-later
"""Metric math over time series of three periods; None is a period without data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_region.engine.alarm_math import Array, Expression, InvalidExpression, UnsupportedExpression

SERIES = {"errors": (None, 2.0, 3.0), "requests": (10.0, 20.0, None), "zero": (0.0, 0.0, 0.0), "in": (1.0, 2.0, 3.0)}


def result(text: str):
    return Expression(text).evaluate(SERIES, ["errors", "requests"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("errors+requests", (None, 22.0, None)),
        ("100*errors/requests", (None, 10.0, None)),
        ("100*FILL(errors,0)/requests", (0.0, 10.0, None)),
        ("FILL(errors, REPEAT)", (None, 2.0, 3.0)),
        ("FILL(requests, REPEAT)", (10.0, 20.0, 20.0)),
        ("FILL(errors, requests)", (10.0, 2.0, 3.0)),
        ("IF(requests > 10, errors, 0)", (0.0, 2.0, None)),
        ("IF(FILL(requests,0) >= 20 AND FILL(errors,0) >= 1, 1, 0)", (0.0, 1.0, 0.0)),
        ("zero || in == 2", (0.0, 1.0, 0.0)),
        ("requests/zero", (None, None, None)),
        ("SUM(METRICS())", (10.0, 22.0, 3.0)),
        ("AVG([in, requests])", (5.5, 11.0, 3.0)),
        ("MAX(FILL(METRICS(), 0))", (10.0, 20.0, 3.0)),
        ("in - MIN(in)", (0.0, 1.0, 2.0)),
        ("SUM(in)", 6.0),
        ("-in^2 + 1", (0.0, -3.0, -8.0)),
        ("(in + 1) * 2", (4.0, 6.0, 8.0)),
        ("CEIL(in / 2) - FLOOR(in / 2) + ABS(0 - zero)", (1.0, 0.0, 1.0)),
        ("[in]", Array(((1.0, 2.0, 3.0),))),
    ],
)
def test_results(text, expected):
    assert result(text) == expected


@pytest.mark.parametrize(
    "text", ["RATE(in)", "ANOMALY_DETECTION_BAND(in)", "SEARCH('x')", 'METRICS("a")', "FILL(in, LINEAR)", "exec(in)"]
)
def test_what_is_not_computed_is_refused_in_words(text):
    with pytest.raises(UnsupportedExpression, match=r"^The local region .*"):
        Expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "in +",
        "in.real",
        "in if 1 else 2",
        "in < 2 < 3",
        "in = 2",
        "FILL(in)",
        "IF(in, 1)",
        "[]",
        "in in",
        "{in}",
        "lambda: 1",
    ],
)
def test_what_is_no_metric_math_is_invalid(text):
    with pytest.raises(InvalidExpression):
        Expression(text)


@given(st.text(alphabet="inFLSUM0123456789.+-*/^()[], <>=&|", max_size=30))
def test_any_text_is_computed_or_refused_but_never_fails_otherwise(text):
    try:
        expression = Expression(text)
        if expression.names <= SERIES.keys():
            expression.evaluate(SERIES, ["in"])
    except (InvalidExpression, UnsupportedExpression):
        pass
