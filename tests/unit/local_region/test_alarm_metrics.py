# SPDX-License-Identifier: GPL-3.0-or-later
"""What the publisher makes of the load balancers' counters."""

from local_region.engine.alarm_statistics import Samples, compute
from local_region.world.balancer.measures import BalancerCounts, GroupCounts, Measures
from local_region.world.metric_store import Metric, MetricStore
from local_region.world.metrics import Publisher, published

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/6d0ecf831eec9f09"
OF_BALANCER = {"LoadBalancer": "app/web/50dc6c495c0c9188"}
OF_GROUP = {**OF_BALANCER, "TargetGroup": "targetgroup/web/6d0ecf831eec9f09"}

IDLE = Measures({BALANCER: BalancerCounts()}, {GROUP: GroupCounts(healthy_hosts=2)})


def busy(requests=10, failed=0, own_5xx=0, healthy=2) -> Measures:
    """`requests` answered by targets, `failed` of them with 5xx, and `own_5xx` by the load balancer itself."""
    answered = {"2": requests - failed, "3": 0, "4": 0, "5": failed}
    group = GroupCounts(
        requests=requests,
        answered=answered,
        response_seconds=requests * 0.05,
        responses=requests,
        healthy_hosts=healthy,
        unhealthy_hosts=2 - healthy,
    )
    balancer = BalancerCounts(requests + own_5xx, answered | {"5": failed + own_5xx}, new_connections=3)
    return Measures({BALANCER: balancer}, {GROUP: group})


def sums(before: Measures, now: Measures, dimensions: dict) -> dict[str, float]:
    """Metric name: sum of the minute, of one set of dimensions."""
    found = [one for _, one in published(before, now, {GROUP: BALANCER}) if one.dimensions == dimensions]
    assert len({one.name for one in found}) == len(found)
    return {one.name: compute("Sum", one.samples) for one in found}


def test_without_requests_only_hosts_are_counted():
    assert sums(IDLE, IDLE, OF_BALANCER) == {}
    assert sums(IDLE, IDLE, OF_GROUP) == {"HealthyHostCount": 2, "UnHealthyHostCount": 0}


def test_a_minute_of_good_answers_has_no_5xx_metric():
    assert sums(IDLE, busy(10), OF_BALANCER) == {
        "RequestCount": 10,
        "HTTPCode_Target_2XX_Count": 10,
        "TargetResponseTime": 0.5,
        "NewConnectionCount": 3,
    }
    assert sums(IDLE, busy(10), OF_GROUP) == {
        "RequestCount": 10,
        "HTTPCode_Target_2XX_Count": 10,
        "TargetResponseTime": 0.5,
        "HealthyHostCount": 2,
        "UnHealthyHostCount": 0,
        "RequestCountPerTarget": 5,
    }


def test_only_what_is_new_since_the_last_minute_counts():
    assert sums(busy(10, failed=2), busy(15, failed=6), OF_GROUP)["HTTPCode_Target_5XX_Count"] == 4
    assert sums(busy(10, failed=2), busy(10, failed=2), OF_BALANCER) == {}


def test_what_no_target_answered_is_the_load_balancers_own_5xx():
    found = sums(IDLE, busy(10, failed=2, own_5xx=5), OF_BALANCER)
    assert (found["HTTPCode_ELB_5XX_Count"], found["HTTPCode_Target_5XX_Count"]) == (5, 2)
    assert "HTTPCode_ELB_5XX_Count" not in sums(IDLE, busy(10, own_5xx=5), OF_GROUP)


def test_a_counter_that_starts_again_counts_from_zero():
    assert sums(busy(100), busy(7), OF_BALANCER)["RequestCount"] == 7


def test_each_request_is_a_sample_of_one():
    requests = next(one for _, one in published(IDLE, busy(10), {GROUP: BALANCER}) if one.name == "RequestCount")
    assert (compute("Average", requests.samples), compute("SampleCount", requests.samples)) == (1, 10)


def test_percentiles_of_response_times_come_from_the_histogram():
    before = GroupCounts(requests=1, responses=1, response_seconds=9.0, response_times={10.0: 1})
    now = GroupCounts(requests=101, responses=101, response_seconds=13.0, response_times={0.05: 98, 1.0: 2, 10.0: 1})
    readings = (Measures({BALANCER: BalancerCounts()}, {GROUP: one}) for one in (before, now))
    found = [one for _, one in published(*readings, {GROUP: BALANCER}) if one.name == "TargetResponseTime"]
    for one in found:
        statistics = [compute(name, one.samples) for name in ("Average", "p50", "p99", "Maximum", "SampleCount")]
        assert statistics == [0.04, 0.05, 1.0, 1.0, 100]
    assert [one.dimensions for one in found] == [OF_GROUP, OF_BALANCER]


def test_a_group_whose_load_balancer_is_gone_is_left_out():
    assert sums(IDLE, Measures({}, {GROUP: GroupCounts(requests=5)}), OF_GROUP) == {}


def test_metrics_go_to_the_account_and_region_of_the_load_balancer():
    store = MetricStore(lambda: 1000.0)
    readings = iter([busy(10), busy(30)])
    publisher = Publisher(store, lambda: next(readings), lambda: {GROUP: BALANCER})
    publisher.publish(900.0)
    publisher.publish(960.0)
    metric = Metric("AWS/ApplicationELB", "RequestCount", frozenset(OF_BALANCER.items()))
    points = store.datapoints("123456789012", "eu-west-1", metric, "Sum", [900.0, 960.0, 1020.0])
    assert [point.value for point in points] == [10, 20]
    assert store.metrics("123456789012", "us-east-1") == []


def test_datapoints_are_forgotten_after_the_retention():
    now = [0.0]
    store = MetricStore(lambda: now[0], retention=0)
    metric = Metric("App", "Errors")
    store.put("a", "r", metric, Samples.of([1.0]))
    now[0] = 3 * 3600 + 1
    store.put("a", "r", metric, Samples.of([2.0]))
    store.forget_old()
    assert store.datapoints("a", "r", metric, "Sum", [0.0, now[0] + 1])[0].value == 2.0
    now[0] *= 3
    store.forget_old()
    assert store.metrics("a", "r") == []
