# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of an environment, and which of them have to be written."""

import pytest
from ansible_collections.convoy.delivery.plugins.filter.alarm_changes import alarm_changes
from ansible_collections.convoy.delivery.plugins.filter.environment_alarms import environment_alarms

ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
SETTINGS = {
    "name": "shop-production",
    "load_balancer_arn": ARN + "loadbalancer/app/shop/50dc",
    "target_group_arn": ARN + "targetgroup/shop/73e2",
    "error_percent": 5,
    "error_minutes": 1,
    "error_requests": 20,
    "latency_seconds": 2,
    "latency_minutes": 5,
    "healthy_hosts_min": 2,
    "healthy_hosts_minutes": 3,
    "failure_rule": "shop-production-deployment-failed",
    "log_namespace": "shop/production",
    "log_errors_max": 10,
    "agent_silent_minutes": 10,
    "agent_polls_min": 1,
}
OFF = {
    "errors": "error_percent",
    "latency": "latency_seconds",
    "hosts": "healthy_hosts_min",
    "deployment": "failure_rule",
    "log_errors": "log_errors_max",
    "agent": "agent_silent_minutes",
}
DIMENSIONS = [
    {"name": "LoadBalancer", "value": "app/shop/50dc"},
    {"name": "TargetGroup", "value": "targetgroup/shop/73e2"},
]


def alarms(**settings):
    return environment_alarms(SETTINGS | settings)


def as_found(alarm):
    """As cloudwatch_metric_alarm_info shows an alarm that was made of this one."""
    unasked = {"alarm_actions": [], "ok_actions": [], "insufficient_data_actions": [], "dimensions": []}
    return {"alarm_arn": "arn", "state_value": "OK", "actions_enabled": True} | unasked | alarm


@pytest.mark.parametrize(("key", "setting"), OFF.items())
def test_a_limit_of_nothing_is_no_alarm(key, setting):
    nothing = type(SETTINGS[setting])()
    assert key in alarms()
    assert key not in alarms(**{setting: nothing})


def test_alarms_are_called_after_the_environment():
    names = {key: alarm["alarm_name"] for key, alarm in alarms().items()}
    assert names == {
        "errors": "shop-production-5xx",
        "latency": "shop-production-latency",
        "hosts": "shop-production-hosts",
        "deployment": "shop-production-deployment-failed",
        "log_errors": "shop-production-log-errors",
        "agent": "shop-production-agent-silent",
    }


def test_a_few_errors_of_a_few_requests_are_no_share():
    (*_, ratio) = alarms(error_requests="50")["errors"]["metrics"]
    assert ratio["expression"] == "IF(requests >= 50, 100 * FILL(errors, 0) / requests, 0)"


def test_no_host_at_all_is_too_few_but_no_request_is_no_error():
    treated = {key: alarm["treat_missing_data"] for key, alarm in alarms().items()}
    assert [key for key, treat in treated.items() if treat == "breaching"] == ["hosts"]
    assert alarms()["hosts"]["dimensions"] == DIMENSIONS


def test_silence_is_counted_in_periods_of_five_minutes():
    agent = alarms(agent_silent_minutes="15")["agent"]
    assert agent["evaluation_periods"] == 3
    assert {one["metric_stat"]["period"] for one in agent["metrics"] if "metric_stat" in one} == {300}


def test_alarms_that_are_as_they_should_be_are_not_written():
    wanted = list(alarms().values())
    assert alarm_changes(wanted, [as_found(one) for one in wanted]) == {"write": [], "remove": []}


def test_dimensions_and_metrics_in_another_order_are_no_difference():
    hosts, errors = alarms()["hosts"], alarms()["errors"]
    found = [
        as_found({**hosts, "dimensions": DIMENSIONS[::-1]}),
        as_found({**errors, "metrics": errors["metrics"][::-1]}),
    ]
    assert alarm_changes([hosts, errors], found)["write"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 3.0},
        {"treat_missing_data": "ignore"},
        {"alarm_actions": ["arn:aws:sns:us-east-1:123456789012:somebody"]},
        {"statistic": None, "extended_statistic": "p10"},
        {"dimensions": DIMENSIONS[:1]},
    ],
)
def test_what_somebody_changed_by_hand_is_written_anew(change):
    hosts = alarms()["hosts"]
    assert alarm_changes([hosts], [as_found(hosts) | change])["write"] == [hosts]


def test_alarms_that_are_not_wanted_are_removed_and_new_ones_written():
    wanted = alarms(latency_seconds=0)
    found = [as_found(alarms()["latency"]), as_found(wanted["errors"])]
    changes = alarm_changes(wanted.values(), found)
    assert changes["remove"] == ["shop-production-latency"]
    assert wanted["errors"] not in changes["write"]
    assert wanted["hosts"] in changes["write"]
