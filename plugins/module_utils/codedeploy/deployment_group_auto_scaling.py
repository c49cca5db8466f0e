# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CodeDeploy does in Auto Scaling on a deployment group's behalf, and what becomes of it without CodeDeploy.

It keeps lifecycle hooks (C(CodeDeploy-managed-automatic-launch-deployment-hook-...)) in the Auto Scaling groups. One
that somebody deletes is missed only when a new instance comes up without the application. A blue/green deployment with
COPY_AUTO_SCALING_GROUP makes C(CodeDeploy_<deployment group>_<deployment id>) and puts its name where the original's
was. Copies of deployments that failed, and originals that were kept alive, stay behind.
"""

from __future__ import annotations

from .report import ACTIVE

PRESENT, MISSING, UNKNOWN = "present", "missing", "unknown"
# Auto Scaling says so when it does not know the group, and when the caller may not ask.
NOT_THERE = ("ValidationError",)
NOT_ALLOWED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
HOOKS = ("hook", "termination_hook")


def copies(group):
    """Whether the group's blue/green deployments copy its Auto Scaling group."""
    configuration = group.get("blue_green_deployment_configuration") or {}
    return (configuration.get("green_fleet_provisioning_option") or {}).get("action") == "COPY_AUTO_SCALING_GROUP"


def is_copy(name, deployment_group_name):
    """Whether CodeDeploy made an Auto Scaling group of this name for this deployment group."""
    return name.startswith(f"CodeDeploy_{deployment_group_name}_d-")


def holds_a_copy(group):
    """After a blue/green deployment that copied the Auto Scaling group, the copy is in the original's place."""
    names = group.get("auto_scaling_groups") or []
    return copies(group) and bool(names) and all(is_copy(name, group["deployment_group_name"]) for name in names)


def orphans(group, existing, originals):
    """The names of Auto Scaling groups that no deployment needs any more, sorted. Pure.

    :arg existing: the names of all Auto Scaling groups of the region.
    :arg originals: the names that the task has, whose place a copy took.
    """
    name, in_use = group["deployment_group_name"], set(group.get("auto_scaling_groups") or [])
    left = {one for one in existing if is_copy(one, name)}
    if holds_a_copy(group):
        left |= set(originals) & set(existing)
    return sorted(left - in_use)


def is_deployed_to(group):
    """Whether a deployment runs: then nothing in Auto Scaling is known to be left behind."""
    return (group.get("last_attempted_deployment") or {}).get("status") in ACTIVE


class AutoScaling:
    """Asks and changes Auto Scaling for one deployment group."""

    def __init__(self, context):
        self._context = context

    def hooks(self, described):
        """C({Auto Scaling group: "present", "missing" or "unknown"}): whether CodeDeploy's lifecycle hooks are there.

        :arg described: C(auto_scaling_groups) of GetDeploymentGroup, which names the hooks. It is unknown, with a
            warning, where they may not be read.
        """
        return {entry["name"]: self._state(entry) for entry in described}

    def _state(self, entry):
        expected = {entry[member] for member in HOOKS if entry.get(member)}
        if not expected:
            return UNKNOWN
        name = entry["name"]
        doing = f"look for the lifecycle hooks of Auto Scaling group {name}"
        answer = self._client().call(
            "describe_lifecycle_hooks",
            doing=doing,
            absent=NOT_THERE + NOT_ALLOWED,
            auto_scaling_group_name=name,
        )
        if answer is None:
            self._context.warn(
                f"Auto Scaling group {name} is gone or may not be read, so CodeDeploy's lifecycle hooks in it were not "
                "checked. Correct auto_scaling_groups, allow autoscaling:DescribeLifecycleHooks, or set "
                "restore_lifecycle_hooks=false."
            )
            return UNKNOWN
        found = {hook["lifecycle_hook_name"] for hook in answer.get("lifecycle_hooks") or []}
        return PRESENT if expected <= found else MISSING

    def names(self):
        """The names of all Auto Scaling groups; there is no way to ask for those that begin with a word."""
        groups = self._client().pages(
            "describe_auto_scaling_groups", "auto_scaling_groups", doing="look for Auto Scaling groups left behind"
        )
        return [group["auto_scaling_group_name"] for group in groups]

    def remove(self, name):
        """Delete an Auto Scaling group with its instances."""
        self._client().call(
            "delete_auto_scaling_group",
            doing=f"delete Auto Scaling group {name}",
            absent=NOT_THERE,
            auto_scaling_group_name=name,
            force_delete=True,
        )

    def _client(self):
        return self._context.client("autoscaling")
