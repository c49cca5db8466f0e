# SPDX-License-Identifier: GPL-3.0-or-later
"""Converging, on a resource that lives in a dict."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import Resource, converge


class Shelf(Resource):
    """A resource with everything: a key, a rename, an immutable setting, a set, a purge option and tags."""

    noun = "shelf"
    key = ("name",)
    settings = ("material", "colour", "books", "frame")
    immutable = ("material",)
    unordered = ("books",)
    purge = {"books": ("purge_books", None)}
    rename = ("name", "new_name")
    store: dict = {}

    def __init__(self, context):
        super().__init__(context)
        self.written = []

    def check(self, wanted):
        if wanted.get("colour") == "plaid":
            raise Failure("colour: plaid is not a colour.")

    def defaults(self, wanted):
        return {"material": "oak"}

    def find(self, wanted):
        return copy.deepcopy(self.store.get(wanted["name"]))

    def create(self, wanted):
        self.written.append(("create", wanted["name"]))
        self.store[wanted["name"]] = {"id": 1, **self.defaults(wanted), **copy.deepcopy(wanted)}

    def update(self, current, changes):
        self.written.append(("update", changes))
        state = self.store.pop(current["name"])
        state.update(copy.deepcopy(changes))
        self.store[state["name"]] = state

    def delete(self, current):
        self.written.append(("delete", current["name"]))
        del self.store[current["name"]]

    def read_tags(self, current):
        return self.store[current["name"]].get("tags", {})

    def write_tags(self, current, to_set, to_unset):
        self.written.append(("tags", to_set, to_unset))


@pytest.fixture
def shelf():
    """A function that converges the task's options; the shelves stay between its calls."""
    Shelf.store = {}

    def run(check_mode=False, **options):
        options = {"state": "present", "purge_books": True, "purge_tags": True, **options}
        resource = Shelf(SimpleNamespace(options=options, check_mode=check_mode))
        result = converge(resource)
        return SimpleNamespace(**result, written=resource.written)

    return run


def both(shelf, **options):
    """The run that check mode predicts, and the real one."""
    predicted = shelf(check_mode=True, **options)
    assert predicted.written == []
    return predicted, shelf(**options)


def test_creating_is_predicted_with_the_defaults(shelf):
    predicted, real = both(shelf, name="a", colour="red")
    assert predicted.diff == real.diff == {"before": {}, "after": {"name": "a", "material": "oak", "colour": "red"}}
    assert real.written == [("create", "a")]
    assert "id" not in predicted.shelf and real.shelf["id"] == 1


def test_what_is_as_wanted_is_not_written(shelf):
    shelf(name="a", colour="red", books=["x", "y"])
    again = shelf(name="a", colour="red", books=["y", "x"])
    assert not again.changed and again.written == []
    assert again.shelf["books"] == ["x", "y"]


def test_only_what_differs_is_written(shelf):
    shelf(name="a", colour="red", books=["x"])
    predicted, real = both(shelf, name="a", colour="blue", books=["x"])
    assert real.written == [("update", {"colour": "blue"})]
    assert predicted.diff == real.diff


def test_a_structure_is_written_whole_with_what_was_not_given(shelf):
    shelf(name="a", frame={"height": 1, "width": 2})
    real = shelf(name="a", frame={"width": 3})
    assert real.written == [("update", {"frame": {"height": 1, "width": 3}})]


def test_without_purging_entries_stay(shelf):
    shelf(name="a", books=["x"])
    predicted, real = both(shelf, name="a", books=["y"], purge_books=False)
    assert real.written == [("update", {"books": ["x", "y"]})]
    assert predicted.diff == real.diff
    assert not shelf(name="a", books=["x"], purge_books=False).changed


def test_an_immutable_setting_that_differs_is_refused_before_anything_is_written(shelf):
    shelf(name="a", colour="red")
    with pytest.raises(
        Failure, match="shelf a exists and AWS cannot change it: material is oak, wanted pine. Delete it"
    ):
        shelf(name="a", material="pine", colour="blue")
    assert Shelf.store["a"]["colour"] == "red"


def test_an_immutable_setting_is_replaced_where_the_task_asks_for_it(shelf):
    shelf(name="a", colour="red")
    predicted, real = both(shelf, name="a", material="pine", replace=True)
    assert real.written == [("delete", "a"), ("create", "a")]
    assert predicted.diff == real.diff
    assert predicted.diff["before"]["material"] == "oak" and predicted.diff["after"]["material"] == "pine"


def test_a_rename_keeps_everything_else(shelf):
    shelf(name="a", colour="red")
    predicted, real = both(shelf, name="a", new_name="b")
    assert real.written == [("update", {"name": "b"})]
    assert predicted.diff == real.diff
    assert real.shelf["colour"] == "red"
    assert shelf(name="a", new_name="b").written == []


def test_a_rename_of_nothing_makes_the_new_one(shelf):
    assert shelf(name="a", new_name="b").written == [("create", "b")]


def test_a_rename_onto_another_one_is_refused(shelf):
    shelf(name="a")
    shelf(name="b")
    with pytest.raises(Failure, match="new_name: shelf a cannot be renamed, shelf b exists as well"):
        shelf(name="a", new_name="b")


def test_tags_are_set_and_removed(shelf):
    shelf(name="a", tags={"x": "1", "y": "1"})
    predicted, real = both(shelf, name="a", tags={"x": "2"})
    assert real.written == [("tags", {"x": "2"}, ["y"])]
    assert predicted.diff["after"]["tags"] == real.diff["after"]["tags"] == {"x": "2"}


def test_tags_of_aws_are_never_removed(shelf):
    shelf(name="a", tags={"aws:cloudformation:stack-name": "s"})
    assert shelf(name="a", tags={}).written == []


def test_tags_that_are_no_text_are_compared_as_text(shelf):
    shelf(name="a", tags={"x": "1"})
    assert shelf(name="a", tags={"x": 1}).written == []


def test_deleting_is_predicted_and_done_once(shelf):
    shelf(name="a", colour="red")
    predicted, real = both(shelf, name="a", state="absent")
    assert predicted.diff == real.diff
    assert real.written == [("delete", "a")]
    assert not shelf(name="a", state="absent").changed


def test_bad_input_is_refused_before_anything_is_looked_up(shelf, monkeypatch):
    monkeypatch.setattr(Shelf, "find", lambda self, wanted: pytest.fail("looked up"))
    with pytest.raises(Failure, match="colour: plaid is not a colour."):
        shelf(name="a", colour="plaid")


def test_what_vanishes_after_the_write_is_an_error(shelf, monkeypatch):
    monkeypatch.setattr(Shelf, "create", lambda self, wanted: None)
    with pytest.raises(Failure, match="shelf a was written but cannot be found"):
        shelf(name="a")
