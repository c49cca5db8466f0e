#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_deployment_config
version_added: "0.1.0"
short_description: Create and delete CodeDeploy deployment configurations
description:
  - A deployment configuration says how many hosts must stay healthy while a deployment goes on, and whether it goes
    zone by zone; for Lambda and ECS, how the traffic moves to the new version.
  - AWS cannot change a configuration. One that differs from the task is an error, unless O(replace=true).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  deployment_config_name:
    description:
      - The configuration's name, 1 to 100 letters, digits and C(+=,.@_-).
      - Names that begin with C(CodeDeployDefault.) are AWS's own.
    type: str
    required: true
    aliases: [name]
  compute_platform:
    description:
      - What the configuration is for.
      - A new one is for V(Server), that is EC2 and on-premises instances, when this is not given.
    type: str
    choices: [Server, Lambda, ECS]
  minimum_healthy_hosts:
    description:
      - How many hosts must stay healthy during a deployment. Required for servers, and only for them.
      - A deployment works on at most as many hosts at a time as this leaves.
    type: dict
    suboptions:
      type:
        description:
          - Whether O(minimum_healthy_hosts.value) is a number of hosts or a percentage of them, rounded up.
        type: str
        choices: [HOST_COUNT, FLEET_PERCENT]
        required: true
      value:
        description:
          - The number, or the percentage from 0 to 100.
        type: int
        required: true
  zonal_config:
    description:
      - Deploy to one Availability Zone after another. Only for servers.
    type: dict
    suboptions:
      first_zone_monitor_duration_in_seconds:
        description:
          - How long to watch the first zone before the second is begun. As long as the others when not given.
        type: int
      monitor_duration_in_seconds:
        description:
          - How long to watch a zone before the next is begun. Not at all when not given.
        type: int
      minimum_healthy_hosts_per_zone:
        description:
          - How many hosts must stay healthy in each zone, besides O(minimum_healthy_hosts). 0 % when not given.
        type: dict
        suboptions:
          type:
            description:
              - Whether O(zonal_config.minimum_healthy_hosts_per_zone.value) is a number of hosts or a percentage.
            type: str
            choices: [HOST_COUNT, FLEET_PERCENT]
            required: true
          value:
            description:
              - The number, or the percentage from 0 to 100.
            type: int
            required: true
  traffic_routing_config:
    description:
      - How the traffic moves to the new version. Required for Lambda and ECS, and only for them.
    type: dict
    suboptions:
      type:
        description:
          - V(AllAtOnce), in two steps (V(TimeBasedCanary)), or in equal steps (V(TimeBasedLinear)).
        type: str
        choices: [TimeBasedCanary, TimeBasedLinear, AllAtOnce]
        required: true
      time_based_canary:
        description:
          - The two steps of V(TimeBasedCanary).
        type: dict
        suboptions:
          canary_percentage:
            description:
              - How much of the traffic moves first, 1 to 99 percent.
            type: int
            required: true
          canary_interval:
            description:
              - The minutes until the rest moves.
            type: int
            required: true
      time_based_linear:
        description:
          - The equal steps of V(TimeBasedLinear).
        type: dict
        suboptions:
          linear_percentage:
            description:
              - How much of the traffic moves in each step, 1 to 99 percent.
            type: int
            required: true
          linear_interval:
            description:
              - The minutes between two steps.
            type: int
            required: true
  replace:
    description:
      - Delete a configuration that differs and make it anew from this task's options, which must then be complete.
      - CodeDeploy refuses to delete one that a deployment group uses.
    type: bool
    default: false
  state:
    description:
      - V(present) makes the configuration, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codedeploy_deployment_config_info
  - module: convoy.delivery.codedeploy_deployment_group
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Three of the four hosts stay in service
  convoy.delivery.codedeploy_deployment_config:
    deployment_config_name: three-of-four
    minimum_healthy_hosts:
      type: HOST_COUNT
      value: 3

- name: Zone by zone, ten minutes of watching after each, twenty after the first
  convoy.delivery.codedeploy_deployment_config:
    deployment_config_name: zone-by-zone
    minimum_healthy_hosts:
      type: FLEET_PERCENT
      value: 50
    zonal_config:
      first_zone_monitor_duration_in_seconds: 1200
      monitor_duration_in_seconds: 600
      minimum_healthy_hosts_per_zone:
        type: FLEET_PERCENT
        value: 50

- name: A tenth of the calls first, the rest after half an hour
  convoy.delivery.codedeploy_deployment_config:
    deployment_config_name: careful
    compute_platform: Lambda
    traffic_routing_config:
      type: TimeBasedCanary
      time_based_canary:
        canary_percentage: 10
        canary_interval: 30
"""

RETURN = r"""
deployment_config:
  description:
    - The configuration afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    deployment_config_id:
      description: The id that AWS gave. Not known in check mode before the configuration is made.
      type: str
      sample: 6c1d4a52-5a7e-4a1f-9d35-1f2e3d4c5b6a
    deployment_config_name:
      description: Its name.
      type: str
      sample: three-of-four
    compute_platform:
      description: What it is for.
      type: str
      sample: Server
    create_time:
      description: When it was made, ISO 8601.
      type: str
      sample: "2026-01-15T10:30:00.123000+00:00"
    minimum_healthy_hosts:
      description: How many hosts must stay healthy.
      type: dict
      returned: for servers
      sample: {type: HOST_COUNT, value: 3}
    zonal_config:
      description: How the deployment goes from zone to zone.
      type: dict
      returned: when there is one
      sample: {monitor_duration_in_seconds: 600}
    traffic_routing_config:
      description: How the traffic moves.
      type: dict
      returned: for Lambda and ECS
      sample: {type: AllAtOnce}
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.application import COMPUTE_PLATFORMS
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment_config import DeploymentConfig
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge

MINIMUM = dict(
    type=dict(type="str", required=True, choices=["HOST_COUNT", "FLEET_PERCENT"]),
    value=dict(type="int", required=True),
)
CANARY = dict(canary_percentage=dict(type="int", required=True), canary_interval=dict(type="int", required=True))
LINEAR = dict(linear_percentage=dict(type="int", required=True), linear_interval=dict(type="int", required=True))

OPTIONS = dict(
    deployment_config_name=dict(required=True, aliases=["name"]),
    compute_platform=dict(choices=list(COMPUTE_PLATFORMS)),
    minimum_healthy_hosts=dict(type="dict", options=MINIMUM),
    zonal_config=dict(
        type="dict",
        options=dict(
            first_zone_monitor_duration_in_seconds=dict(type="int"),
            monitor_duration_in_seconds=dict(type="int"),
            minimum_healthy_hosts_per_zone=dict(type="dict", options=MINIMUM),
        ),
    ),
    traffic_routing_config=dict(
        type="dict",
        options=dict(
            type=dict(type="str", required=True, choices=["TimeBasedCanary", "TimeBasedLinear", "AllAtOnce"]),
            time_based_canary=dict(type="dict", options=CANARY),
            time_based_linear=dict(type="dict", options=LINEAR),
        ),
    ),
    replace=dict(type="bool", default=False),
    state=dict(choices=["present", "absent"], default="present"),
)


def run(context):
    return converge(DeploymentConfig(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
