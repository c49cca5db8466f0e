# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fields of nested data differ."""

from __future__ import annotations

import pytest
from ansible_collections.convoy.delivery.plugins.filter.differences import compare
from ansible_collections.convoy.delivery.plugins.plugin_utils.differences import differences


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"port": 8080}, {"port": "8080"}),
        ({"tags": {}, "description": None}, {}),
        ([{"ip": "10.0.0.0/8", "groups": []}], [{"ip": "10.0.0.0/8"}]),
    ],
    ids=["another order", "another type", "nothing said in another way", "the same inside a list"],
)
def test_the_same_said_in_another_way_is_no_difference(before, after):
    assert differences(before, after) == []


def test_a_field_of_nested_data_is_named_with_its_path():
    found = differences({"check": {"path": "/", "port": 1}}, {"check": {"path": "/health", "port": 1}})

    assert found == [{"field": "check.path", "before": "/", "after": "/health"}]


def test_of_lists_only_what_is_not_in_both_is_shown():
    found = differences({"rules": [{"port": 80}, {"port": 22}]}, {"rules": [{"port": "80"}, {"port": 443}]})

    assert found == [{"field": "rules", "before": [{"port": 22}], "after": [{"port": 443}]}]


def test_what_is_there_once_too_often_differs():
    assert differences({"zones": ["a", "a"]}, {"zones": ["a"]}) == [{"field": "zones", "before": ["a"], "after": []}]


def test_false_and_zero_are_something():
    assert [one["field"] for one in differences({"on": False, "size": 0}, {})] == ["on", "size"]


def test_the_filter_compares_only_what_is_wanted():
    assert compare({"name": "web", "arn": "arn:1"}, {"name": "shop"}) == [
        {"field": "name", "before": "web", "after": "shop"}
    ]
