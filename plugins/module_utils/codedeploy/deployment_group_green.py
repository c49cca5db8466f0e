# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a group finds its instances, and whether a blue/green deployment has changed that. Pure.

A blue/green deployment to instances that exist already (DISCOVER_EXISTING) points its group to them when it succeeds:
what found the replacement instances is what finds the group's from then on.
"""

from __future__ import annotations

SELECTION = ("ec2_tag_filters", "ec2_tag_set", "auto_scaling_groups")


def discovers(group):
    """Whether the group's blue/green deployments go to instances that exist already."""
    style = (group.get("deployment_style") or {}).get("deployment_type")
    configuration = group.get("blue_green_deployment_configuration") or {}
    action = (configuration.get("green_fleet_provisioning_option") or {}).get("action")
    return style == "BLUE_GREEN" and action != "COPY_AUTO_SCALING_GROUP"


def finds_the_same(group, other):
    """Whether two groups find their EC2 instances in the same way."""
    return _selection(group) == _selection(other)


def of_replacements(deployment):
    """What a deployment's replacement instances were found by, as a group would say it; None when it had none."""
    found = deployment.get("target_instances") or {}
    if not any(found.values()):
        return None
    return {
        "ec2_tag_filters": found.get("tag_filters") or [],
        "ec2_tag_set": found.get("ec2_tag_set") or {},
        "auto_scaling_groups": found.get("auto_scaling_groups") or [],
    }


def _selection(group):
    rows = (group.get("ec2_tag_set") or {}).get("ec2_tag_set_list") or []
    return (
        _filters(group.get("ec2_tag_filters")),
        frozenset(_filters(row) for row in rows),
        frozenset(group.get("auto_scaling_groups") or ()),
    )


def _filters(entries):
    return frozenset(
        (entry.get("key"), entry.get("value"), entry.get("type") or "KEY_AND_VALUE") for entry in entries or ()
    )
