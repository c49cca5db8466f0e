#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_report_group
version_added: "0.1.0"
short_description: Create, change and delete CodeBuild report groups
description:
  - A report group keeps the reports of tests, or of code coverage, that builds make.
  - CodeBuild makes the groups that a buildspec names by itself, as C(PROJECT-NAME). This module is for those that
    are exported to S3, that have tags, or that several projects share.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  name:
    description: The name, 2 to 128 characters. AWS cannot change it later.
    type: str
    required: true
  type:
    description: What is reported. Required for a new group. AWS cannot change it later.
    type: str
    choices: [TEST, CODE_COVERAGE]
  export_config:
    description: Whether reports are stored in S3 too. A new group does not export where this is not given.
    type: dict
    suboptions:
      export_config_type:
        description: Where to.
        type: str
        choices: [S3, NO_EXPORT]
      s3_destination:
        description: The place in S3, with V(S3).
        type: dict
        suboptions:
          bucket:
            description: The bucket.
            type: str
          bucket_owner:
            description: The account of the bucket, where it is another.
            type: str
          path:
            description: The folder in the bucket.
            type: str
          packaging:
            description: Whether the raw data are stored as a zip or as files.
            type: str
            choices: [ZIP, NONE]
          encryption_key:
            description: The KMS key.
            type: str
          encryption_disabled:
            description: Whether they are stored without encryption.
            type: bool
  delete_reports:
    description:
      - Whether O(state=absent) deletes the reports of the group, too. AWS refuses to delete a group with reports
        otherwise.
    type: bool
    default: false
  state:
    description: V(present) makes the group or changes it, V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: convoy.delivery.codebuild_report_info
  - module: convoy.delivery.codebuild_build
extends_documentation_fragment:
  - convoy.delivery.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Test reports are kept in S3, too
  convoy.delivery.codebuild_report_group:
    name: storefront-unit-tests
    type: TEST
    export_config:
      export_config_type: S3
      s3_destination:
        bucket: storefront-reports
        packaging: ZIP

- name: They are not needed any more
  convoy.delivery.codebuild_report_group:
    name: storefront-unit-tests
    state: absent
    delete_reports: true
"""

RETURN = r"""
report_group:
  description: The group afterwards; in check mode as it would be. Not returned with O(state=absent).
  returned: O(state=present)
  type: dict
  contains:
    arn:
      description: Its ARN. Not known in check mode before it is made.
      type: str
      sample: arn:aws:codebuild:eu-central-1:123456789012:report-group/storefront-unit-tests
    name:
      description: Its name.
      type: str
      sample: storefront-unit-tests
    type:
      description: What is reported.
      type: str
      sample: TEST
    export_config:
      description: Whether reports are stored in S3 too.
      type: dict
    status:
      description: V(ACTIVE) or V(DELETING).
      type: str
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

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.report_group import ReportGroup
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module
from ansible_collections.convoy.delivery.plugins.module_utils.engine.resource import converge
from ansible_collections.convoy.delivery.plugins.module_utils.engine.tags import TAG_OPTIONS

DESTINATION = dict(
    bucket=dict(type="str"),
    bucket_owner=dict(type="str"),
    path=dict(type="str"),
    packaging=dict(choices=["ZIP", "NONE"]),
    encryption_key=dict(type="str", no_log=False),
    encryption_disabled=dict(type="bool"),
)
EXPORT = dict(
    export_config_type=dict(choices=["S3", "NO_EXPORT"]),
    s3_destination=dict(type="dict", options=DESTINATION),
)
OPTIONS = dict(
    name=dict(type="str", required=True),
    type=dict(choices=["TEST", "CODE_COVERAGE"]),
    export_config=dict(type="dict", options=EXPORT),
    delete_reports=dict(type="bool", default=False),
    state=dict(choices=["present", "absent"], default="present"),
    **TAG_OPTIONS,
)


def run(context):
    return converge(ReportGroup(context))


def main():
    run_module(OPTIONS, run)


if __name__ == "__main__":
    main()
