#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_project_info
version_added: "0.1.0"
short_description: List CodeBuild projects
description:
  - Tells about some or all CodeBuild projects of a region, with their tags and webhooks.
  - Values of variables that seem to hold a secret in plain text are hidden, and so are the webhooks' secrets.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  names:
    description:
      - Only the projects of these names. Names that do not exist are left out of the answer.
      - All of them when the option is not given.
    type: list
    elements: str
    aliases: [project_names]
seealso:
  - module: convoy.delivery.codebuild_project
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which projects are there?
  convoy.delivery.codebuild_project_info:
  register: found

- name: How is the storefront built?
  convoy.delivery.codebuild_project_info:
    names: [storefront]
  register: found
"""

RETURN = r"""
projects:
  description: The projects, by name, in the form of the options of M(convoy.delivery.codebuild_project).
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The project's name.
      type: str
      sample: storefront
    arn:
      description: Its ARN.
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
    webhook:
      description: The project's webhook, without its secret.
      type: dict
      returned: when there is one
    created:
      description: When it was made, ISO 8601.
      type: str
      sample: "2026-01-15T10:30:00.123000+00:00"
    last_modified:
      description: When it was changed last, ISO 8601.
      type: str
    tags:
      description: The tags.
      type: dict
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.project import list_projects
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(names=dict(type="list", elements="str", aliases=["project_names"]))


def run(context):
    return {"changed": False, "projects": list_projects(context, context.options["names"])}


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
