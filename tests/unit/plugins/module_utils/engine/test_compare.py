# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing and merging states: pure functions."""

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine import compare


@pytest.mark.parametrize("nothing", [None, [], {}, "", False, 0, {"inner": None}, {"inner": {"deeper": []}}])
def test_empty_values_mean_the_same_as_nothing(nothing):
    assert compare.same(nothing, None)
    assert not compare.same(nothing, {"inner": 1})


def test_order_means_nothing_only_where_it_is_said():
    assert not compare.same(["a", "b"], ["b", "a"], path="steps")
    assert compare.same(["a", "b"], ["b", "a"], unordered=("names",), path="names")
    alarms = {"alarms": [{"name": "a"}, {"name": "b"}]}
    turned = {"alarms": [{"name": "b"}, {"name": "a"}]}
    assert compare.same(alarms, turned, unordered=("alarm_configuration.alarms",), path="alarm_configuration")
    assert not compare.same(alarms, turned, unordered=("alarms",), path="alarm_configuration")


def test_lists_inside_unordered_lists_have_the_order_of_their_path():
    one = [[{"key": "a"}, {"key": "b"}], [{"key": "c"}]]
    other = [[{"key": "c"}], [{"key": "b"}, {"key": "a"}]]
    assert compare.same({"list": one}, {"list": other}, unordered=("set.list",), path="set")


def test_twice_is_not_once():
    assert not compare.same(["a", "a"], ["a"], unordered=("names",), path="names")


def test_merging_keeps_what_is_not_given_and_replaces_lists():
    current = {"alarms": {"enabled": True, "names": ["a"]}, "style": "x"}
    merged = compare.merge(current, {"alarms": {"names": ["b"]}})
    assert merged == {"alarms": {"enabled": True, "names": ["b"]}, "style": "x"}


def test_merging_replaces_structures_that_are_replaced_as_a_whole():
    current = {"balancers": {"classic": ["a"]}}
    assert compare.merge(current, {"balancers": {"groups": ["b"]}}, whole=("balancers",)) == {
        "balancers": {"groups": ["b"]}
    }


def test_merging_keeps_the_present_form_of_what_means_the_same():
    current = {"names": ["b", "a"]}
    assert compare.merge(current, {"names": ["a", "b"]}, unordered=("names",)) == current


def test_merging_changes_nothing_that_it_was_given():
    current = {"alarms": {"enabled": True}}
    compare.merge(current, {"alarms": {"enabled": False}})
    assert current == {"alarms": {"enabled": True}}


def test_without_purging_entries_of_the_same_identity_are_replaced_and_the_others_stay():
    current = [{"name": "a", "to": 1}, {"name": "b", "to": 1}]
    wanted = [{"name": "b", "to": 2}, {"name": "c", "to": 2}]
    assert compare.union(current, wanted, "name") == [{"name": "a", "to": 1}, *wanted]
    assert compare.union(["x", "y"], ["y", "z"]) == ["x", "y", "z"]


def test_a_difference_leaves_out_what_is_empty_on_both_sides_and_shows_what_became_empty():
    before = {"a": None, "b": True, "c": {"d": False, "e": 1}, "n": 0, "list": ["x"]}
    after = {"a": False, "b": False, "c": {"d": None, "e": 2}, "n": 0, "list": []}
    assert compare.difference(before, after) == {
        "before": {"b": True, "c": {"e": 1}, "n": 0, "list": ["x"]},
        "after": {"b": False, "c": {"e": 2}, "n": 0, "list": []},
    }


def test_given_leaves_out_what_was_not_given_at_every_depth():
    assert compare.given({"a": None, "b": {"c": None, "d": [{"e": None, "f": 0}]}}) == {"b": {"d": [{"f": 0}]}}
