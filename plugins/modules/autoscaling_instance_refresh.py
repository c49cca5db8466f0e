#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: autoscaling_instance_refresh
version_added: "0.1.0"
short_description: Replace the instances of an Auto Scaling group, cancel that and roll it back
description:
  - Starts an instance refresh and follows it to its end, with a line for whatever changes.
  - Where all instances are as wanted already nothing is started. An instance refresh to the same configuration that is
    under way is adopted and followed instead of starting another one, so that a task whose controller was killed can be
    run again.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  auto_scaling_group_name:
    description:
      - The Auto Scaling group.
    type: str
    required: true
    aliases: [group_name, name]
  state:
    description:
      - V(started) replaces the instances that are not as wanted.
      - V(cancelled) cancels the instance refresh that is under way; what has been replaced stays so. Nothing to cancel
        is no change.
      - V(rolled_back) replaces what the instance refresh that is under way has launched by instances of the earlier
        configuration. One that has been rolled back already is no change; one that has ended otherwise cannot be.
    type: str
    choices: [started, cancelled, rolled_back]
    default: started
  strategy:
    description:
      - V(Rolling) launches new instances and terminates old ones, V(ReplaceRootVolume) replaces the root volumes of the
        instances that there are, which needs a O(desired_configuration.mixed_instances_policy) whose overrides have an
        image each. AWS takes V(Rolling) when the option is not given.
    type: str
    choices: [Rolling, ReplaceRootVolume]
  desired_configuration:
    description:
      - What the new instances are launched from. The group has it afterwards, when the instance refresh was successful.
      - The group's own configuration when the option is not given; then there is no way back.
    type: dict
    suboptions:
      launch_template:
        description: A version of a launch template.
        type: dict
        suboptions:
          launch_template_id:
            description: Its id. One of this and O(desired_configuration.launch_template.launch_template_name).
            type: str
          launch_template_name:
            description: Its name.
            type: str
          version:
            description:
              - A number, V($Latest) or V($Default), which is taken when it is not given.
              - There is no way back from an instance refresh of a group whose own version is V($Latest) or V($Default).
            type: str
      mixed_instances_policy:
        description:
          - A mixed instances policy, its members in snake_case or as the API of EC2 Auto Scaling spells them.
        type: dict
  preferences:
    description:
      - How the instances are replaced. AWS's defaults hold for what is not given, but for
        O(preferences.skip_matching).
    type: dict
    suboptions:
      min_healthy_percentage:
        description:
          - How much of the desired capacity stays in service, in per cent, 0 to 100. AWS takes that of the group's
            instance maintenance policy, or 90.
        type: int
      max_healthy_percentage:
        description:
          - How many instances there may be, in per cent of the desired capacity, 100 to 200 and at most 100 above
            O(preferences.min_healthy_percentage), which must be given with it. AWS takes
            that of the group's instance maintenance policy, or 100.
        type: int
      instance_warmup:
        description:
          - How many seconds a new instance is in service before it counts. AWS takes the group's default instance
            warm-up, or its health check grace period.
        type: int
      checkpoint_percentages:
        description:
          - At which per cents of replaced instances to pause, the smallest first. Where the last is less than 100 the
            other instances are not replaced.
        type: list
        elements: int
      checkpoint_delay:
        description: How many seconds to pause at a checkpoint, at most 172800. AWS takes 3600.
        type: int
      skip_matching:
        description:
          - Whether instances stay that are as wanted already. V(true) when the option is not given, as in AWS's console
            but not its API.
          - With V(false) every run replaces all instances. That is needed where the launch template stays the same but
            what it leads to is new, such as an image that it names by an SSM parameter.
          - Instances of overrides with launch templates or requirements of their own are left to AWS to judge, so each
            run starts an instance refresh, which skips those that match.
        type: bool
      auto_rollback:
        description: Whether to roll back when it fails. Needs O(desired_configuration).
        type: bool
      scale_in_protected_instances:
        description:
          - What to do with instances that are protected from scale-in. With V(Wait), which AWS takes, it fails after an
            hour.
        type: str
        choices: [Refresh, Ignore, Wait]
      standby_instances:
        description: What to do with instances in standby. With V(Wait), which AWS takes, it fails after an hour.
        type: str
        choices: [Terminate, Ignore, Wait]
      alarm_specification:
        description: The alarms that fail the instance refresh.
        type: dict
        suboptions:
          alarms:
            description: Names of CloudWatch alarms, at most 10.
            type: list
            elements: str
      bake_time:
        description: How many seconds alarms are still heeded after the last instance was replaced, at most 172800.
        type: int
  wait_for_transitioning_instances:
    description:
      - When it is cancelled, whether instances that are being launched or terminated just now are waited for. AWS does.
    type: bool
  wait:
    description:
      - Whether to wait for the end.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds. The instance refresh goes on when the time is over; the same task adopts it again.
      - Reckon with checkpoints, warm-up and O(preferences.bake_time).
    type: int
    default: 3600
  on_conflict:
    description:
      - What to do while an instance refresh to another configuration is under way.
      - V(fail) names it and changes nothing, V(wait) waits for its end, V(cancel) cancels it.
    type: str
    choices: [fail, wait, cancel]
    default: fail
seealso:
  - module: convoy.delivery.autoscaling_instance_refresh_info
  - module: amazon.aws.autoscaling_group
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The fleet runs version 7, replaced one by one, and all of it goes back when the alarm rings
  convoy.delivery.autoscaling_instance_refresh:
    auto_scaling_group_name: storefront-production
    desired_configuration:
      launch_template:
        launch_template_name: storefront-production
        version: "7"
    preferences:
      min_healthy_percentage: 100
      max_healthy_percentage: 110
      instance_warmup: 120
      auto_rollback: true
      alarm_specification:
        alarms: [storefront-production]
      bake_time: 300

- name: A tenth first, the rest ten minutes later
  convoy.delivery.autoscaling_instance_refresh:
    auto_scaling_group_name: storefront-production
    desired_configuration:
      launch_template:
        launch_template_name: storefront-production
        version: "8"
    preferences:
      checkpoint_percentages: [10, 100]
      checkpoint_delay: 600
    wait: false

- name: It is called off, and what is new goes again
  convoy.delivery.autoscaling_instance_refresh:
    auto_scaling_group_name: storefront-production
    state: rolled_back

- name: It is stopped where it is
  convoy.delivery.autoscaling_instance_refresh:
    auto_scaling_group_name: storefront-production
    state: cancelled

- name: Every instance is replaced, whatever it was launched from
  convoy.delivery.autoscaling_instance_refresh:
    auto_scaling_group_name: storefront-production
    preferences:
      skip_matching: false
    wait: false
"""

RETURN = r"""
instance_refresh:
  description:
    - The instance refresh as Auto Scaling describes it, at its end when the task waits.
    - In check mode, what is known of the one that would be started.
  returned: when there is one
  type: dict
  contains:
    instance_refresh_id:
      description: Its id. Not in check mode.
      type: str
      sample: 08b91cf7-8fa6-48af-b6a6-d227f40f1b9b
    auto_scaling_group_name:
      description: The group.
      type: str
      sample: storefront-production
    status:
      description:
        - V(Pending), V(InProgress), V(Baking), V(Successful), V(Failed), V(Cancelling), V(Cancelled),
          V(RollbackInProgress), V(RollbackSuccessful) or V(RollbackFailed).
      type: str
      sample: Successful
    status_reason:
      description: Why it is so.
      type: str
      returned: when Auto Scaling tells it
    percentage_complete:
      description: How much is replaced.
      type: int
      sample: 100
    instances_to_update:
      description: How many instances are left.
      type: int
      sample: 0
    start_time:
      description: When it began, ISO 8601.
      type: str
    end_time:
      description: When it ended.
      type: str
      returned: when it has ended
    desired_configuration:
      description: What the new instances are launched from.
      type: dict
      returned: when one was given
    preferences:
      description: How the instances are replaced.
      type: dict
    rollback_details:
      description: Why and how far it was rolled back.
      type: dict
      returned: when it was
    strategy:
      description: V(Rolling) or V(ReplaceRootVolume).
      type: str
adopted:
  description: Whether one that was under way already was followed instead of starting one.
  returned: O(state=started)
  type: bool
progress:
  description: What was printed during the wait.
  returned: after a wait
  type: list
  elements: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.instance_refresh import (
    cancel,
    roll_back,
    start,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

TEMPLATE = dict(launch_template_id=dict(type="str"), launch_template_name=dict(type="str"), version=dict(type="str"))
DESIRED = dict(launch_template=dict(type="dict", options=TEMPLATE), mixed_instances_policy=dict(type="dict"))
PREFERENCES = dict(
    min_healthy_percentage=dict(type="int"),
    max_healthy_percentage=dict(type="int"),
    instance_warmup=dict(type="int"),
    checkpoint_percentages=dict(type="list", elements="int"),
    checkpoint_delay=dict(type="int"),
    skip_matching=dict(type="bool"),
    auto_rollback=dict(type="bool"),
    scale_in_protected_instances=dict(choices=["Refresh", "Ignore", "Wait"]),
    standby_instances=dict(choices=["Terminate", "Ignore", "Wait"]),
    alarm_specification=dict(type="dict", options=dict(alarms=dict(type="list", elements="str"))),
    bake_time=dict(type="int"),
)
OPTIONS = dict(
    auto_scaling_group_name=dict(type="str", required=True, aliases=["group_name", "name"]),
    state=dict(choices=["started", "cancelled", "rolled_back"], default="started"),
    strategy=dict(choices=["Rolling", "ReplaceRootVolume"]),
    desired_configuration=dict(type="dict", options=DESIRED),
    preferences=dict(type="dict", options=PREFERENCES),
    wait_for_transitioning_instances=dict(type="bool"),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=3600),
    on_conflict=dict(choices=["fail", "wait", "cancel"], default="fail"),
)
RUNS = {"started": start, "cancelled": cancel, "rolled_back": roll_back}


def run(context):
    return RUNS[context.options["state"]](context)


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
