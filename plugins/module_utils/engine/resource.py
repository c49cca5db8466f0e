# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A resource says what it is called, how it is found and how it is written; C(converge) does the rest.

Comparing, tags, purging, renames, immutable options, check mode, the diff, the predicted after-state and the answer are
all here, so that a resource has no need to know about check mode at all.
"""

from __future__ import annotations

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from . import compare
from .errors import Failure


class Resource:
    """One kind of thing in AWS. Subclasses fill in the names and the five effects.

    States are dicts in option names: the options of C(key) and C(settings), C(tags) where they were read, and whatever
    else the service tells (ids, times), which is returned but never compared.
    """

    noun = ""  # "application": the answer carries the state under this name, messages call the thing so
    key = ()  # options that say which one it is
    settings = ()  # options that say how it should be
    immutable = ()  # settings that AWS can't change later
    unordered = ()  # dotted paths of lists whose order means nothing
    whole = ("tags",)  # dotted paths of structures and free-form maps that are replaced, not merged
    purge = {}  # {list setting: (purge option, identity member or None)}
    rename = None  # (key option, option with the new name)

    def __init__(self, context):
        self.context = context
        self.options = context.options

    # ---- what a subclass says -------------------------------------------------------------------------------------

    def check(self, wanted):
        """Refuse bad input with a Failure, before anything is asked or changed."""

    def complete(self, current, wanted):
        """Add to C(wanted) what follows from it, given what is there (None: nothing). Pure."""
        return wanted

    def defaults(self, wanted):
        """What the service fills in when C(wanted) is created: part of the predicted after-state."""
        return {}

    def find(self, wanted):
        """The present state, or None. One read."""
        raise NotImplementedError

    def create(self, wanted):
        """Make it, with its tags."""
        raise NotImplementedError

    def update(self, current, changes):
        """Change it. C(changes) holds only the settings that differ, each with its whole new value."""
        raise NotImplementedError

    def delete(self, current):
        raise NotImplementedError

    def read_tags(self, current):
        """The tags as a map. Asked only when the task names tags."""
        return {}

    def write_tags(self, current, to_set, to_unset):
        """Set a map of tags and remove a list of keys."""

    def name_of(self, state):
        """C(application storefront): for messages."""
        return f"{self.noun.replace('_', ' ')} {'/'.join(str(state[key]) for key in self.key)}"

    # ---- what follows from it -------------------------------------------------------------------------------------

    def wanted(self):
        """The task's options for this resource, without those that were not given."""
        named = {name: self.options.get(name) for name in (*self.key, *self.settings, "tags")}
        return compare.given(named)

    def managed(self, state):
        """The part of a state that a task can set: what a diff shows and check mode predicts."""
        return {name: state[name] for name in (*self.key, *self.settings, "tags") if name in state}

    def after(self, current, wanted):
        """What it becomes: the wanted on top of what is there, or of the defaults where there is nothing."""
        return compare.merge(current or self.defaults(wanted), wanted, self.unordered, self.whole)

    def same(self, setting, one, other):
        return compare.same(one, other, self.unordered, setting)


def converge(resource):
    """Bring a resource to the state that the task's options ask for; the task's result.

    The result has C(changed), C(diff) (before and after, in option names) and, under the resource's noun, the state
    afterwards: read again after a change, predicted in check mode. Without a difference nothing is written.
    """
    wanted = resource.wanted()
    resource.check(wanted)
    current = _find(resource, wanted)
    if resource.options.get("state") == "absent":
        return _absent(resource, current)
    wanted = resource.complete(current, wanted)
    if current is None:
        return _created(resource, wanted)
    return _changed(resource, current, wanted)


def _find(resource, wanted):
    """The present state, also under the new name when a rename is asked for (C(wanted) then takes the new name)."""
    current = resource.find(wanted)
    key, option = resource.rename or (None, None)
    new_name = resource.options.get(option) if option else None
    if not new_name or new_name == wanted[key]:
        return current
    old = dict(wanted)
    renamed = resource.find({**wanted, key: new_name})
    wanted[key] = new_name
    if current is not None and renamed is not None:
        raise Failure(
            f"{option}: {resource.name_of(old)} cannot be renamed, {resource.name_of(wanted)} exists as well. "
            f"Delete one of the two or choose another {option}."
        )
    return renamed or current


def _absent(resource, current):
    if current is None:
        return {"changed": False, "diff": compare.difference({}, {})}
    if not resource.context.check_mode:
        resource.delete(current)
    return {"changed": True, "diff": compare.difference(resource.managed(current), {})}


def _created(resource, wanted):
    after = resource.after(None, wanted)
    if not resource.context.check_mode:
        resource.create(wanted)
        after = _read_again(resource, after)
    return _result(resource, {}, after, changed=True)


def _changed(resource, current, wanted):
    if "tags" in wanted:
        current = {**current, "tags": resource.read_tags(current)}
    after = resource.after(current, _kept(resource, current, wanted))
    names = (*resource.key, *resource.settings)
    changes = {name: after[name] for name in names if not resource.same(name, current.get(name), after.get(name))}
    frozen = [name for name in resource.immutable if name in changes]
    if frozen:
        return _replaced(resource, current, wanted, frozen)
    to_set, to_unset = _tag_changes(resource, current, wanted)
    if not (changes or to_set or to_unset):
        return _result(resource, current, current, changed=False)
    if not resource.context.check_mode:
        if changes:
            resource.update(current, changes)
        if to_set or to_unset:
            resource.write_tags({**current, **changes}, to_set, to_unset)
        after = _read_again(resource, after)
    return _result(resource, current, after, changed=True)


def _kept(resource, current, wanted):
    """The wanted state with what C(purge_*=false) keeps of lists and tags."""
    kept = dict(wanted)
    for name, (option, identity) in resource.purge.items():
        if name in wanted and not resource.options.get(option):
            kept[name] = compare.union(current.get(name) or [], wanted[name], identity)
    if "tags" in wanted:
        to_set, to_unset = _tag_changes(resource, current, wanted)
        kept["tags"] = {**{key: value for key, value in current["tags"].items() if key not in to_unset}, **to_set}
    return kept


def _tag_changes(resource, current, wanted):
    if "tags" not in wanted:
        return {}, []
    purge = resource.options.get("purge_tags", True)
    to_set, to_unset = compare_aws_tags(current["tags"], wanted["tags"], purge_tags=purge)
    return {key: str(value) for key, value in to_set.items()}, to_unset


def _replaced(resource, current, wanted, frozen):
    """Delete and make anew where the task asks for it, else say what can't be changed."""
    if not resource.options.get("replace"):
        told = "; ".join(f"{name} is {_shown(current.get(name))}, wanted {_shown(wanted.get(name))}" for name in frozen)
        remedy = (
            "Set replace=true to delete it and make it anew" if "replace" in resource.options else "Delete it first"
        )
        raise Failure(
            f"{resource.name_of(current)} exists and AWS cannot change it: {told}. {remedy}, or choose another name."
        )
    if not resource.context.check_mode:
        resource.delete(current)
    made = _created(resource, wanted)
    made["diff"] = compare.difference(resource.managed(current), made["diff"]["after"])
    return made


def _read_again(resource, predicted):
    """The state after a write, as the service tells it; tags as they were written."""
    state = resource.find(predicted)
    if state is None:
        raise Failure(f"{resource.name_of(predicted)} was written but cannot be found. Was it deleted by someone else?")
    if "tags" in predicted:
        state = {**state, "tags": predicted["tags"]}
    return state


def _result(resource, before, after, changed):
    diff = compare.difference(resource.managed(before) if before else {}, resource.managed(after))
    return {"changed": changed, "diff": diff, resource.noun: after}


def _shown(value):
    return value if value not in (None, "", [], {}) else "not set"
