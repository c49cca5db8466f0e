#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_deployment_config_info
version_added: "0.1.0"
short_description: List CodeDeploy deployment configurations
description:
  - Tells about some or all deployment configurations of a region, AWS's own (C(CodeDeployDefault.*)) among them.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  deployment_config_names:
    description:
      - Only the configurations of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given; CodeDeploy is then asked once for each.
    type: list
    elements: str
    aliases: [names]
seealso:
  - module: convoy.delivery.codedeploy_deployment_config
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: How careful is the slow configuration?
  convoy.delivery.codedeploy_deployment_config_info:
    deployment_config_names: [three-of-four]
  register: found
"""

RETURN = r"""
deployment_configs:
  description: The configurations, by name. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    deployment_config_id:
      description: The id that AWS gave.
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
      description:
        - How many hosts must stay healthy.
        - C(type) of C(CodeDeployDefault.OneAtATime) is V(MOST_CONCURRENCY), which no task can ask for.
      type: dict
      returned: for C(compute_platform=Server)
      sample: {type: HOST_COUNT, value: 3}
    traffic_routing_config:
      description: How the traffic moves.
      type: dict
      returned: for Lambda and ECS
      sample: {type: AllAtOnce}
    zonal_config:
      description: How the deployment goes from zone to zone.
      type: dict
      returned: when there is one
      sample: {monitor_duration_in_seconds: 60}
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment_config import (
    list_deployment_configs,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(deployment_config_names=dict(type="list", elements="str", aliases=["names"]))


def run(context):
    names = context.options["deployment_config_names"]
    return {"changed": False, "deployment_configs": list_deployment_configs(context, names)}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
