# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of lifecycle hooks. moto keeps hooks, forgets half of what they say, and never acts on them."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import LifecycleHook
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.moto_gaps.autoscaling_holds import Hold
from local_region.services.moto_gaps.autoscaling_lifecycle import holds

TRANSITIONS = ("autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING")
LONGEST_HOLD = 172800


def put_lifecycle_hook(self) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html"""
    group = self._get_param("AutoScalingGroupName")
    if group not in self.autoscaling_backend.autoscaling_groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup {group} not found")
    _put(self.autoscaling_backend, group, self._get_params())
    return EmptyResult()


_create_auto_scaling_group = AutoScalingResponse.create_auto_scaling_group


def create_auto_scaling_group(self) -> ActionResult:
    """As moto's, with LifecycleHookSpecificationList, which hold the group's first instances already."""
    group, backend = self._get_param("AutoScalingGroupName"), self.autoscaling_backend
    given = self._get_params().get("LifecycleHookSpecificationList") or []
    if group in backend.autoscaling_groups:
        given = []
    for hook in given:
        _put(backend, group, hook)
    try:
        return _create_auto_scaling_group(self)
    except Exception:
        for hook in given:
            backend.delete_lifecycle_hook(group, hook["LifecycleHookName"])
        raise


def _put(backend: Any, group: str, given: dict[str, Any]) -> None:
    name = given["LifecycleHookName"]
    if given.get("NotificationTargetARN"):
        raise NotImplementedInLocalRegion(
            "Lifecycle hooks of the local region send no notifications: leave NotificationTargetARN out, and look for "
            "Pending:Wait and Terminating:Wait in DescribeAutoScalingInstances."
        )
    known = backend.lifecycle_hooks.get(f"{group}_{name}")
    transition = given.get("LifecycleTransition") or (known and known.lifecycle_transition)
    if transition not in TRANSITIONS:
        raise ValidationError(f"LifecycleTransition of {name} must be one of {', '.join(TRANSITIONS)}.")
    timeout = int(given.get("HeartbeatTimeout") or (known.heartbeat_timeout if known else 3600))
    if not 30 <= timeout <= 7200:
        raise ValidationError(f"HeartbeatTimeout must be 30 to 7200 seconds, not {timeout}.")
    result = given.get("DefaultResult") or (known.default_result if known else "ABANDON")
    if result not in ("CONTINUE", "ABANDON"):
        raise ValidationError(f"DefaultResult must be CONTINUE or ABANDON, not {result}.")
    hook = backend.create_lifecycle_hook(name, group, transition, timeout, result)
    hook.notification_metadata = given.get("NotificationMetadata")


_hook_init = LifecycleHook.__init__


def hook_init(self, *args: Any, **kwargs: Any) -> None:
    """As moto's, without the notification target and the role that it makes up."""
    _hook_init(self, *args, **kwargs)
    self.role_arn = self.notification_target_arn = None
    self.global_timeout = min(LONGEST_HOLD, 100 * self.heartbeat_timeout)


def complete_lifecycle_action(self) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CompleteLifecycleAction.html"""
    result = self._get_param("LifecycleActionResult")
    if result not in ("CONTINUE", "ABANDON"):
        raise ValidationError(f"LifecycleActionResult must be CONTINUE or ABANDON, not {result}.")
    holds().complete(_hold(self), result)
    return EmptyResult()


def record_lifecycle_action_heartbeat(self) -> ActionResult:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RecordLifecycleActionHeartbeat.html"""
    holds().beat(_hold(self))
    return EmptyResult()


def _hold(response: AutoScalingResponse) -> Hold:
    instance, token = response._get_param("InstanceId"), response._get_param("LifecycleActionToken")
    group, hook = response._get_param("AutoScalingGroupName"), response._get_param("LifecycleHookName")
    hold = holds().find(group, hook, token, instance, response.autoscaling_backend)
    if hold is None:
        what = f"instance ID {instance}" if instance else f"token {token}"
        raise ValidationError(f"No active Lifecycle Action found with {what}")
    return hold


LifecycleHook.__init__ = hook_init
AutoScalingResponse.put_lifecycle_hook = put_lifecycle_hook
AutoScalingResponse.create_auto_scaling_group = create_auto_scaling_group
AutoScalingResponse.complete_lifecycle_action = complete_lifecycle_action
AutoScalingResponse.record_lifecycle_action_heartbeat = record_lifecycle_action_heartbeat
