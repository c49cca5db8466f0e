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
    hosts leaves none to deploy to, a deployment of another revision runs, a target group is missing, or an alarm of
    the group rings already.
  - Changes nothing.
notes:
  - The estimate is made of the group's latest successful deployments with the same configuration and style. Without any
    it is unknown.
  - Plans are made for deployments to servers.
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
  batch:
    description:
      - Plan with a configuration that takes this many hosts out at a time, a count or a part of the fleet as C(25%).
        Per cent are rounded down to whole hosts, but never to none.
      - The plan's RV(plan.deployment_config) makes the configuration, and its name tells what it holds. AWS's own is
        used where it has one. The configuration does not have to be there yet.
    type: str
  zonal:
    description:
      - With O(batch), go through the Availability Zones one after the other.
    type: bool
    default: false
  zone_monitor_seconds:
    description:
      - With O(zonal), how long to watch a zone before the next is begun.
    type: int
    default: 0
  deployment_type:
    description:
      - Plan with this style instead of the group's. V(IN_PLACE) updates the hosts, V(BLUE_GREEN) replaces them.
    type: str
    choices: [IN_PLACE, BLUE_GREEN]
  blue_green_deployment_configuration:
    description:
      - With V(BLUE_GREEN), where the new hosts come from and what becomes of the old ones, instead of what the group
        says. The same as of M(convoy.delivery.codedeploy_deployment_group).
  target_instances:
    description:
      - The new hosts of a blue/green deployment that discovers existing ones.
  ignore_alarms:
    description:
      - Plan also while an alarm of the group is in V(ALARM), which stops a deployment that heeds it.
    type: bool
    default: false
  revision:
    description:
      - The revision that will be deployed, as returned by M(convoy.delivery.codedeploy_revision). With it the plan
        knows what is deployed already, and a deployment of it that runs is no obstacle.
seealso:
  - module: convoy.delivery.codedeploy_deployment
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - convoy.delivery.codedeploy.revision
  - convoy.delivery.codedeploy.target_instances
  - convoy.delivery.codedeploy.blue_green
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

- name: Two hosts at a time, zone by zone, with ten minutes of watching between zones
  convoy.delivery.release_plan:
    application_name: storefront
    deployment_group_name: production
    batch: "2"
    zonal: true
    zone_monitor_seconds: 600
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
    on_premises:
      description: How many hosts are on premises, in no Availability Zone.
      type: int
      sample: 0
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
    deployment_config:
      description: The options of M(convoy.delivery.codedeploy_deployment_config) that make the configuration; empty for
        one that is there.
      type: dict
    deployment_type:
      description: V(IN_PLACE) or V(BLUE_GREEN).
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

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.blue_green import BLUE_GREEN
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.revision_location import REVISION_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.tag_filters import TARGET_INSTANCES
from ansible_collections.convoy.delivery.plugins.module_utils.engine.errors import Failure
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.release import plan, plan_facts, plan_green

OPTIONS = dict(
    application_name=dict(required=True, aliases=["application"]),
    deployment_group_name=dict(required=True, aliases=["deployment_group"]),
    deployment_config_name=dict(type="str", aliases=["deployment_config"]),
    batch=dict(type="str"),
    zonal=dict(type="bool", default=False),
    zone_monitor_seconds=dict(type="int", default=0),
    deployment_type=dict(choices=["IN_PLACE", "BLUE_GREEN"]),
    blue_green_deployment_configuration=dict(type="dict", options=BLUE_GREEN),
    target_instances=dict(type="dict", options=TARGET_INSTANCES),
    ignore_alarms=dict(type="bool", default=False),
    revision=dict(type="dict", options=REVISION_OPTIONS),
)


def run(context):
    facts = plan_facts.read(context)
    kind = plan_green if facts.green else plan
    made = kind.make(facts)
    text = kind.lines(made)
    result = plan.as_result(made, text)
    if made.refusals:
        raise Failure("\n".join(made.refusals), refusals=list(made.refusals), plan=result)
    for line in text:
        context.progress.say(line, "")
    return {"changed": False, "plan": result}


def main():
    run_module(OPTIONS, run, mutually_exclusive=[("batch", "deployment_config_name")])


if __name__ == "__main__":
    main()
