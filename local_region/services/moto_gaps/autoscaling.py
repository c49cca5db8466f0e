# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups as AWS runs them: spread over their zones, pending first, with the template version they name.

autoscaling_lifecycle.py   an instance's way into and out of its group
autoscaling_holds.py       lifecycle actions that wait
autoscaling_hooks.py       the API of lifecycle hooks
autoscaling_activities.py  what a group has launched and terminated
autoscaling_refreshes.py   instance refreshes; their API is in autoscaling_refresh_api.py
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    TerminateInstanceActivity,
)
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from local_region.services.moto_gaps import autoscaling_activities as activities
from local_region.services.moto_gaps import autoscaling_lifecycle as lifecycle
from local_region.services.moto_gaps import autoscaling_refreshes as refreshes


def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
    """Launches so many instances, each where the group has the fewest. moto puts all into the first subnet, and takes
    the launch template's default version for what it reads from the template while it launches.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html (distribution over zones)
    """
    if lifecycle.is_suspended(self, "Launch"):
        return
    source = refreshes.launching(self)
    launched_with = refreshes.Configuration.of(source).key
    tags = {ASG_NAME_TAG: self.name} | source.instance_tags | propagated_tags
    for _ in range(count_needed):
        subnet_id, zone = _emptiest_place(self)
        reservation = self.autoscaling_backend.ec2_backend.run_instances(
            source.image_id,
            1,
            source.user_data,
            source.security_groups,
            instance_type=source.instance_type,
            tags={"instance": tags},
            placement=zone,
            region_name=self.region,
            launch_config=source.launch_config,
            launch_template=_template(source),
            is_instance_type_default=False,
            associate_public_ip=source.launch_config.associate_public_ip_address if source.launch_config else None,
            subnet_id=subnet_id,
            iam_instance_profile_name=None,
        )
        instance = reservation.instances[0]
        instance.autoscaling_group = self
        state = InstanceState(instance, lifecycle.PENDING, "Healthy", self.new_instances_protected_from_scale_in)
        state.configuration = launched_with
        self.instance_states.append(state)
        activities.launching(state, f"an instance was started to reach a desired capacity of {self.desired_capacity}.")
        if instance.state == "running":  # no hosts in this process: who has them says when it runs
            lifecycle.arrive(state)


def _emptiest_place(group: Any) -> tuple[str | None, str]:
    """(subnet, zone) that has the fewest of the group's instances; the subnet is None for a group without subnets."""
    backend = group.autoscaling_backend.ec2_backend
    members = [state.instance for state in group.instance_states]
    if not group.vpc_zone_identifier:
        zones = Counter(instance.placement.zone for instance in members)
        return None, min(group.availability_zones, key=lambda zone: zones[zone])
    subnets = {subnet_id.strip(): None for subnet_id in group.vpc_zone_identifier.split(",")}
    zone_of = {subnet_id: backend.get_subnet(subnet_id).availability_zone for subnet_id in subnets}
    in_zone = Counter(instance.placement.zone for instance in members)
    in_subnet = Counter(instance.subnet_id for instance in members)
    chosen = min(subnets, key=lambda subnet_id: (in_zone[zone_of[subnet_id]], in_subnet[subnet_id]))
    return chosen, zone_of[chosen]


def _template(group: Any) -> dict[str, str] | None:
    template = group.ec2_launch_template
    if not template:
        return None
    version = template.get_version(group.launch_template_version)
    return {"LaunchTemplateId": template.id, "Version": str(version.number)}


def launched_from(self) -> dict[str, str] | None:
    """The launch template and version that an instance was launched from; moto tells the template's default version.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Instance.html
    """
    template = self.auto_scaling_group.ec2_launch_template if self.auto_scaling_group else None
    kind, version = refreshes.configuration_of(self) or (None, None)
    if template and kind != template.id:  # attached, or of a template that the group had before
        template = self.auto_scaling_group.ec2_backend.launch_templates.get(kind)
    if template is None:
        return None
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": version}


def active_instances(self) -> list[InstanceState]:
    """Instances that count for the group's capacity. moto forgets the pending ones and would launch them again."""
    return [state for state in self.instance_states if state.lifecycle_state in lifecycle.ACTIVE]


_set_desired_capacity = FakeAutoScalingGroup.set_desired_capacity


def set_desired_capacity(self, new_capacity: int | None) -> None:
    """As moto's, but instances leave by their lifecycle. Groups with weights are left to moto."""
    wanted = self.min_size if new_capacity is None else new_capacity
    self.desired_capacity = wanted
    overrides = (self.mixed_instances_policy or {}).get("LaunchTemplate", {}).get("Overrides")
    # A refresh may have launched replacements ahead of what they replace.
    surplus = len(self.active_instances()) - (wanted or 0) - getattr(self, "refresh_surplus", 0)
    if surplus > 0 and not overrides:
        for state in [] if lifecycle.is_suspended(self, "Terminate") else lifecycle.to_take_out(self, surplus):
            lifecycle.leave(state, f"an instance was taken out to reach a desired capacity of {wanted}.")
        return
    _set_desired_capacity(self, new_capacity)


def update_attached_target_groups(self, group_name: str) -> None:
    """Registers the instances that have come into service, once. moto registers all, pending ones too, every time."""
    lifecycle.join_target_groups(self.autoscaling_groups[group_name])


_detach_target_groups = AutoScalingBackend.detach_load_balancer_target_groups


def detach_load_balancer_target_groups(self, group_name: str, target_group_arns: list[str]) -> None:
    lifecycle.forget_target_groups(self.autoscaling_groups[group_name], target_group_arns)
    _detach_target_groups(self, group_name, target_group_arns)
    lifecycle.follow()


_resume_processes = AutoScalingBackend.resume_processes


def resume_processes(self, group_name: str, scaling_processes: list[str]) -> None:
    """As moto's; then the group makes up for what it could not do meanwhile."""
    _resume_processes(self, group_name, scaling_processes)
    group = self.autoscaling_groups[group_name]
    group.set_desired_capacity(group.desired_capacity)


_delete_auto_scaling_group = AutoScalingBackend.delete_auto_scaling_group


def delete_auto_scaling_group(self, group_name: str) -> None:
    """As moto's; hooks are not asked any more (ForceDelete of the API), and go with the group, as its policies do."""
    group = self.autoscaling_groups.get(group_name)
    for state in list(group.instance_states) if group else []:
        lifecycle.leave(state, "the group is being deleted.", ask_hooks=False)
    _delete_auto_scaling_group(self, group_name)
    for hook in self.describe_lifecycle_hooks(group_name):
        self.delete_lifecycle_hook(group_name, hook.name)
    self.policies = {key: one for key, one in self.policies.items() if one.auto_scaling_group_name != group_name}


def terminate_instance(self, instance_id: str, should_decrement: bool) -> TerminateInstanceActivity:
    """TerminateInstanceInAutoScalingGroup: the instance leaves by its lifecycle, and is replaced or not."""
    states = [state for group in self.autoscaling_groups.values() for state in group.instance_states]
    state = next((one for one in states if one.instance.id == instance_id), None)
    if state is None:
        raise ValidationError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")
    group = state.auto_scaling_group
    before = group.desired_capacity
    lifecycle.leave(state, f"instance {instance_id} was taken out of service in response to a user request.")
    group.set_desired_capacity(before - 1 if should_decrement else before)
    return TerminateInstanceActivity(state.instance, before)


def replace_unhealthy(backend: AutoScalingBackend, instance: Any) -> bool:
    """Terminates and replaces an instance of a group whose host has ended; False when it belongs to no group.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
    """
    groups = [
        group
        for group in backend.autoscaling_groups.values()
        if any(state.instance is instance for state in group.instance_states)
    ]
    if not groups or {"ReplaceUnhealthy", "HealthCheck", "Terminate"} & {
        p["ProcessName"] for p in groups[0].suspended_processes
    }:
        return False
    state = next(state for state in groups[0].instance_states if state.instance is instance)
    lifecycle.leave(state, f"instance {instance.id} failed its EC2 status checks.", ask_hooks=False)
    groups[0].set_desired_capacity(groups[0].desired_capacity)
    return True


def disable_metrics_collection(self) -> ActionResult:
    """Missing in moto; `autoscaling_group` calls it on each run without metrics.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DisableMetricsCollection.html
    """
    group = _group(self)
    metrics = self._get_param("Metrics", [])
    group.metrics = [metric for metric in group.metrics if metrics and metric not in metrics]
    return EmptyResult()


def _group(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - null for {name}")
    return group


_put_scaling_policy = AutoScalingResponse.put_scaling_policy


def put_scaling_policy(self):
    """As moto's, but answers with the policy's ARN under its name, PolicyARN; moto writes PolicyArn, which is dropped.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html
    """
    return ActionResult({"PolicyARN": _put_scaling_policy(self).result["PolicyArn"]})


InstanceState.launch_template = property(launched_from)
FakeAutoScalingGroup.replace_autoscaling_group_instances = replace_autoscaling_group_instances
FakeAutoScalingGroup.active_instances = active_instances
FakeAutoScalingGroup.set_desired_capacity = set_desired_capacity
AutoScalingBackend.update_attached_target_groups = update_attached_target_groups
AutoScalingBackend.detach_load_balancer_target_groups = detach_load_balancer_target_groups
AutoScalingBackend.delete_auto_scaling_group = delete_auto_scaling_group
AutoScalingBackend.resume_processes = resume_processes
AutoScalingBackend.terminate_instance = terminate_instance
AutoScalingResponse.disable_metrics_collection = disable_metrics_collection
AutoScalingResponse.put_scaling_policy = put_scaling_policy
