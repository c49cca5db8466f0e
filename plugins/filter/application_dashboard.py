# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The dashboard of an application: its environments side by side."""

from __future__ import annotations

DOCUMENTATION = r"""
name: application_dashboard
version_added: "0.1.0"
short_description: The dashboard of an application over its environments
description:
  - The state of all alarms on top; below a column for each environment with its requests, the share of errors, the
    latency, the hosts and, where there are log groups, its latest errors.
  - It belongs to the account of the first environment. Those of other accounts name theirs, which has to share its
    metrics and logs (CloudWatch cross-account observability).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description:
      - The environments, in the order of their columns, as the role observability describes them in its fact
        C(observability_shown).
    type: list
    elements: dict
    required: true
  application:
    description: What the application is called.
    type: str
    required: true
  alarms:
    description: ARNs of further alarms, such as that of the pipeline.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Keep the dashboard
  convoy.delivery.cloudwatch_dashboard:
    dashboard_name: storefront
    dashboard_body: >-
      {{ groups.environments | map('extract', hostvars, 'observability_shown')
         | convoy.delivery.application_dashboard('storefront') }}
    keep_annotations: true
"""

RETURN = r"""
_value:
  description: C(dashboard_body) as M(convoy.delivery.cloudwatch_dashboard) takes it.
  type: dict
"""

import re

COLUMNS = 24
LEAST_WIDTH = 6
BALANCER = "AWS/ApplicationELB"
GREEN = "#2ca02c"
RED = "#d62728"
ORANGE = "#ff7f0e"
BLUE = "#1f77b4"


def application_dashboard(environments, application, alarms=()):
    """See DOCUMENTATION."""
    environments = list(environments)
    widgets = [_alarms(application, [arn for one in environments for arn in one["alarm_arns"]] + list(alarms))]
    at = widgets[0]["height"]
    width = max(COLUMNS // max(len(environments), 1), LEAST_WIDTH)
    beside = COLUMNS // width
    home = environments[0]["account"] if environments else ""
    for first in range(0, len(environments), beside):
        row = environments[first : first + beside]
        columns = [_column(one) for one in row]
        for number, column in enumerate(columns):
            y = at
            for widget in column:
                if row[number]["account"] != home:
                    _of_account(widget, row[number]["account"])
                widgets.append({"x": number * width, "y": y, "width": width, **widget})
                y += widget["height"]
        at += max(sum(widget["height"] for widget in column) for column in columns)
    return {"widgets": widgets}


def _alarms(application, arns):
    properties = {"title": f"{application}: alarms", "alarms": arns, "sortBy": "stateUpdatedTimestamp"}
    return {"type": "alarm", "x": 0, "y": 0, "width": COLUMNS, "height": 3, "properties": properties}


def _column(environment):
    of_balancer = ["LoadBalancer", environment["load_balancer"], "TargetGroup", environment["target_group"]]

    def measured(name, stat, label, **more):
        return [BALANCER, name, *of_balancer, {"stat": stat, "label": label, **more}]

    column = [
        {"type": "text", "height": 2, "properties": {"markdown": f"## {environment['name']}"}},
        _graph(
            environment,
            "Requests a minute",
            [
                measured("RequestCount", "Sum", "requests", color=BLUE),
                measured("HTTPCode_Target_5XX_Count", "Sum", "answered with 5xx", color=RED),
            ],
        ),
        _graph(
            environment,
            "5xx answers in per cent of requests",
            [
                [{"expression": "100 * FILL(errors, 0) / requests", "label": "errors", "color": RED}],
                measured("HTTPCode_Target_5XX_Count", "Sum", "5xx", id="errors", visible=False),
                measured("RequestCount", "Sum", "requests", id="requests", visible=False),
            ],
            _limit("alarm", environment.get("error_percent")),
        ),
        _graph(
            environment,
            "Latency in seconds",
            [
                measured("TargetResponseTime", "p50", "p50", color=GREEN),
                measured("TargetResponseTime", "p99", "p99", color=ORANGE),
            ],
            _limit("alarm on p99", environment.get("latency_seconds")),
        ),
        _graph(
            environment,
            "Hosts",
            [
                measured("HealthyHostCount", "Minimum", "healthy", color=GREEN),
                measured("UnHealthyHostCount", "Maximum", "unhealthy", color=RED),
            ],
            _limit("alarm below", environment.get("healthy_hosts_min")),
        ),
    ]
    if environment.get("log_group"):
        column.append(_log(environment))
    return column


def _graph(environment, title, metrics, limits=()):
    properties = {
        "title": f"{environment['environment']}: {title}",
        "region": environment["region"],
        "view": "timeSeries",
        "period": 60,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0}},
    }
    if limits:
        properties["annotations"] = {"horizontal": list(limits)}
    return {"type": "metric", "height": 6, "properties": properties}


def _of_account(widget, account):
    """Shows what another account shares with that of the dashboard."""
    if widget["type"] == "log":
        widget["properties"]["accountId"] = account
    for metric in widget["properties"].get("metrics", []):
        if "expression" not in metric[-1]:
            metric[-1]["accountId"] = account


def _limit(label, value):
    return [{"label": label, "value": value, "color": RED}] if value else []


def _log(environment):
    query = f"SOURCE '{environment['log_group']}' | fields @timestamp, @message | sort @timestamp desc | limit 20"
    if re.fullmatch(r"\w+", environment.get("log_pattern") or ""):  # other patterns are no regular expressions
        query = query.replace(" | sort", f" | filter @message like /{environment['log_pattern']}/ | sort")
    properties = {
        "title": f"{environment['environment']}: latest errors in the log",
        "region": environment["region"],
        "view": "table",
        "query": query,
    }
    return {"type": "log", "height": 6, "properties": properties}


class FilterModule:
    def filters(self):
        return {"application_dashboard": application_dashboard}
