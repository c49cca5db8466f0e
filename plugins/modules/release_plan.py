#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: release_plan
version_added: "0.1.0"
short_description: Say what a release to a CodeDeploy deployment group will do, and refuse an impossible one
description:
  - Reads the deployment group, its configuration, its hosts and its history, and tells which hosts are deployed to in
    which order, how many are out at once, how many have to stay healthy, and how long it will take.
  - Fails, before anything is changed, when the release cannot be done. The group has no hosts, the minimum of healthy
    hosts leaves none to deploy to, a deployment of another revision runs, or a target group is missing.
  - Changes nothing.
notes:
  - The estimate is made of the group's latest successful deployments with the same configuration. Without any it is
    unknown.
  - Plans are made for in-place deployments to servers.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_name:
    description:
      - The CodeDeploy application.
    type: str
    required: true
    aliases: [application]
  deployment_group_name:
    description:
      - The deployment group of the application.
    type: str
    required: true
    aliases: [deployment_group]
  deployment_config_name:
    description:
      - Plan with this deployment configuration instead of the group's.
    type: str
    aliases: [deployment_config]
  revision:
    description:
      - The revision that will be deployed, as returned by M(convoy.delivery.codedeploy_revision). With it the plan
        knows what is deployed already, and a deployment of it that runs is no obstacle.
    type: dict
    suboptions:
      revision_type:
        description: Where the revision is.
        type: str
        required: true
        choices: [S3, GitHub, String, AppSpecContent]
      s3_location:
        description: The object in S3, with O(revision.revision_type=S3).
        type: dict
        suboptions:
          bucket:
            description: Its bucket.
            type: str
            required: true
          key:
            description: Its key.
            type: str
            required: true
          bundle_type:
            description: What it is.
            type: str
            required: true
            choices: [tar, tgz, zip, YAML, JSON]
          version:
            description: Its version.
            type: str
          e_tag:
            description: Its ETag.
            type: str
      git_hub_location:
        description: The commit, with O(revision.revision_type=GitHub).
        type: dict
        suboptions:
          repository:
            description: OWNER/NAME.
            type: str
            required: true
          commit_id:
            description: The commit's SHA-1, whole.
            type: str
            required: true
      app_spec_content:
        description: An AppSpec text, with O(revision.revision_type=AppSpecContent).
        type: dict
        suboptions:
          content:
            description: The AppSpec, YAML or JSON.
            type: str
            required: true
          sha256:
            description: SHA-256 of the content, in hexadecimal digits.
            type: str
      string:
        description: An AppSpec text, with O(revision.revision_type=String).
        type: dict
        suboptions:
          content:
            description: The AppSpec, JSON.
            type: str
            required: true
          sha256:
            description: SHA-256 of the content, in hexadecimal digits.
            type: str
seealso:
  - module: convoy.delivery.codedeploy_deployment
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What the release will do is known and possible
  convoy.delivery.release_plan:
    application_name: storefront
    deployment_group_name: production
    revision: "{{ storefront.revision }}"
  register: planned

- name: It is shown
  ansible.builtin.debug:
    msg: "{{ planned.plan.text }}"
"""

RETURN = r"""
plan:
  description: The plan; also returned, as far as it makes sense, when the release is refused.
  returned: always, when the deployment group could be read
  type: dict
  contains:
    hosts:
      description:
        - The hosts in CodeDeploy's order, with C(id), C(zone), C(running) and C(standing), which is V(unhealthy),
          V(unknown), V(old) or V(current).
      type: list
      elements: dict
    zones:
      description: How many hosts each availability zone has.
      type: dict
      sample: {us-east-1a: 2, us-east-1b: 2}
    batches:
      description: Hosts that are out at the same time, C(hosts), one after the other; C(zone) in a zonal configuration.
      type: list
      elements: dict
    most_out_at_once:
      description: How many hosts are out at once at most.
      type: int
      sample: 1
    minimum_healthy:
      description: How many hosts have to stay healthy.
      type: int
      sample: 3
    may_fail:
      description: How many hosts may fail before CodeDeploy gives up while hosts are left.
      type: int
      sample: 0
    seconds:
      description: How long the deployment will take, in seconds; null when no former one tells.
      type: float
      sample: 82.5
    rollback_seconds:
      description: How long a rollback takes at most; it is a deployment like any other.
      type: float
      sample: 82.5
    automatic_rollback:
      description: Whether the group rolls back when a deployment fails.
      type: bool
    revision:
      description: The revision in words, empty when none was given.
      type: str
      sample: s3://my-artifacts/revisions/storefront/0a1b2c3d4e5f60718293a4b5c6d7e8f9.tgz
    deployed_revision:
      description: The revision of the last successful deployment in words, empty when there was none.
      type: str
    application_name:
      description: The application.
      type: str
    deployment_group_name:
      description: The deployment group.
      type: str
    deployment_config_name:
      description: The deployment configuration that the plan is made with.
      type: str
    warnings:
      description: What is worth knowing and does not stop the release.
      type: list
      elements: str
    text:
      description: The plan for people, line by line.
      type: list
      elements: str
refusals:
  description: Why the release cannot be done.
  returned: when it cannot
  type: list
  elements: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.revision_location import REVISION_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.release import plan, plan_facts

OPTIONS = dict(
    application_name=dict(required=True, aliases=["application"]),
    deployment_group_name=dict(required=True, aliases=["deployment_group"]),
    deployment_config_name=dict(type="str", aliases=["deployment_config"]),
    revision=dict(type="dict", options=REVISION_OPTIONS),
)


def run(context):
    made = plan.make(plan_facts.read(context))
    if made.refusals:
        raise Failure("\n".join(made.refusals), refusals=list(made.refusals), plan=plan.as_result(made))
    for line in plan.lines(made):
        context.progress.say(line, "")
    return {"changed": False, "plan": plan.as_result(made)}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
