# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups as AWS runs them: spread over their zones, pending first, with the template version they name."""

from __future__ import annotations

from collections import Counter
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import ASG_NAME_TAG, AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

_PENDING, _IN_SERVICE = "Pending", "InService"


def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
    """Launches so many instances, each where the group has the fewest. moto puts all into the first subnet, and takes
    the launch template's default version for what it reads from the template while it launches.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html (distribution over zones)
    """
    tags = {ASG_NAME_TAG: self.name} | self.instance_tags | propagated_tags
    for _ in range(count_needed):
        subnet_id, zone = _emptiest_place(self)
        reservation = self.autoscaling_backend.ec2_backend.run_instances(
            self.image_id,
            1,
            self.user_data,
            self.security_groups,
            instance_type=self.instance_type,
            tags={"instance": tags},
            placement=zone,
            region_name=self.region,
            launch_config=self.launch_config,
            launch_template=_template(self),
            is_instance_type_default=False,
            associate_public_ip=self.launch_config.associate_public_ip_address if self.launch_config else None,
            subnet_id=subnet_id,
            iam_instance_profile_name=None,
        )
        instance = reservation.instances[0]
        instance.autoscaling_group = self
        state = InstanceState(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
        if instance.state == "pending":
            state.lifecycle_state = _PENDING
        self.instance_states.append(state)


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


def active_instances(self) -> list[InstanceState]:
    """Instances that count for the group's capacity. moto forgets the pending ones and would launch them again."""
    return [state for state in self.instance_states if state.lifecycle_state in (_PENDING, _IN_SERVICE)]


def update_attached_target_groups(self, group_name: str) -> None:
    """Registers the instances that are in service. On AWS a pending one is not registered yet."""
    group = self.autoscaling_groups[group_name]
    for arn in group.target_group_arns:
        target_group = self.elbv2_backend.target_groups.get(arn)
        if target_group is None:
            continue
        members = [state.instance.id for state in group.instance_states if state.lifecycle_state == _IN_SERVICE]
        new = [{"Id": member, "Port": target_group.port} for member in members if member not in target_group.targets]
        if new:
            self.elbv2_backend.register_targets(arn, new)


def in_service(backend: AutoScalingBackend, instance: Any) -> None:
    """An instance's host has booted: when it belongs to a group, it enters service and the group's target groups."""
    for group in list(backend.autoscaling_groups.values()):
        for state in group.instance_states:
            if state.instance is instance and state.lifecycle_state == _PENDING:
                state.lifecycle_state = _IN_SERVICE
                backend.update_attached_target_groups(group.name)
                backend.update_attached_elbs(group.name)


def replace_unhealthy(backend: AutoScalingBackend, instance: Any) -> bool:
    """Terminates and replaces an instance of a group whose host has ended; False when it belongs to no group.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
    """
    groups = [
        group
        for group in backend.autoscaling_groups.values()
        if any(state.instance is instance for state in group.instance_states)
    ]
    if not groups or {"ReplaceUnhealthy", "HealthCheck"} & {p["ProcessName"] for p in groups[0].suspended_processes}:
        return False
    backend.ec2_backend.terminate_instances([instance.id])
    backend.notify_terminate_instances([instance.id])
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


FakeAutoScalingGroup.replace_autoscaling_group_instances = replace_autoscaling_group_instances
FakeAutoScalingGroup.active_instances = active_instances
AutoScalingBackend.update_attached_target_groups = update_attached_target_groups
AutoScalingResponse.disable_metrics_collection = disable_metrics_collection
AutoScalingResponse.put_scaling_policy = put_scaling_policy
