# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard of an application: its environments side by side."""

import json

import pytest
from ansible_collections.convoy.delivery.plugins.filter.application_dashboard import application_dashboard
from ansible_collections.convoy.delivery.plugins.module_utils.cloudwatch.dashboard_annotations import graphs

from local_region.services.moto_gaps.cloudwatch_dashboards import checked


def environment(name, **more):
    return {
        "name": f"shop-{name}",
        "environment": name,
        "region": "us-east-1",
        "account": "123456789012",
        "load_balancer": f"app/shop-{name}/50dc",
        "target_group": f"targetgroup/shop-{name}/73e2",
        "error_percent": 5.0,
        "latency_seconds": 2.0,
        "healthy_hosts_min": 1,
        "log_group": "",
        "log_pattern": "",
        "alarm_arns": [f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-{name}"],
    } | more


def titles(body):
    return [widget["properties"].get("title", widget["properties"].get("markdown")) for widget in body["widgets"]]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 9])
def test_no_widget_lies_on_another_or_beside_the_dashboard(number):
    body = application_dashboard([environment(f"e{one}", log_group="/x") for one in range(number)], "shop")

    taken = set()
    for widget in body["widgets"]:
        cells = {
            (widget["x"] + across, widget["y"] + down)
            for across in range(widget["width"])
            for down in range(widget["height"])
        }
        assert not taken & cells
        assert widget["x"] + widget["width"] <= 24
        taken |= cells
    assert checked(json.dumps(body)) == ([], [])


def test_environments_stand_side_by_side_in_their_order():
    body = application_dashboard([environment("staging"), environment("production")], "shop")
    heads = [widget for widget in body["widgets"] if widget["type"] == "text"]
    assert [(one["x"], one["y"], one["properties"]["markdown"]) for one in heads] == [
        (0, 3, "## shop-staging"),
        (12, 3, "## shop-production"),
    ]


def test_all_alarms_are_on_top_that_of_the_pipeline_too():
    body = application_dashboard([environment("staging"), environment("production")], "shop", alarms=["pipeline"])
    place = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
    assert body["widgets"][0]["properties"]["alarms"] == [place + "shop-staging", place + "shop-production", "pipeline"]


def test_releases_can_be_marked_on_every_graph():
    assert len(graphs(application_dashboard([environment("staging")], "shop"))) == 4


def test_limits_are_lines_and_none_where_there_is_no_alarm():
    def lines(**more):
        shown = graphs(application_dashboard([environment("staging", **more)], "shop"))
        return [
            line["value"]
            for graph in shown
            for line in graph["properties"].get("annotations", {"horizontal": []})["horizontal"]
        ]

    assert lines() == [5.0, 2.0, 1]
    assert lines(latency_seconds=0.0, healthy_hosts_min=0) == [5.0]


def test_the_log_shows_what_is_counted_where_the_pattern_is_a_word():
    def query(pattern):
        body = application_dashboard([environment("staging", log_group="/shop/app", log_pattern=pattern)], "shop")
        return body["widgets"][-1]["properties"]["query"]

    assert query("ERROR").startswith("SOURCE '/shop/app' | fields @timestamp, @message | filter @message like /ERROR/")
    assert "filter" not in query('?"a b" ?c')


def test_metrics_of_another_account_name_it():
    body = application_dashboard([environment("staging"), environment("production", account="999999999999")], "shop")
    accounts = {
        widget["x"]: {
            metric[-1].get("accountId") for metric in widget["properties"]["metrics"] if "expression" not in metric[-1]
        }
        for widget in graphs_with_place(body)
    }
    assert accounts == {0: {None}, 12: {"999999999999"}}


def graphs_with_place(body):
    return [widget for widget in body["widgets"] if widget["type"] == "metric"]
