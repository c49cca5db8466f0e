#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_project
version_added: "0.1.0"
short_description: Create, change and delete CodeBuild projects
description:
  - A project says what is built, where, with which rights, and what becomes of the output.
  - Nothing is written when the project already is as the task wants it, and what CodeBuild fills in is left alone.
    An option that is not given leaves what is there as it is.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  name:
    description: The project's name, 2 to 150 letters, digits, C(-) and C(_). AWS cannot change it later.
    type: str
    required: true
    aliases: [project_name]
  description:
    description: What the project is for, at most 255 characters.
    type: str
  service_role:
    description: The ARN of the role that builds have. Required for a new project.
    type: str
  role_timeout:
    description:
      - Seconds to try again while CodeBuild cannot use O(service_role) yet. IAM needs some seconds to make a new role,
        or what it may do, known to other services.
    type: int
    default: 30
  timeout_in_minutes:
    description: Minutes until a build is ended, 5 to 2160. AWS takes 60 for a new project.
    type: int
  queued_timeout_in_minutes:
    description: Minutes that a build may wait for its turn, 5 to 480. AWS takes 480 for a new project.
    type: int
  encryption_key:
    description:
      - ARN or alias (C(alias/NAME)) of the KMS key for the output. AWS takes its own for S3 for a new project.
    type: str
  badge_enabled:
    description: Whether there is a badge that everybody can see, C(badge_request_url) in the result.
    type: bool
  concurrent_build_limit:
    description: How many builds may run side by side, 1 or more. V(-1) takes the limit away.
    type: int
  auto_retry_limit:
    description: How often a failed build is run again. V(0) is never.
    type: int
  project_visibility:
    description: Who may see the builds, with their logs and artifacts.
    type: str
    choices: [PUBLIC_READ, PRIVATE]
  resource_access_role:
    description:
      - The ARN of the role by which everybody reads logs and artifacts, with O(project_visibility=PUBLIC_READ).
    type: str
  state:
    description: V(present) makes the project or changes it, V(absent) deletes it with its webhook; its builds stay.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codebuild_project_info
  - module: convoy.delivery.codebuild_build
  - module: convoy.delivery.codebuild_webhook
extends_documentation_fragment:
  - convoy.delivery.attributes
  - convoy.delivery.codebuild_project.sources
  - convoy.delivery.codebuild_project.output
  - convoy.delivery.codebuild_project.environment
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: The storefront is built by its pipeline, with the buildspec of its repository
  convoy.delivery.codebuild_project:
    name: storefront
    service_role: arn:aws:iam::123456789012:role/storefront-build
    source:
      type: CODEPIPELINE
    artifacts:
      type: CODEPIPELINE
    environment:
      type: LINUX_CONTAINER
      image: aws/codebuild/amazonlinux-x86_64-standard:5.0
      compute_type: BUILD_GENERAL1_SMALL
      environment_variables:
        - name: STAGE
          value: production
        - name: REGISTRY_TOKEN
          value: /storefront/registry-token
          type: PARAMETER_STORE
    timeout_in_minutes: 30
    cache:
      type: S3
      location: storefront-artifacts/cache
    tags:
      Team: shop

- name: Load tests have no source, and a buildspec of their own
  convoy.delivery.codebuild_project:
    name: storefront-load-test
    service_role: arn:aws:iam::123456789012:role/storefront-build
    source:
      type: NO_SOURCE
      buildspec:
        version: 0.2
        phases:
          build:
            commands:
              - pip install locust
              - locust --headless --host "$TARGET"
    artifacts:
      type: NO_ARTIFACTS
    environment:
      type: LINUX_CONTAINER
      image: aws/codebuild/amazonlinux-x86_64-standard:5.0
      compute_type: BUILD_GENERAL1_MEDIUM

- name: Builds leave the VPC
  convoy.delivery.codebuild_project:
    name: storefront
    vpc_config: {}

- name: The project is not needed any more
  convoy.delivery.codebuild_project:
    name: storefront-load-test
    state: absent
"""

RETURN = r"""
project:
  description:
    - The project afterwards, in the form of the options; in check mode as it would be.
    - Values of variables that seem to hold a secret are hidden. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: storefront
    arn:
      description: Its ARN. Not known in check mode before the project is made.
      type: str
      sample: arn:aws:codebuild:eu-central-1:123456789012:project/storefront
    source:
      description: What is built.
      type: dict
    artifacts:
      description: What becomes of the output.
      type: dict
    environment:
      description: Where builds run.
      type: dict
    service_role:
      description: The role that builds have.
      type: str
    badge_request_url:
      description: The address of the badge.
      type: str
      returned: with O(badge_enabled=true)
    public_project_alias:
      description: Where everybody sees the builds.
      type: str
      returned: with O(project_visibility=PUBLIC_READ)
    webhook:
      description: The project's webhook, without its secret.
      type: dict
      returned: when there is one
    created:
      description: When it was made, ISO 8601.
      type: str
    last_modified:
      description: When it was changed last, ISO 8601.
      type: str
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.project import run
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.project_options import (
    ARTIFACTS,
    BATCH_CONFIG,
    CACHE,
    ENVIRONMENT,
    FILE_SYSTEMS,
    LOGS,
    SECONDARY_ARTIFACTS,
    SECONDARY_SOURCES,
    SOURCE,
    SOURCE_VERSIONS,
    VPC,
    structure,
)
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

OPTIONS = dict(
    name=dict(type="str", required=True, aliases=["project_name"]),
    description=dict(type="str"),
    source=structure(**SOURCE),
    secondary_sources=SECONDARY_SOURCES,
    source_version=dict(type="str"),
    secondary_source_versions=SOURCE_VERSIONS,
    artifacts=structure(**ARTIFACTS),
    secondary_artifacts=SECONDARY_ARTIFACTS,
    cache=CACHE,
    environment=ENVIRONMENT,
    service_role=dict(type="str"),
    role_timeout=dict(type="int", default=30),
    timeout_in_minutes=dict(type="int"),
    queued_timeout_in_minutes=dict(type="int"),
    encryption_key=dict(type="str", no_log=False),
    vpc_config=VPC,
    badge_enabled=dict(type="bool"),
    logs_config=LOGS,
    file_system_locations=FILE_SYSTEMS,
    build_batch_config=BATCH_CONFIG,
    concurrent_build_limit=dict(type="int"),
    auto_retry_limit=dict(type="int"),
    project_visibility=dict(type="str", choices=["PUBLIC_READ", "PRIVATE"]),
    resource_access_role=dict(type="str"),
    state=dict(type="str", choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
