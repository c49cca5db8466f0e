#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_info
version_added: "0.1.0"
short_description: List CodePipeline pipelines, with their declarations and where they stand
description:
  - Tells about some or all pipelines, in the form of the options of M(convoy.delivery.codepipeline), so that what it
    tells can be given back.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  pipeline_names:
    description:
      - Only the pipelines of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given.
    type: list
    elements: str
    aliases: [names]
  version:
    description:
      - An older version of the declaration, of the one pipeline in O(pipeline_names). The latest when it is not given.
    type: int
  stage_states:
    description:
      - Whether to tell where each stage and action stands.
    type: bool
    default: false
  executions:
    description:
      - About how many executions to tell, the newest first, at most 100. M(convoy.delivery.codepipeline_execution_info)
        tells more about them.
    type: int
    default: 0
seealso:
  - module: convoy.delivery.codepipeline
  - module: convoy.delivery.codepipeline_execution_info
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which pipelines are there?
  convoy.delivery.codepipeline_info:
  register: found

- name: Where does the storefront's stand?
  convoy.delivery.codepipeline_info:
    pipeline_names: [storefront]
    stage_states: true
    executions: 1
  register: storefront

- name: Its stages that have failed
  ansible.builtin.debug:
    msg: "{{ storefront.pipelines | map(attribute='state.stage_states') | flatten
      | selectattr('latest_execution.status', 'defined')
      | selectattr('latest_execution.status', 'equalto', 'Failed') | map(attribute='stage_name') | list }}"

- name: The declaration before the last change
  convoy.delivery.codepipeline_info:
    pipeline_names: [storefront]
    version: 1
"""

RETURN = r"""
pipelines:
  description:
    - The pipelines, by name, each as RV(convoy.delivery.codepipeline#module:pipeline).
    - Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: storefront
    pipeline_arn:
      description: Its ARN.
      type: str
      sample: arn:aws:codepipeline:eu-central-1:123456789012:storefront
    version:
      description: How often it has been declared.
      type: int
      sample: 3
    stages:
      description: Its stages. Secret configuration values are C(****).
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
      sample: {"Team": "web"}
    state:
      description: Where it stands, as GetPipelineState tells it, in C(stage_states) by stage.
      type: dict
      returned: with O(stage_states=true)
    executions:
      description: Its executions, the newest first, with id, status, times, trigger and source revisions.
      type: list
      elements: dict
      returned: with O(executions)
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pipeline_list import list_pipelines
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    pipeline_names=dict(type="list", elements="str", aliases=["names"]),
    version=dict(type="int"),
    stage_states=dict(type="bool", default=False),
    executions=dict(type="int", default=0),
)


def run(context):
    options = context.options
    pipelines = list_pipelines(
        context, options["pipeline_names"], options["version"], options["stage_states"], options["executions"]
    )
    return {"changed": False, "pipelines": pipelines}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
