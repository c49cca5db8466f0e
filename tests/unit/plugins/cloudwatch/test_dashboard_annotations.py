# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertical lines on dashboards: which belong to all of it, and how they are drawn."""

import copy

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.cloudwatch import dashboard_annotations as annotations


def line(day, **more):
    return {"label": f"v{day}", "value": f"2026-01-{day:02}T00:00:00Z", **more}


def graph(*vertical, **properties):
    shown = {**properties, "annotations": {"vertical": list(vertical)}} if vertical else dict(properties)
    return {"type": "metric", "properties": shown}


def body(*widgets):
    return {"widgets": list(widgets)}


def test_graphs_are_metric_widgets_over_time():
    over_time = [graph(), graph(view="timeSeries")]
    others = [graph(view="pie"), {"type": "text", "properties": {}}, {"type": "log"}, "nonsense"]
    assert annotations.graphs(body(*over_time, *others)) == over_time


@pytest.mark.parametrize(
    ("widgets", "labels"),
    [
        ([graph(line(1)), graph(line(1)), graph()], ["v1"]),
        ([graph(line(1)), graph(line(2))], []),
        ([graph(line(2), line(1))], ["v1", "v2"]),
        ([graph({"value": "2026-01-01T00:00:00Z"}), graph({"value": "2026-01-01T00:00:00Z"})], []),
        ([graph([line(1), line(2)])], []),
        ([graph(line(1, value="PT1H"))], []),
        ([], []),
    ],
    ids=["on several", "one each", "the only graph", "no label", "a band", "no time", "no graph"],
)
def test_the_lines_of_the_whole_dashboard(widgets, labels):
    assert [one["label"] for one in annotations.lines(body(*widgets))] == labels


def test_the_latest_are_kept_and_a_given_line_replaces_one_of_its_label():
    given = [line(4), line(2, color="#d62728")]
    assert annotations.merged([line(1), line(2), line(3)], given, 3) == [line(2, color="#d62728"), line(3), line(4)]


def test_times_are_compared_as_times():
    early, late = {"label": "a", "value": "2026-01-01T23:00:00+02:00"}, {"label": "b", "value": "2026-01-01T22:00:00Z"}
    assert annotations.in_order([late, early]) == [early, late]


def test_lines_are_drawn_on_each_graph_and_the_body_given_stays_as_it_was():
    given = body(graph(line(1), title="a"), {"type": "text", "properties": {"markdown": ""}}, graph(title="b"))
    before = copy.deepcopy(given)
    drawn = annotations.drawn(given, [line(2)], {"v1"})
    assert drawn == body(graph(line(2), title="a"), given["widgets"][1], graph(line(2), title="b"))
    assert given == before


def test_without_lines_nothing_is_added():
    given = body(graph(title="a"))
    assert annotations.drawn(given, [], set()) == given
