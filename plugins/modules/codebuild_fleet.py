#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_fleet
version_added: "0.1.0"
short_description: Create, change and delete CodeBuild fleets
description:
  - A fleet is hosts that AWS keeps ready for builds, so that they begin at once. It is paid for whether it builds
    or not.
  - Nothing is written when the fleet already is as the task wants it. An option that is not given leaves what is
    there as it is.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  name:
    description: The name, 2 to 128 letters, digits, C(-) and C(_). AWS cannot change it later.
    type: str
    required: true
  base_capacity:
    description: How many hosts are kept ready. Required for a new fleet.
    type: int
  environment_type:
    description: The kind of hosts. Required for a new fleet.
    type: str
    choices:
      - WINDOWS_CONTAINER
      - LINUX_CONTAINER
      - LINUX_GPU_CONTAINER
      - ARM_CONTAINER
      - WINDOWS_SERVER_2019_CONTAINER
      - WINDOWS_SERVER_2022_CONTAINER
      - LINUX_LAMBDA_CONTAINER
      - ARM_LAMBDA_CONTAINER
      - LINUX_EC2
      - ARM_EC2
      - WINDOWS_EC2
      - MAC_ARM
  compute_type:
    description: How large the hosts are. Required for a new fleet.
    type: str
    choices:
      - BUILD_GENERAL1_SMALL
      - BUILD_GENERAL1_MEDIUM
      - BUILD_GENERAL1_LARGE
      - BUILD_GENERAL1_XLARGE
      - BUILD_GENERAL1_2XLARGE
      - BUILD_LAMBDA_1GB
      - BUILD_LAMBDA_2GB
      - BUILD_LAMBDA_4GB
      - BUILD_LAMBDA_8GB
      - BUILD_LAMBDA_10GB
      - ATTRIBUTE_BASED_COMPUTE
      - CUSTOM_INSTANCE_TYPE
  compute_configuration:
    description:
      - How large the hosts are, with V(ATTRIBUTE_BASED_COMPUTE) and V(CUSTOM_INSTANCE_TYPE). V({}) takes it away.
    type: dict
    suboptions:
      v_cpu:
        description: Number of virtual CPUs.
        type: int
      memory:
        description: Memory in GiB.
        type: int
      disk:
        description: Disk in GiB.
        type: int
      machine_type:
        description: The kind of machine.
        type: str
        choices: [GENERAL, NVME]
      instance_type:
        description: The EC2 instance type, with V(CUSTOM_INSTANCE_TYPE).
        type: str
  scaling_configuration:
    description: Whether there may be more hosts than O(base_capacity). V({}) takes it away.
    type: dict
    suboptions:
      scaling_type:
        description: How the number of hosts is found.
        type: str
        choices: [TARGET_TRACKING_SCALING]
      target_tracking_scaling_configs:
        description: What it follows.
        type: list
        elements: dict
        suboptions:
          metric_type:
            description: The measure.
            type: str
            choices: [FLEET_UTILIZATION_RATE]
          target_value:
            description: What it shall be, in per cent.
            type: float
      max_capacity:
        description: At most so many hosts.
        type: int
  overflow_behavior:
    description: Whether builds for which there is no host wait, or run outside of the fleet.
    type: str
    choices: [QUEUE, ON_DEMAND]
  vpc_config:
    description: The VPC that the hosts are in; all three members. V({}) leaves the VPC.
    type: dict
    suboptions:
      vpc_id:
        description: The VPC.
        type: str
      subnets:
        description: At most 16 subnets, with a way to the Internet or to VPC endpoints.
        type: list
        elements: str
      security_group_ids:
        description: At most five security groups.
        type: list
        elements: str
  proxy_configuration:
    description: What builds may reach, by a proxy. V({}) takes it away.
    type: dict
    suboptions:
      default_behavior:
        description: What happens to what no rule is about.
        type: str
        choices: [ALLOW_ALL, DENY_ALL]
      ordered_proxy_rules:
        description: The rules; the first that fits counts.
        type: list
        elements: dict
        suboptions:
          type:
            description: What the rule is about.
            type: str
            required: true
            choices: [DOMAIN, IP]
          effect:
            description: What it does.
            type: str
            required: true
            choices: [ALLOW, DENY]
          entities:
            description: The domains or addresses.
            type: list
            elements: str
            required: true
  image_id:
    description: The ARN of an Amazon Machine Image for the hosts.
    type: str
  fleet_service_role:
    description: The ARN of the role of the fleet; required with O(vpc_config).
    type: str
  wait:
    description: Whether to wait until the fleet is ready, or deleted.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait.
    type: int
    default: 1800
  state:
    description: V(present) makes the fleet or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codebuild_fleet_info
  - module: convoy.delivery.codebuild_project
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: One host waits for builds of the storefront, three at most
  convoy.delivery.codebuild_fleet:
    name: storefront
    base_capacity: 1
    environment_type: LINUX_CONTAINER
    compute_type: BUILD_GENERAL1_SMALL
    overflow_behavior: QUEUE
    scaling_configuration:
      scaling_type: TARGET_TRACKING_SCALING
      target_tracking_scaling_configs:
        - metric_type: FLEET_UTILIZATION_RATE
          target_value: 80
      max_capacity: 3
  register: made

- name: The fleet is not needed any more
  convoy.delivery.codebuild_fleet:
    name: storefront
    state: absent
"""

RETURN = r"""
fleet:
  description: The fleet afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:codebuild:eu-central-1:123456789012:fleet/storefront:5e2f9b8d-7c60-4a1c-9d0e-3f1c6a520b9a
    id:
      description: Its id.
      type: str
    name:
      description: Its name.
      type: str
      sample: storefront
    status:
      description: C(status_code), such as V(ACTIVE), with C(context) and C(message) where something is to be said.
      type: dict
    base_capacity:
      description: How many hosts are kept ready.
      type: int
      sample: 1
    environment_type:
      description: The kind of hosts.
      type: str
      sample: LINUX_CONTAINER
    compute_type:
      description: How large the hosts are.
      type: str
      sample: BUILD_GENERAL1_SMALL
    scaling_configuration:
      description: Whether there may be more hosts.
      type: dict
      returned: when there is one
    desired_capacity:
      description: How many hosts there are to be just now.
      type: int
      returned: with a scaling configuration
    created:
      description: When it was made, ISO 8601.
      type: str
    last_modified:
      description: When it was changed last, ISO 8601.
      type: str
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.fleet import Fleet
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.project_options import (
    COMPUTE_CONFIGURATION,
    COMPUTE_TYPES,
    ENVIRONMENT_TYPES,
    VPC,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

SCALING = dict(
    scaling_type=dict(choices=["TARGET_TRACKING_SCALING"]),
    target_tracking_scaling_configs=dict(
        type="list",
        elements="dict",
        options=dict(metric_type=dict(choices=["FLEET_UTILIZATION_RATE"]), target_value=dict(type="float")),
    ),
    max_capacity=dict(type="int"),
)
RULE = dict(
    type=dict(required=True, choices=["DOMAIN", "IP"]),
    effect=dict(required=True, choices=["ALLOW", "DENY"]),
    entities=dict(type="list", elements="str", required=True),
)
PROXY = dict(
    default_behavior=dict(choices=["ALLOW_ALL", "DENY_ALL"]),
    ordered_proxy_rules=dict(type="list", elements="dict", options=RULE),
)
OPTIONS = dict(
    name=dict(type="str", required=True),
    base_capacity=dict(type="int"),
    environment_type=dict(choices=ENVIRONMENT_TYPES),
    compute_type=dict(choices=COMPUTE_TYPES),
    compute_configuration=COMPUTE_CONFIGURATION,
    scaling_configuration=dict(type="dict", options=SCALING),
    overflow_behavior=dict(choices=["QUEUE", "ON_DEMAND"]),
    vpc_config=VPC,
    proxy_configuration=dict(type="dict", options=PROXY),
    image_id=dict(type="str"),
    fleet_service_role=dict(type="str"),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=1800),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(Fleet(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
