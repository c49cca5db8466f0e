# SPDX-License-Identifier: GPL-3.0-or-later
"""cloudwatch_dashboard over HTTP."""

import json

import pytest

MODULE = "cloudwatch_dashboard"


def graph(title, **properties):
    shown = {"title": title, "region": "eu-central-1", "metrics": [["Shop", title]], **properties}
    return {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": shown}


TEXT = {"type": "text", "properties": {"markdown": "# Storefront"}}
BODY = {"widgets": [graph("Errors"), graph("Latency"), TEXT, graph("Now", view="singleValue")]}
FULL = {"dashboard_name": "storefront", "dashboard_body": BODY, "tags": {"Team": "shop"}}
FIRST = {"label": "storefront 1.0", "value": "2026-01-15T10:30:00Z", "color": "#2ca02c"}
SECOND = {"label": "storefront 2.0", "value": "2026-01-16T10:30:00Z"}
THIRD = {"label": "storefront 3.0", "value": "2026-01-17T10:30:00Z"}


@pytest.fixture
def dashboards(modules):
    """The modules, with no dashboard before and after."""
    yield modules
    client = modules.client("cloudwatch")
    for one in client.list_dashboards()["DashboardEntries"]:
        client.delete_dashboards(DashboardNames=[one["DashboardName"]])


def body_of(dashboards):
    return json.loads(dashboards.client("cloudwatch").get_dashboard(DashboardName="storefront")["DashboardBody"])


def lines(dashboards):
    """The labels of the vertical lines of each widget that has some, by the widget's title."""
    found = {}
    for widget in body_of(dashboards)["widgets"]:
        vertical = widget["properties"].get("annotations", {}).get("vertical", [])
        if vertical:
            found[widget["properties"]["title"]] = [line["label"] for line in vertical]
    return found


def mark(dashboards, *annotations, **options):
    return dashboards.run(MODULE, dashboard_name="storefront", annotations=list(annotations), **options)


@pytest.mark.parametrize("given", [BODY, json.dumps(BODY)], ids=["mapping", "text"])
def test_a_dashboard_is_made_as_predicted_and_then_left_alone(dashboards, given):
    options = {**FULL, "dashboard_body": given}
    predicted, real = dashboards.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert body_of(dashboards) == BODY == real["dashboard"]["dashboard_body"]
    assert "validation_messages" not in real
    before = dashboards.calls()
    assert not dashboards.run(MODULE, **options)["changed"]
    assert dashboards.calls() - before == {"all": 2}  # the dashboard and its tags


def test_a_body_that_is_only_written_otherwise_is_no_change(dashboards):
    dashboards.client("cloudwatch").put_dashboard(
        DashboardName="storefront", DashboardBody=json.dumps(BODY, indent=4, sort_keys=True)
    )
    assert not dashboards.run(MODULE, dashboard_name="storefront", dashboard_body=BODY)["changed"]


CHANGES = {
    "body": {"dashboard_body": {"widgets": [TEXT]}},
    "no_place": {"dashboard_body": {"widgets": [{k: v for k, v in graph("Errors").items() if k != "x"}]}},
    "empty": {"dashboard_body": {"widgets": []}},
    "tags": {"tags": {"Team": "api"}},
    "annotations": {"annotations": [FIRST]},
    "body_and_annotations": {"dashboard_body": {"widgets": [graph("Errors")]}, "annotations": [FIRST]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(dashboards, change):
    dashboards.run(MODULE, **{**FULL, "dashboard_body": {"widgets": [graph("Errors"), TEXT]}})
    predicted, real = dashboards.predicted_and_real(MODULE, dashboard_name="storefront", **CHANGES[change])
    assert real["changed"] and predicted["changed"] and predicted["diff"] == real["diff"]
    assert real["diff"]["before"] != real["diff"]["after"]
    before = dashboards.calls()
    assert not dashboards.run(MODULE, dashboard_name="storefront", **CHANGES[change])["changed"]
    assert (dashboards.calls() - before)["writes"] == 0


def test_a_deployment_is_marked_on_every_graph_over_time_and_nowhere_else(dashboards):
    dashboards.run(MODULE, **FULL)
    mark(dashboards, SECOND)
    mark(dashboards, FIRST)
    both = [FIRST["label"], SECOND["label"]]
    assert lines(dashboards) == {"Errors": both, "Latency": both}
    assert body_of(dashboards)["widgets"][0]["properties"]["annotations"]["vertical"] == [FIRST, SECOND]


def test_the_earliest_marks_go_when_there_are_more_than_are_kept(dashboards):
    dashboards.run(MODULE, **FULL)
    mark(dashboards, FIRST, SECOND)
    mark(dashboards, THIRD, annotations_kept=2)
    assert lines(dashboards)["Errors"] == [SECOND["label"], THIRD["label"]]


def test_a_mark_of_the_same_label_takes_the_place_of_the_former(dashboards):
    dashboards.run(MODULE, **FULL)
    mark(dashboards, FIRST)
    mark(dashboards, {**FIRST, "value": "2026-02-01T00:00:00Z"})
    (line,) = body_of(dashboards)["widgets"][0]["properties"]["annotations"]["vertical"]
    assert line == {**FIRST, "value": "2026-02-01T00:00:00Z"}


def test_marks_stay_on_request_when_the_body_is_declared_anew(dashboards):
    dashboards.run(MODULE, **FULL)
    mark(dashboards, FIRST, SECOND)
    before = dashboards.calls()
    assert not dashboards.run(MODULE, **FULL, keep_annotations=True)["changed"]
    assert (dashboards.calls() - before)["writes"] == 0
    more = {"widgets": [*BODY["widgets"], graph("Requests")]}
    dashboards.run(MODULE, dashboard_name="storefront", dashboard_body=more, keep_annotations=True)
    both = [FIRST["label"], SECOND["label"]]
    assert lines(dashboards) == {"Errors": both, "Latency": both, "Requests": both}
    assert dashboards.run(MODULE, **FULL)["changed"] and lines(dashboards) == {}


def test_lines_and_bands_of_a_single_graph_are_its_own(dashboards):
    band = [{"label": "sale", "value": "2025-11-28T00:00:00Z"}, {"value": "2025-12-01T00:00:00Z"}]
    own = graph("Errors", annotations={"horizontal": [{"value": 1}], "vertical": [{**FIRST, "label": "fix"}, band]})
    body = {"widgets": [own, graph("Latency")]}
    dashboards.run(MODULE, dashboard_name="storefront", dashboard_body=body)
    mark(dashboards, SECOND, annotations_kept=1)
    errors, latency = (one["properties"]["annotations"] for one in body_of(dashboards)["widgets"])
    assert errors == {"horizontal": [{"value": 1}], "vertical": [{**FIRST, "label": "fix"}, band, SECOND]}
    assert latency == {"vertical": [SECOND]}


def test_what_cloudwatch_finds_superfluous_is_warned_of(dashboards):
    result = dashboards.run(MODULE, dashboard_name="storefront", dashboard_body={"widgets": [], "colour": "red"})
    assert result["validation_messages"] == [
        {"data_path": "", "message": "Should NOT have additional properties: 'colour'"}
    ]
    (warning,) = result["warnings"]
    assert "dashboard storefront: Should NOT have additional properties: 'colour'" in str(warning)


def test_marks_that_have_no_graph_to_be_on_are_warned_of(dashboards):
    dashboards.run(MODULE, **{**FULL, "dashboard_body": {"widgets": [TEXT]}})
    result = mark(dashboards, FIRST)
    assert not result["changed"] and "dashboard storefront has no graph over time" in str(result["warnings"])


def test_a_dashboard_is_deleted_once(dashboards):
    dashboards.run(MODULE, **FULL)
    predicted, real = dashboards.predicted_and_real(MODULE, dashboard_name="storefront", state="absent")
    assert real["changed"] and predicted["diff"] == real["diff"] and real["diff"]["after"] == {}
    before = dashboards.calls()
    assert not dashboards.run(MODULE, dashboard_name="storefront", state="absent")["changed"]
    assert dashboards.calls() - before == {"all": 1}


BAD = {
    "name": ({"dashboard_name": "my dashboard"}, "dashboard_name: 'my dashboard' is not a valid name"),
    "no body": ({"dashboard_body": None}, "dashboard_body must be given to create dashboard storefront"),
    "no JSON": ({"dashboard_body": "{widgets"}, "dashboard_body: it is not valid JSON"),
    "no widgets": ({"dashboard_body": {"title": "x"}}, "dashboard_body: it has no list of widgets"),
    "many widgets": ({"dashboard_body": {"widgets": [TEXT] * 501}}, "it has 501 widgets, a dashboard has 500 at most"),
    "a widget": ({"dashboard_body": {"widgets": [{"type": "metric", "properties": {}}]}}, "required property 'region'"),
    "no time": ({"annotations": [{"label": "x", "value": "noon"}]}, "annotations: 'noon', the value of 'x', is not a"),
    "twice": ({"annotations": [FIRST, FIRST]}, "annotations: the label 'storefront 1.0' is given twice"),
    "none kept": ({"annotations_kept": 0}, "annotations_kept: 0 is not possible"),
    "reserved tag": ({"tags": {"aws:x": "y"}}, "tags: 'aws:x' begins with aws:"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_is_written(dashboards, case):
    options, message = BAD[case]
    assert message in dashboards.refusal(MODULE, **{**FULL, **options})
    assert dashboards.client("cloudwatch").list_dashboards()["DashboardEntries"] == []
