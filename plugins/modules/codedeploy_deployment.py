#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codedeploy_deployment
version_added: "0.1.0"
short_description: Start, follow and stop CodeDeploy deployments
description:
  - Deploys a revision to a deployment group and waits for the end, printing what happens on each host.
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
      - The deployment to stop. With O(state=stopped) and without this option the one that runs for the deployment group
        is stopped.
    type: str
  state:
    description:
      - V(started) deploys O(revision), V(stopped) stops a deployment that runs.
    type: str
    choices: [started, stopped]
    default: started
  revision:
    description:
      - What to deploy, as returned by M(convoy.delivery.codedeploy_revision). Required with O(state=started).
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
            description: Its version; the present one when not given.
            type: str
          e_tag:
            description: Its ETag; not compared when not given.
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
        description: The AppSpec text of a Lambda or ECS deployment, with O(revision.revision_type=AppSpecContent).
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
        description: The AppSpec text of a Lambda deployment in the older form, with O(revision.revision_type=String).
        type: dict
        suboptions:
          content:
            description: The AppSpec, JSON.
            type: str
            required: true
          sha256:
            description: SHA-256 of the content, in hexadecimal digits.
            type: str
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
      - The instances of the replacement environment of a blue/green deployment.
    type: dict
    suboptions:
      tag_filters:
        description: Instances with one of these tags.
        type: list
        elements: dict
        suboptions:
          key:
            description: The tag's key.
            type: str
          value:
            description: The tag's value.
            type: str
          type:
            description: What has to match.
            type: str
            choices: [KEY_ONLY, VALUE_ONLY, KEY_AND_VALUE]
      auto_scaling_groups:
        description: The instances of these Auto Scaling groups.
        type: list
        elements: str
      ec2_tag_set:
        description: Instances that match every one of the lists of filters.
        type: dict
        suboptions:
          ec2_tag_set_list:
            description: At most three lists. One filter of a list has to match.
            type: list
            elements: list
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
  wait:
    description:
      - Whether to wait for the end of the deployment, and of its rollback.
      - A blue/green deployment that waits for ContinueDeployment counts as ended; its status is C(Ready).
    type: bool
    default: true
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
    hosts:
      description: Its targets, in the order in which CodeDeploy took them.
      returned: after the wait
      type: list
      elements: dict
      contains:
        id:
          description: The instance.
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

from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy import deployment
from ansible_collections.convoy.delivery.plugins.module_utils.codedeploy.revision_location import REVISION_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

TAG_FILTER = dict(
    key=dict(type="str", no_log=False),
    value=dict(type="str"),
    type=dict(choices=["KEY_ONLY", "VALUE_ONLY", "KEY_AND_VALUE"]),
)
TARGET_INSTANCES = dict(
    tag_filters=dict(type="list", elements="dict", options=TAG_FILTER),
    auto_scaling_groups=dict(type="list", elements="str"),
    ec2_tag_set=dict(type="dict", options=dict(ec2_tag_set_list=dict(type="list", elements="list"))),
)
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
OPTIONS = dict(
    application_name=dict(type="str", aliases=["application"]),
    deployment_group_name=dict(type="str", aliases=["deployment_group"]),
    deployment_id=dict(type="str"),
    state=dict(choices=["started", "stopped"], default="started"),
    revision=dict(type="dict", options=REVISION_OPTIONS),
    deployment_config_name=dict(type="str", aliases=["deployment_config"]),
    description=dict(type="str"),
    file_exists_behavior=dict(choices=["DISALLOW", "OVERWRITE", "RETAIN"]),
    auto_rollback_configuration=dict(type="dict", options=ROLLBACK),
    ignore_application_stop_failures=dict(type="bool"),
    update_outdated_instances_only=dict(type="bool"),
    target_instances=dict(type="dict", options=TARGET_INSTANCES),
    override_alarm_configuration=dict(type="dict", options=ALARMS),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=3600),
    force=dict(type="bool", default=False),
    on_conflict=dict(choices=["fail", "wait", "stop"], default="fail"),
    auto_rollback_enabled=dict(type="bool"),
)
RULES = [("state", "started", ["application_name", "deployment_group_name", "revision"])]


def run(context):
    return deployment.stop(context) if context.options["state"] == "stopped" else deployment.start(context)


def main():
    run_module(
        OPTIONS,
        run,
        required_if=RULES + [("state", "stopped", ["deployment_id", "deployment_group_name"], True)],
        required_together=[("application_name", "deployment_group_name")],
    )


if __name__ == "__main__":
    main()
