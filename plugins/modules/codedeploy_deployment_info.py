#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_deployment_info
version_added: "0.1.0"
short_description: List CodeDeploy deployments with their hosts
description:
  - Lists deployments by application, deployment group, status and time, or looks at those named by their ids.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  deployment_ids:
    description:
      - Look at these deployments.
    type: list
    elements: str
    aliases: [deployment_id]
  application_name:
    description:
      - List deployments of this application. Needs O(deployment_group_name).
    type: str
    aliases: [application]
  deployment_group_name:
    description:
      - List deployments of this deployment group. Needs O(application_name).
    type: str
    aliases: [deployment_group]
  include_only_statuses:
    description:
      - List only deployments with one of these statuses.
    type: list
    elements: str
    choices: [Created, Queued, InProgress, Baking, Ready, Succeeded, Failed, Stopped]
  created_after:
    description:
      - List only deployments created at or after this time, ISO 8601.
    type: str
  created_before:
    description:
      - List only deployments created at or before this time, ISO 8601.
    type: str
  limit:
    description:
      - List at most this many, the newest first. V(0) lists all.
    type: int
    default: 0
  hosts:
    description:
      - Whether to read the hosts of each deployment, with their lifecycle events.
    type: bool
    default: false
seealso:
  - module: convoy.delivery.codedeploy_deployment
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The last deployment to production, with its hosts
  convoy.delivery.codedeploy_deployment_info:
    application_name: storefront
    deployment_group_name: production
    limit: 1
    hosts: true
  register: last

- name: What runs now
  convoy.delivery.codedeploy_deployment_info:
    include_only_statuses: [Created, Queued, InProgress, Baking, Ready]
"""

RETURN = r"""
deployments:
  description:
    - The deployments, the newest first, as RV(convoy.delivery.codedeploy_deployment#module:deployment).
      C(hosts), C(counts) and C(seconds) are there with O(hosts=true).
    - An empty list when nothing is found.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment_list import list_deployments
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

STATUSES = ["Created", "Queued", "InProgress", "Baking", "Ready", "Succeeded", "Failed", "Stopped"]
OPTIONS = dict(
    deployment_ids=dict(type="list", elements="str", aliases=["deployment_id"]),
    application_name=dict(type="str", aliases=["application"]),
    deployment_group_name=dict(type="str", aliases=["deployment_group"]),
    include_only_statuses=dict(type="list", elements="str", choices=STATUSES),
    created_after=dict(type="str"),
    created_before=dict(type="str"),
    limit=dict(type="int", default=0),
    hosts=dict(type="bool", default=False),
)
FILTERS = ("application_name", "deployment_group_name", "include_only_statuses", "created_after", "created_before")


def run(context):
    return {"changed": False, "deployments": list_deployments(context)}


def main():
    run_module(
        OPTIONS,
        run,
        mutually_exclusive=[("deployment_ids", name) for name in FILTERS],
        required_together=[("application_name", "deployment_group_name")],
    )


if __name__ == "__main__":
    main()
