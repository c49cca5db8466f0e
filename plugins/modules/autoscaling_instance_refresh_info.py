#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: autoscaling_instance_refresh_info
version_added: "0.1.0"
short_description: List the instance refreshes of an Auto Scaling group
description:
  - Tells about the instance refreshes of a group, the newest first. AWS remembers them for six weeks.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  auto_scaling_group_name:
    description:
      - The Auto Scaling group.
    type: str
    required: true
    aliases: [group_name, name]
  instance_refresh_ids:
    description:
      - Only these. All of them when the option is not given.
    type: list
    elements: str
    aliases: [ids]
seealso:
  - module: convoy.delivery.autoscaling_instance_refresh
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: How did the last instance refreshes of production end?
  convoy.delivery.autoscaling_instance_refresh_info:
    auto_scaling_group_name: storefront-production
  register: found
"""

RETURN = r"""
instance_refreshes:
  description: The instance refreshes, the newest first. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    instance_refresh_id:
      description: Its id.
      type: str
      sample: 08b91cf7-8fa6-48af-b6a6-d227f40f1b9b
    auto_scaling_group_name:
      description: The group.
      type: str
      sample: storefront-production
    status:
      description:
        - V(Pending), V(InProgress), V(Baking), V(Successful), V(Failed), V(Cancelling), V(Cancelled),
          V(RollbackInProgress), V(RollbackSuccessful) or V(RollbackFailed).
      type: str
      sample: Successful
    status_reason:
      description: Why it is so.
      type: str
      returned: when Auto Scaling tells it
    percentage_complete:
      description: How much is replaced.
      type: int
      sample: 100
    instances_to_update:
      description: How many instances are left.
      type: int
      sample: 0
    start_time:
      description: When it began, ISO 8601.
      type: str
      sample: "2026-01-15T10:30:00+00:00"
    end_time:
      description: When it ended.
      type: str
      returned: when it has ended
    desired_configuration:
      description: What the new instances are launched from.
      type: dict
      returned: when one was given
    preferences:
      description: How the instances are replaced.
      type: dict
    rollback_details:
      description: Why and how far it was rolled back.
      type: dict
      returned: when it was
    strategy:
      description: V(Rolling) or V(ReplaceRootVolume).
      type: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.refresh_calls import list_refreshes
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    auto_scaling_group_name=dict(type="str", required=True, aliases=["group_name", "name"]),
    instance_refresh_ids=dict(type="list", elements="str", aliases=["ids"]),
)


def run(context):
    options = context.options
    found = list_refreshes(context, options["auto_scaling_group_name"], options["instance_refresh_ids"])
    return {"changed": False, "instance_refreshes": found}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
