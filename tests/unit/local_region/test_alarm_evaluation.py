# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a metric alarm. Its tables: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing
data"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_region.engine.alarm import ALARM, INSUFFICIENT_DATA, OK, TREATMENTS, Datapoint, Threshold, evaluate

RETAINED = "retained"
SIGNS = {"0": 0.0, "X": 10.0, "-": None}


def points(drawn: str):
    """`0 - X` as the guide draws it: within the threshold, missing, breaching; the most recent on the right."""
    values = [SIGNS[sign] for sign in drawn.split()]
    return [None if value is None else Datapoint(60.0 * at, value) for at, value in enumerate(values)]


def state(drawn: str, to_alarm: int, missing: str, current: str = OK, periods: int = 3) -> str:
    return evaluate(Threshold("GreaterThanThreshold", 5.0, periods, to_alarm, missing), points(drawn), current).state


THREE_OF_THREE = [
    # datapoints    missing            ignore    breaching  notBreaching
    ("0 - X - X", OK, OK, OK, OK),
    ("0 - - - -", OK, OK, OK, OK),
    ("- - - - -", INSUFFICIENT_DATA, RETAINED, ALARM, OK),
    ("0 X X - X", ALARM, ALARM, ALARM, ALARM),
    ("- - X - -", ALARM, RETAINED, ALARM, OK),
]
TWO_OF_THREE = [
    ("0 - X - X", ALARM, ALARM, ALARM, ALARM),
    ("0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
    ("0 - X - -", OK, OK, ALARM, OK),
    ("- - - - 0", OK, OK, ALARM, OK),
    ("- - - X -", ALARM, RETAINED, ALARM, OK),
]


@pytest.mark.parametrize("current", [OK, ALARM, INSUFFICIENT_DATA])
@pytest.mark.parametrize("missing", TREATMENTS)
@pytest.mark.parametrize(
    ("to_alarm", "row"), [(3, row) for row in THREE_OF_THREE] + [(2, row) for row in TWO_OF_THREE], ids=str
)
def test_the_guides_tables(to_alarm, row, missing, current):
    drawn, *expected = row
    wanted = expected[TREATMENTS.index(missing)]
    assert state(drawn, to_alarm, missing, current) == (current if wanted == RETAINED else wanted)


@pytest.mark.parametrize("drawn", ["- - - - X", "- - - X -"])
def test_a_breach_younger_than_datapoints_to_alarm_is_premature(drawn):
    assert state(drawn, 3, "missing") != ALARM


@pytest.mark.parametrize("drawn", ["- - - X 0", "- - X - 0"])
def test_a_datapoint_within_the_threshold_ends_what_was_premature(drawn):
    assert state(drawn, 3, "missing", current=ALARM) == OK


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", [6.0]),
        ("GreaterThanOrEqualToThreshold", [5.0, 6.0]),
        ("LessThanThreshold", [4.0]),
        ("LessThanOrEqualToThreshold", [4.0, 5.0]),
    ],
)
def test_comparison_operators(comparison, breaching):
    threshold = Threshold(comparison, 5.0, 1, 1)
    for value in (4.0, 5.0, 6.0):
        wanted = ALARM if value in breaching else OK
        assert evaluate(threshold, [None, None, Datapoint(0.0, value)], OK).state == wanted


drawings = st.lists(st.sampled_from("0X-"), min_size=5, max_size=5).map(" ".join)
ms = st.integers(min_value=1, max_value=3)
states = st.sampled_from([OK, ALARM, INSUFFICIENT_DATA])


@given(drawings, ms, states)
def test_the_treatment_does_not_matter_when_there_are_enough_datapoints(drawn, to_alarm, current):
    if drawn.count("-") <= 2:
        assert len({state(drawn, to_alarm, missing, current) for missing in TREATMENTS}) == 1


@given(drawings, ms, states)
def test_missing_data_as_breaching_alarms_whenever_any_treatment_does(drawn, to_alarm, current):
    if ALARM in {state(drawn, to_alarm, missing, OK) for missing in ("missing", "notBreaching")}:
        assert state(drawn, to_alarm, "breaching", current) == ALARM


@given(drawings, ms, states)
def test_not_breaching_alarms_only_on_enough_real_breaches(drawn, to_alarm, current):
    recent = [sign for sign in drawn.split() if sign != "-"][-3:]
    assert (state(drawn, to_alarm, "notBreaching", current) == ALARM) == (recent.count("X") >= to_alarm)


@given(drawings, ms, states, st.sampled_from(TREATMENTS))
def test_data_is_insufficient_only_without_any(drawn, to_alarm, current, missing):
    if state(drawn, to_alarm, missing, current) == INSUFFICIENT_DATA and current != INSUFFICIENT_DATA:
        assert missing == "missing" and set(drawn.split()) == {"-"}


@given(drawings, ms, st.sampled_from(["missing", "breaching", "notBreaching"]))
def test_only_ignoring_missing_data_looks_at_the_state_before(drawn, to_alarm, missing):
    assert len({state(drawn, to_alarm, missing, current) for current in (OK, ALARM, INSUFFICIENT_DATA)}) == 1
