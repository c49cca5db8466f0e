#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: autoscaling_group_health_info
version_added: "0.1.0"
short_description: Tell whether an Auto Scaling group has its instances in service, wait for it, and say why not
description:
  - Counts the instances in service, and lists launches that failed.
  - Waits for them, with a line for whatever changes, and ends the wait early when launches fail. The message then says
    what the instance said last on its console, where EC2 tells it and the caller may read it.
  - Changes nothing.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  auto_scaling_group_name:
    description:
      - The Auto Scaling group.
    type: str
    required: true
    aliases: [group_name, name]
  in_service:
    description:
      - How many instances are wanted in service. The group's desired capacity when it is not given.
    type: int
  wait:
    description:
      - Whether to wait until so many are in service.
    type: bool
    default: false
  wait_timeout:
    description:
      - How long to wait, in seconds.
    type: int
    default: 600
  failed_launches:
    description:
      - After how many failed launches the wait ends. Auto Scaling tries on for ever; one failure may pass by itself,
        such as a zone that has no capacity.
    type: int
    default: 2
seealso:
  - module: convoy.delivery.autoscaling_group_settings
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Go on when all hosts are in service
  convoy.delivery.autoscaling_group_health_info:
    auto_scaling_group_name: storefront-production
    wait: true
    wait_timeout: 900
"""

RETURN = r"""
auto_scaling_group_health:
  description: How the group is, at the end of the wait.
  returned: always
  type: dict
  contains:
    auto_scaling_group_name:
      description: The group.
      type: str
      sample: storefront-production
    desired_capacity:
      description: How many instances the group shall have.
      type: int
      sample: 4
    wanted:
      description: How many are wanted in service.
      type: int
      sample: 4
    in_service:
      description: How many are.
      type: int
      sample: 4
    instances:
      description: The group's instances, those on their way in or out too.
      type: list
      elements: dict
      contains:
        instance_id:
          description: Its id.
          type: str
        availability_zone:
          description: Its zone.
          type: str
        lifecycle_state:
          description: Where it is on its way, such as V(Pending:Wait) or V(InService).
          type: str
        health_status:
          description: V(Healthy) or V(Unhealthy).
          type: str
        launch_template_version:
          description: The version of the launch template that it was launched from; empty where there is none.
          type: str
    failed_launches:
      description:
        - Launches that failed, the newest first, where instances are missing. After a wait only those of its time.
      type: list
      elements: dict
      contains:
        activity_id:
          description: The scaling activity.
          type: str
        instance_id:
          description: The instance; empty where none came to be.
          type: str
        reason:
          description: What Auto Scaling says of it.
          type: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.group_health import look
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    auto_scaling_group_name=dict(type="str", required=True, aliases=["group_name", "name"]),
    in_service=dict(type="int"),
    wait=dict(type="bool", default=False),
    wait_timeout=dict(type="int", default=600),
    failed_launches=dict(type="int", default=2),
)


def run(context):
    return look(context)


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
