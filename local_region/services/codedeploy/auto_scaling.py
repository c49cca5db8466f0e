# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeDeploy asks of Auto Scaling: copies of groups, their end, and lifecycle hooks that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

from moto.autoscaling.models import FakeScalingPolicy

from local_region.moto_access import Moto
from local_region.services.moto_gaps import autoscaling_lifecycle
from local_region.services.moto_gaps.autoscaling_holds import LAUNCHING, TERMINATING, Hold

HOOK_TIMEOUT = 600
Place = tuple[str, str]
"""(account, AWS region)"""


@dataclass(frozen=True)
class LifecycleAction:
    """An instance of an Auto Scaling group that waits for what CodeDeploy says; `launching`, or terminating."""

    place: Place
    group: str
    hook: str
    instance_id: str
    token: str
    launching: bool


class AutoScaling(Protocol):
    """The Auto Scaling groups of the region. Methods raise LookupError for a group that must be there and is not."""

    def copy(self, place: Place, source: str, name: str) -> int:
        """Makes a group like `source`, of as many instances as are healthy there; returns that number. It has no target
        group yet, nor `source`'s scaling policies: `take_over` gives it these."""

    def in_service(self, place: Place, name: str) -> int:
        """How many instances of a group are in service; 0 for a group that is not there."""

    def take_over(self, place: Place, source: str, name: str) -> None:
        """Gives a copy the target groups and scaling policies of its source."""

    def delete(self, place: Place, name: str) -> None:
        """Deletes a group with all its instances. One that is gone is gone."""

    def terminate(self, place: Place, instance_ids: Sequence[str]) -> None:
        """Terminates instances; those that are gone are gone."""

    def suspend(self, place: Place, name: str, processes: Sequence[str]) -> list[str]:
        """Suspends processes of a group; returns those that were not suspended before."""

    def resume(self, place: Place, name: str, processes: Sequence[str]) -> None:
        """Resumes processes of a group. One that is gone has none."""

    def put_hook(self, place: Place, group: str, hook: str, launching: bool) -> None:
        """Puts a lifecycle hook on a group."""

    def delete_hook(self, place: Place, group: str, hook: str) -> None:
        """Takes a lifecycle hook off a group; neither need be there."""

    def complete(self, action: LifecycleAction, result: str) -> None:
        """Says CONTINUE or ABANDON; an action that is over already stays as it is."""

    def beat(self, action: LifecycleAction) -> None:
        """Begins the time of an action anew."""


class MotoAutoScaling:
    """The groups of moto's Auto Scaling."""

    def __init__(self, moto: Moto):
        self._moto = moto

    def copy(self, place: Place, source: str, name: str) -> int:
        group = self._group(place, source)
        healthy = sum(
            state.lifecycle_state == "InService" and state.health_status == "Healthy" for state in group.instance_states
        )
        launch_template, mixed = None, deepcopy(group.mixed_instances_policy)
        if group.ec2_launch_template and not mixed:
            launch_template = {
                "LaunchTemplateId": group.ec2_launch_template.id,
                "Version": group.launch_template_version,
            }
        made = self._backend(place).create_auto_scaling_group(
            name=name,
            availability_zones=[] if group.vpc_zone_identifier else list(group.availability_zones),
            desired_capacity=healthy,
            max_size=max(group.max_size, healthy),
            min_size=min(group.min_size, healthy),
            launch_config_name=group.launch_config.name if group.launch_config else None,
            launch_template=launch_template,
            vpc_zone_identifier=group.vpc_zone_identifier,
            default_cooldown=group.default_cooldown,
            health_check_period=group.health_check_grace_period,
            health_check_type=group.health_check_type,
            load_balancers=[],
            target_group_arns=[],
            placement_group=group.placement_group,
            termination_policies=list(group.termination_policies),
            tags=[tag | {"ResourceId": name} for tag in group.tags],
            capacity_rebalance=group.capacity_rebalance,
            new_instances_protected_from_scale_in=group.new_instances_protected_from_scale_in,
            mixed_instances_policy=mixed,
        )
        made.metrics = list(group.metrics)
        return healthy

    def in_service(self, place: Place, name: str) -> int:
        group = self._backend(place).autoscaling_groups.get(name)
        return sum(state.lifecycle_state == "InService" for state in group.instance_states) if group else 0

    def take_over(self, place: Place, source: str, name: str) -> None:
        backend, group = self._backend(place), self._group(place, source)
        backend.attach_load_balancer_target_groups(name, list(group.target_group_arns))
        autoscaling_lifecycle.follow()
        for policy in backend.describe_policies(source):
            # moto knows policies by their names alone; a key of its own keeps the copy from replacing the original.
            backend.policies[f"{name}/{policy.name}"] = _copy_of(policy, name)

    def delete(self, place: Place, name: str) -> None:
        if name in self._backend(place).autoscaling_groups:
            self._backend(place).delete_auto_scaling_group(name)
            autoscaling_lifecycle.follow()

    def terminate(self, place: Place, instance_ids: Sequence[str]) -> None:
        backend = self._backend(place)
        known = {instance.id for instance in backend.ec2_backend.all_instances()}
        if left := [instance_id for instance_id in instance_ids if instance_id in known]:
            backend.ec2_backend.terminate_instances(left)
            backend.notify_terminate_instances(left)
            autoscaling_lifecycle.follow()

    def suspend(self, place: Place, name: str, processes: Sequence[str]) -> list[str]:
        before = {process["ProcessName"] for process in self._group(place, name).suspended_processes}
        new = [process for process in processes if process not in before]
        if new:
            self._backend(place).suspend_processes(name, new)
        return new

    def resume(self, place: Place, name: str, processes: Sequence[str]) -> None:
        if processes and name in self._backend(place).autoscaling_groups:
            self._backend(place).resume_processes(name, list(processes))

    def put_hook(self, place: Place, group: str, hook: str, launching: bool) -> None:
        transition = LAUNCHING if launching else TERMINATING
        self._backend(place).create_lifecycle_hook(hook, group, transition, HOOK_TIMEOUT, "ABANDON")

    def delete_hook(self, place: Place, group: str, hook: str) -> None:
        self._backend(place).delete_lifecycle_hook(group, hook)

    def complete(self, action: LifecycleAction, result: str) -> None:
        if hold := self._hold(action):
            autoscaling_lifecycle.holds().complete(hold, result)

    def beat(self, action: LifecycleAction) -> None:
        if hold := self._hold(action):
            autoscaling_lifecycle.holds().beat(hold)

    def _hold(self, action: LifecycleAction) -> Hold | None:
        backend = self._backend(action.place)
        return autoscaling_lifecycle.holds().find(action.group, action.hook, action.token, None, backend)

    def _group(self, place: Place, name: str) -> Any:
        group = self._backend(place).autoscaling_groups.get(name)
        if group is None:
            raise LookupError(f"No Auto Scaling group found for name: {name}")
        return group

    def _backend(self, place: Place) -> Any:
        return self._moto.backend("autoscaling", *place)


def action_of(hold: Hold) -> LifecycleAction:
    """A lifecycle action of moto's Auto Scaling, as CodeDeploy knows it."""
    backend, hook = hold.group.autoscaling_backend, hold.hook
    place = (backend.account_id, backend.region_name)
    launching = hook.lifecycle_transition == LAUNCHING
    return LifecycleAction(place, hold.group.name, hook.name, hold.state.instance.id, hold.token, launching)


def _copy_of(policy: Any, group: str) -> FakeScalingPolicy:
    made = deepcopy({name: value for name, value in vars(policy).items() if name != "autoscaling_backend"})
    copied = FakeScalingPolicy.__new__(FakeScalingPolicy)
    vars(copied).update(made, autoscaling_backend=policy.autoscaling_backend, auto_scaling_group_name=group)
    return copied
