#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_approval_info
version_added: "0.1.0"
short_description: List the approvals that wait, with the evidence for them
description:
  - Lists the manual approvals that wait for an answer, in one pipeline or in all.
  - The evidence of each is what somebody should know before answering, namely the revisions with their messages, the
    builds with their test reports, the deployments that came before, the state of alarms, and what the deployment
    groups behind the approval have now and will have then. It is returned as data and as a text to read.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  pipeline_name:
    description:
      - The pipeline. All pipelines of the region when not given.
    type: str
    aliases: [name, pipeline]
  stage_name:
    description:
      - List only approvals of this stage.
    type: str
    aliases: [stage]
  action_name:
    description:
      - List only approvals of this action.
    type: str
    aliases: [action]
  evidence:
    description:
      - Whether to read the evidence.
    type: bool
    default: true
  alarms:
    description:
      - The CloudWatch alarms, metric and composite ones, whose state belongs to the evidence.
    type: list
    elements: str
seealso:
  - module: convoy.delivery.codepipeline_approval
  - module: convoy.delivery.codepipeline_execution
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What waits, and what speaks for it
  convoy.delivery.codepipeline_approval_info:
    pipeline_name: storefront
    alarms: [storefront-production-5xx]
  register: waiting

- name: What waits anywhere, without the evidence
  convoy.delivery.codepipeline_approval_info:
    evidence: false
"""

RETURN = r"""
approvals:
  description: The approvals that wait. An empty list when none does.
  returned: success
  type: list
  elements: dict
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
      description: The execution that waits.
      type: str
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    since:
      description: Since when.
      type: str
    external_entity_link:
      description: The link that the approval action names, empty when it names none.
      type: str
    custom_data:
      description: What the approval action says, empty when it says nothing.
      type: str
      returned: O(evidence=true)
    text:
      description: The evidence, to read.
      type: str
      returned: O(evidence=true)
    evidence:
      description: The evidence, as data.
      type: dict
      returned: O(evidence=true)
      contains:
        revisions:
          description: The source revisions, C(action_name), C(revision_id), C(message), C(url) and C(about), what the
            source action told about a commit.
          type: list
          elements: dict
        builds:
          description: The builds, with C(status), C(seconds) and the summaries of their reports as C(tests).
          type: list
          elements: dict
        deployments:
          description: The deployments, with C(deployment_id), C(status), C(counts) of hosts and C(seconds).
          type: list
          elements: dict
        actions:
          description: All actions that have ended but sources and approvals, those of builds and deployments among
            them.
          type: list
          elements: dict
        alarms:
          description: The alarms of O(alarms), C(name), C(state) (V(missing) when there is none), C(reason) and
            C(since).
          type: list
          elements: dict
        changes:
          description: The deployment groups of the next stage that deploys. C(now) is what they have, C(then) what they
            will have, each with C(revision) and C(source_revisions); C(same) when there is no difference.
          type: list
          elements: dict
        concerns:
          description: What speaks against an approval, in sentences.
          type: list
          elements: str
        unread:
          description: What could not be read, in sentences.
          type: list
          elements: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.approval_list import list_approvals
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    pipeline_name=dict(type="str", aliases=["name", "pipeline"]),
    stage_name=dict(type="str", aliases=["stage"]),
    action_name=dict(type="str", aliases=["action"]),
    evidence=dict(type="bool", default=True),
    alarms=dict(type="list", elements="str"),
)


def run(context):
    return {"changed": False, "approvals": list_approvals(context)}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
