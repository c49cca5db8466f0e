#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codepipeline
version_added: "0.1.0"
short_description: Create, change, tag and delete CodePipeline pipelines
description:
  - A pipeline takes a change from its source through builds, tests, approvals and deployments to production.
  - The declaration is checked before it is sent. Artifacts are put out before they are taken in, variables exist, names
    and limits are kept, and what only pipelines of the type V2 have is not asked of one of the type V1.
  - Nothing is written, and there is no new version of the pipeline, when it already is as the task declares it.
    Configurations are compared by what they say, so that JSON with other spaces is the same.
  - Options that are not given leave what is there alone. Those that are given are compared and replaced as a whole,
    O(stages) included.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  name:
    description:
      - The pipeline's name, 1 to 100 letters, digits and C(.@_-).
    type: str
    required: true
  role_arn:
    description:
      - The role that CodePipeline works with in your account. Required to create a pipeline.
    type: str
  role_timeout:
    description:
      - How many seconds to wait for CodePipeline to accept O(role_arn). IAM needs some until other services see a new
        role.
    type: int
    default: 30
  pipeline_type:
    description:
      - V(V2) has variables, triggers, conditions, all execution modes and commands. The two are priced differently.
      - A new pipeline is V(V1) when this is not given.
    type: str
    choices: [V1, V2]
  execution_mode:
    description:
      - What happens when an execution begins while another is under way. V(SUPERSEDED) lets a newer one overtake an
        older one between stages, V(QUEUED) takes them one after the other, V(PARALLEL) does not care.
      - A new pipeline is V(SUPERSEDED) when this is not given.
    type: str
    choices: [QUEUED, SUPERSEDED, PARALLEL]
  artifact_store:
    description:
      - The bucket in which artifacts are kept. Excludes O(artifact_stores); who gives one of the two gives the other
        up.
    type: dict
    suboptions:
      type:
        description:
          - Where it is.
        type: str
        choices: [S3]
        default: S3
      location:
        description:
          - The bucket's name. It is in the pipeline's region.
        type: str
        required: true
      encryption_key:
        description:
          - The key that artifacts are encrypted with. Without it, it is AWS's own key for S3.
        type: dict
        suboptions:
          id:
            description:
              - The key's id, ARN or alias. Keys of other accounts need the ARN.
            type: str
            required: true
          type:
            description:
              - What kind of key it is.
            type: str
            choices: [KMS]
            default: KMS
  artifact_stores:
    description:
      - One artifact store for each region in which an action acts, by region. The pipeline's own region is one of them.
      - Each has the suboptions of O(artifact_store).
    type: dict
  variables:
    description:
      - Variables that an execution is started with. Actions refer to them as C(#{variables.NAME}). Type V2.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The variable's name.
        type: str
        required: true
      default_value:
        description:
          - Its value where an execution brings none. Without it each execution must bring one.
        type: str
      description:
        description:
          - What it is for.
        type: str
  triggers:
    description:
      - What starts the pipeline, for sources with a connection to GitHub, GitLab or Bitbucket. Type V2.
      - With a trigger the source's own branch does not start the pipeline any more. For a source without one
        CodePipeline may make one by itself, for its branch, which is left alone.
    type: list
    elements: dict
    suboptions:
      provider_type:
        description:
          - The kind of the source.
        type: str
        choices: [CodeStarSourceConnection]
        default: CodeStarSourceConnection
      git_configuration:
        description:
          - What happens in the repository.
        type: dict
        required: true
        suboptions:
          source_action_name:
            description:
              - The name of the source action. Each has one trigger at most.
            type: str
            required: true
          push:
            description:
              - Something is pushed that passes one of these filters, at most three.
              - A filter has O(triggers[].git_configuration.push[].tags), or
                O(triggers[].git_configuration.push[].branches) with or without
                O(triggers[].git_configuration.push[].file_paths).
            type: list
            elements: dict
            suboptions:
              tags: &criteria
                description:
                  - Patterns, such as C(v1.*) or C(feature/**), at most eight on each side.
                type: dict
                suboptions:
                  includes:
                    description:
                      - One of these fits.
                    type: list
                    elements: str
                  excludes:
                    description:
                      - None of these fits. They are stronger than the included ones.
                    type: list
                    elements: str
              branches: *criteria
              file_paths: *criteria
          pull_request:
            description:
              - A pull request changes in a way that passes one of these filters, at most three.
            type: list
            elements: dict
            suboptions:
              events:
                description:
                  - What happens to it; all of them when the option is not given.
                type: list
                elements: str
                choices: [OPEN, UPDATED, CLOSED]
              branches: *criteria
              file_paths: *criteria
  stages:
    description:
      - What an execution goes through, 2 to 50 stages. The first has sources only, and sources are nowhere else.
      - Required to create a pipeline.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The stage's name.
        type: str
        required: true
      actions:
        description:
          - What is done, 1 to 50 actions. Their order says nothing, O(stages[].actions[].run_order) does.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description:
              - The action's name.
            type: str
            required: true
          action_type_id:
            description:
              - What kind of action it is.
            type: dict
            required: true
            suboptions:
              category:
                description:
                  - What it does.
                type: str
                required: true
                choices: [Source, Build, Deploy, Test, Invoke, Approval, Compute]
              owner:
                description:
                  - Whose it is. Custom action types are your account's own.
                type: str
                choices: [AWS, ThirdParty, Custom]
                default: AWS
              provider:
                description:
                  - Who does it, such as V(CodeCommit), V(CodeBuild), V(CodeDeploy), V(Manual) or V(Commands).
                type: str
                required: true
              version:
                description:
                  - The version of the action type.
                type: str
                default: '1'
          run_order:
            description:
              - Actions of the same number run side by side, those of a greater one after them. 1 to 999, 1 when it is
                not given.
            type: int
          configuration: &configuration
            description:
              - What the provider is told. The keys are the provider's and stay as they are.
              - Values may be text, numbers, booleans, or lists and maps where the provider wants JSON, such as
                C(EnvironmentVariables) of CodeBuild. They may refer to variables, C(#{namespace.key}).
              - Secret values are neither shown nor compared, see O(update_secret).
            type: dict
          commands: &commands
            description:
              - Shell commands, each of one line, at most 50. For the provider V(Commands).
            type: list
            elements: str
          input_artifacts: &inputs
            description:
              - Artifacts that it works with, the outputs of actions before it.
            type: list
            elements: dict
            suboptions:
              name:
                description:
                  - The artifact's name.
                type: str
                required: true
          output_artifacts:
            description:
              - Artifacts that it makes. Each is made by one action only.
            type: list
            elements: dict
            suboptions:
              name:
                description:
                  - The artifact's name.
                type: str
                required: true
              files:
                description:
                  - The files that go into it, for the provider V(Commands). At most ten patterns.
                type: list
                elements: str
          output_variables:
            description:
              - Environment variables that other actions may refer to, for the provider V(Commands). At most 15.
            type: list
            elements: str
          environment_variables:
            description:
              - Environment variables of the action, at most ten.
            type: list
            elements: dict
            suboptions:
              name:
                description:
                  - The variable's name.
                type: str
                required: true
              value:
                description:
                  - Its value, which everybody may read who may read the pipeline. With V(SECRETS_MANAGER) the name of
                    the secret.
                type: str
                required: true
              type:
                description:
                  - Where the value is.
                type: str
                choices: [PLAINTEXT, SECRETS_MANAGER]
                default: PLAINTEXT
          namespace:
            description:
              - Under what name other actions find the variables that this one puts out.
            type: str
          region: &region
            description:
              - Where it acts; the pipeline's region when it is not given.
            type: str
          role_arn: &role
            description:
              - The role that it works with; the pipeline's when it is not given.
            type: str
          timeout_in_minutes:
            description:
              - How long a manual approval waits, 5 minutes to 60 days.
            type: int
      before_entry:
        description:
          - What must be so before an execution enters the stage. Type V2.
        type: dict
        suboptions:
          conditions: &conditions
            description:
              - One condition, whose rules must all be met.
            type: list
            elements: dict
            required: true
            suboptions: &condition
              result:
                description:
                  - What follows when they are not. V(FAIL) or V(SKIP) before the entry, V(FAIL) or V(ROLLBACK) after
                    success or failure.
                type: str
                choices: [ROLLBACK, FAIL, RETRY, SKIP]
              rules:
                description:
                  - One to five rules.
                type: list
                elements: dict
                suboptions:
                  name:
                    description:
                      - The rule's name.
                    type: str
                    required: true
                  rule_type_id:
                    description:
                      - What kind of rule it is.
                    type: dict
                    required: true
                    suboptions:
                      category:
                        description:
                          - It is a rule.
                        type: str
                        choices: [Rule]
                        default: Rule
                      owner:
                        description:
                          - Whose it is.
                        type: str
                        choices: [AWS]
                        default: AWS
                      provider:
                        description:
                          - Who evaluates it, such as V(CloudWatchAlarm), V(VariableCheck) or V(DeploymentWindow).
                        type: str
                        required: true
                      version:
                        description:
                          - The version of the rule type.
                        type: str
                        default: '1'
                  configuration: *configuration
                  commands: *commands
                  input_artifacts: *inputs
                  region: *region
                  role_arn: *role
                  timeout_in_minutes:
                    description:
                      - How long its evaluation may take, 5 minutes to 60 days.
                    type: int
      on_success:
        description:
          - What must be so after the stage has succeeded. Type V2.
        type: dict
        suboptions:
          conditions: *conditions
      on_failure:
        description:
          - What happens when the stage fails. Type V2.
        type: dict
        suboptions:
          result:
            description:
              - V(ROLLBACK) goes back to what last succeeded in the stage, V(RETRY) tries once more, V(FAIL) does
                neither.
            type: str
            choices: [ROLLBACK, FAIL, RETRY, SKIP]
          retry_configuration:
            description:
              - How it is tried once more.
            type: dict
            suboptions:
              retry_mode:
                description:
                  - Which actions are.
                type: str
                choices: [FAILED_ACTIONS, ALL_ACTIONS]
          conditions:
            description:
              - One condition. Excludes the result V(RETRY).
            type: list
            elements: dict
            suboptions: *condition
  update_secret:
    description:
      - What to do about secret values, such as C(OAuthToken) of a GitHub source. CodePipeline does not show them, so
        that they cannot be compared.
      - With V(on_create) they are sent when the pipeline is made, and with whatever else is changed. With V(always)
        they are sent each time, which makes a new version of the pipeline each time.
    type: str
    choices: [always, on_create]
    default: on_create
  state:
    description:
      - V(present) makes the pipeline or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
notes:
  - A new pipeline starts its first execution by itself.
seealso:
  - module: convoy.delivery.codepipeline_info
  - module: convoy.delivery.codepipeline_webhook
  - module: convoy.delivery.codepipeline_custom_action_type
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: From a bucket to production, after somebody has approved
  convoy.delivery.codepipeline:
    name: storefront
    role_arn: arn:aws:iam::123456789012:role/codepipeline
    pipeline_type: V2
    execution_mode: QUEUED
    artifact_store:
      location: storefront-artifacts
    variables:
      - name: reason
        default_value: routine
    stages:
      - name: Source
        actions:
          - name: Bundle
            action_type_id: {category: Source, provider: S3}
            configuration:
              S3Bucket: storefront-sources
              S3ObjectKey: storefront.zip
              PollForSourceChanges: false
            output_artifacts: [{name: Bundle}]
            namespace: Source
      - name: Production
        actions:
          - name: Approve
            action_type_id: {category: Approval, provider: Manual}
            configuration:
              CustomData: "Version #{Source.VersionId}, #{variables.reason}"
            timeout_in_minutes: 1440
          - name: Deploy
            action_type_id: {category: Deploy, provider: CodeDeploy}
            run_order: 2
            configuration:
              ApplicationName: storefront
              DeploymentGroupName: production
            input_artifacts: [{name: Bundle}]
        on_failure:
          result: ROLLBACK
    tags:
      Team: web

- name: Version tags are built, and changes of the sources in main
  convoy.delivery.codepipeline:
    name: library
    role_arn: arn:aws:iam::123456789012:role/codepipeline
    pipeline_type: V2
    artifact_store: {location: library-artifacts}
    triggers:
      - git_configuration:
          source_action_name: GitHub
          push:
            - tags: {includes: ["v*"]}
            - branches: {includes: [main]}
              file_paths: {includes: ["src/**"]}
    stages:
      - name: Source
        actions:
          - name: GitHub
            action_type_id: {category: Source, provider: CodeStarSourceConnection}
            configuration:
              ConnectionArn: arn:aws:codeconnections:eu-central-1:123456789012:connection/0b1f6f4c-3e7d-4f8b
              FullRepositoryId: example/library
              BranchName: main
            output_artifacts: [{name: Library}]
      - name: Build
        actions:
          - name: Test
            action_type_id: {category: Build, provider: CodeBuild}
            configuration:
              ProjectName: library
              EnvironmentVariables:
                - {name: EXECUTION, value: "#{codepipeline.PipelineExecutionId}"}
            input_artifacts: [{name: Library}]
        on_failure: {result: RETRY}

- name: No pipeline any more
  convoy.delivery.codepipeline:
    name: storefront
    state: absent
"""

RETURN = r"""
pipeline:
  description:
    - The pipeline afterwards, in the form of the options; in check mode as it would be. Not returned with
      O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: storefront
    pipeline_arn:
      description: Its ARN. Not known in check mode before the pipeline is made.
      type: str
      sample: arn:aws:codepipeline:eu-central-1:123456789012:storefront
    version:
      description: How often it has been declared. Each change counts it up by one.
      type: int
      sample: 3
    role_arn:
      description: The role that CodePipeline works with.
      type: str
      sample: arn:aws:iam::123456789012:role/codepipeline
    artifact_store:
      description: The bucket in which artifacts are kept.
      type: dict
      returned: when it has one for all
      sample: {"type": "S3", "location": "storefront-artifacts"}
    artifact_stores:
      description: The buckets in which artifacts are kept, by region.
      type: dict
      returned: when it has several
    stages:
      description: Its stages. Configuration values are text, as CodePipeline keeps them; secret ones are C(****).
      type: list
      elements: dict
    created:
      description: When it was made, ISO 8601. Not known in check mode before the pipeline is made.
      type: str
      sample: "2026-01-15T10:30:00.123000+00:00"
    updated:
      description: When it was last changed, ISO 8601. Not known in check mode.
      type: str
      sample: "2026-01-15T10:30:00.123000+00:00"
    tags:
      description: The tags.
      type: dict
      returned: when O(tags) is given
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pipeline import Pipeline
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pipeline_options import PIPELINE_OPTIONS
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

OPTIONS = dict(
    **PIPELINE_OPTIONS,
    role_timeout=dict(type="int", default=30),
    update_secret=dict(choices=["always", "on_create"], default="on_create", no_log=False),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(Pipeline(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
