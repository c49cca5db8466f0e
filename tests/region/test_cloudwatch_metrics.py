# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's metrics over HTTP: published, listed, aggregated."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.conftest import open_api
from tests.region.cloudwatch import CloudWatch

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
START = NOW - timedelta(minutes=10)
SPAN = {"StartTime": START, "EndTime": START + timedelta(minutes=3)}


@pytest.fixture(scope="module")
def shared_api():
    """One API for all tests of this file: each has a CloudWatch of its own in it."""
    with open_api() as opened:
        yield opened


@pytest.fixture
def cloudwatch(shared_api):
    with CloudWatch(shared_api) as one:
        yield one


def put(cloudwatch, minute: int, name: str = "Requests", seconds: int = 0, **datum) -> None:
    at = START + timedelta(minutes=minute, seconds=seconds)
    cloudwatch.client.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": name, "Timestamp": at, "Unit": "Count", **datum}]
    )


def statistics(cloudwatch, **members) -> dict[int, dict]:
    """Datapoints by minute since START."""
    asked = {"Namespace": "App", "MetricName": "Requests", "Period": 60, **SPAN, **members}
    points = cloudwatch.client.get_metric_statistics(**asked)["Datapoints"]
    return {int((point["Timestamp"] - START).total_seconds() / 60): point for point in points}


def data(cloudwatch, *queries: dict, **members) -> dict[str, list[float]]:
    answer = cloudwatch.client.get_metric_data(
        MetricDataQueries=list(queries), ScanBy="TimestampAscending", **SPAN, **members
    )
    return {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}


def query(id_: str, name: str = "Requests", stat: str = "Sum", **members) -> dict:
    metric = {"Namespace": "App", "MetricName": name}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}, **members}


def refusal(call, **members) -> str:
    with pytest.raises(ClientError) as error:
        call(**members)
    return error.value.response["Error"]["Code"]


def test_periods_are_aligned_to_the_clock_and_empty_ones_left_out(cloudwatch):
    put(cloudwatch, 0, Value=1, seconds=59)
    put(cloudwatch, 2, Value=2, seconds=0)
    put(cloudwatch, 2, Value=4, seconds=30)
    found = statistics(cloudwatch, Statistics=["Sum", "Average", "Minimum", "Maximum", "SampleCount"])
    assert sorted(found) == [0, 2]
    wanted = {"Sum": 6, "Average": 3, "Minimum": 2, "Maximum": 4, "SampleCount": 2, "Unit": "Count"}
    assert {key: found[2][key] for key in wanted} == wanted


def test_percentiles(cloudwatch):
    put(cloudwatch, 1, Values=[1, 2, 100], Counts=[50, 49, 1])
    found = statistics(cloudwatch, ExtendedStatistics=["p50", "p99", "p99.9"])
    assert found[1]["ExtendedStatistics"] == {"p50": 1, "p99": 2, "p99.9": 100}


def test_statistic_sets(cloudwatch):
    put(cloudwatch, 1, StatisticValues={"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 5})
    put(cloudwatch, 1, Value=20)
    found = statistics(cloudwatch, Statistics=["Average", "Maximum", "SampleCount"])
    assert (found[1]["Average"], found[1]["Maximum"], found[1]["SampleCount"]) == (6, 20, 5)


def test_metrics_of_other_namespaces_do_not_mix(cloudwatch):
    put(cloudwatch, 1, Value=1)
    at = START + timedelta(minutes=1)
    cloudwatch.client.put_metric_data(
        Namespace="Other", MetricData=[{"MetricName": "Requests", "Timestamp": at, "Value": 9}]
    )
    assert data(cloudwatch, query("m")) == {"m": [1]}


def test_metric_math(cloudwatch):
    for minute, (requests, errors) in enumerate([(100, 1), (50, None), (0, 3)]):
        put(cloudwatch, minute, Value=requests)
        if errors is not None:
            put(cloudwatch, minute, "Errors", Value=errors)
    found = data(
        cloudwatch,
        query("requests", ReturnData=False),
        query("errors", "Errors", ReturnData=False),
        {"Id": "ratio", "Expression": "100 * FILL(errors, 0) / requests"},
        {"Id": "total", "Expression": "SUM(METRICS())"},
    )
    assert found == {"ratio": [1, 0], "total": [101, 50, 3]}


def test_list_metrics_filters(cloudwatch):
    put(cloudwatch, 1, Value=1)
    put(cloudwatch, 1, Value=1, Dimensions=[{"Name": "Host", "Value": "a"}])
    put(cloudwatch, 1, "Errors", Value=1, Dimensions=[{"Name": "Host", "Value": "b"}])

    def names(**filters):
        metrics = cloudwatch.client.list_metrics(**filters)["Metrics"]
        return [(metric["MetricName"], *(one["Value"] for one in metric["Dimensions"])) for metric in metrics]

    assert names() == [("Errors", "b"), ("Requests",), ("Requests", "a")]
    assert names(MetricName="Requests", Dimensions=[{"Name": "Host"}]) == [("Requests", "a")]
    assert names(Dimensions=[{"Name": "Host", "Value": "b"}]) == [("Errors", "b")]
    assert names(Namespace="None") == []


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "InvalidParameterCombination"),
        ({"Value": 1, "Values": [1]}, "InvalidParameterCombination"),
        ({"Values": [1, 2], "Counts": [1]}, "InvalidParameterValue"),
        ({"Value": 1, "Timestamp": NOW - timedelta(days=15)}, "InvalidParameterValue"),
        ({"Value": 1, "Unit": "Furlongs"}, "ValidationError"),
    ],
    ids=str,
)
def test_bad_data_is_refused_as_a_whole(cloudwatch, datum, code):
    items = [{"MetricName": "Good", "Value": 1}, {"MetricName": "Bad", **datum}]
    assert refusal(cloudwatch.client.put_metric_data, Namespace="App", MetricData=items) == code
    assert cloudwatch.client.list_metrics()["Metrics"] == []


def test_a_query_for_more_than_is_computed_is_refused(cloudwatch):
    call = cloudwatch.client.get_metric_data
    for expression in ("RATE(m)", "SELECT AVG(x) FROM y"):
        queries = [query("m", ReturnData=False), {"Id": "e", "Expression": expression}]
        assert refusal(call, MetricDataQueries=queries, **SPAN) == "NotImplementedInLocalRegion"
    span = {"StartTime": NOW, "EndTime": NOW}
    assert refusal(call, MetricDataQueries=[query("m")], **span) == "ValidationError"
