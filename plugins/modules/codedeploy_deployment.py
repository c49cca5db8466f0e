#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_deployment
version_added: "0.1.0"
short_description: Start, follow, continue and stop CodeDeploy deployments
description:
  - Deploys a revision to a deployment group and waits for the end, printing what happens on each host.
  - The revision is one in S3, a GitHub commit, an AppSpec text, or the one that was deployed successfully last.
  - Running the same task again never starts a second deployment. One of the same revision that runs already, such as
    one whose controller was killed, is adopted and followed to its end. Where the group's last deployment succeeded
    with the same revision there is nothing to do.
  - When CodeDeploy rolls a deployment back, the rollback is followed to its end too, and both are returned.
  - A deployment that fails or is stopped fails the task. The message names the hosts, the lifecycle event, the script,
    its exit code and the end of its log, then what CodeDeploy decided and what became of the rollback.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  application_name:
    description:
      - The CodeDeploy application. Required with O(state=started).
    type: str
    aliases: [application]
  deployment_group_name:
    description:
      - The deployment group of the application. Required with O(state=started).
    type: str
    aliases: [deployment_group]
  deployment_id:
    description:
      - The deployment to stop or to continue. With O(state=stopped) and O(state=continued) and without this option it
        is the one that runs for the deployment group.
    type: str
  state:
    description:
      - V(started) deploys, V(stopped) stops a deployment that runs.
      - V(continued) lets a blue/green deployment go on from the wait that O(deployment_wait_type) names. One that went
        on already is left alone, one that has not come to the wait yet is waited for.
    type: str
    choices: [started, stopped, continued]
    default: started
  deployment_wait_type:
    description:
      - What O(state=continued) puts an end to. V(READY_WAIT) is the wait before the traffic is rerouted to the new
        instances, V(TERMINATION_WAIT) that before the original instances are terminated.
    type: str
    choices: [READY_WAIT, TERMINATION_WAIT]
    default: READY_WAIT
  deployment_mode:
    description:
      - V(RESTART) restarts the application with the revision of the last successful deployment, which the instances
        have already. It is for in-place deployments to servers, needs version 2.1.0 of the agent, and takes no
        O(revision). Each run of the task restarts; a restart that runs already is adopted.
      - CodeDeploy takes V(STANDARD) when this is not given, a deployment of O(revision).
    type: str
    choices: [STANDARD, RESTART]
  last_successful_revision:
    description:
      - Deploy the revision of the group's last successful deployment instead of O(revision).
      - There is nothing to do when that was the group's last deployment at all, except with O(force=true).
    type: bool
    default: false
  revision:
    description:
      - What to deploy, as returned by M(convoy.delivery.codedeploy_revision). Required with O(state=started), unless
        O(last_successful_revision=true) or O(deployment_mode=RESTART).
  deployment_config_name:
    description:
      - A deployment configuration for this deployment instead of the group's.
    type: str
    aliases: [deployment_config]
  description:
    description:
      - A comment about the deployment.
    type: str
  file_exists_behavior:
    description:
      - What to do with files that are at a destination and were not put there by the last successful deployment.
      - What the AppSpec file says goes before this. CodeDeploy takes V(DISALLOW) when neither says anything.
    type: str
    choices: [DISALLOW, OVERWRITE, RETAIN]
  auto_rollback_configuration:
    description:
      - When to roll back, for this deployment instead of the group's setting.
    type: dict
    suboptions:
      enabled:
        description: Whether to roll back at all.
        type: bool
        required: true
      events:
        description: What leads to a rollback. Required when enabled.
        type: list
        elements: str
        choices: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM, DEPLOYMENT_STOP_ON_REQUEST]
  ignore_application_stop_failures:
    description:
      - Whether a host goes on when C(ApplicationStop), C(BeforeBlockTraffic) or C(AfterBlockTraffic) fails on it. These
        run the scripts of the revision that was installed last.
    type: bool
  update_outdated_instances_only:
    description:
      - Whether to leave out the hosts that run this revision already.
    type: bool
  target_instances:
    description:
      - The instances of the replacement environment of a blue/green deployment. Required where the deployment group
        does not copy an Auto Scaling group.
  override_alarm_configuration:
    description:
      - The alarms that stop this deployment, instead of the group's.
    type: dict
    suboptions:
      enabled:
        description: Whether alarms stop the deployment.
        type: bool
      ignore_poll_alarm_failure:
        description: Whether to go on when the state of the alarms cannot be read.
        type: bool
      alarms:
        description: CloudWatch alarms.
        type: list
        elements: dict
        suboptions:
          name:
            description: The alarm's name.
            type: str
            required: true
  ec2_deployment_options:
    description:
      - What CodeDeploy does with Auto Scaling groups during this deployment, instead of the group's setting.
    type: dict
    suboptions:
      auto_scaling_group_processes_to_suspend:
        description:
          - The Auto Scaling processes that rest during an in-place deployment. An empty list suspends none.
        type: list
        elements: str
        choices: [Terminate, AZRebalance, InstanceRefresh, ScheduledActions]
  wait:
    description:
      - Whether to wait for what O(wait_for) says, and for the end of a rollback.
    type: bool
    default: true
  wait_for:
    description:
      - How far to follow the deployment. V(succeeded) follows it to its end.
      - V(ready) follows a blue/green deployment until its new instances are ready for traffic, V(rerouted) until the
        traffic has moved to them and only the original instances are left to be terminated.
      - A deployment in place has only its end to wait for.
    type: str
    choices: [succeeded, ready, rerouted]
    default: succeeded
  wait_timeout:
    description:
      - How long to wait, in seconds, for the deployment and its rollback together. The deployment goes on when the time
        is over; the same task adopts it again.
    type: int
    default: 3600
  force:
    description:
      - Whether to deploy although the group's last deployment succeeded with this revision, for example to hosts that
        were added since. A deployment of this revision that runs is adopted all the same.
    type: bool
    default: false
  on_conflict:
    description:
      - What to do while a deployment of another revision runs for the group.
      - V(fail) names it and changes nothing, V(wait) waits for its end, V(stop) stops it without a rollback.
    type: str
    choices: [fail, wait, stop]
    default: fail
  auto_rollback_enabled:
    description:
      - With O(state=stopped), whether to roll the hosts back that were deployed to. When not given, the setting of the
        deployment or its group decides.
    type: bool
seealso:
  - module: convoy.delivery.codedeploy_revision
  - module: convoy.delivery.codedeploy_deployment_group
  - module: convoy.delivery.codedeploy_deployment_info
  - module: convoy.delivery.release_plan
extends_documentation_fragment:
  - convoy.delivery.attributes
  - convoy.delivery.codedeploy.revision
  - convoy.delivery.codedeploy.target_instances
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The revision is on all hosts, or on none
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    revision: "{{ storefront.revision }}"
    description: storefront 2.0
    auto_rollback_configuration:
      enabled: true
      events: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM]

- name: All hosts at once, after what runs now
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: staging
    revision: "{{ storefront.revision }}"
    deployment_config_name: CodeDeployDefault.AllAtOnce
    on_conflict: wait
    wait_timeout: 600

- name: The new fleet is ready, and looked at before it gets the traffic
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    revision: "{{ storefront.revision }}"
    target_instances:
      tag_filters:
        - key: Fleet
          value: green
    wait_for: ready

- name: The new fleet has the traffic
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    state: continued
    wait_for: rerouted

- name: The old fleet ends now
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    state: continued
    deployment_wait_type: TERMINATION_WAIT

- name: What was good last is on all hosts
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    last_successful_revision: true

- name: The application has read its new settings
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    deployment_mode: RESTART

- name: What runs is stopped and rolled back
  convoy.delivery.codedeploy_deployment:
    application_name: storefront
    deployment_group_name: production
    state: stopped
    auto_rollback_enabled: true
"""

RETURN = r"""
deployment:
  description:
    - The deployment as CodeDeploy describes it, with its hosts.
    - In check mode, what is known of the one that would be started.
  returned: when there is one
  type: dict
  contains:
    deployment_id:
      description: Its id. Not in check mode.
      type: str
      sample: d-7X2KQ9ABC
    status:
      description: V(Created), V(Queued), V(InProgress), V(Baking), V(Ready), V(Succeeded), V(Failed) or V(Stopped).
      type: str
      sample: Succeeded
    creator:
      description: Who started it, such as V(user) or V(codeDeployRollback).
      type: str
      sample: user
    revision:
      description: What it deploys.
      type: dict
    previous_revision:
      description: What was deployed before.
      type: dict
      returned: when CodeDeploy knows it
    error_information:
      description: Why CodeDeploy ended it, C(code) and C(message).
      type: dict
      returned: when it failed or was stopped
    rollback_info:
      description: The rollback's deployment or why there is none.
      type: dict
      returned: when CodeDeploy tells it
    counts:
      description: How many hosts have which status.
      type: dict
      sample: {Succeeded: 4}
      returned: after the wait, and when there was nothing to do
    seconds:
      description: How long it took, from its start to its end.
      type: float
      sample: 41.2
      returned: after the wait, and when there was nothing to do
    phase:
      description: Where a blue/green deployment is that has not ended, V(installing), V(ready), V(rerouting) or
        V(terminating).
      type: str
      sample: ready
      returned: for a blue/green deployment that has not ended
    hosts:
      description: Its targets, in the order in which CodeDeploy took them.
      returned: after the wait
      type: list
      elements: dict
      contains:
        id:
          description: The instance, or the id of a Lambda, ECS or CloudFormation target.
          type: str
          sample: i-0a1f2b3c4d5e6f708
        zone:
          description: Its availability zone, empty where there is none.
          type: str
          sample: us-east-1a
        status:
          description: V(Succeeded), V(Failed), V(Skipped) or another status of a target.
          type: str
          sample: Succeeded
        instance_label:
          description: V(Blue) or V(Green) in a blue/green deployment, else empty.
          type: str
        seconds:
          description: From the start of its first event to the end of its last.
          type: float
          sample: 9.7
        lambda_function_info:
          description: The function, its alias, its versions and how much traffic the new one has.
          type: dict
          returned: for Lambda
        task_sets_info:
          description: The task sets of the ECS service with their tasks and traffic.
          type: list
          elements: dict
          returned: for ECS
        target_version_weight:
          description: How much traffic the new version has, in per cent; beside it C(resource_type).
          type: float
          returned: for CloudFormation
        lifecycle_events:
          description: The events in their order.
          type: list
          elements: dict
          contains:
            name:
              description: The event.
              type: str
              sample: ValidateService
            status:
              description: V(Pending), V(InProgress), V(Succeeded), V(Failed), V(Skipped) or V(Unknown).
              type: str
              sample: Failed
            start_time:
              description: When it began.
              type: str
            end_time:
              description: When it ended.
              type: str
            seconds:
              description: How long it took.
              type: float
              sample: 2.1
            diagnostics:
              description: C(error_code), C(script_name), C(exit_code), C(message) and C(log_tail) of the script.
              type: dict
              returned: when the agent sent any
rollback:
  description: The deployment that rolled this one back, in the same form.
  returned: when there was one
  type: dict
adopted:
  description: Whether a deployment that ran already was followed instead of starting one.
  returned: O(state=started)
  type: bool
progress:
  description: What was printed during the wait.
  returned: after a wait
  type: list
  elements: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment import start, stop
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.deployment_continue import continue_
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.revision_location import REVISION_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.tag_filters import TARGET_INSTANCES
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

ALARMS = dict(
    enabled=dict(type="bool"),
    ignore_poll_alarm_failure=dict(type="bool"),
    alarms=dict(type="list", elements="dict", options=dict(name=dict(type="str", required=True))),
)
ROLLBACK = dict(
    enabled=dict(type="bool", required=True),
    events=dict(
        type="list",
        elements="str",
        choices=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
    ),
)
SUSPENDED = dict(
    type="list", elements="str", choices=["Terminate", "AZRebalance", "InstanceRefresh", "ScheduledActions"]
)
OPTIONS = dict(
    application_name=dict(type="str", aliases=["application"]),
    deployment_group_name=dict(type="str", aliases=["deployment_group"]),
    deployment_id=dict(type="str"),
    state=dict(choices=["started", "stopped", "continued"], default="started"),
    deployment_wait_type=dict(choices=["READY_WAIT", "TERMINATION_WAIT"], default="READY_WAIT"),
    deployment_mode=dict(choices=["STANDARD", "RESTART"]),
    last_successful_revision=dict(type="bool", default=False),
    revision=dict(type="dict", options=REVISION_OPTIONS),
    deployment_config_name=dict(type="str", aliases=["deployment_config"]),
    description=dict(type="str"),
    file_exists_behavior=dict(choices=["DISALLOW", "OVERWRITE", "RETAIN"]),
    auto_rollback_configuration=dict(type="dict", options=ROLLBACK),
    ignore_application_stop_failures=dict(type="bool"),
    update_outdated_instances_only=dict(type="bool"),
    target_instances=dict(type="dict", options=TARGET_INSTANCES),
    override_alarm_configuration=dict(type="dict", options=ALARMS),
    ec2_deployment_options=dict(type="dict", options=dict(auto_scaling_group_processes_to_suspend=SUSPENDED)),
    wait=dict(type="bool", default=True),
    wait_for=dict(choices=["succeeded", "ready", "rerouted"], default="succeeded"),
    wait_timeout=dict(type="int", default=3600),
    force=dict(type="bool", default=False),
    on_conflict=dict(choices=["fail", "wait", "stop"], default="fail"),
    auto_rollback_enabled=dict(type="bool"),
)
ONE_OF = ["deployment_id", "deployment_group_name"]
RUNS = {"started": start, "stopped": stop, "continued": continue_}


def run(context):
    return RUNS[context.options["state"]](context)


def main():
    run_module(
        OPTIONS,
        run,
        required_if=[
            ("state", "started", ["application_name", "deployment_group_name"]),
            ("state", "stopped", ONE_OF, True),
            ("state", "continued", ONE_OF, True),
        ],
        required_together=[("application_name", "deployment_group_name")],
        mutually_exclusive=[("revision", "last_successful_revision")],
    )


if __name__ == "__main__":
    main()
