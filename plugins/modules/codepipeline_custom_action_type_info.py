#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_custom_action_type_info
version_added: "0.1.0"
short_description: List CodePipeline custom action types
description:
  - Tells about some or all custom action types of the account, in the form of the options of
    M(convoy.delivery.codepipeline_custom_action_type), with their tags.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  category:
    description:
      - Only types of this category.
    type: str
    choices: [Source, Build, Deploy, Test, Invoke, Approval, Compute]
  provider:
    description:
      - Only types of this provider.
    type: str
seealso:
  - module: convoy.delivery.codepipeline_custom_action_type
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which versions of the load test are there?
  convoy.delivery.codepipeline_custom_action_type_info:
    category: Test
    provider: LoadTest
  register: found
"""

RETURN = r"""
custom_action_types:
  description:
    - The types, by category, provider and version, each as
      RV(convoy.delivery.codepipeline_custom_action_type#module:custom_action_type).
    - Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    category:
      description: What such an action does.
      type: str
      sample: Test
    provider:
      description: What does it.
      type: str
      sample: LoadTest
    version:
      description: Its version.
      type: str
      sample: '1'
    tags:
      description: Its tags.
      type: dict
      sample: {"Team": "performance"}
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.custom_action import (
    list_custom_action_types,
)
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pipeline_options import CATEGORIES
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    category=dict(choices=CATEGORIES),
    provider=dict(type="str"),
)


def run(context):
    found = list_custom_action_types(context, context.options["category"], context.options["provider"])
    return {"changed": False, "custom_action_types": found}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
