# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""snake_case options and the API's own names, in both directions.

The translation is driven by botocore's model of the operation, never by guessing at capitals: the model says that
C(reportARN) is spelled so, that C(Key) in a tag filter begins with a capital letter, and which values are free-form
maps (tags, environment variables, an action's configuration) whose keys belong to the user and stay as they are.
"""

from __future__ import annotations

import datetime

try:
    from botocore import xform_name
except ImportError:
    xform_name = None  # AnsibleAWSModule says what is missing


def snake(api_name):
    """The option name for an API member: C(ec2TagFilters) becomes C(ec2_tag_filters), C(reportARN) C(report_arn)."""
    return xform_name(api_name)


def members(shape):
    """The members of a structure by their option names: C({"tag_filters": ("tagFilters", <shape>)})."""
    return {snake(name): (name, member) for name, member in shape.members.items()}


def to_api(shape, value, path=""):
    """A request value in the API's names. What is None was not given and is left out.

    Raises ValueError naming the path when the structure has no such member: an option that the model doesn't know.
    """
    if shape.type_name == "structure":
        known = members(shape)
        request = {}
        for option, given in value.items():
            if given is None:
                continue
            where = f"{path}.{option}" if path else option
            if option not in known:
                raise ValueError(f"{where}: {shape.name} has no such member (it has {', '.join(sorted(known))})")
            name, member = known[option]
            request[name] = to_api(member, given, where)
        return request
    if shape.type_name == "list":
        return [to_api(shape.member, entry, path) for entry in value]
    if shape.type_name == "map" and isinstance(value, dict):  # the keys are the user's
        return {key: to_api(shape.value, entry, f"{path}.{key}") for key, entry in value.items()}
    return value


def from_api(shape, value):
    """An answer in option names. Free-form maps keep their keys, times become ISO 8601 text."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if shape.type_name == "structure" and isinstance(value, dict):
        answer = {}
        for name, member in shape.members.items():
            if value.get(name) is not None:
                answer[snake(name)] = from_api(member, value[name])
        return answer
    if shape.type_name == "list" and isinstance(value, list):
        return [from_api(shape.member, entry) for entry in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: from_api(shape.value, entry) for key, entry in value.items()}
    return value


def option_gaps(spec, shape, path=""):
    """Where an option spec and an operation's input differ: (members without an option, options without a member).

    Both are sorted lists of dotted option paths. Used by each module's coverage test, so that a new botocore shows
    what is new. Suboptions are compared where the spec has them.
    """
    known = members(shape)
    missing = [f"{path}{name}" for name in known if name not in spec]
    unknown = [f"{path}{name}" for name in spec if name not in known]
    for name, option in spec.items():
        if name not in known or "options" not in option:
            continue
        member = known[name][1]
        while member.type_name == "list":
            member = member.member
        deeper_missing, deeper_unknown = option_gaps(option["options"], member, f"{path}{name}.")
        missing += deeper_missing
        unknown += deeper_unknown
    return sorted(missing), sorted(unknown)
