# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of instance refreshes: StartInstanceRefresh, Describe-, Cancel- and RollbackInstanceRefresh.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from local_region.engine import instance_refresh as engine
from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.moto_gaps.autoscaling_refreshes import (
    Configuration,
    Running,
    configuration_of,
    refreshes,
)

MOST_PER_PAGE = 100
TWO_DAYS = 172800


class InstanceRefreshInProgress(AutoscalingClientError):
    code = "InstanceRefreshInProgress"


class ActiveInstanceRefreshNotFound(AutoscalingClientError):
    code = "ActiveInstanceRefreshNotFound"


class IrreversibleInstanceRefresh(AutoscalingClientError):
    code = "IrreversibleInstanceRefresh"


def start_instance_refresh(self) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html"""
    given = self._get_params()
    group, kept = _group(self), refreshes()
    strategy = given.get("Strategy", "Rolling")
    if strategy != "Rolling":
        raise NotImplementedInLocalRegion(f"Strategy {strategy} is not implemented in the local region; Rolling is.")
    asked = given.get("Preferences") or {}
    preferences, shown = _preferences(group, asked)
    desired = _desired(group, given.get("DesiredConfiguration") or {})
    alarms = tuple((asked.get("AlarmSpecification") or {}).get("Alarms") or ())
    with kept.lock:
        if active := kept.active(group):
            raise InstanceRefreshInProgress(f"An Instance Refresh is already in progress: {active.id}")
        if shown["AutoRollback"] and (reason := _irreversible(group, desired)):
            raise ValidationError(f"AutoRollback is not possible: {reason}")
        running = Running(
            group,
            engine.Refresh(preferences, engine.Round(frozenset())),
            strategy,
            shown,
            kept.clock.now(),
            desired=desired,
            desired_as_given=given.get("DesiredConfiguration"),
            alarms=alarms,
            auto_rollback=shown["AutoRollback"],
        )
        running.refresh = engine.begin(preferences, kept.members(running), _matching(group, desired, shown))
        kept.start(running)
    return ActionResult({"InstanceRefreshId": running.id})


def describe_instance_refreshes(self) -> ActionResult:
    """The newest first. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeInstanceRefreshes.html"""
    wanted, after = self._get_param("InstanceRefreshIds", []), self._get_param("NextToken")
    found = [one for one in refreshes().of(_group(self)) if not wanted or one.id in wanted]
    if after:
        found = list(itertools.dropwhile(lambda one: one.id != after, found))[1:]
    size = min(self._get_int_param("MaxRecords") or MOST_PER_PAGE, MOST_PER_PAGE)
    page = found[:size]
    token = page[-1].id if len(found) > size else None
    return ActionResult({"InstanceRefreshes": [_describe(one) for one in page], "NextToken": token})


def cancel_instance_refresh(self) -> ActionResult:
    """What has been replaced stays so. API reference, CancelInstanceRefresh."""
    kept = refreshes()
    with kept.lock:
        running = _active(self)
        running.refresh.waits_for_transitions = self._get_bool_param("WaitForTransitioningInstances", True)
        running.refresh.status = "Cancelling"
        kept.wake()
    return ActionResult({"InstanceRefreshId": running.id})


def rollback_instance_refresh(self) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RollbackInstanceRefresh.html"""
    kept = refreshes()
    with kept.lock:
        running = _active(self)
        if running.refresh.status not in ("Pending", "InProgress", "Baking"):
            raise ActiveInstanceRefreshNotFound(f"The instance refresh {running.id} is {running.refresh.status}.")
        if reason := _irreversible(running.group, running.desired):
            raise IrreversibleInstanceRefresh(reason)
        kept.roll_back(running, "A rollback was requested (RollbackInstanceRefresh).")
    return ActionResult({"InstanceRefreshId": running.id})


def _active(response: AutoScalingResponse) -> Running:
    group = _group(response)
    running = refreshes().active(group)
    if running is None:
        raise ActiveInstanceRefreshNotFound(f"No in progress or pending Instance Refresh found for {group.name}")
    return running


def _group(response: AutoScalingResponse) -> Any:
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
    return group


def _preferences(group: Any, asked: Mapping[str, Any]) -> tuple[engine.Preferences, dict[str, Any]]:
    """The preferences for the engine, and as DescribeInstanceRefreshes shows them."""
    if "MaxHealthyPercentage" in asked and "MinHealthyPercentage" not in asked:
        raise ValidationError("MaxHealthyPercentage needs MinHealthyPercentage beside it.")
    low, high = (
        _number(asked, "MinHealthyPercentage", 90, 0, 100),
        _number(asked, "MaxHealthyPercentage", 100, 100, 200),
    )
    if "MaxHealthyPercentage" in asked and high - low > 100:
        raise ValidationError("MaxHealthyPercentage must be at most 100 above MinHealthyPercentage.")
    warmup = getattr(group, "default_instance_warmup", None)
    if warmup is None:
        warmup = int(group.health_check_grace_period or 0)
    points = tuple(int(point) for point in asked.get("CheckpointPercentages") or ())
    if list(points) != sorted(set(points)) or any(not 1 <= point <= 100 for point in points):
        raise ValidationError("CheckpointPercentages must be different numbers from 1 to 100 in ascending order.")
    if "CheckpointDelay" in asked and not points:
        raise ValidationError("CheckpointDelay needs CheckpointPercentages beside it.")
    preferences = engine.Preferences(
        min_healthy=low,
        max_healthy=high,
        warmup=_number(asked, "InstanceWarmup", warmup, 0, TWO_DAYS),
        checkpoints=points,
        checkpoint_delay=_number(asked, "CheckpointDelay", 3600, 0, TWO_DAYS),
        protected=_choice(asked, "ScaleInProtectedInstances", ("Refresh", "Ignore", "Wait")),
        standby=_choice(asked, "StandbyInstances", ("Terminate", "Ignore", "Wait")),
        bake=_number(asked, "BakeTime", 0, 0, TWO_DAYS),
    )
    shown = {
        "MinHealthyPercentage": low,
        "MaxHealthyPercentage": high,
        "InstanceWarmup": preferences.warmup,
        "SkipMatching": _truth(asked, "SkipMatching"),
        "AutoRollback": _truth(asked, "AutoRollback"),
        "ScaleInProtectedInstances": preferences.protected,
        "StandbyInstances": preferences.standby,
    }
    if points:
        shown |= {"CheckpointPercentages": points, "CheckpointDelay": preferences.checkpoint_delay}
    return preferences, shown | {name: asked[name] for name in ("AlarmSpecification", "BakeTime") if name in asked}


def _number(asked: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = int(asked.get(name, default))
    if not least <= value <= most:
        raise ValidationError(f"{name} must be {least} to {most}, not {value}.")
    return value


def _choice(asked: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> Any:
    value = asked.get(name, "Wait")
    if value not in choices:
        raise ValidationError(f"{name} must be one of {', '.join(choices)}, not {value}.")
    return value


def _truth(asked: Mapping[str, Any], name: str) -> bool:
    return str(asked.get(name, False)).lower() == "true"


def _desired(group: Any, asked: Mapping[str, Any]) -> Configuration | None:
    if asked.get("MixedInstancesPolicy"):
        raise NotImplementedInLocalRegion(
            "A desired configuration with a MixedInstancesPolicy is not implemented in the local region; one with a "
            "LaunchTemplate is."
        )
    template = asked.get("LaunchTemplate")
    if not template:
        return None
    if template.get("LaunchTemplateId"):
        found = group.ec2_backend.get_launch_template(template["LaunchTemplateId"])
    else:
        found = group.ec2_backend.get_launch_template_by_name(template.get("LaunchTemplateName"))
    desired = Configuration(found, template.get("Version") or "$Default")
    try:
        desired.key  # noqa: B018  (there is such a version)
    except Exception:
        raise ValidationError(f"Launch template {found.name} has no version {desired.version}.") from None
    return desired


def _irreversible(group: Any, desired: Configuration | None) -> str | None:
    """Why there is no way back from a refresh, if there is none (user guide, "Undo changes", considerations)."""
    if desired is None:
        return "the instance refresh has no desired configuration; there is nothing to go back from."
    version = Configuration.of(group).version
    if version in ("$Latest", "$Default"):
        return f"the group's launch template version is {version}; only a version with a number can be gone back to."
    return None


def _matching(group: Any, desired: Configuration | None, shown: Mapping[str, Any]) -> set[str]:
    if not shown["SkipMatching"]:
        return set()
    wanted = (desired or Configuration.of(group)).key
    return {state.instance.id for state in group.instance_states if configuration_of(state) == wanted}


def _describe(running: Running) -> dict[str, Any]:
    """InstanceRefresh"""
    refresh, forward, back = running.refresh, running.refresh.forward, running.refresh.way_back
    shown = {
        "InstanceRefreshId": running.id,
        "AutoScalingGroupName": running.group.name,
        "Status": refresh.status,
        "StatusReason": refresh.reason or running.rollback_reason,
        "StartTime": running.started,
        "EndTime": running.ended,
        "PercentageComplete": forward.percent,
        "InstancesToUpdate": forward.left,
        "Preferences": running.shown_preferences,
        "DesiredConfiguration": running.desired_as_given,
        "Strategy": running.strategy,
    }
    if back:
        shown["RollbackDetails"] = {
            "RollbackReason": running.rollback_reason,
            "RollbackStartTime": running.rollback_started,
            "PercentageCompleteOnRollback": back.percent,
            "InstancesToUpdateOnRollback": back.left,
        }
    return {name: value for name, value in shown.items() if value is not None}


AutoScalingResponse.start_instance_refresh = start_instance_refresh
AutoScalingResponse.describe_instance_refreshes = describe_instance_refreshes
AutoScalingResponse.cancel_instance_refresh = cancel_instance_refresh
AutoScalingResponse.rollback_instance_refresh = rollback_instance_refresh
