# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses what StartInstanceRefresh would refuse, before anything is asked. Pure.

Source: API reference, RefreshPreferences and DesiredConfiguration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.errors import Failure

TWO_DAYS = 172800
MOST_ALARMS = 10
# Least and most of the numbers among the preferences.
NUMBERS = {
    "min_healthy_percentage": (0, 100),
    "max_healthy_percentage": (100, 200),
    "instance_warmup": (0, None),
    "checkpoint_delay": (0, TWO_DAYS),
    "bake_time": (0, TWO_DAYS),
}


def check_preferences(preferences: Mapping[str, Any], desired: Mapping[str, Any] | None) -> None:
    """``preferences`` and ``desired_configuration`` in option names; members that were not given are left out."""
    for name, (least, most) in NUMBERS.items():
        value = preferences.get(name)
        if value is not None and (value < least or (most is not None and value > most)):
            allowed = f"{least} to {most}" if most is not None else f"{least} or more"
            raise Failure(f"preferences.{name}: {value} is not possible. Give {allowed}.")
    _check_healthy(preferences)
    _check_checkpoints(preferences)
    alarms = (preferences.get("alarm_specification") or {}).get("alarms") or []
    if len(alarms) > MOST_ALARMS:
        raise Failure(
            f"preferences.alarm_specification.alarms: {len(alarms)} were given, at most {MOST_ALARMS} are possible. "
            "Make a composite alarm of them."
        )
    if preferences.get("auto_rollback") and not desired:
        raise Failure(
            "preferences.auto_rollback: without desired_configuration there is nothing to go back to. "
            "Give the launch template and its version as desired_configuration instead of changing the group first."
        )


def check_desired(desired: Mapping[str, Any] | None) -> None:
    if desired is None:
        return
    given = [name for name in ("launch_template", "mixed_instances_policy") if desired.get(name)]
    if len(given) != 1:
        told = "both are given" if given else "it is empty"
        raise Failure(f"desired_configuration: {told}. Give one of launch_template and mixed_instances_policy.")
    template = desired.get("launch_template")
    if template and bool(template.get("launch_template_id")) == bool(template.get("launch_template_name")):
        raise Failure("desired_configuration.launch_template: give one of launch_template_id and launch_template_name.")


def check_strategy(strategy: str | None, desired: Mapping[str, Any] | None) -> None:
    """Source: Auto Scaling user guide, "Replace root volumes during instance refresh"."""
    if strategy != "ReplaceRootVolume":
        return
    template = ((desired or {}).get("mixed_instances_policy") or {}).get("launch_template") or {}
    overrides = template.get("overrides") or []
    if not overrides or not all(one.get("image_id") for one in overrides):
        raise Failure(
            "strategy: ReplaceRootVolume needs the new images. Give a desired_configuration with a "
            "mixed_instances_policy whose overrides have an image_id each."
        )


def _check_healthy(preferences: Mapping[str, Any]) -> None:
    least, most = preferences.get("min_healthy_percentage"), preferences.get("max_healthy_percentage")
    if most is None:
        return
    if least is None:
        raise Failure("preferences.max_healthy_percentage: min_healthy_percentage must be given with it.")
    if most - least > 100:
        raise Failure(
            f"preferences.max_healthy_percentage: {most} is more than 100 above min_healthy_percentage, {least}. "
            f"Give {least + 100} at most."
        )


def _check_checkpoints(preferences: Mapping[str, Any]) -> None:
    points = preferences.get("checkpoint_percentages")
    if preferences.get("checkpoint_delay") is not None and not points:
        raise Failure("preferences.checkpoint_delay: checkpoint_percentages must be given with it.")
    if points and (points != sorted(set(points)) or points[0] < 1 or points[-1] > 100):
        raise Failure(
            f"preferences.checkpoint_percentages: {points} is not possible. "
            "Give different numbers from 1 to 100, the smallest first."
        )
