# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodePipeline's custom action types: what job workers of your own do in pipelines.

AWS cannot change a type, and takes the version of a deleted one never again for another: what differs is a new version.
"""

from __future__ import annotations

import re

from ..engine.errors import Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags
from .common import Tags, codepipeline, tag_list

MOST_PROPERTIES = 10
MOST_ARTIFACTS = 5
ARTIFACTS = ("input_artifact_details", "output_artifact_details")

_PROVIDER = re.compile(r"[0-9A-Za-z_-]{1,35}")
_VERSION = re.compile(r"[0-9A-Za-z_-]{1,9}")


class CustomActionType(Resource):
    noun = "custom_action_type"
    key = ("category", "provider", "version")
    settings = ("settings", "configuration_properties", *ARTIFACTS)
    unordered = ("configuration_properties",)
    whole = ("tags", "settings", *ARTIFACTS)

    def __init__(self, context):
        super().__init__(context)
        self.client = codepipeline(context)

    def wanted(self):
        wanted = super().wanted()
        if "configuration_properties" in wanted:
            wanted["configuration_properties"] = [as_property(one) for one in wanted["configuration_properties"]]
        return wanted

    def check(self, wanted):
        for option, pattern, most in (("provider", _PROVIDER, 35), ("version", _VERSION, 9)):
            if not pattern.fullmatch(wanted[option]):
                raise Failure(f"{option}: {wanted[option]!r} is not valid. Use 1 to {most} letters, digits, _ and -")
        check_tags(wanted.get("tags"))
        for option in ARTIFACTS:
            _check_counts(option, wanted.get(option))
        _check_properties(wanted.get("configuration_properties") or [])

    def complete(self, current, wanted):
        if current is None:
            missing = [option for option in ARTIFACTS if option not in wanted]
            if missing:
                raise Failure(
                    f"{', '.join(missing)}: required to create {self.name_of(wanted)}, which does not exist yet. Give "
                    "the option, or correct category, provider and version."
                )
            return wanted
        differing = [
            name for name in self.settings if name in wanted and not self.same(name, current.get(name), wanted[name])
        ]
        if differing:
            raise Failure(
                f"{self.name_of(current)} exists and AWS cannot change it: {', '.join(differing)} differ"
                f"{'s' if len(differing) == 1 else ''}. Make a new version (version: {_next(current['version'])}) and "
                "have the pipelines use it; a deleted version cannot be made again as something else."
            )
        return wanted

    def find(self, wanted):
        key = tuple(wanted[name] for name in self.key)
        found = {tuple(one[name] for name in self.key): one for one in _listed(self.client)}
        return found.get(key)

    def create(self, wanted):
        tags = {"tags": tag_list(wanted["tags"])} if wanted.get("tags") else {}
        request = {name: value for name, value in wanted.items() if name != "tags"}
        self.client.call("create_custom_action_type", doing=f"create {self.name_of(wanted)}", **request, **tags)

    def delete(self, current):
        self.client.call(
            "delete_custom_action_type",
            doing=f"delete {self.name_of(current)}",
            **{name: current[name] for name in self.key},
        )

    def read_tags(self, current):
        return Tags(self.context).read(self._arn(current))

    def write_tags(self, current, to_set, to_unset):
        Tags(self.context).write(self._arn(current), to_set, to_unset)

    def _arn(self, state):
        return type_arn(self.context, state)


def as_options(action_type):
    """An ActionType of ListActionTypes in the form of the options."""
    properties = action_type.get("action_configuration_properties") or []
    return {
        **{name: action_type["id"][name] for name in CustomActionType.key},
        "settings": action_type.get("settings") or {},
        "configuration_properties": [as_property(one) for one in properties],
        **{option: action_type[option] for option in ARTIFACTS},
    }


def as_property(given):
    """A configuration property with the defaults of the API, whether a task wrote it or CodePipeline told it."""
    flags = {name: bool(given.get(name)) for name in ("required", "key", "secret", "queryable")}
    return {
        "name": given["name"],
        **flags,
        **{name: given[name] for name in ("description", "type") if given.get(name)},
    }


def list_custom_action_types(context, category=None, provider=None):
    """The account's custom action types with their tags, by category, provider and version."""
    found = [
        one
        for one in _listed(codepipeline(context))
        if category in (None, one["category"]) and provider in (None, one["provider"])
    ]
    tags = Tags(context)
    told = [{**one, "tags": tags.read(type_arn(context, one))} for one in found]
    return sorted(told, key=lambda one: tuple(one[name] for name in CustomActionType.key))


def type_arn(context, state):
    """C(arn:aws:codepipeline:REGION:ACCOUNT:actiontype:Custom/CATEGORY/PROVIDER/VERSION): no answer tells it.

    Source: "Actions, resources, and condition keys for AWS CodePipeline" (resource type actiontype).
    """
    client = codepipeline(context)
    name = "/".join(("Custom", *(state[key] for key in CustomActionType.key)))
    return f"arn:{client.partition}:codepipeline:{client.region}:{context.account()}:actiontype:{name}"


def _listed(client):
    types = client.pages(
        "list_action_types", "action_types", doing="list the custom action types", action_owner_filter="Custom"
    )
    return [as_options(one) for one in types]


def _check_counts(option, counts):
    if counts is None:
        return
    least, most = counts["minimum_count"], counts["maximum_count"]
    for name, value in (("minimum_count", least), ("maximum_count", most)):
        if not 0 <= value <= MOST_ARTIFACTS:
            raise Failure(f"{option}.{name}: {value} is not possible. Use 0 to {MOST_ARTIFACTS}.")
    if least > most:
        raise Failure(f"{option}: minimum_count {least} is greater than maximum_count {most}. Exchange them.")


def _check_properties(properties):
    """Source: API reference of ActionConfigurationProperty."""
    if len(properties) > MOST_PROPERTIES:
        raise Failure(f"configuration_properties: {len(properties)} were given, {MOST_PROPERTIES} are the most.")
    names = [one["name"] for one in properties]
    for one in properties:
        where = f"configuration_properties: {one['name']}"
        if names.count(one["name"]) > 1:
            raise Failure(f"{where} is there twice. Drop one of the two.")
        if not 1 <= len(one["name"]) <= 50:
            raise Failure(f"{where} has {len(one['name'])} characters. Use 1 to 50.")
        if len(one.get("description") or "") > 160:
            raise Failure(f"{where}: description has {len(one['description'])} characters, 160 are the most.")
        if one["queryable"] and (one["secret"] or not one["required"]):
            raise Failure(f"{where} is queryable: it must be required, and must not be secret.")
    queryable = [one["name"] for one in properties if one["queryable"]]
    if len(queryable) > 1:
        raise Failure(f"configuration_properties: {', '.join(queryable)} are queryable. Choose one of them.")


def _next(version):
    """The version after this one, where it is a number."""
    return int(version) + 1 if version.isdigit() else f"another than {version}"
