#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: xray_group_info
version_added: "0.1.0"
short_description: List X-Ray groups
description:
  - Tells about some or all X-Ray groups of a region, with their tags.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  group_names:
    description:
      - Only the groups of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given, with X-Ray's own group C(Default) where X-Ray tells of it.
    type: list
    elements: str
    aliases: [names]
seealso:
  - module: convoy.delivery.xray_group
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which groups have insights?
  convoy.delivery.xray_group_info:
  register: found

- name: They are told
  ansible.builtin.debug:
    msg: "{{ found.groups | selectattr('insights_configuration.insights_enabled') | map(attribute='group_name') }}"
"""

RETURN = r"""
groups:
  description: The groups, by name. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    group_name:
      description: Its name.
      type: str
      sample: storefront-production
    group_arn:
      description: Its ARN.
      type: str
      sample: arn:aws:xray:eu-central-1:123456789012:group/storefront-production/8F1C6A528D0E4B9AA1C75E2F9B
    filter_expression:
      description: Which traces are in it.
      type: str
      returned: when there is one
      sample: service("storefront-production")
    insights_configuration:
      description: Whether there are insights, and whether EventBridge is told of them.
      type: dict
      contains:
        insights_enabled:
          description: Whether there are insights.
          type: bool
        notifications_enabled:
          description: Whether EventBridge is told.
          type: bool
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.xray.group import list_groups

OPTIONS = dict(group_names=dict(type="list", elements="str", aliases=["names"]))


def run(context):
    return {"changed": False, "groups": list_groups(context, context.options["group_names"])}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
