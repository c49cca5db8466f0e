# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance's way through its Auto Scaling group: Pending, in service, Terminating, with lifecycle hooks on the way.

It joins the group's target groups when it enters service, once: what is deregistered there by hand, or by CodeDeploy
while it deploys, stays so.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import AutoScalingBackend

from local_region.clock import Clock
from local_region.services.moto_gaps import autoscaling_activities as activities
from local_region.services.moto_gaps import elbv2_balancing
from local_region.services.moto_gaps.autoscaling_holds import LAUNCHING, TERMINATING, Hold, Holds

log = logging.getLogger("local_region.autoscaling")

PENDING, IN_SERVICE = "Pending", "InService"
# States in which an instance counts for the group's capacity.
ACTIVE = (PENDING, "Pending:Wait", "Pending:Proceed", IN_SERVICE)


def holds() -> Holds:
    """The lifecycle actions of this process."""
    return _holds


def keep_holds(clock: Clock | None, held: Callable[[Hold], None] = lambda hold: None) -> None:
    """From now on lifecycle hooks wait by this clock, and `held` is told of each action that begins; None ends it."""
    global _holds
    _holds.close()
    _holds = Holds(clock or Clock(), _decide, held)


def hooks_of(group: Any, transition: str) -> list[Any]:
    """The group's hooks of a transition."""
    hooks = list(group.autoscaling_backend.lifecycle_hooks.values())
    return [
        hook for hook in hooks if hook.auto_scaling_group_name == group.name and hook.lifecycle_transition == transition
    ]


def is_suspended(group: Any, process: str) -> bool:
    return any(found["ProcessName"] == process for found in group.suspended_processes)


def booted(backend: AutoScalingBackend, instance: Any) -> None:
    """An instance runs: when it belongs to a group, it goes on its way into service."""
    for group in list(backend.autoscaling_groups.values()):
        for state in list(group.instance_states):
            if state.instance is instance and state.lifecycle_state == PENDING:
                arrive(state)


def arrive(state: Any) -> None:
    """A pending instance runs: into service, unless a hook holds it."""
    hooks = hooks_of(state.auto_scaling_group, LAUNCHING)
    if not hooks:
        _enter_service(state)
        return
    state.lifecycle_state = "Pending:Wait"
    activities.advance(state, "MidLifecycleAction")
    _holds.begin(state, hooks)


def leave(state: Any, cause: str, ask_hooks: bool = True) -> None:
    """Takes an instance out of its group: out of the target groups at once, then terminated, unless a hook holds it."""
    hooks = hooks_of(state.auto_scaling_group, TERMINATING) if ask_hooks and state.lifecycle_state == IN_SERVICE else []
    activities.terminating(state, cause)
    _holds.forget(state)
    state.lifecycle_state = "Terminating"
    if not hooks:
        _terminate(state)
        return
    _leave_target_groups(state)
    state.lifecycle_state = "Terminating:Wait"
    activities.advance(state, "MidLifecycleAction")
    _holds.begin(state, hooks)


def to_take_out(group: Any, count: int) -> list[Any]:
    """The instances that a group gives up: each from the zone that has the most, the oldest of them.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
    """
    active = [state for state in group.instance_states if state.lifecycle_state in ACTIVE]
    in_zone = Counter(state.instance.placement.zone for state in active)
    unprotected = [state for state in active if not state.protected_from_scale_in]
    chosen: list[Any] = []
    for _ in range(min(count, len(unprotected))):
        state = max(unprotected, key=lambda one: in_zone[one.instance.placement.zone])  # the first of equals
        in_zone[state.instance.placement.zone] -= 1
        unprotected.remove(state)
        chosen.append(state)
    return chosen


def join_target_groups(group: Any) -> None:
    """Registers the group's instances that are in service, each once with each target group."""
    adding = not is_suspended(group, "AddToLoadBalancer")
    for arn in group.target_group_arns:
        target_group = group.autoscaling_backend.elbv2_backend.target_groups.get(arn)
        if target_group is None:
            continue
        new = [state for state in group.instance_states if state.lifecycle_state == IN_SERVICE and _is_new(state, arn)]
        targets = [{"Id": state.instance.id, "Port": target_group.port} for state in new]
        targets = [target for target in targets if target["Id"] not in target_group.targets]
        if targets and adding:
            group.autoscaling_backend.elbv2_backend.register_targets(arn, targets)


def _is_new(state: Any, arn: str) -> bool:
    joined = state.__dict__.setdefault("joined", set())
    was_new = arn not in joined
    joined.add(arn)
    return was_new


def forget_target_groups(group: Any, arns: list[str]) -> None:
    """The target groups are the group's no longer: attached again, its instances join again."""
    for state in group.instance_states:
        state.__dict__.setdefault("joined", set()).difference_update(arns)


def follow() -> None:
    """Brings the load balancers to what has changed."""
    try:
        elbv2_balancing.reconcile()
    except Exception as error:
        log.error("the load balancers stay as they were: %s", error)


def _enter_service(state: Any) -> None:
    state.lifecycle_state = IN_SERVICE
    activities.advance(state, "Successful")
    group = state.auto_scaling_group
    if group.name in group.autoscaling_backend.autoscaling_groups:  # else it is being made, and moto does it after
        group.autoscaling_backend.update_attached_target_groups(group.name)
        group.autoscaling_backend.update_attached_elbs(group.name)
        follow()


def _leave_target_groups(state: Any) -> None:
    group = state.auto_scaling_group
    for arn in group.target_group_arns:
        target_group = group.autoscaling_backend.elbv2_backend.target_groups.get(arn)
        if target_group is not None:
            target_group.deregister([{"Id": state.instance.id}])
    follow()


def _terminate(state: Any) -> None:
    group = state.auto_scaling_group
    group.instance_states = [one for one in group.instance_states if one is not state]
    group.ec2_backend.terminate_instances([state.instance.id])
    activities.advance(state, "Successful")


def _decide(state: Any, transition: str, result: str) -> None:
    """The lifecycle actions of an instance are over."""
    group = state.auto_scaling_group
    if state not in group.instance_states:  # terminated by other means meanwhile
        return
    if transition == TERMINATING:
        state.lifecycle_state = "Terminating:Proceed"
        _terminate(state)
    elif result == "CONTINUE":
        state.lifecycle_state = "Pending:Proceed"
        _enter_service(state)
    else:
        activities.advance(state, "Failed")
        leave(state, "the lifecycle action of its launch was abandoned.", ask_hooks=False)
        group.set_desired_capacity(group.desired_capacity)


_holds = Holds(Clock(), _decide, lambda hold: None)
