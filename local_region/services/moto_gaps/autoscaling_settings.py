# SPDX-License-Identifier: GPL-3.0-or-later
"""What groups are told beside their size: policies, scheduled actions, warm-up, health set by hand.

moto keeps policies and scheduled actions by their names alone, so that two groups cannot each have one called `night`;
it drops some settings of groups, and takes the health that somebody sets for a label.
"""

from __future__ import annotations

import re
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeScalingPolicy
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.moto_gaps import autoscaling_hooks  # noqa: F401  (what is wrapped here it has wrapped before)
from local_region.services.moto_gaps import autoscaling_lifecycle as lifecycle

REQUESTS = "ALBRequestCountPerTarget"
_POLICY_ARN = re.compile(r".*:autoScalingGroupName/(?P<group>[^:]+):policyName/(?P<name>.+)")
_LABEL = re.compile(r"(app/[^/]+/[0-9a-f]+)/(targetgroup/[^/]+/[0-9a-f]+)")


# --- policies -----------------------------------------------------------------------------------------------------

_put_scaling_policy = AutoScalingBackend.put_scaling_policy


def put_scaling_policy(self, name: str, policy_type: str, *args: Any, **options: Any) -> FakeScalingPolicy:
    """https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html"""
    group = self.autoscaling_groups.get(options["as_name"])
    if group is None:
        raise ValidationError(f"Group {options['as_name']} not found")
    metric = (options["target_tracking_config"] or {}).get("PredefinedMetricSpecification") or {}
    if metric.get("PredefinedMetricType") == REQUESTS:
        _require_traffic(group, metric.get("ResourceLabel") or "")
    policy = _put_scaling_policy(self, name, policy_type, *args, **options)
    self.policies.pop(name)
    self.policies[f"{group.name}/{name}"] = policy
    return policy


def _require_traffic(group: Any, label: str) -> None:
    """The label names a target group of the Auto Scaling group, and the load balancer that it gets its requests of."""
    found = _LABEL.fullmatch(label)
    backend = group.autoscaling_backend.elbv2_backend
    target_groups = [backend.target_groups[arn] for arn in group.target_group_arns if arn in backend.target_groups]
    for one in target_groups if found else []:
        if one.arn.endswith(f":{found[2]}") and any(arn.endswith(found[1]) for arn in one.load_balancer_arns):
            return
    raise ValidationError(
        f"Resource label {label} is not of a target group of {group.name} that a load balancer sends requests to."
    )


def delete_policy(self) -> ActionResult:
    """By the group and the policy's name, or by its ARN alone. moto takes the name for enough."""
    del self.autoscaling_backend.policies[_policy_key(self)]
    return EmptyResult()


def execute_policy(self) -> ActionResult:
    self.autoscaling_backend.policies[_policy_key(self)].execute()
    return EmptyResult()


def _policy_key(response: AutoScalingResponse) -> str:
    group, name = response._get_param("AutoScalingGroupName"), response._get_param("PolicyName")
    if found := _POLICY_ARN.fullmatch(name):
        group, name = found["group"], found["name"]
    for key, policy in response.autoscaling_backend.policies.items():
        if policy.name == name and group in (None, policy.auto_scaling_group_name):
            return key
    raise ValidationError(f"PolicyName not found - Cannot find AutoScalingPolicy {name}")


# --- scheduled actions --------------------------------------------------------------------------------------------

_put_scheduled = AutoScalingBackend.put_scheduled_update_group_action


def put_scheduled_update_group_action(self, *args: Any, **options: Any) -> Any:
    group, name = options["name"], options["scheduled_action_name"]
    if group not in self.autoscaling_groups:
        raise ValidationError(f"Group {group} not found")
    action = _put_scheduled(self, *args, **options)
    self.scheduled_actions.pop(name)
    self.scheduled_actions[f"{group}/{name}"] = action
    return action


def delete_scheduled_action(self, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
    if self.scheduled_actions.pop(f"{auto_scaling_group_name}/{scheduled_action_name}", None) is None:
        raise ValidationError("Scheduled action name not found")


_delete_auto_scaling_group = AutoScalingBackend.delete_auto_scaling_group


def delete_auto_scaling_group(self, group_name: str) -> None:
    _delete_auto_scaling_group(self, group_name)
    self.scheduled_actions = {
        key: one for key, one in self.scheduled_actions.items() if one.auto_scaling_group_name != group_name
    }


# --- settings of the group ----------------------------------------------------------------------------------------

_create_group, _update_group = (
    AutoScalingResponse.create_auto_scaling_group,
    AutoScalingResponse.update_auto_scaling_group,
)


def create_auto_scaling_group(self) -> ActionResult:
    answer = _create_group(self)
    _set_warmup(self, self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")])
    return answer


def update_auto_scaling_group(self) -> ActionResult:
    """As moto's, with what moto drops: warm-up, cooldown and termination policies."""
    answer = _update_group(self)
    group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
    _set_warmup(self, group)
    if policies := self._get_param("TerminationPolicies"):
        group.termination_policies = list(policies)
    if (cooldown := self._get_int_param("DefaultCooldown")) is not None:
        group.default_cooldown = cooldown
    return answer


def _set_warmup(response: AutoScalingResponse, group: Any) -> None:
    warmup = response._get_int_param("DefaultInstanceWarmup")
    if warmup is not None:
        group.default_instance_warmup = None if warmup == -1 else warmup


# --- health -------------------------------------------------------------------------------------------------------


def set_instance_health(self) -> ActionResult:
    """An instance that is said to be unhealthy is replaced. The local region keeps no account of grace periods here.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceHealth.html
    """
    instance_id, status = self._get_param("InstanceId"), self._get_param("HealthStatus")
    if status not in ("Healthy", "Unhealthy"):
        raise ValidationError(f"Valid instance health states are: [Healthy, Unhealthy], not {status}.")
    if status == "Unhealthy" and self._get_bool_param("ShouldRespectGracePeriod", True):
        raise NotImplementedInLocalRegion(
            "SetInstanceHealth of the local region does not look at the grace period: "
            "say ShouldRespectGracePeriod=false."
        )
    groups = self.autoscaling_backend.autoscaling_groups.values()
    states = [state for group in groups for state in group.instance_states if state.instance.id == instance_id]
    if not states:
        raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")
    (state,) = states
    state.health_status = status
    group = state.auto_scaling_group
    if status == "Unhealthy" and not any(
        lifecycle.is_suspended(group, process) for process in ("ReplaceUnhealthy", "HealthCheck", "Terminate")
    ):
        lifecycle.leave(state, f"instance {instance_id} was taken out of service in response to a user health-check.")
        group.set_desired_capacity(group.desired_capacity)
    return EmptyResult()


def put_warm_pool(self) -> ActionResult:
    raise NotImplementedInLocalRegion("Auto Scaling groups of the local region have no warm pools: leave them out.")


AutoScalingBackend.put_scaling_policy = put_scaling_policy
AutoScalingBackend.put_scheduled_update_group_action = put_scheduled_update_group_action
AutoScalingBackend.delete_scheduled_action = delete_scheduled_action
AutoScalingBackend.delete_auto_scaling_group = delete_auto_scaling_group
AutoScalingResponse.delete_policy = delete_policy
AutoScalingResponse.execute_policy = execute_policy
AutoScalingResponse.create_auto_scaling_group = create_auto_scaling_group
AutoScalingResponse.update_auto_scaling_group = update_auto_scaling_group
AutoScalingResponse.set_instance_health = set_instance_health
AutoScalingResponse.put_warm_pool = put_warm_pool
