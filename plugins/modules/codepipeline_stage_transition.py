#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_stage_transition
version_added: "0.1.0"
short_description: Open and close the way into a stage of a pipeline
description:
  - Enables and disables the transition between two stages. Executions wait in front of a stage whose transition is
    disabled, and enter it when it is enabled again. An execution that is in the stage goes on.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  pipeline_name:
    description:
      - The pipeline.
    type: str
    required: true
    aliases: [name, pipeline]
  stage_name:
    description:
      - The stage.
    type: str
    required: true
    aliases: [stage]
  transition_type:
    description:
      - V(Inbound) is the way into the stage, V(Outbound) the way out of it, into the next one.
    type: str
    choices: [Inbound, Outbound]
    default: Inbound
  state:
    description:
      - Whether executions may pass.
    type: str
    choices: [enabled, disabled]
    default: enabled
  reason:
    description:
      - Why it is disabled, at most 300 letters, digits, spaces and C(! @ ( ) . * ? -). Required with O(state=disabled).
    type: str
seealso:
  - module: convoy.delivery.codepipeline
  - module: convoy.delivery.codepipeline_execution
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Nothing is released over the holidays
  convoy.delivery.codepipeline_stage_transition:
    pipeline_name: storefront
    stage_name: Production
    state: disabled
    reason: Frozen until January 7

- name: Releases go on
  convoy.delivery.codepipeline_stage_transition:
    pipeline_name: storefront
    stage_name: Production
"""

RETURN = r"""
stage_transition:
  description: The transition afterwards.
  returned: success
  type: dict
  contains:
    pipeline_name:
      description: The pipeline.
      type: str
      sample: storefront
    stage_name:
      description: The stage.
      type: str
      sample: Production
    transition_type:
      description: V(Inbound) or V(Outbound).
      type: str
      sample: Inbound
    enabled:
      description: Whether executions may pass.
      type: bool
      sample: false
    disabled_reason:
      description: Why it is disabled, empty when it is not.
      type: str
      sample: Frozen until January 7
    last_changed_by:
      description: Who changed it last.
      type: str
      returned: when it was ever changed
    last_changed_at:
      description: When it was changed last.
      type: str
      returned: when it was ever changed
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.transition import Transition
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge

OPTIONS = dict(
    pipeline_name=dict(type="str", required=True, aliases=["name", "pipeline"]),
    stage_name=dict(type="str", required=True, aliases=["stage"]),
    transition_type=dict(choices=["Inbound", "Outbound"], default="Inbound"),
    state=dict(choices=["enabled", "disabled"], default="enabled"),
    reason=dict(type="str"),
)


def run(context):
    return converge(Transition(context))


def main():
    run_module(OPTIONS, run, required_if=[("state", "disabled", ["reason"])])


if __name__ == "__main__":
    main()
