#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_application_info
version_added: "0.1.0"
short_description: List CodeDeploy applications
description:
  - Tells about some or all CodeDeploy applications of a region, with their tags.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_names:
    description:
      - Only the applications of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given.
    type: list
    elements: str
    aliases: [names]
seealso:
  - module: convoy.delivery.codedeploy_application
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which applications are there?
  convoy.delivery.codedeploy_application_info:
  register: found

- name: Is the storefront there?
  convoy.delivery.codedeploy_application_info:
    application_names: [storefront]
  register: found
"""

RETURN = r"""
applications:
  description: The applications, by name. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    application_id:
      description: The id that AWS gave.
      type: str
      sample: 2f7a4d1e-9c0b-4b8e-a6f3-0d1c2b3a4e5f
    application_name:
      description: Its name.
      type: str
      sample: storefront
    compute_platform:
      description: What it is deployed to.
      type: str
      sample: Server
    create_time:
      description: When it was made, ISO 8601.
      type: str
      sample: "2026-01-15T10:30:00.123000+00:00"
    linked_to_git_hub:
      description: Whether the application is connected to GitHub.
      type: bool
      returned: when AWS tells it
    git_hub_account_name:
      description: The name of the GitHub connection.
      type: str
      returned: when there is one
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.application import list_applications
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(application_names=dict(type="list", elements="str", aliases=["names"]))


def run(context):
    return {"changed": False, "applications": list_applications(context, context.options["application_names"])}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
