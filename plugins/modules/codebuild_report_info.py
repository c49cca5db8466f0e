#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_report_info
version_added: "0.1.0"
short_description: List CodeBuild reports of tests and of code coverage
description:
  - Tells about reports, the newest first, with their tests and with the coverage of each file where that is wanted.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  report_arns:
    description: Only the reports of these ARNs. Unknown ones are left out of the answer.
    type: list
    elements: str
  build_id:
    description: Only the reports of this build.
    type: str
  report_group:
    description: Only the reports of the group of this name or ARN.
    type: str
  status:
    description: Only those of this status, where neither O(report_arns) nor O(build_id) is given.
    type: str
    choices: [GENERATING, SUCCEEDED, FAILED, INCOMPLETE, DELETING]
  limit:
    description:
      - At most so many, the newest; V(0) for all. Does not count where O(report_arns) or O(build_id) is given.
    type: int
    default: 20
  test_cases:
    description: Which tests to tell of each report.
    type: str
    choices: [none, failed, all]
    default: none
  coverages:
    description: Whether to tell the coverage of each file, the least covered first.
    type: bool
    default: false
seealso:
  - module: convoy.delivery.codebuild_report_group
  - module: convoy.delivery.codebuild_build_info
extends_documentation_fragment:
  - convoy.delivery.attributes.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Which tests failed in this build?
  convoy.delivery.codebuild_report_info:
    build_id: "{{ built.build.id }}"
    test_cases: failed
  register: found

- name: How has the coverage developed?
  convoy.delivery.codebuild_report_info:
    report_group: storefront-coverage
    limit: 10
  register: found
"""

RETURN = r"""
reports:
  description: The reports, the newest first. Empty when there are none.
  returned: always
  type: list
  elements: dict
  contains:
    arn:
      description: Its ARN.
      type: str
    report_group_name:
      description: The name of its group.
      type: str
      sample: storefront-unit-tests
    type:
      description: V(TEST) or V(CODE_COVERAGE).
      type: str
      sample: TEST
    status:
      description: V(SUCCEEDED), V(FAILED), V(GENERATING), V(INCOMPLETE) or V(DELETING).
      type: str
      sample: SUCCEEDED
    test_summary:
      description: C(total), C(status_counts) and C(duration_in_nano_seconds).
      type: dict
      returned: for tests
    code_coverage_summary:
      description: Lines and branches, covered and missed.
      type: dict
      returned: for coverage
    test_cases:
      description: The tests, with C(name), C(test_suite_name), C(status), C(message), C(duration_in_nano_seconds).
      type: list
      elements: dict
      returned: with O(test_cases), for tests
    code_coverages:
      description: The files, each with C(file_path) and its figures.
      type: list
      elements: dict
      returned: with O(coverages=true), for coverage
    created:
      description: When it was made, ISO 8601.
      type: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.report_list import list_reports
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    report_arns=dict(type="list", elements="str"),
    build_id=dict(type="str"),
    report_group=dict(type="str"),
    status=dict(choices=["GENERATING", "SUCCEEDED", "FAILED", "INCOMPLETE", "DELETING"]),
    limit=dict(type="int", default=20),
    test_cases=dict(choices=["none", "failed", "all"], default="none"),
    coverages=dict(type="bool", default=False),
)


def run(context):
    return {"changed": False, "reports": list_reports(context)}


def main():
    run_module(OPTIONS, run, mutually_exclusive=[("report_arns", "build_id", "report_group")])


if __name__ == "__main__":
    main()
