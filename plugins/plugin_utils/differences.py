# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which fields of nested data differ."""

from __future__ import annotations


def differences(before, after, field=""):
    """The fields that differ, as [{"field": "a.b", "before": ..., "after": ...}], in the order of their names.

    Of lists that differ only what is not in both is shown, and their order does not count. The same said in another
    way is no difference: 8080 and "8080"; None, "", [], {} and a field that is not there.
    """
    if _plain(before) == _plain(after):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted({*before, *after}, key=str)
        found = (differences(before.get(name), after.get(name), _path(field, name)) for name in names)
        return [one for some in found for one in some]
    if isinstance(before, list) and isinstance(after, list):
        gone, new = _without(before, after), _without(after, before)
        return [_one(field, gone, new)] if gone or new else []
    return [_one(field, before, after)]


def _plain(value):
    """The value in the one way in which equal things are equal."""
    if isinstance(value, dict):
        plain = {str(name): _plain(one) for name, one in value.items()}
        return {name: one for name, one in plain.items() if one is not None} or None
    if isinstance(value, (list, tuple)):
        return sorted(map(_plain, value), key=repr) or None
    return None if value in (None, "") else str(value)


def _without(some, others):
    """What is in some, and not in others, as often as it is there more."""
    left, others = [], list(map(_plain, others))
    for one in some:
        if _plain(one) in others:
            others.remove(_plain(one))
        else:
            left.append(one)
    return left


def _path(field, name):
    return f"{field}.{name}" if field else str(name)


def _one(field, before, after):
    return {"field": field, "before": before, "after": after}
