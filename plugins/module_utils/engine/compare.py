# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Is it as wanted, and what would it be? Pure functions over plain data in option names.

Paths are dotted option names (C(alarm_configuration.alarms)); entries of a list share their list's path.
"""

from __future__ import annotations

import json


def given(value):
    """The value without what was not given: None members of dicts, at every depth."""
    if isinstance(value, dict):
        return {key: given(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [given(entry) for entry in value]
    return value


def canonical(value, unordered=(), path=""):
    """A form in which equal things are equal.

    Lists named in C(unordered) are sorted. Members that are empty (None, False, 0, "", [], {}) are left out, since AWS
    answers some of them and leaves others out.
    """
    if isinstance(value, dict):
        inner = {key: canonical(entry, unordered, f"{path}.{key}" if path else key) for key, entry in value.items()}
        return {key: entry for key, entry in inner.items() if entry}
    if isinstance(value, list):
        entries = [canonical(entry, unordered, path) for entry in value]
        return sorted(entries, key=_sort_key) if path in unordered else entries
    return value


def same(one, other, unordered=(), path=""):
    """Do these two values of the option C(path) mean the same?"""
    return (canonical(one, unordered, path) or None) == (canonical(other, unordered, path) or None)


def merge(current, wanted, unordered=(), whole=(), path=""):
    """What C(current) becomes when C(wanted) is asked for.

    Options not given stay. Structures are merged member by member; lists, and the structures and free-form maps named
    in C(whole), are replaced as a whole. What means the same keeps its present form, so that a diff shows real
    differences only.
    """
    if same(current, wanted, unordered, path):
        return wanted if current is None else current
    if isinstance(current, dict) and isinstance(wanted, dict) and path not in whole:
        result = dict(current)
        for key, entry in wanted.items():
            where = f"{path}.{key}" if path else key
            result[key] = merge(current.get(key), entry, unordered, whole, where)
        return result
    return wanted


def union(current, wanted, identity=None):
    """Both lists, for C(purge_*=false): present entries stay, wanted ones replace those of the same identity.

    :arg identity: the member that says which entry is which; None compares whole entries.
    """
    if identity is None:
        return list(current) + [entry for entry in wanted if entry not in current]
    replaced = {entry.get(identity) for entry in wanted}
    return [entry for entry in current if entry.get(identity) not in replaced] + list(wanted)


def difference(before, after):
    """C({"before": ..., "after": ...}) for Ansible's diff, without the members that are empty on both sides.

    AWS answers some empty members and leaves others out; without them a prediction and the real change look alike.
    """
    names = [name for name in {**before, **after} if not (_empty(before.get(name)) and _empty(after.get(name)))]
    pruned = {"before": {}, "after": {}}
    for name in names:
        one, other = before.get(name), after.get(name)
        if isinstance(one or {}, dict) and isinstance(other or {}, dict):
            inner = difference(one or {}, other or {})
            one, other = (inner["before"] if one else one), (inner["after"] if other else other)
        for side, value in (("before", one), ("after", other)):
            if value is not None:
                pruned[side][name] = value
    return pruned


def _empty(value):
    """Says nothing: None, False, "", [], {}, and structures that hold nothing else. The number 0 does say something."""
    if isinstance(value, dict):
        return all(_empty(entry) for entry in value.values())
    return value is None or value is False or value in ("", [])


def _sort_key(entry):
    return json.dumps(entry, sort_keys=True, default=str)
