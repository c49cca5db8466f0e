# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tag filters: by key, by value or by both, in a list (any may match) or in a set of lists (one of each must match)."""

from __future__ import annotations

from ..engine.errors import Failure

TYPES = ("KEY_ONLY", "VALUE_ONLY", "KEY_AND_VALUE")
MEMBERS = ("key", "value", "type")

# Limits of the service (user guide, "CodeDeploy quotas").
MOST_LISTS = 3
MOST_FILTERS_IN_A_LIST = 10

FILTER_OPTIONS = dict(
    key=dict(type="str", no_log=False),
    value=dict(type="str"),
    type=dict(type="str", choices=list(TYPES)),
)

# {option: the member of it that holds the lists, None for a plain list of filters}
OPTIONS = {
    "ec2_tag_filters": None,
    "ec2_tag_set": "ec2_tag_set_list",
    "on_premises_instance_tag_filters": None,
    "on_premises_tag_set": "on_premises_tag_set_list",
}


def with_types(wanted, where=None):
    """The wanted state with a C(type) in each filter: the one that was given, else the one that its members say.

    C(where): {option: what it is called in messages}, where that is another name.
    """
    called = where or {}
    completed = dict(wanted)
    for option, member in OPTIONS.items():
        if option not in wanted:
            continue
        name = called.get(option, option)
        if member is None:
            completed[option] = [typed(name, entry) for entry in wanted[option]]
        elif wanted[option].get(member) is not None:
            path = f"{name}.{member}"
            completed[option] = {
                member: [[typed(path, entry) for entry in _list(path, row)] for row in wanted[option][member]]
            }
    return completed


TARGET_INSTANCES = dict(
    tag_filters=dict(type="list", elements="dict", options=FILTER_OPTIONS),
    auto_scaling_groups=dict(type="list", elements="str"),
    ec2_tag_set=dict(type="dict", options=dict(ec2_tag_set_list=dict(type="list", elements="list"))),
)
# target_instances of a deployment chooses like the EC2 options of a deployment group.
TARGET_NAMES = {"ec2_tag_filters": "target_instances.tag_filters", "ec2_tag_set": "target_instances.ec2_tag_set"}


def completed_targets(targets):
    """C(target_instances), checked, with a C(type) in each filter and without what was not given."""
    given = {"ec2_tag_filters": targets.get("tag_filters"), "ec2_tag_set": targets.get("ec2_tag_set")}
    given = {option: value for option, value in given.items() if value}
    check_sets(given, TARGET_NAMES)
    full = with_types(given, TARGET_NAMES)
    found = {
        "tag_filters": full.get("ec2_tag_filters"),
        "auto_scaling_groups": targets.get("auto_scaling_groups"),
        "ec2_tag_set": full.get("ec2_tag_set"),
    }
    return {option: value for option, value in found.items() if value}


def check_sets(wanted, where=None):
    """Refuse a list beside a set, and sets that are too large. C(where) as for C(with_types)."""
    called = where or {}
    for plain, in_set in (
        ("ec2_tag_filters", "ec2_tag_set"),
        ("on_premises_instance_tag_filters", "on_premises_tag_set"),
    ):
        rows = (wanted.get(in_set) or {}).get(OPTIONS[in_set]) or []
        name = called.get(in_set, in_set)
        if wanted.get(plain) and rows:
            raise Failure(
                f"{called.get(plain, plain)} and {name} exclude each other: CodeDeploy takes one of them. "
                "Leave one out."
            )
        if len(rows) > MOST_LISTS:
            raise Failure(f"{name}: {len(rows)} lists were given, CodeDeploy takes at most {MOST_LISTS}.")
        for row in rows:
            if len(row) > MOST_FILTERS_IN_A_LIST:
                raise Failure(
                    f"{name}: a list of {len(row)} filters was given, CodeDeploy takes at most "
                    f"{MOST_FILTERS_IN_A_LIST}."
                )


def _list(where, row):
    if not isinstance(row, list):
        raise Failure(f"{where}: {row!r} is not a list of filters. Write a list of lists, such as [[{{key: Role}}]].")
    return row


def typed(where, entry):
    """One filter, checked, in the form that the API answers."""
    if not isinstance(entry, dict) or set(entry) - set(MEMBERS):
        raise Failure(f"{where}: {entry!r} is not a tag filter. A filter has key, value and type, nothing else.")
    given = {name: str(value) for name, value in entry.items() if value is not None}
    has_key, has_value = bool(given.get("key")), "value" in given
    said = {(True, True): "KEY_AND_VALUE", (True, False): "KEY_ONLY", (False, True): "VALUE_ONLY"}
    meant = said.get((has_key, has_value))
    kind = given.get("type", meant)
    if kind is None:
        raise Failure(f"{where}: a filter without key and value was given. Give at least one of them.")
    if kind not in TYPES:
        raise Failure(f"{where}: type {kind!r} is none of {', '.join(TYPES)}.")
    if kind != meant:
        needs = {"KEY_ONLY": "key and no value", "VALUE_ONLY": "value and no key", "KEY_AND_VALUE": "key and value"}[
            kind
        ]
        raise Failure(f"{where}: a filter of type {kind} needs {needs}, {entry!r} was given.")
    return {**given, "type": kind}
