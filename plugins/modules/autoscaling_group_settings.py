#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: autoscaling_group_settings
version_added: "0.1.0"
short_description: Declare how an Auto Scaling group scales, with its lifecycle hooks
description:
  - Target tracking policies, scheduled actions, lifecycle hooks, suspended processes, warm-up, termination policies and
    protection from scale-in of a group that exists.
  - A list that is given is all that there is of its kind; what else there is goes. An option that is not given leaves
    what is there alone.
  - What others keep is left alone in any case, such as the lifecycle hooks of CodeDeploy, step scaling policies, target
    tracking of metrics of one's own, and scheduled actions that happen once.
  - The group itself is made by M(amazon.aws.autoscaling_group).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  auto_scaling_group_name:
    description:
      - The Auto Scaling group.
    type: str
    required: true
    aliases: [group_name, name]
  default_instance_warmup:
    description:
      - How many seconds a new instance needs until its metrics count and an instance refresh goes on. V(-1) is none.
    type: int
  termination_policies:
    description:
      - Which instance goes first when the group gets smaller, such as V(OldestLaunchTemplate), in the order in which
        they are asked.
    type: list
    elements: str
  new_instances_protected_from_scale_in:
    description:
      - Whether instances that are launched from now on stay when the group gets smaller.
    type: bool
  suspended_processes:
    description:
      - The processes that are suspended; all others are resumed, those that somebody else has suspended, too.
    type: list
    elements: str
    choices:
      - AZRebalance
      - AddToLoadBalancer
      - AlarmNotification
      - HealthCheck
      - InstanceRefresh
      - Launch
      - ReplaceUnhealthy
      - ScheduledActions
      - Terminate
  lifecycle_hooks:
    description:
      - Lifecycle hooks, but for those of CodeDeploy.
    type: list
    elements: dict
    suboptions:
      name:
        description: The hook's name.
        type: str
        required: true
      transition:
        description: When it holds instances, before they come into service or before they are terminated.
        type: str
        choices: [launching, terminating]
        required: true
      heartbeat_timeout:
        description: How many seconds it holds an instance that nobody speaks for, 30 to 7200. AWS takes 3600.
        type: int
      default_result:
        description: What happens after that time. AWS takes V(ABANDON), which replaces an instance that is launched.
        type: str
        choices: [CONTINUE, ABANDON]
      notification_target_arn:
        description: The SNS topic or SQS queue that is told.
        type: str
      role_arn:
        description: The role by which it is told.
        type: str
      notification_metadata:
        description: What it is told in addition.
        type: str
  target_tracking_policies:
    description:
      - Policies that keep a metric that AWS predefines at a value.
    type: list
    elements: dict
    suboptions:
      name:
        description: The policy's name.
        type: str
        required: true
      metric:
        description: The metric, an average over the group's instances.
        type: str
        choices: [ASGAverageCPUUtilization, ASGAverageNetworkIn, ASGAverageNetworkOut, ALBRequestCountPerTarget]
        required: true
      resource_label:
        description:
          - With V(ALBRequestCountPerTarget), the target group whose requests count. C(app/LOAD-BALANCER/ID) and
            C(targetgroup/TARGET-GROUP/ID) of the ARNs, joined by a slash.
        type: str
      target_value:
        description: The value, such as percent of CPU, or requests per target and minute.
        type: float
        required: true
      disable_scale_in:
        description: Whether it only makes the group larger. AWS takes V(false).
        type: bool
      estimated_instance_warmup:
        description: Seconds, in place of O(default_instance_warmup).
        type: int
  scheduled_actions:
    description:
      - Sizes that recur by the clock.
    type: list
    elements: dict
    suboptions:
      name:
        description: The action's name.
        type: str
        required: true
      recurrence:
        description: When, as cron writes it with five fields.
        type: str
        required: true
      time_zone:
        description: The time zone of the recurrence, such as V(Europe/Berlin). AWS takes UTC.
        type: str
      min_size:
        description: The smallest size from then on.
        type: int
      max_size:
        description: The largest size from then on.
        type: int
      desired_capacity:
        description: The size at that moment.
        type: int
notes:
  - CodeDeploy suspends processes while it deploys where a deployment group asks it to. Do not give
    O(suspended_processes) for such a group.
seealso:
  - module: amazon.aws.autoscaling_group
  - module: convoy.delivery.autoscaling_group_health_info
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The fleet follows CPU and requests, is small at night, and lets its instances finish what they are at
  convoy.delivery.autoscaling_group_settings:
    auto_scaling_group_name: storefront-production
    default_instance_warmup: 120
    target_tracking_policies:
      - name: cpu
        metric: ASGAverageCPUUtilization
        target_value: 60
      - name: requests
        metric: ALBRequestCountPerTarget
        resource_label: app/storefront/50dc6c495c0c9188/targetgroup/storefront/943f017f100becff
        target_value: 1000
    scheduled_actions:
      - name: evening
        recurrence: 0 22 * * *
        time_zone: Europe/Berlin
        min_size: 2
      - name: morning
        recurrence: 0 6 * * *
        time_zone: Europe/Berlin
        min_size: 4
    lifecycle_hooks:
      - name: finish-work
        transition: terminating
        heartbeat_timeout: 300
        default_result: CONTINUE

- name: It has a fixed size again
  convoy.delivery.autoscaling_group_settings:
    auto_scaling_group_name: storefront-production
    target_tracking_policies: []
    scheduled_actions: []
"""

RETURN = r"""
auto_scaling_group_settings:
  description:
    - The settings afterwards; in check mode as they would be. Of the lists of parts only those that were given.
  returned: always
  type: dict
  contains:
    auto_scaling_group_name:
      description: The group.
      type: str
      sample: storefront-production
    default_instance_warmup:
      description: Seconds; V(-1) is none.
      type: int
      sample: 120
    termination_policies:
      description: Which instance goes first.
      type: list
      elements: str
      sample: [Default]
    new_instances_protected_from_scale_in:
      description: Whether new instances are protected.
      type: bool
    suspended_processes:
      description: Processes that are suspended.
      type: list
      elements: str
    lifecycle_hooks:
      description: The hooks, as in the option.
      type: list
      elements: dict
      returned: O(lifecycle_hooks) is given
    target_tracking_policies:
      description: The policies, as in the option.
      type: list
      elements: dict
      returned: O(target_tracking_policies) is given
    scheduled_actions:
      description: The actions, as in the option.
      type: list
      elements: dict
      returned: O(scheduled_actions) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.group_parts import REQUESTS, TRANSITIONS
from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.group_settings import (
    PROCESSES,
    GroupSettings,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge

METRICS = ["ASGAverageCPUUtilization", "ASGAverageNetworkIn", "ASGAverageNetworkOut", REQUESTS]
HOOK = dict(
    name=dict(type="str", required=True),
    transition=dict(choices=list(TRANSITIONS), required=True),
    heartbeat_timeout=dict(type="int"),
    default_result=dict(choices=["CONTINUE", "ABANDON"]),
    notification_target_arn=dict(type="str"),
    role_arn=dict(type="str"),
    notification_metadata=dict(type="str"),
)
POLICY = dict(
    name=dict(type="str", required=True),
    metric=dict(choices=METRICS, required=True),
    resource_label=dict(type="str"),
    target_value=dict(type="float", required=True),
    disable_scale_in=dict(type="bool"),
    estimated_instance_warmup=dict(type="int"),
)
ACTION = dict(
    name=dict(type="str", required=True),
    recurrence=dict(type="str", required=True),
    time_zone=dict(type="str"),
    min_size=dict(type="int"),
    max_size=dict(type="int"),
    desired_capacity=dict(type="int"),
)
OPTIONS = dict(
    auto_scaling_group_name=dict(type="str", required=True, aliases=["group_name", "name"]),
    default_instance_warmup=dict(type="int"),
    termination_policies=dict(type="list", elements="str"),
    new_instances_protected_from_scale_in=dict(type="bool"),
    suspended_processes=dict(type="list", elements="str", choices=list(PROCESSES)),
    lifecycle_hooks=dict(type="list", elements="dict", options=HOOK),
    target_tracking_policies=dict(type="list", elements="dict", options=POLICY),
    scheduled_actions=dict(type="list", elements="dict", options=ACTION),
)


def run(context):
    return converge(GroupSettings(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
