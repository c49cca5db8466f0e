#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_webhook
version_added: "0.1.0"
short_description: Create, change and delete the webhooks of CodeBuild projects
description:
  - A webhook starts builds of a project when something happens in its repository at GitHub, GitLab or Bitbucket.
  - Repositories of CodeCommit, and files in S3, have none. An EventBridge rule or a pipeline starts their builds.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  project_name:
    description: The project. Its source says where the webhook is.
    type: str
    required: true
    aliases: [project]
  filter_groups:
    description:
      - Which events start a build. A list of groups, each a list of filters; an event has to pass all filters of one
        group. No groups let every push and pull request start a build.
      - A filter has C(type), V(EVENT), V(BASE_REF), V(HEAD_REF), V(ACTOR_ACCOUNT_ID), V(FILE_PATH),
        V(COMMIT_MESSAGE), V(WORKFLOW_NAME), V(TAG_NAME), V(RELEASE_NAME), V(REPOSITORY_NAME) or V(ORGANIZATION_NAME);
        C(pattern), a regular expression, or the events, separated by commas; and C(exclude_matched_pattern), which
        turns it round.
      - Each group needs a filter of type V(EVENT).
    type: list
    elements: list
  branch_filter:
    description: A regular expression for branches, the older way. Excludes O(filter_groups).
    type: str
  build_type:
    description: What an event starts. AWS takes V(BUILD) for a new webhook.
    type: str
    choices: [BUILD, BUILD_BATCH, RUNNER_BUILDKITE_BUILD]
  manual_creation:
    description:
      - Whether CodeBuild leaves it to you to make the webhook at GitHub, by RV(webhook.payload_url) and the secret,
        see O(return_secret).
      - AWS cannot change it later.
    type: bool
  scope_configuration:
    description: A webhook for all repositories of an organization, a group or a server. AWS cannot change it later.
    type: dict
    suboptions:
      name:
        description: The name of the organization, the group or the enterprise.
        type: str
        required: true
      domain:
        description: The domain of the server, for GitHub Enterprise Server and GitLab self-managed.
        type: str
      scope:
        description: The kind.
        type: str
        required: true
        choices: [GITHUB_ORGANIZATION, GITHUB_GLOBAL, GITLAB_GROUP]
  pull_request_build_policy:
    description: Whether pull requests wait for somebody's comment before they are built.
    type: dict
    suboptions:
      requires_comment_approval:
        description: Which pull requests wait.
        type: str
        required: true
        choices: [DISABLED, ALL_PULL_REQUESTS, FORK_PULL_REQUESTS]
      approver_roles:
        description: Who may approve, by their role at the provider.
        type: list
        elements: str
        choices:
          - GITHUB_READ
          - GITHUB_TRIAGE
          - GITHUB_WRITE
          - GITHUB_MAINTAIN
          - GITHUB_ADMIN
          - GITLAB_GUEST
          - GITLAB_PLANNER
          - GITLAB_REPORTER
          - GITLAB_DEVELOPER
          - GITLAB_MAINTAINER
          - GITLAB_OWNER
          - BITBUCKET_READ
          - BITBUCKET_WRITE
          - BITBUCKET_ADMIN
  rotate_secret:
    description: Whether to give the webhook another secret. Done each time the task runs, and reported as a change.
    type: bool
    default: false
  return_secret:
    description:
      - Whether the result has the secret, where AWS tells it, after O(manual_creation=true) and
        O(rotate_secret=true). Give the task C(no_log=true) then.
    type: bool
    default: false
  replace:
    description: Whether to delete the webhook and to make it anew where AWS cannot change what differs.
    type: bool
    default: false
  state:
    description: V(present) makes the webhook or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codebuild_project
  - module: convoy.delivery.codebuild_source_credential
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Pushes to main and pull requests against it are built
  convoy.delivery.codebuild_webhook:
    project_name: storefront
    filter_groups:
      - - type: EVENT
          pattern: PUSH
        - type: HEAD_REF
          pattern: ^refs/heads/main$
      - - type: EVENT
          pattern: PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED
        - type: BASE_REF
          pattern: ^refs/heads/main$
        - type: FILE_PATH
          pattern: ^docs/
          exclude_matched_pattern: true

- name: It gets another secret
  convoy.delivery.codebuild_webhook:
    project_name: storefront
    rotate_secret: true

- name: Nothing is built by itself any more
  convoy.delivery.codebuild_webhook:
    project_name: storefront
    state: absent
"""

RETURN = r"""
webhook:
  description: The webhook afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    project_name:
      description: The project.
      type: str
      sample: storefront
    url:
      description: The webhook at the provider.
      type: str
      returned: when AWS tells it
    payload_url:
      description: Where the provider sends its events.
      type: str
      returned: when AWS tells it
    secret:
      description: The secret by which events are signed.
      type: str
      returned: with O(return_secret=true), when AWS tells it
    filter_groups:
      description: Which events start a build.
      type: list
      elements: list
    build_type:
      description: What an event starts.
      type: str
      sample: BUILD
    last_modified_secret:
      description: When the secret was changed last, ISO 8601.
      type: str
    status:
      description: V(CREATING), V(CREATE_FAILED), V(ACTIVE) or V(DELETING).
      type: str
      returned: when AWS tells it
    status_message:
      description: Why it could not be made.
      type: str
      returned: when AWS tells it
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.webhook import run
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

SCOPE = dict(
    name=dict(type="str", required=True),
    domain=dict(type="str"),
    scope=dict(required=True, choices=["GITHUB_ORGANIZATION", "GITHUB_GLOBAL", "GITLAB_GROUP"]),
)
POLICY = dict(
    requires_comment_approval=dict(required=True, choices=["DISABLED", "ALL_PULL_REQUESTS", "FORK_PULL_REQUESTS"]),
    approver_roles=dict(
        type="list",
        elements="str",
        choices=[
            "GITHUB_READ",
            "GITHUB_TRIAGE",
            "GITHUB_WRITE",
            "GITHUB_MAINTAIN",
            "GITHUB_ADMIN",
            "GITLAB_GUEST",
            "GITLAB_PLANNER",
            "GITLAB_REPORTER",
            "GITLAB_DEVELOPER",
            "GITLAB_MAINTAINER",
            "GITLAB_OWNER",
            "BITBUCKET_READ",
            "BITBUCKET_WRITE",
            "BITBUCKET_ADMIN",
        ],
    ),
)
OPTIONS = dict(
    project_name=dict(type="str", required=True, aliases=["project"]),
    filter_groups=dict(type="list", elements="list"),
    branch_filter=dict(type="str"),
    build_type=dict(choices=["BUILD", "BUILD_BATCH", "RUNNER_BUILDKITE_BUILD"]),
    manual_creation=dict(type="bool"),
    scope_configuration=dict(type="dict", options=SCOPE),
    pull_request_build_policy=dict(type="dict", options=POLICY),
    rotate_secret=dict(type="bool", default=False, no_log=False),
    return_secret=dict(type="bool", default=False, no_log=False),
    replace=dict(type="bool", default=False),
    state=dict(choices=["present", "absent"], default="present"),
)


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
