#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_build_info
version_added: "0.1.0"
short_description: List CodeBuild builds and batches of builds
description:
  - Tells about builds, or batches of builds, the newest first, with their phases, what they export, their artifacts
    and, where that is wanted, their reports and the last lines of their logs.
  - Values of variables that seem to hold a secret in plain text are hidden.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  build_ids:
    description:
      - Only the builds, or the batches, of these ids. Ids that CodeBuild does not know are left out of the answer.
    type: list
    elements: str
  project_name:
    description:
      - Only those of this project, where O(build_ids) is not given. Those of all projects when neither is.
    type: str
    aliases: [project]
  batch:
    description:
      - Whether it is about batches of builds.
    type: bool
    default: false
  statuses:
    description:
      - Only those with one of these statuses.
    type: list
    elements: str
    choices: [SUCCEEDED, FAILED, FAULT, TIMED_OUT, IN_PROGRESS, STOPPED]
  limit:
    description:
      - At most so many, the newest; V(0) for all. Does not count where O(build_ids) is given.
    type: int
    default: 20
  reports:
    description:
      - Whether to tell what the reports say, as M(convoy.delivery.codebuild_build) does.
    type: bool
    default: false
  log_lines:
    description:
      - How many lines of each build's log to tell, the last ones of the phase that failed, or of all.
    type: int
    default: 0
seealso:
  - module: convoy.delivery.codebuild_build
  - module: convoy.delivery.codebuild_report_info
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What did the last builds of the storefront come to?
  convoy.delivery.codebuild_build_info:
    project_name: storefront
    limit: 5
  register: last

- name: Why did they fail?
  convoy.delivery.codebuild_build_info:
    project_name: storefront
    statuses: [FAILED, TIMED_OUT]
    reports: true
    log_lines: 20
  register: failed
"""

RETURN = r"""
builds:
  description: The builds, or the batches, the newest first. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Its id.
      type: str
      sample: storefront:3f1c6a52-8d0e-4b9a-a1c7-5e2f9b8d7c60
    build_number:
      description: Its number in the project.
      type: int
      returned: for a build
    build_status:
      description: How it ended, or V(IN_PROGRESS).
      type: str
      sample: SUCCEEDED
      returned: for a build
    build_batch_status:
      description: The same of a batch.
      type: str
      returned: for a batch
    phases:
      description: The phases in their order.
      type: list
      elements: dict
    seconds:
      description: How long it took, from its start to its end; none before that.
      type: float
    exported_variables:
      description: The variables that the buildspec exports, by name.
      type: dict
      returned: for a build
    artifacts:
      description: The primary artifact.
      type: dict
    logs:
      description: Where the log is.
      type: dict
    reports:
      description: What the reports say.
      type: list
      elements: dict
      returned: with O(reports=true)
    log:
      description: The last lines of the log.
      type: list
      elements: str
      returned: with O(log_lines), for a build
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.build_list import list_builds
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    build_ids=dict(type="list", elements="str"),
    project_name=dict(type="str", aliases=["project"]),
    batch=dict(type="bool", default=False),
    statuses=dict(
        type="list",
        elements="str",
        choices=["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "IN_PROGRESS", "STOPPED"],
    ),
    limit=dict(type="int", default=20),
    reports=dict(type="bool", default=False),
    log_lines=dict(type="int", default=0),
)


def run(context):
    return {"changed": False, "builds": list_builds(context)}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
