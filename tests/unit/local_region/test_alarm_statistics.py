# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics of samples, scaling steps and the suppression of actions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_region.engine.alarm_scaling import new_capacity, step_for
from local_region.engine.alarm_statistics import (
    Samples,
    UnknownStatistic,
    UnsupportedStatistic,
    compute,
    require,
    too_few_samples,
)
from local_region.engine.alarm_suppression import Suppression, Suppressor, after, begin


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("SampleCount", 10.0),
        ("Sum", 55.0),
        ("Average", 5.5),
        ("Minimum", 1.0),
        ("Maximum", 10.0),
        ("p50", 5.0),
        ("p90", 9.0),
        ("p99", 10.0),
        ("p99.9", 10.0),
        ("p0", 1.0),
        ("p100", 10.0),
    ],
)
def test_statistics_of_one_to_ten(statistic, expected):
    require(statistic)
    assert compute(statistic, Samples.of(range(1, 11))) == expected


def test_no_samples_have_no_statistics():
    assert compute("Sum", Samples()) is None


def test_values_count_as_often_as_their_counts_say():
    samples = Samples.of([1.0, 5.0], [9.0, 1.0])
    assert (compute("Average", samples), compute("p90", samples), compute("p95", samples)) == (1.4, 1.0, 5.0)


def test_a_statistic_set_tells_percentiles_only_when_its_values_are_known():
    assert compute("p99", Samples.of_set(3, 6, 1, 3)) is None
    assert compute("p99", Samples.of_set(3, 6, 2, 2)) == 2
    assert compute("Average", Samples.of_set(3, 6, 1, 3)) == 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 100))
def test_a_percentile_is_a_value_that_enough_samples_do_not_exceed(values, percent):
    value = compute(f"p{min(percent, 99.0):.2f}", Samples.of(values))
    share = sum(one <= value for one in values) / len(values)
    assert value in values and share >= min(round(percent, 2), 99.0) / 100 - 1e-9


@pytest.mark.parametrize("statistic", ["tm90", "TM(10%:90%)", "wm95", "IQM", "PR(:300)", "ts99", "tc50"])
def test_other_extended_statistics_are_refused_in_words(statistic):
    with pytest.raises(UnsupportedStatistic, match="does not compute the statistic"):
        require(statistic)


@pytest.mark.parametrize("statistic", ["p101", "q5", "median", "p"])
def test_unknown_statistics_are_invalid(statistic):
    with pytest.raises(UnknownStatistic):
        require(statistic)


@pytest.mark.parametrize(("statistic", "enough"), [("p99", 1000), ("p50", 20), ("p90", 100), ("p10", 100), ("p5", 200)])
def test_how_many_samples_a_percentile_needs(statistic, enough):
    assert too_few_samples(statistic, enough - 1) and not too_few_samples(statistic, enough)


def test_other_statistics_need_no_number_of_samples():
    assert not too_few_samples("Average", 1)


# The example of the Auto Scaling user guide: a threshold of 60, steps at 0, 10 and 20.
UP = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 0},
    {"MetricIntervalLowerBound": 10, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 10},
    {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 30},
]
DOWN = [
    {"MetricIntervalLowerBound": -10, "MetricIntervalUpperBound": 0, "ScalingAdjustment": 0},
    {"MetricIntervalLowerBound": -20, "MetricIntervalUpperBound": -10, "ScalingAdjustment": -10},
    {"MetricIntervalUpperBound": -20, "ScalingAdjustment": -30},
]


@pytest.mark.parametrize(
    ("value", "steps", "expected"),
    [(60, UP, 0), (69, UP, 0), (70, UP, 10), (80, UP, 30), (50, UP, None)]
    + [(60, DOWN, None), (50, DOWN, -10), (45, DOWN, -10), (40, DOWN, -30), (51, DOWN, 0)],
)
def test_the_step_of_a_metric_value(value, steps, expected):
    assert step_for(value - 60, steps) == expected


@pytest.mark.parametrize(
    ("kind", "adjustment", "current", "least", "expected"),
    [
        ("ChangeInCapacity", 3, 5, None, 8),
        ("ChangeInCapacity", 30, 5, None, 20),
        ("ChangeInCapacity", -30, 5, None, 1),
        ("ExactCapacity", 5, 2, None, 5),
        ("PercentChangeInCapacity", 10, 10, None, 11),
        ("PercentChangeInCapacity", 25, 4, 2, 6),
        ("PercentChangeInCapacity", 12, 10, None, 11),
        ("PercentChangeInCapacity", 5, 10, None, 11),
        ("PercentChangeInCapacity", -5, 10, None, 9),
        ("PercentChangeInCapacity", -67, 10, None, 4),
        ("PercentChangeInCapacity", 0, 10, 2, 10),
    ],
)
def test_capacity_after_an_adjustment(kind, adjustment, current, least, expected):
    assert new_capacity(kind, adjustment, current, 1, 20, least) == expected


PERIODS = Suppressor(wait=60, extension=30)


def test_actions_pass_when_the_suppressor_does_not_alarm_within_the_wait_period():
    waiting = begin(in_alarm=False, now=0)
    assert after(waiting, PERIODS, False, 59) == waiting and waiting.by == "WaitPeriod"
    assert after(waiting, PERIODS, False, 60) is None


def test_actions_stay_suppressed_until_the_extension_period_is_over():
    suppressed = after(begin(False, 0), PERIODS, True, 20)
    assert suppressed == Suppression("Alarm", 20)
    assert after(suppressed, PERIODS, True, 1000) == suppressed
    extended = after(suppressed, PERIODS, False, 1001)
    assert extended == Suppression("ExtensionPeriod", 1001)
    assert after(extended, PERIODS, True, 1020) == Suppression("Alarm", 1020)
    assert after(extended, PERIODS, False, 1031) is None
