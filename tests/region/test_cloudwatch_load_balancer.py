# SPDX-License-Identifier: GPL-3.0-or-later
"""From requests to an alarm: a real load balancer's answers become metrics, and those an alarm's state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import open_api
from tests.region.balancing import arn, ask, balancer, eventually, group, running_balancers, wait_until_healthy
from tests.region.cloudwatch import CloudWatch
from tests.region.web_server import WebServer

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
OF_BALANCER = [{"Name": "LoadBalancer", "Value": "app/web/50dc6c495c0c9188"}]
OF_GROUP = [*OF_BALANCER, {"Name": "TargetGroup", "Value": "targetgroup/web/0123456789abcdef"}]


@pytest.fixture
def cloudwatch():
    with open_api() as api, CloudWatch(api) as one:
        yield one


@pytest.fixture
def server():
    running = WebServer("1.0")
    yield running
    running.stop()


@pytest.fixture
def address(tmp_path, cloudwatch, server):
    """The address of a load balancer before `server`, whose metrics CloudWatch gets."""
    with running_balancers(tmp_path) as balancers:
        address = balancers.door.free_address([])
        balancers.apply([replace(balancer(address, [group("web", [server])]), arn=BALANCER)])
        wait_until_healthy(balancers, "1.0")
        cloudwatch.monitoring.watch(balancers.metrics, lambda: {arn("web"): BALANCER})
        cloudwatch.monitoring.tick()
        yield address


def metrics_of_last_minute(cloudwatch, dimensions, statistic="Sum") -> dict[str, float]:
    end = cloudwatch.clock.now()
    found = {}
    for metric in cloudwatch.client.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]:
        if metric["Dimensions"] == sorted(dimensions, key=lambda one: one["Name"]):
            answer = cloudwatch.client.get_metric_statistics(
                **metric, StartTime=end - timedelta(minutes=1), EndTime=end, Period=60, Statistics=[statistic]
            )
            for point in answer["Datapoints"]:
                found[metric["MetricName"]] = point[statistic]
    return found


def test_an_application_that_starts_to_answer_500_trips_the_alarm(cloudwatch, server, address):
    cloudwatch.client.put_metric_alarm(
        AlarmName="5xx",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=OF_GROUP,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    for _ in range(10):
        assert ask(address).status == 200
    cloudwatch.minutes(None)
    assert cloudwatch.state("5xx") == "OK"
    assert "HTTPCode_Target_5XX_Count" not in metrics_of_last_minute(cloudwatch, OF_GROUP)
    for _ in range(3):
        assert ask(address, "/?status=500").status == 500
    cloudwatch.minutes(None)
    assert "1 datapoint [3.0 (" in cloudwatch.describe("5xx")["StateReason"]
    assert cloudwatch.state("5xx") == "ALARM"


def test_a_minutes_metrics(cloudwatch, server, address):
    for path in ["/?seconds=0.02"] + ["/"] * 4 + ["/?status=404"] * 2 + ["/?status=503"]:
        ask(address, path)
    cloudwatch.minutes(None)
    common = {
        "RequestCount": 8,
        "HTTPCode_Target_2XX_Count": 5,
        "HTTPCode_Target_4XX_Count": 2,
        "HTTPCode_Target_5XX_Count": 1,
    }
    of_balancer = metrics_of_last_minute(cloudwatch, OF_BALANCER)
    assert 0.01 < of_balancer.pop("TargetResponseTime") < 5
    of_balancer.pop("ActiveConnectionCount", None)  # there as long as the balancer has not seen our last one close
    assert of_balancer == common | {"NewConnectionCount": 8}
    of_group = metrics_of_last_minute(cloudwatch, OF_GROUP)
    assert 0.01 < of_group.pop("TargetResponseTime") < 5
    hosts = {"HealthyHostCount": 1, "UnHealthyHostCount": 0, "RequestCountPerTarget": 8}
    assert of_group == common | hosts


def test_what_the_load_balancer_answers_itself_is_its_own_5xx(cloudwatch, server, address):
    server.stop()
    assert ask(address).status in (502, 503)
    cloudwatch.minutes(None)
    found = metrics_of_last_minute(cloudwatch, OF_BALANCER)
    assert found["HTTPCode_ELB_5XX_Count"] == 1 and "HTTPCode_Target_5XX_Count" not in found


def test_a_slow_application_shows_in_the_99th_percentile(cloudwatch, server, address):
    for seconds in (0, 0, 0, 0.3):
        ask(address, f"/?seconds={seconds}")
    cloudwatch.minutes(None)
    end = cloudwatch.clock.now()
    (point,) = cloudwatch.client.get_metric_statistics(
        Namespace="AWS/ApplicationELB",
        MetricName="TargetResponseTime",
        Dimensions=OF_GROUP,
        StartTime=end - timedelta(minutes=1),
        EndTime=end,
        Period=60,
        ExtendedStatistics=["p50", "p99"],
    )["Datapoints"]
    assert point["Unit"] == "Seconds"
    assert point["ExtendedStatistics"]["p50"] < 0.3 <= point["ExtendedStatistics"]["p99"]


def test_a_running_region_publishes_what_its_load_balancers_do(region):
    elbv2, client = region.client("elbv2"), region.client("cloudwatch")
    subnets = [one["SubnetId"] for one in region.client("ec2").describe_subnets()["Subnets"]][:2]
    made = elbv2.create_load_balancer(Name="alarmed", Subnets=subnets, Type="application")["LoadBalancers"][0]
    try:
        refuse = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
        elbv2.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"], Port=8080, Protocol="HTTP", DefaultActions=[refuse]
        )
        value = made["LoadBalancerArn"].partition(":loadbalancer/")[2]
        client.put_metric_alarm(
            AlarmName="refused",
            Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_ELB_5XX_Count",
            Dimensions=[{"Name": "LoadBalancer", "Value": value}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
        )

        def is_in(state: str) -> bool:
            return client.describe_alarms(AlarmNames=["refused"])["MetricAlarms"][0]["StateValue"] == state

        eventually(lambda: is_in("OK"), "the alarm is OK")
        for _ in range(20):  # at least 5 in one minute, however the minutes fall
            assert ask(made["DNSName"]).status == 503
        eventually(lambda: is_in("ALARM"), "the alarm is in ALARM")
        assert region.inventory()["cloudwatch alarms"] == ["refused"]
    finally:
        client.delete_alarms(AlarmNames=["refused"])
        elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
