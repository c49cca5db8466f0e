#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_deployment_group_info
version_added: "0.1.0"
short_description: List the deployment groups of a CodeDeploy application
description:
  - Tells about some or all deployment groups of an application, in the form of the options of
    M(convoy.delivery.codedeploy_deployment_group), with their tags and their last deployments.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_name:
    description:
      - The application. One that does not exist has no groups.
    type: str
    required: true
  deployment_group_names:
    description:
      - Only the groups of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given.
    type: list
    elements: str
    aliases: [names]
seealso:
  - module: convoy.delivery.codedeploy_deployment_group
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which environments does the storefront have?
  convoy.delivery.codedeploy_deployment_group_info:
    application_name: storefront
  register: found

- name: The revision that production should run
  ansible.builtin.debug:
    msg: "{{ found.deployment_groups | selectattr('deployment_group_name', 'equalto', 'production')
      | map(attribute='target_revision') | first }}"
"""

RETURN = r"""
deployment_groups:
  description:
    - The groups, by name, each as RV(convoy.delivery.codedeploy_deployment_group#module:deployment_group).
    - Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    application_name:
      description: The application that it belongs to.
      type: str
      sample: storefront
    deployment_group_id:
      description: The id that AWS gave.
      type: str
      sample: 1b6f4c3e-7d20-4f8b-8a0e-3a1d5c9b7e42
    deployment_group_name:
      description: Its name.
      type: str
      sample: production
    auto_scaling_groups:
      description: The names of its Auto Scaling groups.
      type: list
      elements: str
      sample: [storefront-production]
    target_revision:
      description: The revision that its hosts should run.
      type: dict
      returned: after a deployment
    last_successful_deployment:
      description: The last deployment that succeeded, with id, status and times.
      type: dict
      returned: when there is one
    last_attempted_deployment:
      description: The last deployment, with id, status and times.
      type: dict
      returned: when there is one
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment_group import (
    list_deployment_groups,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    application_name=dict(required=True),
    deployment_group_names=dict(type="list", elements="str", aliases=["names"]),
)


def run(context):
    options = context.options
    groups = list_deployment_groups(context, options["application_name"], options["deployment_group_names"])
    return {"changed": False, "deployment_groups": groups}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
