#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_approval
version_added: "0.1.0"
short_description: Approve or reject what waits in a pipeline
description:
  - Answers a manual approval for the execution that was reviewed, and for no other. When another execution waits there
    by now, or none does, the task fails, says what waits instead, and nothing is approved.
  - Running the same task again changes nothing. An approval that was given for this execution before, by whomever, is
    recognised; one that was answered otherwise fails the task.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  pipeline_name:
    description:
      - The pipeline.
    type: str
    required: true
    aliases: [name, pipeline]
  pipeline_execution_id:
    description:
      - The execution that was reviewed, as told by M(convoy.delivery.codepipeline_approval_info) and
        M(convoy.delivery.codepipeline_execution).
    type: str
    required: true
    aliases: [execution_id]
  stage_name:
    description:
      - The stage of the approval. It may be left out when only one approval of the pipeline can be meant.
    type: str
    aliases: [stage]
  action_name:
    description:
      - The approval action. It may be left out when only one approval of the pipeline can be meant.
    type: str
    aliases: [action]
  state:
    description:
      - The answer. It has no default, so that nothing is approved by an omission.
    type: str
    choices: [approved, rejected]
    required: true
  summary:
    description:
      - What is said about the answer, at most 512 characters. Everybody who may read the pipeline can read it.
    type: str
    default: ""
seealso:
  - module: convoy.delivery.codepipeline_approval_info
  - module: convoy.delivery.codepipeline_execution
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What waits
  convoy.delivery.codepipeline_approval_info:
    pipeline_name: storefront
    alarms: [storefront-production-5xx]
  register: waiting

- name: The evidence
  ansible.builtin.debug:
    msg: "{{ waiting.approvals[0].text.splitlines() }}"

- name: What was reviewed goes to production
  convoy.delivery.codepipeline_approval:
    pipeline_name: storefront
    stage_name: Approve
    action_name: Release
    pipeline_execution_id: "{{ waiting.approvals[0].pipeline_execution_id }}"
    state: approved
    summary: Looked at on staging
"""

RETURN = r"""
approval:
  description: The approval as it is now. In check mode, as it would be.
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
      sample: Approve
    action_name:
      description: The approval action.
      type: str
      sample: Release
    pipeline_execution_id:
      description: The execution.
      type: str
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    status:
      description: V(Approved) or V(Rejected). An approval that nobody has answered in time counts as rejected.
      type: str
      sample: Approved
    summary:
      description: What was said about it.
      type: str
      sample: Looked at on staging
    answered_by:
      description: Who has answered.
      type: str
      returned: when it was answered before
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.approval import answer
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    pipeline_name=dict(type="str", required=True, aliases=["name", "pipeline"]),
    pipeline_execution_id=dict(type="str", required=True, aliases=["execution_id"]),
    stage_name=dict(type="str", aliases=["stage"]),
    action_name=dict(type="str", aliases=["action"]),
    state=dict(choices=["approved", "rejected"], required=True),
    summary=dict(type="str", default=""),
)


def main():
    run_module(OPTIONS, answer)


if __name__ == "__main__":
    main()
