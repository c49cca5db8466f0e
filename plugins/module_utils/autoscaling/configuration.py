# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What instances are launched from, and which instances of a group are not what they would be now.

Configurations are compared in a resolved form, in which a launch template is its id and its version's number:

    {"launch_template": {"id": "lt-1", "version": "2"}}
    {"mixed_instances_policy": {"launch_template": {"specification": {"id": ..., "version": ...}, ...}, ...}}
    {"launch_configuration_name": "web"}

Source: Auto Scaling user guide, "Use an instance refresh with skip matching".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..engine import compare
from ..engine.errors import Failure

Configuration = dict[str, Any]
Instance = Mapping[str, Any]
Resolve = Callable[[Mapping[str, Any]], dict[str, str]]
"""A launch template specification in option names -> {"id", "version"}, the version by number."""

KINDS = ("launch_template", "mixed_instances_policy", "launch_configuration_name")
MOVING = ("$Latest", "$Default")
# Overrides that make it AWS's business which instances match.
BEYOND_US = ("launch_template_specification", "instance_requirements")


class Templates:
    """Resolves launch templates. Asks EC2 only for what the group does not tell, and for each template once."""

    def __init__(self, context, group: Mapping[str, Any]):
        self._client = context.client("ec2", remedies=REMEDIES)
        self._ids = {one["launch_template_name"]: one["launch_template_id"] for one in _named(group)}
        self._read: dict[str, dict[str, Any]] = {}

    def resolve(self, specification: Mapping[str, Any]) -> dict[str, str]:
        name, version = specification.get("launch_template_name"), str(specification.get("version") or "$Default")
        identity = specification.get("launch_template_id") or self._ids.get(name)
        if identity and version not in MOVING:
            return {"id": identity, "version": version}
        template = self._describe(identity, name)
        number = {
            "$Latest": template["latest_version_number"],
            "$Default": template["default_version_number"],
        }.get(version, version)
        return {"id": template["launch_template_id"], "version": str(number)}

    def _describe(self, identity: str | None, name: str | None) -> dict[str, Any]:
        known = identity or name or ""
        if known not in self._read:
            asked = {"launch_template_ids": [identity]} if identity else {"launch_template_names": [name]}
            found = self._client.call("describe_launch_templates", doing=f"read launch template {known}", **asked)
            if not found.get("launch_templates"):
                raise Failure(f"There is no launch template {known}. {NO_TEMPLATE}")
            self._read[known] = found["launch_templates"][0]
        return self._read[known]


NO_TEMPLATE = "Correct desired_configuration, or create the launch template with amazon.aws.ec2_launch_template."
REMEDIES = {
    "InvalidLaunchTemplateName.NotFoundException": NO_TEMPLATE,
    "InvalidLaunchTemplateId.NotFound": NO_TEMPLATE,
    "InvalidLaunchTemplateId.NotFoundException": NO_TEMPLATE,
}


def of_group(group: Mapping[str, Any]) -> Configuration:
    """What the group launches its instances from, in option names."""
    return next(({kind: group[kind]} for kind in KINDS if group.get(kind)), {})


def resolved(configuration: Mapping[str, Any], resolve: Resolve) -> Configuration:
    """The configuration with its launch templates by id and version's number."""
    found = dict(configuration)
    if found.get("launch_template"):
        found["launch_template"] = resolve(found["launch_template"])
    if policy := found.get("mixed_instances_policy"):
        template = dict(policy.get("launch_template") or {})
        if given := template.pop("launch_template_specification", None):
            template["specification"] = resolve(given)
        found["mixed_instances_policy"] = {**policy, "launch_template": template}
    return found


def covers(present: Configuration, wanted: Configuration) -> bool:
    """Whether ``present`` is all that ``wanted`` asks for; both resolved."""
    return compare.same(compare.merge(present, wanted), present)


def outdated(
    instances: Sequence[Instance], wanted: Configuration, preferences: Mapping[str, Any], matching: bool = True
) -> list[str]:
    """The ids of the instances that a refresh to the resolved configuration ``wanted`` replaces, sorted.

    Leaves out those that ``preferences`` ignore and, where ``matching`` ones are skipped, those that are as wanted.
    """
    staying = [one for one in instances if not str(one.get("lifecycle_state", "")).startswith("Terminat")]
    return sorted(
        one["instance_id"]
        for one in staying
        if not _is_ignored(one, preferences) and not (matching and matches(one, wanted))
    )


def matches(instance: Instance, wanted: Configuration) -> bool:
    """Whether an instance is as one that would be launched from the resolved configuration ``wanted``.

    An instance of which only AWS can tell (overrides with templates or requirements of their own) does not match here.
    """
    if "launch_configuration_name" in wanted:
        return instance.get("launch_configuration_name") == wanted["launch_configuration_name"]
    launched = instance.get("launch_template") or {}
    has = {"id": launched.get("launch_template_id"), "version": str(launched.get("version"))}
    if "launch_template" in wanted:
        return has == wanted["launch_template"]
    template = (wanted.get("mixed_instances_policy") or {}).get("launch_template") or {}
    overrides = template.get("overrides") or []
    if any(name in one for one in overrides for name in BEYOND_US):
        return False
    fitting = [one for one in overrides if _is_launched_by(one, instance)]
    return has == template.get("specification") and (not overrides or bool(fitting))


def _is_launched_by(override: Mapping[str, Any], instance: Instance) -> bool:
    given = {name: override[name] for name in ("instance_type", "image_id") if override.get(name)}
    return all(instance.get(name) == value for name, value in given.items())


def _is_ignored(instance: Instance, preferences: Mapping[str, Any]) -> bool:
    if instance.get("protected_from_scale_in") and preferences.get("scale_in_protected_instances") == "Ignore":
        return True
    return instance.get("lifecycle_state") == "Standby" and preferences.get("standby_instances") == "Ignore"


def _named(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The launch templates that the group and its instances tell with both id and name."""
    policy = (group.get("mixed_instances_policy") or {}).get("launch_template") or {}
    told = [group.get("launch_template"), policy.get("launch_template_specification")]
    told += [one.get("launch_template") for one in group.get("instances") or []]
    return [one for one in told if one and one.get("launch_template_name") and one.get("launch_template_id")]
