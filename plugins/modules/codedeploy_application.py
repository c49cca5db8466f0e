#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_application
version_added: "0.1.0"
short_description: Create, rename, tag and delete CodeDeploy applications
description:
  - An application is the name under which CodeDeploy keeps the deployment groups and the revisions of what you release.
  - Nothing is written when the application already is as the task wants it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_name:
    description:
      - The application's name, 1 to 100 letters, digits and C(+=,.@_-).
    type: str
    required: true
    aliases: [name]
  new_application_name:
    description:
      - Rename the application. Its deployment groups and revisions stay with it.
      - Where the application already has this name nothing is done.
    type: str
  compute_platform:
    description:
      - What the application is deployed to. V(Server) is for EC2 instances and on-premises instances.
      - AWS cannot change it later.
      - A new application is for V(Server) when the option is not given.
    type: str
    choices: [Server, Lambda, ECS]
  state:
    description:
      - V(present) makes the application or changes it, V(absent) deletes it with its deployment groups and revisions.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codedeploy_application_info
  - module: convoy.delivery.codedeploy_deployment_group
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The storefront is deployed to servers
  convoy.delivery.codedeploy_application:
    application_name: storefront
    compute_platform: Server
    tags:
      Team: shop

- name: It gets a new name
  convoy.delivery.codedeploy_application:
    application_name: storefront
    new_application_name: shop

- name: It is not needed any more
  convoy.delivery.codedeploy_application:
    application_name: shop
    state: absent
"""

RETURN = r"""
application:
  description:
    - The application afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    application_id:
      description: The id that AWS gave. Not known in check mode before the application is made.
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
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.application import (
    COMPUTE_PLATFORMS,
    Application,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

OPTIONS = dict(
    application_name=dict(required=True, aliases=["name"]),
    new_application_name=dict(type="str"),
    compute_platform=dict(choices=list(COMPUTE_PLATFORMS)),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(Application(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
