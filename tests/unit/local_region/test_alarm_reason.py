# SPDX-License-Identifier: GPL-3.0-or-later
"""State reasons in CloudWatch's words; the expected texts are those of published alarms and of the user guide."""

import json
from datetime import UTC, datetime

import pytest

from local_region.engine.alarm import ALARM, OK, Datapoint, Evaluation, Threshold, evaluate
from local_region.engine.alarm_reason import reason, reason_data


def at(text: str) -> float:
    return datetime.strptime(text, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC).timestamp()


def words(comparison, value, periods, to_alarm, points, missing="missing", current=OK, says_how_many=True) -> str:
    threshold = Threshold(comparison, value, periods, to_alarm, missing)
    return reason(threshold, evaluate(threshold, points, current), says_how_many)


def test_one_breaching_datapoint():
    point = Datapoint(at("02/10/19 16:59:00"), 99.50160229693434)
    assert words("GreaterThanThreshold", 50.0, 1, 1, [None, None, point]) == (
        "Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater than "
        "the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_back_within_the_threshold():
    point = Datapoint(at("01/10/19 13:46:00"), 0.0666851903306472)
    assert words("GreaterThanThreshold", 50.0, 1, 1, [point], current=ALARM) == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.0666851903306472 (01/10/19 13:46:00)] was not greater "
        "than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


def test_without_datapoints_to_alarm_the_words_are_shorter():
    points = [Datapoint(at("09/01/23 14:01:00"), 1.0), Datapoint(at("09/01/23 14:02:00"), 0.0)]
    assert words("GreaterThanThreshold", 42.0, 2, 2, points, says_how_many=False) == (
        "Threshold Crossed: 2 datapoints [0.0 (09/01/23 14:02:00), 1.0 (09/01/23 14:01:00)] were not greater than "
        "the threshold (42.0)."
    )


@pytest.mark.parametrize(
    ("missing", "periods", "points", "expected"),
    [
        ("missing", 1, [None], "Insufficient Data: 1 datapoint was unknown."),
        ("missing", 5, [None], "Insufficient Data: 5 datapoints were unknown."),
        (
            "notBreaching",
            1,
            [None],
            "Threshold Crossed: no datapoints were received for 1 period and "
            "1 missing datapoint was treated as [NonBreaching].",
        ),
        (
            "breaching",
            3,
            [None, Datapoint(0.0, 1.0)],
            "Threshold Crossed: 1 datapoint was received for 3 periods and "
            "2 missing datapoints were treated as [Breaching].",
        ),
    ],
)
def test_missing_data(missing, periods, points, expected):
    assert words("GreaterThanThreshold", 5.0, periods, min(periods, 2), points, missing) == expected


def test_reason_data_of_one_datapoint():
    point = Datapoint(at("09/04/24 08:54:00"), 1.0, samples=2.0)
    threshold = Threshold("GreaterThanOrEqualToThreshold", 1.0, 1, 1)
    data = reason_data(
        threshold,
        Evaluation(ALARM, (point,)),
        asked_at=at("09/04/24 08:56:06"),
        starts=[at("09/04/24 08:55:00")],
        period=60,
        statistic="Minimum",
    )
    assert json.loads(data) == {
        "version": "1.0",
        "queryDate": "2024-04-09T08:56:06.000+0000",
        "startDate": "2024-04-09T08:54:00.000+0000",
        "statistic": "Minimum",
        "period": 60,
        "recentDatapoints": [1.0],
        "threshold": 1.0,
        "evaluatedDatapoints": [{"timestamp": "2024-04-09T08:54:00.000+0000", "sampleCount": 2.0, "value": 1.0}],
    }


def test_reason_data_fits_the_api_however_many_datapoints_there_are():
    many = tuple(Datapoint(60.0 * n, 1 / 3 + n, samples=123456.0) for n in range(1440))
    threshold = Threshold("LessThanThreshold", 1.0, 1440, 1440)
    data = reason_data(threshold, Evaluation(OK, many), asked_at=0.0, starts=[], period=60, statistic="Average")
    assert len(reason(threshold, Evaluation(OK, many), says_how_many=True)) <= 1023
    assert len(data) <= 4000 and json.loads(data)["threshold"] == 1.0
