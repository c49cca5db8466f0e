# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The alarms of an environment behind an Application Load Balancer."""

from __future__ import annotations

DOCUMENTATION = r"""
name: environment_alarms
version_added: "0.1.0"
short_description: The alarms of an environment
description:
  - The CloudWatch alarms that tell that something is wrong with an environment, as
    M(amazon.aws.cloudwatch_metric_alarm_info) shows alarms, by what they watch (C(errors), C(latency), C(hosts),
    C(deployment), C(log_errors), C(agent)).
  - Only the alarms that are wanted. A limit of 0 is no alarm.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description:
      - What is to be watched, and the limits. C(name), C(load_balancer_arn), C(target_group_arn);
        C(error_percent), C(error_minutes), C(error_requests); C(latency_seconds), C(latency_minutes);
        C(healthy_hosts_min), C(healthy_hosts_minutes); C(failure_rule), the EventBridge rule that runs when a
        deployment has failed, or an empty string; C(log_namespace), C(log_errors_max); C(agent_silent_minutes),
        C(agent_polls_min).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what would be watched
  ansible.builtin.debug:
    var: observability_settings | convoy.delivery.environment_alarms
"""

RETURN = r"""
_value:
  description: The alarms by what they watch.
  type: dict
"""

NAMES = {
    "errors": "5xx",
    "latency": "latency",
    "hosts": "hosts",
    "deployment": "deployment-failed",
    "log_errors": "log-errors",
    "agent": "agent-silent",
}
LOG_MINUTES = 5
# CloudWatch's metrics of load balancers have one value a minute.
MINUTE = 60
BALANCER = "AWS/ApplicationELB"


def environment_alarms(settings):
    """See DOCUMENTATION."""
    makers = {
        "errors": _errors,
        "latency": _latency,
        "hosts": _hosts,
        "deployment": _deployment,
        "log_errors": _log_errors,
        "agent": _agent,
    }
    made = {key: make(settings) for key, make in makers.items()}
    return {key: {"alarm_name": f"{settings['name']}-{NAMES[key]}", **alarm} for key, alarm in made.items() if alarm}


def _errors(settings):
    percent = float(settings["error_percent"])
    if not percent:
        return None
    dimensions = _of_balancer(settings)
    # Without errors there is no value of errors, which is none of them.
    ratio = f"IF(requests >= {int(settings['error_requests'])}, 100 * FILL(errors, 0) / requests, 0)"
    return {
        "alarm_description": f"More than {percent} % of the requests to {settings['name']} are answered with 5xx.",
        "metrics": [
            _measured("errors", "HTTPCode_Target_5XX_Count", "Sum", dimensions),
            _measured("requests", "RequestCount", "Sum", dimensions),
            _computed("ratio", ratio, "5xx answers in per cent of requests"),
        ],
        **_above(percent, settings["error_minutes"]),
    }


def _latency(settings):
    seconds = float(settings["latency_seconds"])
    if not seconds:
        return None
    dimensions = _of_balancer(settings)
    enough = f"IF(requests >= {int(settings['error_requests'])}, latency, 0)"
    return {
        "alarm_description": f"One in a hundred requests to {settings['name']} takes longer than {seconds} s.",
        "metrics": [
            _measured("latency", "TargetResponseTime", "p99", dimensions),
            _measured("requests", "RequestCount", "Sum", dimensions),
            _computed("slowest", enough, "99 of 100 requests take less, in seconds"),
        ],
        **_above(seconds, settings["latency_minutes"]),
    }


def _hosts(settings):
    least = int(settings["healthy_hosts_min"])
    if not least:
        return None
    return {
        "alarm_description": f"Fewer than {least} hosts of {settings['name']} are healthy.",
        "namespace": BALANCER,
        "metric_name": "HealthyHostCount",
        "dimensions": _of_balancer(settings),
        "statistic": "Minimum",
        "period": MINUTE,
        "comparison_operator": "LessThanThreshold",
        "threshold": float(least),
        "evaluation_periods": int(settings["healthy_hosts_minutes"]),
        # Without any host in the target group there is no count of them.
        "treat_missing_data": "breaching",
    }


def _deployment(settings):
    rule = settings["failure_rule"]
    if not rule:
        return None
    return {
        "alarm_description": f"A deployment to {settings['name']} has failed.",
        # EventBridge counts here how often each rule runs.
        "namespace": "AWS/Events",
        "metric_name": "TriggeredRules",
        "dimensions": [{"name": "RuleName", "value": rule}],
        "statistic": "Sum",
        "period": LOG_MINUTES * MINUTE,
        **_above(0.0, 1),
    }


def _log_errors(settings):
    most = int(settings["log_errors_max"])
    if not most:
        return None
    return {
        "alarm_description": f"{settings['name']} logs more than {most} errors in {LOG_MINUTES} minutes.",
        "namespace": settings["log_namespace"],
        "metric_name": "LogErrors",
        "dimensions": [],
        "statistic": "Sum",
        "period": LOG_MINUTES * MINUTE,
        **_above(float(most), 1),
    }


def _agent(settings):
    periods = int(settings["agent_silent_minutes"]) // LOG_MINUTES
    if not periods:
        return None
    dimensions, period = _of_balancer(settings), LOG_MINUTES * MINUTE
    least = float(settings["agent_polls_min"])
    return {
        "alarm_description": (
            f"CodeDeploy agents of {settings['name']} are silent: fewer than {least} polls a host in {LOG_MINUTES} "
            "minutes."
        ),
        "metrics": [
            _measured("polls", "AgentPolls", "Sum", [], settings["log_namespace"], period),
            _measured("healthy", "HealthyHostCount", "Average", dimensions, period=period),
            _measured("unhealthy", "UnHealthyHostCount", "Average", dimensions, period=period),
            _computed("share", "FILL(polls, 0) / (healthy + FILL(unhealthy, 0))", "polls of each host"),
        ],
        "comparison_operator": "LessThanThreshold",
        "threshold": least,
        "evaluation_periods": periods,
        # Where there are no hosts there are no agents.
        "treat_missing_data": "notBreaching",
    }


def _above(threshold, minutes):
    return {
        "comparison_operator": "GreaterThanThreshold",
        "threshold": threshold,
        "evaluation_periods": int(minutes),
        "treat_missing_data": "notBreaching",
    }


def _of_balancer(settings):
    """CloudWatch knows both by the end of their ARNs."""
    return [
        {"name": "LoadBalancer", "value": settings["load_balancer_arn"].partition(":loadbalancer/")[2]},
        {"name": "TargetGroup", "value": settings["target_group_arn"].rpartition(":")[2]},
    ]


def _measured(id, name, statistic, dimensions, namespace=BALANCER, period=MINUTE):
    metric = {"namespace": namespace, "metric_name": name, "dimensions": dimensions}
    return {"id": id, "metric_stat": {"metric": metric, "period": period, "stat": statistic}, "return_data": False}


def _computed(id, expression, label):
    return {"id": id, "expression": expression, "label": label, "return_data": True}


class FilterModule:
    def filters(self):
        return {"environment_alarms": environment_alarms}
