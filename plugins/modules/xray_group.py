#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: xray_group
version_added: "0.1.0"
short_description: Create, change, tag and delete X-Ray groups
description:
  - A group holds the traces that a filter expression finds. It has metrics of its own, and insights where they are
    switched on.
  - Nothing is written when the group already is as the task wants it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  group_name:
    description:
      - The group's name, 1 to 32 characters. V(Default) is X-Ray's own group.
    type: str
    required: true
    aliases: [name]
  filter_expression:
    description:
      - Which traces are in the group, such as C(service("storefront") { fault OR error }).
      - A group without one has all traces. White space between the words of an expression means nothing.
      - X-Ray says what it finds wrong with it only when it is written, not in check mode.
    type: str
  insights_configuration:
    description:
      - Whether X-Ray looks for anomalies in the group's traces. A new group has no insights when the option is not
        given.
    type: dict
    suboptions:
      insights_enabled:
        description: Whether there are insights. X-Ray charges for each trace that they look at.
        type: bool
      notifications_enabled:
        description:
          - Whether EventBridge is told of insights. Needs O(insights_configuration.insights_enabled), and goes with it.
        type: bool
  state:
    description:
      - V(present) makes the group or changes it, V(absent) deletes it. The traces stay.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - name: Using filter expressions
    description: What an expression may say.
    link: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
  - module: convoy.delivery.xray_group_info
  - module: convoy.delivery.xray_sampling_rule
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Traces of production are a group
  convoy.delivery.xray_group:
    group_name: storefront-production
    filter_expression: service("storefront-production")
    tags:
      Environment: production

- name: X-Ray looks for anomalies in them, and tells EventBridge
  convoy.delivery.xray_group:
    group_name: storefront-production
    insights_configuration:
      insights_enabled: true
      notifications_enabled: true

- name: Only requests that fail or are slow are of interest
  convoy.delivery.xray_group:
    group_name: storefront-production
    filter_expression: service("storefront-production") { fault OR responsetime > 2 }

- name: It is not needed any more
  convoy.delivery.xray_group:
    group_name: storefront-production
    state: absent
"""

RETURN = r"""
group:
  description:
    - The group afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    group_name:
      description: Its name.
      type: str
      sample: storefront-production
    group_arn:
      description: The ARN that AWS gave. Not known in check mode before the group is made.
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
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.xray.group import Group

OPTIONS = dict(
    group_name=dict(type="str", required=True, aliases=["name"]),
    filter_expression=dict(type="str"),
    insights_configuration=dict(
        type="dict", options=dict(insights_enabled=dict(type="bool"), notifications_enabled=dict(type="bool"))
    ),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(Group(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
