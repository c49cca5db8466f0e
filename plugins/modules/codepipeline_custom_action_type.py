#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_custom_action_type
version_added: "0.1.0"
short_description: Create, tag and delete CodePipeline custom action types
description:
  - A custom action type makes something of your own an action of pipelines. A job worker of yours polls CodePipeline
    for its jobs, does them and tells what came of them.
  - AWS cannot change a type. When anything but its tags differs, the module says so and asks for a new version.
  - Nothing is written when the type already is as the task wants it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  category:
    description:
      - What such an action does.
    type: str
    required: true
    choices: [Source, Build, Deploy, Test, Invoke, Approval, Compute]
  provider:
    description:
      - The name of what does it, 1 to 35 letters, digits, C(_) and C(-).
    type: str
    required: true
  version:
    description:
      - The version of the type, 1 to 9 letters, digits, C(_) and C(-). The version of a deleted type can be made again
        only as what it was.
    type: str
    required: true
  settings:
    description:
      - Links that the console shows. C({Config:NAME}) in them stands for a configuration value,
        C({ExternalExecutionId}) for the id that the job worker tells.
    type: dict
    suboptions:
      third_party_configuration_url:
        description:
          - Where people sign up for the service.
        type: str
      entity_url_template:
        description:
          - What the action works on.
        type: str
      execution_url_template:
        description:
          - One execution of it.
        type: str
      revision_url_template:
        description:
          - Where people change its configuration.
        type: str
  configuration_properties:
    description:
      - What an action of this type is configured with, at most ten.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The key in the action's configuration.
        type: str
        required: true
      required:
        description:
          - Whether each action must give it.
        type: bool
        default: false
      key:
        description:
          - Whether it tells one thing that is worked on from another.
        type: bool
        default: false
      secret:
        description:
          - Whether its value is shown to job workers only.
        type: bool
        default: false
      queryable:
        description:
          - Whether job workers can ask for jobs with a value of it. One property at most, which is required and not
            secret.
        type: bool
        default: false
      description:
        description:
          - What people are told about it.
        type: str
      type:
        description:
          - What kind of value it is.
        type: str
        choices: [String, Number, Boolean]
  input_artifact_details:
    description:
      - How many artifacts such an action takes in. Required to create a type.
    type: dict
    suboptions: &counts
      minimum_count:
        description:
          - At least so many, 0 to 5.
        type: int
        required: true
      maximum_count:
        description:
          - At most so many, 0 to 5.
        type: int
        required: true
  output_artifact_details:
    description:
      - How many artifacts it puts out. Required to create a type.
    type: dict
    suboptions: *counts
  state:
    description:
      - V(present) makes the type, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codepipeline_custom_action_type_info
  - module: convoy.delivery.codepipeline
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A load test of our own is an action of pipelines
  convoy.delivery.codepipeline_custom_action_type:
    category: Test
    provider: LoadTest
    version: '1'
    settings:
      execution_url_template: https://load.example/runs/{ExternalExecutionId}
    configuration_properties:
      - name: Scenario
        required: true
        key: true
        queryable: true
        type: String
      - name: ApiKey
        required: true
        secret: true
    input_artifact_details: {minimum_count: 0, maximum_count: 1}
    output_artifact_details: {minimum_count: 0, maximum_count: 1}
    tags:
      Team: performance

- name: It is not used any more
  convoy.delivery.codepipeline_custom_action_type:
    category: Test
    provider: LoadTest
    version: '1'
    state: absent
"""

RETURN = r"""
custom_action_type:
  description:
    - The type afterwards, in the form of the options; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
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
    settings:
      description: Links that the console shows.
      type: dict
      sample: {"execution_url_template": "https://load.example/runs/{ExternalExecutionId}"}
    configuration_properties:
      description: What an action of this type is configured with.
      type: list
      elements: dict
    input_artifact_details:
      description: How many artifacts such an action takes in.
      type: dict
      sample: {"minimum_count": 0, "maximum_count": 1}
    output_artifact_details:
      description: How many artifacts it puts out.
      type: dict
      sample: {"minimum_count": 0, "maximum_count": 1}
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.custom_action import CustomActionType
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pipeline_options import CATEGORIES
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

COUNTS = dict(
    type="dict",
    options=dict(minimum_count=dict(type="int", required=True), maximum_count=dict(type="int", required=True)),
)
PROPERTY = dict(
    name=dict(type="str", required=True),
    required=dict(type="bool", default=False),
    key=dict(type="bool", default=False, no_log=False),
    secret=dict(type="bool", default=False, no_log=False),
    queryable=dict(type="bool", default=False),
    description=dict(type="str"),
    type=dict(type="str", choices=["String", "Number", "Boolean"]),
)

OPTIONS = dict(
    category=dict(required=True, choices=CATEGORIES),
    provider=dict(required=True),
    version=dict(required=True),
    settings=dict(
        type="dict",
        options=dict(
            third_party_configuration_url=dict(type="str"),
            entity_url_template=dict(type="str"),
            execution_url_template=dict(type="str"),
            revision_url_template=dict(type="str"),
        ),
    ),
    configuration_properties=dict(type="list", elements="dict", options=PROPERTY),
    input_artifact_details=COUNTS,
    output_artifact_details=COUNTS,
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(CustomActionType(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
