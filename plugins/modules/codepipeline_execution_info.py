#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_execution_info
version_added: "0.1.0"
short_description: List executions of a pipeline with their stages and actions
description:
  - Lists the executions of a pipeline, by status, source revision and the stage in which they succeeded, or those named
    by their ids.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  pipeline_name:
    description:
      - The pipeline.
    type: str
    required: true
    aliases: [name, pipeline]
  pipeline_execution_ids:
    description:
      - List only these executions.
    type: list
    elements: str
    aliases: [pipeline_execution_id, execution_id]
  statuses:
    description:
      - List only executions with one of these statuses.
    type: list
    elements: str
    choices: [Cancelled, InProgress, Stopped, Stopping, Succeeded, Superseded, Failed]
  succeeded_in_stage:
    description:
      - List only executions that succeeded in this stage, among them those that can be rolled back to.
    type: str
  source_revision:
    description:
      - List only executions of this commit or version of an object. A commit's id may be shortened to 7 characters or
        more.
    type: str
    aliases: [commit]
  limit:
    description:
      - List at most this many, the newest first. V(0) lists all that CodePipeline still knows.
    type: int
    default: 20
  stages:
    description:
      - Whether to read the stages and actions of each execution, with their builds and deployments.
    type: bool
    default: false
  build_log:
    description:
      - Whether to read the last lines of the logs of failed builds too, with O(stages=true).
    type: bool
    default: false
seealso:
  - module: convoy.delivery.codepipeline_execution
  - module: convoy.delivery.codepipeline_approval_info
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The last execution, with its stages, actions, builds and deployments
  convoy.delivery.codepipeline_execution_info:
    pipeline_name: storefront
    limit: 1
    stages: true
  register: last

- name: What production has had
  convoy.delivery.codepipeline_execution_info:
    pipeline_name: storefront
    succeeded_in_stage: Production

- name: What is under way
  convoy.delivery.codepipeline_execution_info:
    pipeline_name: storefront
    statuses: [InProgress, Stopping]
"""

RETURN = r"""
executions:
  description:
    - The executions, the newest first, with C(start_time), C(last_update_time), C(source_revisions), C(trigger) and
      C(stop_trigger) as CodePipeline lists them.
    - With O(stages=true) also as RV(convoy.delivery.codepipeline_execution#module:execution).
    - An empty list when nothing is found.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.execution_list import list_executions
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

STATUSES = ["Cancelled", "InProgress", "Stopped", "Stopping", "Succeeded", "Superseded", "Failed"]
OPTIONS = dict(
    pipeline_name=dict(type="str", required=True, aliases=["name", "pipeline"]),
    pipeline_execution_ids=dict(type="list", elements="str", aliases=["pipeline_execution_id", "execution_id"]),
    statuses=dict(type="list", elements="str", choices=STATUSES),
    succeeded_in_stage=dict(type="str"),
    source_revision=dict(type="str", aliases=["commit"]),
    limit=dict(type="int", default=20),
    stages=dict(type="bool", default=False),
    build_log=dict(type="bool", default=False),
)


def run(context):
    return {"changed": False, "executions": list_executions(context)}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
