#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_fleet_info
version_added: "0.1.0"
short_description: List CodeBuild fleets
description:
  - Tells about some or all CodeBuild fleets of a region, with their status and tags.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  names:
    description:
      - Only the fleets of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given.
    type: list
    elements: str
seealso:
  - module: convoy.delivery.codebuild_fleet
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which fleets are there?
  convoy.delivery.codebuild_fleet_info:
  register: found
"""

RETURN = r"""
fleets:
  description: The fleets, by name. Empty when there are none.
  returned: always
  type: list
  elements: dict
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

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.fleet import list_fleets
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(names=dict(type="list", elements="str"))


def run(context):
    return {"changed": False, "fleets": list_fleets(context, context.options["names"])}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
