#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline_execution
version_added: "0.1.0"
short_description: Start, follow, stop, retry and roll back executions of a pipeline
description:
  - Starts an execution of a pipeline, or finds the one that a push has started, and follows it to its end or until it
    waits for an approval. What happens is printed, stages and actions, the phases and the log of builds, the hosts of
    deployments.
  - Running the same task again releases nothing twice. An execution of the same source revision that is under way is
    adopted.
  - When CodePipeline rolls a stage back after a failure, the rollback is followed to its end too, and both are
    returned.
  - An execution that fails, is stopped, superseded or cancelled fails the task. The message names the action that
    failed, with the phase and the end of the log of a build, or the hosts, the event, the script and the end of its
    log of a deployment; then how far the execution came, and what can be done.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  pipeline_name:
    description:
      - The pipeline.
    type: str
    required: true
    aliases: [name, pipeline]
  state:
    description:
      - V(started) starts an execution, or adopts one as O(existing) says.
      - V(followed) starts nothing. It follows the execution of O(pipeline_execution_id), the one that
        O(source_revision) started, or the newest one.
      - V(stopped) stops the execution of O(pipeline_execution_id), or the only one that is under way.
      - V(retried) retries the stage O(stage_name), or the one that failed or was stopped. Where none has, nothing is
        done.
      - V(rolled_back) runs the stage O(stage_name) again with what O(target_pipeline_execution_id) brought there.
      - V(overridden) lets an execution go on past the condition O(condition_type) of the stage O(stage_name).
    type: str
    choices: [started, followed, stopped, retried, rolled_back, overridden]
    default: started
  pipeline_execution_id:
    description:
      - The execution to follow, to stop, to retry or to let go on.
      - With O(state=followed) and without this option it is the newest, with O(state=stopped) the only one that is
        under way, with O(state=retried) and O(state=overridden) the last in the stage.
    type: str
    aliases: [execution_id]
  source_revision:
    description:
      - A commit's id, or the version of an object in S3.
      - With O(state=followed) the execution that this revision started is followed. It is waited for, since a push
        starts it some seconds later by an event, at most O(appear_timeout) seconds. A commit's id may be shortened to
        7 characters or more.
      - With O(state=started) the execution is started with this revision of the pipeline's only source.
    type: str
    aliases: [commit]
  appear_timeout:
    description:
      - How long to wait for the execution of O(source_revision) to appear, in seconds.
    type: int
    default: 60
  existing:
    description:
      - What O(state=started) does with an execution of the same source revisions and variables that is under way.
      - V(adopt) follows it. Whether it is the same is found out from O(source_revision), O(source_revisions), or the
        newest revision of sources in S3 and CodeCommit. Where that cannot be known the task fails and says so.
      - V(new) starts another one in any case.
    type: str
    choices: [adopt, new]
    default: adopt
  variables:
    description:
      - Values of the pipeline's variables, by their names. Those that are not given have their default values.
    type: dict
  source_revisions:
    description:
      - The revisions to start with, where they are not to be the newest ones.
    type: list
    elements: dict
    suboptions:
      action_name:
        description: The source action.
        type: str
        required: true
      revision_type:
        description: What the value is, depending on the source.
        type: str
        required: true
        choices: [COMMIT_ID, IMAGE_DIGEST, S3_OBJECT_VERSION_ID, S3_OBJECT_KEY]
      revision_value:
        description: The revision.
        type: str
        required: true
  client_request_token:
    description:
      - Starts at most one execution however often it is sent. A request with a token that was used before answers with
        the execution that it started then.
    type: str
  stage_name:
    description:
      - The stage to retry, to roll back, or of the condition. Required with O(state=rolled_back) and
        O(state=overridden).
    type: str
    aliases: [stage]
  retry_mode:
    description:
      - Which actions of the stage O(state=retried) runs again.
    type: str
    choices: [FAILED_ACTIONS, ALL_ACTIONS]
    default: FAILED_ACTIONS
  target_pipeline_execution_id:
    description:
      - The execution to roll back to. It has to have succeeded in the stage, in the present version of the pipeline.
      - When not given, it is the last one that succeeded there before the present one. A stage that was rolled back
        already is then left alone.
    type: str
    aliases: [target_execution_id]
  condition_type:
    description:
      - The condition that O(state=overridden) overrides. Required with it.
    type: str
    choices: [BEFORE_ENTRY, ON_SUCCESS]
  abandon:
    description:
      - Whether O(state=stopped) leaves the actions that run to themselves, instead of waiting for their ends.
      - What they have begun, such as a deployment, goes on all the same.
    type: bool
    default: false
  reason:
    description:
      - Why the execution is stopped, at most 200 characters.
    type: str
  wait:
    description:
      - Whether to wait for what O(wait_for) says. Without, the execution is returned as it is now.
    type: bool
    default: true
  wait_for:
    description:
      - V(end) follows the execution to its end.
      - V(approval) follows it to its end, or until it goes on only when somebody acts, because it waits for an
        approval, before a disabled transition, or before a stage in which an older execution waits for an approval.
        RV(next_step) then says what is to be done.
    type: str
    choices: [end, approval]
    default: end
  wait_timeout:
    description:
      - How long to wait, in seconds. The execution goes on when the time is over; the same task follows it again.
    type: int
    default: 3600
  build_log:
    description:
      - What is shown of the logs of builds. V(none) shows nothing, V(failed) the last lines of the phase that failed,
        in the message, V(live) each line as it comes.
      - When not given, V(live) with C(-v) and V(failed) without.
    type: str
    choices: [none, failed, live]
seealso:
  - module: convoy.delivery.codepipeline
  - module: convoy.delivery.codepipeline_approval
  - module: convoy.delivery.codepipeline_execution_info
  - module: convoy.delivery.codepipeline_stage_transition
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What was pushed is on staging and waits for approval
  convoy.delivery.codepipeline_execution:
    pipeline_name: storefront
    state: followed
    source_revision: "{{ pushed_commit }}"
    wait_for: approval
  register: release

- name: Version 2.0 is released again, with its own variables
  convoy.delivery.codepipeline_execution:
    pipeline_name: storefront
    variables:
      STRATEGY: blue_green
    source_revisions:
      - action_name: Repository
        revision_type: COMMIT_ID
        revision_value: 9d81c0de5b1f4a0c8d3e2f1a0b9c8d7e6f5a4b3c
    wait_timeout: 7200

- name: The execution is stopped
  convoy.delivery.codepipeline_execution:
    pipeline_name: storefront
    state: stopped
    reason: The catalogue is being moved

- name: What failed is tried again
  convoy.delivery.codepipeline_execution:
    pipeline_name: storefront
    state: retried
    stage_name: Staging

- name: Production has what it had before
  convoy.delivery.codepipeline_execution:
    pipeline_name: storefront
    state: rolled_back
    stage_name: Production

- name: The condition is not so important today
  convoy.delivery.codepipeline_execution:
    pipeline_name: storefront
    state: overridden
    stage_name: Production
    condition_type: BEFORE_ENTRY
"""

RETURN = r"""
execution:
  description:
    - The execution as CodePipeline describes it, with its stages and actions.
    - In check mode, what is known of the one that would be started.
  returned: when there is one
  type: dict
  contains:
    pipeline_execution_id:
      description: Its id. Not in check mode, where it would be new.
      type: str
      sample: 3fa85f64-5717-4562-b3fc-2c963f66afa6
    pipeline_name:
      description: The pipeline.
      type: str
      sample: storefront
    pipeline_version:
      description: The version of the pipeline that it runs.
      type: int
      sample: 3
    status:
      description: V(InProgress), V(Stopping), V(Succeeded), V(Failed), V(Stopped), V(Superseded) or V(Cancelled).
      type: str
      sample: Succeeded
    outcome:
      description: V(in_progress), V(waits_for_approval), V(waits_for_transition), or the status it ended with in small
        letters.
      type: str
      sample: waits_for_approval
    execution_mode:
      description: V(SUPERSEDED), V(QUEUED) or V(PARALLEL).
      type: str
      sample: SUPERSEDED
    execution_type:
      description: V(STANDARD) or V(ROLLBACK).
      type: str
      sample: STANDARD
    trigger:
      description: What started it, C(trigger_type) and C(trigger_detail).
      type: dict
    artifact_revisions:
      description: The source revisions, C(name), C(revision_id), C(revision_summary) and C(revision_url).
      type: list
      elements: dict
    variables:
      description: The pipeline's variables, C(name) and C(resolved_value).
      type: list
      elements: dict
    seconds:
      description: How long it took, from the start of its first action to the end of its last.
      type: float
      sample: 131.4
    waiting_approvals:
      description: The approvals that it waits for, C(stage_name), C(action_name) and C(since).
      type: list
      elements: dict
    stages:
      description: The stages, in their order.
      type: list
      elements: dict
      contains:
        name:
          description: The stage.
          type: str
          sample: Build
        status:
          description: CodePipeline's status of the stage, or V(Pending) when the execution has not come to it.
          type: str
          sample: Failed
        start_time:
          description: When its first action began.
          type: str
        end_time:
          description: When its last action ended.
          type: str
        seconds:
          description: How long it took.
          type: float
        held:
          description: Why the execution waits in front of it. C(by) is V(disabled), V(occupied) or, where the execution
            that is in it waits for an approval, V(unanswered); C(because) the reason or that execution.
          type: dict
          returned: while it waits
        failed_rules:
          description: The rules of its conditions that failed, C(condition), C(name) and C(message).
          type: list
          elements: dict
          returned: when there are some
        actions:
          description: The last attempt at each action, in their order.
          type: list
          elements: dict
          contains:
            name:
              description: The action.
              type: str
              sample: UnitTests
            status:
              description: V(InProgress), V(Succeeded), V(Failed) or V(Abandoned).
              type: str
              sample: Failed
            category:
              description: Such as V(Source), V(Build) or V(Approval).
              type: str
              sample: Build
            provider:
              description: Such as V(CodeBuild).
              type: str
              sample: CodeBuild
            action_execution_id:
              description: The id of this attempt.
              type: str
            attempts:
              description: How often it was tried.
              type: int
              sample: 1
            start_time:
              description: When it began.
              type: str
            end_time:
              description: When it ended.
              type: str
            seconds:
              description: How long it took.
              type: float
            summary:
              description: What the provider says about it.
              type: str
              returned: when it says something
            external_execution_id:
              description: The id of the build, the deployment or whatever the provider made.
              type: str
              returned: when there is one
            external_execution_url:
              description: Where it can be looked at.
              type: str
              returned: when there is one
            output_variables:
              description: The variables that it has set.
              type: dict
              returned: when there are some
            error:
              description: Why it failed, C(code) and C(message).
              type: dict
              returned: when it failed
            build:
              description: The build of a CodeBuild action, with C(build_status), C(phases), C(failed_phase),
                C(log_tail) and C(log), the place of the log.
              type: dict
              returned: for CodeBuild, when it can be read
            deployment:
              description: The deployment of a CodeDeploy action, as
                RV(convoy.delivery.codedeploy_deployment#module:deployment).
              type: dict
              returned: for CodeDeploy, when it can be read
            rollback:
              description: The deployment that rolled it back, in the same form.
              type: dict
              returned: when there was one
rollback:
  description: The execution that rolled a stage back after this one, in the same form.
  returned: when there was one
  type: dict
next_step:
  description: What somebody has to do so that the execution goes on.
  returned: when it waits for somebody
  type: str
  sample: >-
    storefront: execution 3fa85f64 waits for the approval Approve/Release. Look at the evidence with
    convoy.delivery.codepipeline_approval_info, then answer with convoy.delivery.codepipeline_approval
    (pipeline_execution_id=3fa85f64-5717-4562-b3fc-2c963f66afa6).
adopted:
  description: Whether an execution that was under way was followed instead of starting, retrying or rolling back.
  returned: O(state=started), O(state=retried), O(state=rolled_back)
  type: bool
progress:
  description: What was printed during the wait.
  returned: after a wait
  type: list
  elements: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline import execution_changes
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.execution import check, follow_one, start
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

REVISIONS = dict(
    action_name=dict(type="str", required=True),
    revision_type=dict(choices=["COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"], required=True),
    revision_value=dict(type="str", required=True),
)
OPTIONS = dict(
    pipeline_name=dict(type="str", required=True, aliases=["name", "pipeline"]),
    state=dict(
        choices=["started", "followed", "stopped", "retried", "rolled_back", "overridden"],
        default="started",
    ),
    pipeline_execution_id=dict(type="str", aliases=["execution_id"]),
    source_revision=dict(type="str", aliases=["commit"]),
    appear_timeout=dict(type="int", default=60),
    existing=dict(choices=["adopt", "new"], default="adopt"),
    variables=dict(type="dict"),
    source_revisions=dict(type="list", elements="dict", options=REVISIONS),
    client_request_token=dict(type="str", no_log=False),
    stage_name=dict(type="str", aliases=["stage"]),
    retry_mode=dict(choices=["FAILED_ACTIONS", "ALL_ACTIONS"], default="FAILED_ACTIONS"),
    target_pipeline_execution_id=dict(type="str", aliases=["target_execution_id"]),
    condition_type=dict(choices=["BEFORE_ENTRY", "ON_SUCCESS"]),
    abandon=dict(type="bool", default=False),
    reason=dict(type="str"),
    wait=dict(type="bool", default=True),
    wait_for=dict(choices=["end", "approval"], default="end"),
    wait_timeout=dict(type="int", default=3600),
    build_log=dict(choices=["none", "failed", "live"]),
)
RUNS = {
    "started": start,
    "followed": follow_one,
    "stopped": execution_changes.stop,
    "retried": execution_changes.retry,
    "rolled_back": execution_changes.roll_back,
    "overridden": execution_changes.override,
}


def run(context):
    check(context.options)
    return RUNS[context.options["state"]](context)


def main():
    run_module(
        OPTIONS,
        run,
        required_if=[
            ("state", "rolled_back", ["stage_name"]),
            ("state", "overridden", ["stage_name", "condition_type"]),
        ],
        mutually_exclusive=[("pipeline_execution_id", "source_revision"), ("source_revision", "source_revisions")],
    )


if __name__ == "__main__":
    main()
