#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_deployment_group
version_added: "0.1.0"
short_description: Create, change, rename, tag and delete CodeDeploy deployment groups
description:
  - A deployment group says which hosts, Lambda functions or ECS services a deployment reaches, behind which load
    balancer, in which style, and when it is rolled back.
  - Options that are not given leave what is there alone; an empty list or dictionary removes it.
  - Nothing is written when the group already is as the task wants it.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_name:
    description:
      - The application that the group belongs to.
    type: str
    required: true
  deployment_group_name:
    description:
      - The group's name, 1 to 100 letters, digits and C(+=,.@_-).
    type: str
    required: true
    aliases: [name]
  new_deployment_group_name:
    description:
      - Rename the group. Its deployments stay with it.
      - Where the group already has this name nothing is done.
    type: str
  service_role_arn:
    description:
      - The role that CodeDeploy works with in your account. Required to create a group.
    type: str
  role_timeout:
    description:
      - How many seconds to wait for CodeDeploy to accept O(service_role_arn). IAM needs some until other services see
        a new role.
    type: int
    default: 30
  deployment_config_name:
    description:
      - How many hosts must stay healthy, or how traffic moves. See M(convoy.delivery.codedeploy_deployment_config).
      - A new group has C(CodeDeployDefault.OneAtATime) when this is not given.
    type: str
  ec2_tag_filters:
    description:
      - The EC2 instances that carry any of these tags.
      - Excludes O(ec2_tag_set); who gives one of the two gives the other up.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - The tag's key.
        type: str
      value:
        description:
          - The tag's value.
        type: str
      type:
        description:
          - What is compared. Follows from what is given when it is left out.
        type: str
        choices: [KEY_ONLY, VALUE_ONLY, KEY_AND_VALUE]
  ec2_tag_set:
    description:
      - The EC2 instances that carry a tag of each of these lists.
    type: dict
    suboptions:
      ec2_tag_set_list:
        description:
          - At most three lists of at most ten filters with C(key), C(value) and C(type), as in O(ec2_tag_filters).
        type: list
        elements: list
  on_premises_instance_tag_filters:
    description:
      - The on-premises instances that carry any of these tags.
      - Excludes O(on_premises_tag_set); who gives one of the two gives the other up.
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - The tag's key.
        type: str
      value:
        description:
          - The tag's value.
        type: str
      type:
        description:
          - What is compared. Follows from what is given when it is left out.
        type: str
        choices: [KEY_ONLY, VALUE_ONLY, KEY_AND_VALUE]
  on_premises_tag_set:
    description:
      - The on-premises instances that carry a tag of each of these lists.
    type: dict
    suboptions:
      on_premises_tag_set_list:
        description:
          - At most three lists of at most ten filters with C(key), C(value) and C(type), as in
            O(on_premises_instance_tag_filters).
        type: list
        elements: list
  auto_scaling_groups:
    description:
      - The names of Auto Scaling groups whose instances belong to the group, new ones as they are launched.
      - After a blue/green deployment that copied the Auto Scaling group, CodeDeploy keeps its copy's name here. See
        O(adopt_copied_auto_scaling_group).
    type: list
    elements: str
  adopt_copied_auto_scaling_group:
    description:
      - Whether a copy that CodeDeploy made in a blue/green deployment (C(CodeDeploy_GROUP_d-...)) and that took the
        place of the Auto Scaling group in O(auto_scaling_groups) is left there. V(false) puts the task's names back,
        which takes the hosts that have the traffic out of the deployment group.
    type: bool
    default: true
  adopt_replacement_instances:
    description:
      - Whether the group stays with the instances of its last blue/green deployment, where that was one to instances
        that existed already (V(DISCOVER_EXISTING)) and CodeDeploy has pointed the group to them. O(ec2_tag_filters),
        O(ec2_tag_set) and O(auto_scaling_groups) are left as they are then. V(false) puts the task's back, which takes
        the hosts that have the traffic out of the deployment group.
    type: bool
    default: true
  orphaned_auto_scaling_groups:
    description:
      - What to do about Auto Scaling groups that blue/green deployments left behind. These are copies of deployments
        that failed or were followed by others, and the original where the copy was adopted and the original was kept
        alive.
      - V(report) warns and returns them, V(remove) deletes them with their instances, V(ignore) does not look for them.
      - Looked for only where the group copies its Auto Scaling group, and removed only while no deployment runs.
    type: str
    choices: [report, remove, ignore]
    default: report
  restore_lifecycle_hooks:
    description:
      - Whether to see that CodeDeploy's lifecycle hooks are in the Auto Scaling groups, and to have CodeDeploy put one
        back that is missing. Without it new instances come up without the application.
    type: bool
    default: true
  purge_auto_scaling_groups:
    description:
      - Whether Auto Scaling groups that O(auto_scaling_groups) does not name are taken out of the group.
    type: bool
    default: true
  ecs_services:
    description:
      - The ECS services that are deployed to.
    type: list
    elements: dict
    suboptions:
      service_name:
        description:
          - The service's name.
        type: str
        required: true
      cluster_name:
        description:
          - The name of the cluster that it runs in.
        type: str
        required: true
  load_balancer_info:
    description:
      - The load balancer from which hosts are taken while they are worked on.
      - The option is compared and replaced as a whole.
    type: dict
    suboptions:
      target_group_info_list:
        description:
          - The target groups of Application or Network Load Balancers, at most ten.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - The target group's name.
            type: str
            required: true
      elb_info_list:
        description:
          - Classic Load Balancers, at most ten.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - The load balancer's name.
            type: str
            required: true
      target_group_pair_info_list:
        description:
          - For ECS, the two target groups between which the traffic moves. One pair at most.
        type: list
        elements: dict
        suboptions:
          target_groups:
            description:
              - The two target groups.
            type: list
            elements: dict
            required: true
            suboptions:
              name:
                description:
                  - The target group's name.
                type: str
                required: true
          prod_traffic_route:
            description:
              - Where production traffic arrives.
            type: dict
            suboptions:
              listener_arns:
                description:
                  - The ARN of the listener; one.
                type: list
                elements: str
                required: true
          test_traffic_route:
            description:
              - Where test traffic arrives.
            type: dict
            suboptions:
              listener_arns:
                description:
                  - The ARN of the listener; one.
                type: list
                elements: str
                required: true
  deployment_style:
    description:
      - Whether the hosts are updated or replaced, and whether traffic is kept away from them meanwhile.
      - A new group is V(IN_PLACE) and V(WITHOUT_TRAFFIC_CONTROL) where this is not given.
    type: dict
    suboptions:
      deployment_type:
        description:
          - V(IN_PLACE) updates the hosts, V(BLUE_GREEN) replaces them by new ones.
        type: str
        choices: [IN_PLACE, BLUE_GREEN]
      deployment_option:
        description:
          - V(WITH_TRAFFIC_CONTROL) takes a host out of O(load_balancer_info) while it is worked on.
        type: str
        choices: [WITH_TRAFFIC_CONTROL, WITHOUT_TRAFFIC_CONTROL]
  blue_green_deployment_configuration:
    description:
      - Where the new hosts of a blue/green deployment come from, when traffic moves to them, and what becomes of the
        old ones.
  auto_rollback_configuration:
    description:
      - When a deployment is followed by one of the revision that succeeded last.
    type: dict
    suboptions:
      enabled:
        description:
          - Whether it is done at all.
        type: bool
      events:
        description:
          - When it is done.
        type: list
        elements: str
        choices: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM, DEPLOYMENT_STOP_ON_REQUEST]
  alarm_configuration:
    description:
      - The CloudWatch alarms that stop a deployment.
    type: dict
    suboptions:
      enabled:
        description:
          - Whether alarms are watched at all.
        type: bool
      ignore_poll_alarm_failure:
        description:
          - Whether a deployment goes on when an alarm cannot be read.
        type: bool
      alarms:
        description:
          - The alarms, at most ten.
        type: list
        elements: dict
        suboptions:
          name:
            description:
              - The alarm's name.
            type: str
            required: true
  trigger_configurations:
    description:
      - The SNS topics that are told about deployments and hosts, at most ten.
    type: list
    elements: dict
    suboptions:
      trigger_name:
        description:
          - The trigger's name.
        type: str
        required: true
      trigger_target_arn:
        description:
          - The topic's ARN.
        type: str
        required: true
      trigger_events:
        description:
          - What it is told about.
        type: list
        elements: str
        required: true
        choices:
          - DeploymentStart
          - DeploymentSuccess
          - DeploymentFailure
          - DeploymentStop
          - DeploymentRollback
          - DeploymentReady
          - InstanceStart
          - InstanceSuccess
          - InstanceFailure
          - InstanceReady
  purge_trigger_configurations:
    description:
      - Whether triggers that O(trigger_configurations) does not name are removed.
    type: bool
    default: true
  outdated_instances_strategy:
    description:
      - What happens to instances that were launched with the old revision during a deployment. V(UPDATE) deploys to
        them afterwards.
      - A new group is for V(UPDATE) when this is not given.
    type: str
    choices: [UPDATE, IGNORE]
  termination_hook_enabled:
    description:
      - Whether hosts that Auto Scaling terminates are shut down by a deployment of their own (events
        BeforeBlockTraffic to ApplicationStop).
    type: bool
  ec2_deployment_options:
    description:
      - What CodeDeploy does with Auto Scaling groups during an in-place deployment.
    type: dict
    suboptions:
      auto_scaling_group_processes_to_suspend:
        description:
          - The Auto Scaling processes that rest during a deployment. An empty list suspends none.
        type: list
        elements: str
        choices: [Terminate, AZRebalance, InstanceRefresh, ScheduledActions]
  state:
    description:
      - V(present) makes the group or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codedeploy_deployment_group_info
  - module: convoy.delivery.codedeploy_application
  - module: convoy.delivery.codedeploy_deployment_config
extends_documentation_fragment:
  - convoy.delivery.attributes
  - convoy.delivery.codedeploy.blue_green
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Production is an Auto Scaling group behind a load balancer, updated one host at a time
  convoy.delivery.codedeploy_deployment_group:
    application_name: storefront
    deployment_group_name: production
    service_role_arn: arn:aws:iam::123456789012:role/codedeploy
    deployment_config_name: CodeDeployDefault.OneAtATime
    auto_scaling_groups: [storefront-production]
    deployment_style:
      deployment_type: IN_PLACE
      deployment_option: WITH_TRAFFIC_CONTROL
    load_balancer_info:
      target_group_info_list:
        - name: storefront-production
    auto_rollback_configuration:
      enabled: true
      events: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM]
    alarm_configuration:
      enabled: true
      alarms:
        - name: storefront-production-5xx

- name: Hosts with one tag of each list
  convoy.delivery.codedeploy_deployment_group:
    application_name: storefront
    deployment_group_name: canaries
    service_role_arn: arn:aws:iam::123456789012:role/codedeploy
    ec2_tag_set:
      ec2_tag_set_list:
        - [{key: Environment, value: production}]
        - [{key: Role, value: web}, {key: Role, value: api}]

- name: No alarms any more
  convoy.delivery.codedeploy_deployment_group:
    application_name: storefront
    deployment_group_name: production
    alarm_configuration:
      enabled: false
      alarms: []
"""

RETURN = r"""
deployment_group:
  description:
    - The group afterwards, in the form of the options; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    application_name:
      description: The application that it belongs to.
      type: str
      sample: storefront
    deployment_group_id:
      description: The id that AWS gave. Not known in check mode before the group is made.
      type: str
      sample: 1b6f4c3e-7d20-4f8b-8a0e-3a1d5c9b7e42
    deployment_group_name:
      description: Its name.
      type: str
      sample: production
    service_role_arn:
      description: The role that CodeDeploy works with.
      type: str
      sample: arn:aws:iam::123456789012:role/codedeploy
    deployment_config_name:
      description: How many hosts must stay healthy.
      type: str
      sample: CodeDeployDefault.OneAtATime
    auto_scaling_groups:
      description: The names of its Auto Scaling groups.
      type: list
      elements: str
      sample: [storefront-production]
    auto_scaling_group_hooks:
      description: The lifecycle hooks that CodeDeploy keeps in them.
      type: list
      elements: dict
      returned: when there are any
      sample:
        - name: storefront-production
          hook: CodeDeploy-managed-automatic-launch-deployment-hook-production-4e1f
    lifecycle_hooks:
      description: Whether CodeDeploy's lifecycle hooks are in each Auto Scaling group, V(present), V(missing) or, where
        they may not be read, V(unknown).
      type: dict
      returned: with O(restore_lifecycle_hooks=true)
      sample: {storefront-production: present}
    orphaned_auto_scaling_groups:
      description: Auto Scaling groups that blue/green deployments left behind.
      type: list
      elements: str
      returned: where they were looked for
      sample: [CodeDeploy_production_d-7X2KQ9ABC]
    compute_platform:
      description: The application's platform.
      type: str
      sample: Server
    target_revision:
      description: The revision that its hosts should run.
      type: dict
      returned: after a deployment
    last_successful_deployment:
      description: The last deployment that succeeded, with id, status and times.
      type: dict
      returned: when there is one
    last_attempted_deployment:
      description: The last deployment, with id, status and times.
      type: dict
      returned: when there is one
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.blue_green import BLUE_GREEN
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment_group import DeploymentGroup
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.tag_filters import FILTER_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

NAMED = dict(type="list", elements="dict", options=dict(name=dict(type="str", required=True)))
FILTERS = dict(type="list", elements="dict", options=FILTER_OPTIONS)
ROUTE = dict(type="dict", options=dict(listener_arns=dict(type="list", elements="str", required=True)))

LOAD_BALANCERS = dict(
    target_group_info_list=NAMED,
    elb_info_list=NAMED,
    target_group_pair_info_list=dict(
        type="list",
        elements="dict",
        options=dict(target_groups=dict(required=True, **NAMED), prod_traffic_route=ROUTE, test_traffic_route=ROUTE),
    ),
)
STYLE = dict(
    deployment_type=dict(type="str", choices=["IN_PLACE", "BLUE_GREEN"]),
    deployment_option=dict(type="str", choices=["WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL"]),
)
ROLLBACK = dict(
    enabled=dict(type="bool"),
    events=dict(
        type="list",
        elements="str",
        choices=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
    ),
)
ALARMS = dict(enabled=dict(type="bool"), ignore_poll_alarm_failure=dict(type="bool"), alarms=NAMED)
TRIGGER = dict(
    trigger_name=dict(type="str", required=True),
    trigger_target_arn=dict(type="str", required=True),
    trigger_events=dict(
        type="list",
        elements="str",
        required=True,
        choices=[
            "DeploymentStart",
            "DeploymentSuccess",
            "DeploymentFailure",
            "DeploymentStop",
            "DeploymentRollback",
            "DeploymentReady",
            "InstanceStart",
            "InstanceSuccess",
            "InstanceFailure",
            "InstanceReady",
        ],
    ),
)
SUSPENDED = dict(
    type="list", elements="str", choices=["Terminate", "AZRebalance", "InstanceRefresh", "ScheduledActions"]
)
ECS_SERVICE = dict(service_name=dict(type="str", required=True), cluster_name=dict(type="str", required=True))

OPTIONS = dict(
    application_name=dict(required=True),
    deployment_group_name=dict(required=True, aliases=["name"]),
    new_deployment_group_name=dict(type="str"),
    service_role_arn=dict(type="str"),
    role_timeout=dict(type="int", default=30),
    deployment_config_name=dict(type="str"),
    ec2_tag_filters=FILTERS,
    ec2_tag_set=dict(type="dict", options=dict(ec2_tag_set_list=dict(type="list", elements="list"))),
    on_premises_instance_tag_filters=FILTERS,
    on_premises_tag_set=dict(type="dict", options=dict(on_premises_tag_set_list=dict(type="list", elements="list"))),
    auto_scaling_groups=dict(type="list", elements="str"),
    purge_auto_scaling_groups=dict(type="bool", default=True),
    adopt_copied_auto_scaling_group=dict(type="bool", default=True),
    adopt_replacement_instances=dict(type="bool", default=True),
    orphaned_auto_scaling_groups=dict(choices=["report", "remove", "ignore"], default="report"),
    restore_lifecycle_hooks=dict(type="bool", default=True),
    ecs_services=dict(type="list", elements="dict", options=ECS_SERVICE),
    load_balancer_info=dict(type="dict", options=LOAD_BALANCERS),
    deployment_style=dict(type="dict", options=STYLE),
    blue_green_deployment_configuration=dict(type="dict", options=BLUE_GREEN),
    auto_rollback_configuration=dict(type="dict", options=ROLLBACK),
    alarm_configuration=dict(type="dict", options=ALARMS),
    trigger_configurations=dict(type="list", elements="dict", options=TRIGGER),
    purge_trigger_configurations=dict(type="bool", default=True),
    outdated_instances_strategy=dict(type="str", choices=["UPDATE", "IGNORE"]),
    termination_hook_enabled=dict(type="bool"),
    ec2_deployment_options=dict(type="dict", options=dict(auto_scaling_group_processes_to_suspend=SUSPENDED)),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(DeploymentGroup(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
