#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_on_premises_instance_info
version_added: "0.1.0"
short_description: List CodeDeploy on-premises instances
description:
  - Tells about some or all on-premises instances of a region, in the form of the options of
    M(convoy.delivery.codedeploy_on_premises_instance).
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  instance_names:
    description:
      - Only the instances of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given.
    type: list
    elements: str
    aliases: [names]
  registration_status:
    description:
      - Only registered, or only deregistered instances. CodeDeploy remembers the latter for about a day.
      - Both when the option is not given.
    type: str
    choices: [Registered, Deregistered]
  tag_filters:
    description:
      - Only instances that match at least one of these filters.
    type: list
    elements: dict
    suboptions:
      key:
        description: The key of the tag.
        type: str
      value:
        description: The value of the tag.
        type: str
      type:
        description:
          - What is compared. Follows from the members that are given.
        type: str
        choices: [KEY_ONLY, VALUE_ONLY, KEY_AND_VALUE]
seealso:
  - module: convoy.delivery.codedeploy_on_premises_instance
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which servers does CodeDeploy deploy to?
  convoy.delivery.codedeploy_on_premises_instance_info:
    registration_status: Registered
  register: found

- name: Which of them belong to production?
  convoy.delivery.codedeploy_on_premises_instance_info:
    registration_status: Registered
    tag_filters:
      - key: Environment
        value: production
  register: found
"""

RETURN = r"""
on_premises_instances:
  description: The instances, by name. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    instance_name:
      description: Its name.
      type: str
      sample: rack-7
    instance_arn:
      description: The ARN that AWS gave.
      type: str
      sample: arn:aws:codedeploy:eu-central-1:123456789012:instance/rack-7_rDH556dxEX
    iam_user_arn:
      description: The IAM user of its agent.
      type: str
      returned: when it is registered with a user
      sample: arn:aws:iam::123456789012:user/codedeploy/rack-7
    iam_session_arn:
      description: The session of its agent.
      type: str
      returned: when it is registered with a session
      sample: arn:aws:sts::123456789012:assumed-role/racks/rack-8
    register_time:
      description: When it was registered, ISO 8601.
      type: str
      sample: "2026-01-15T10:30:00.123000+00:00"
    deregister_time:
      description: When it was deregistered, ISO 8601.
      type: str
      returned: when it is not registered any more
      sample: "2026-03-01T08:00:00.456000+00:00"
    tags:
      description: Its tags.
      type: dict
      sample: {"Environment": "production"}
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.on_premises_instance import (
    list_on_premises_instances,
)
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.tag_filters import FILTER_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    instance_names=dict(type="list", elements="str", aliases=["names"]),
    registration_status=dict(choices=["Registered", "Deregistered"]),
    tag_filters=dict(type="list", elements="dict", options=FILTER_OPTIONS),
)


def run(context):
    options = context.options
    found = list_on_premises_instances(
        context, options["instance_names"], options["registration_status"], options["tag_filters"]
    )
    return {"changed": False, "on_premises_instances": found}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
