#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
---
module: codebuild_build
version_added: "0.1.0"
short_description: Start, follow, stop and retry CodeBuild builds and batches of builds
description:
  - Starts a build of a project, with other settings than the project's where options ask for them, and waits for the
    end, printing each phase and, where that is wanted, the lines of the log as they come.
  - A build that does not succeed fails the task. The message names the phase, what failed in it, the last lines of its
    log and the first tests that failed.
  - Builds that CodeBuild starts by itself after a failure are followed too.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  project_name:
    description: The project. Required with O(state=started).
    type: str
    aliases: [project]
  build_id:
    description:
      - The id of the build, or of the batch, C(PROJECT:UUID). Required with O(state=stopped) and O(state=retried).
    type: str
    aliases: [id]
  batch:
    description:
      - Whether it is about a batch of builds, as the C(batch) of the buildspec describes it, instead of one build.
    type: bool
    default: false
  state:
    description:
      - V(started) starts a build, each time the task runs, unless O(idempotency_token) says that it was started
        already.
      - V(stopped) stops a build; one that has ended is left alone.
      - V(retried) runs a build again that has ended, as another build; a batch goes on as the same batch.
    type: str
    choices: [started, stopped, retried]
    default: started
  retry_type:
    description: Which builds of a batch are run again. AWS runs all of them where this is not given.
    type: str
    choices: [RETRY_ALL_BUILDS, RETRY_FAILED_BUILDS]
  idempotency_token:
    description:
      - A task with a token starts one build however often it runs within five minutes. The build that is there
        already is followed, and RV(adopted) tells so.
      - The same token with other options is refused.
    type: str
  wait:
    description: Whether to wait for the end. A build that does not succeed fails the task then.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, 0 to look once. Nothing is stopped when the time is over.
    type: int
    default: 3600
  build_log:
    description:
      - What is shown of the build's log in CloudWatch Logs. V(failed) adds the last lines of the failed phase to the
        message, V(live) shows the new lines while waiting too, V(none) shows nothing.
      - Of a flood of lines, only the last ones are shown.
    type: str
    choices: [none, failed, live]
    default: failed
  log_lines:
    description: How many lines of the log are in the message of a failed build.
    type: int
    default: 20
seealso:
  - module: convoy.delivery.codebuild_build_info
  - module: convoy.delivery.codebuild_project
extends_documentation_fragment:
  - convoy.delivery.attributes
  - convoy.delivery.codebuild_build
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A branch is built, with its log on the screen
  convoy.delivery.codebuild_build:
    project_name: storefront
    source_version: feature/checkout
    build_log: live
  register: built

- name: A build that a repeated task does not start again
  convoy.delivery.codebuild_build:
    project_name: storefront
    source_version: "{{ commit }}"
    idempotency_token: "release-{{ commit }}"

- name: The load test runs against staging
  convoy.delivery.codebuild_build:
    project_name: storefront-load-test
    environment_variables_override:
      - name: TARGET
        value: https://staging.example.com
    timeout_in_minutes_override: 30
    wait_timeout: 2400

- name: All the builds of a batch
  convoy.delivery.codebuild_build:
    project_name: storefront
    batch: true

- name: Only those that failed are run again
  convoy.delivery.codebuild_build:
    build_id: storefront:3f1c6a52-8d0e-4b9a-a1c7-5e2f9b8d7c60
    batch: true
    state: retried
    retry_type: RETRY_FAILED_BUILDS

- name: A build that is not needed any more
  convoy.delivery.codebuild_build:
    build_id: "{{ built.build.id }}"
    state: stopped
"""

RETURN = r"""
build:
  description:
    - The build, or the batch, as CodeBuild describes it.
    - In check mode, what is known of the one that would be started.
  returned: always
  type: dict
  contains:
    id:
      description: Its id. Not in check mode.
      type: str
      sample: storefront:3f1c6a52-8d0e-4b9a-a1c7-5e2f9b8d7c60
    build_number:
      description: Its number in the project.
      type: int
      sample: 12
      returned: for a build
    build_status:
      description: V(IN_PROGRESS), V(SUCCEEDED), V(FAILED), V(FAULT), V(TIMED_OUT) or V(STOPPED).
      type: str
      sample: SUCCEEDED
      returned: for a build
    build_batch_status:
      description: The same of a batch.
      type: str
      returned: for a batch
    build_groups:
      description: The builds of the batch, each with C(identifier) and C(current_build_summary).
      type: list
      elements: dict
      returned: for a batch
    current_phase:
      description: The phase that it is in.
      type: str
      sample: COMPLETED
    phases:
      description: The phases in their order.
      type: list
      elements: dict
      contains:
        phase_type:
          description: Its name.
          type: str
          sample: BUILD
        phase_status:
          description: How it ended.
          type: str
          sample: SUCCEEDED
        start_time:
          description: When it began, ISO 8601.
          type: str
        end_time:
          description: When it ended, ISO 8601.
          type: str
        duration_in_seconds:
          description: How long it took.
          type: int
          sample: 12
        contexts:
          description: C(status_code) and C(message) of what went wrong.
          type: list
          elements: dict
    seconds:
      description: How long it took, from its start to its end; none before that.
      type: float
      sample: 41.2
    resolved_source_version:
      description: The commit, or the version, that was built.
      type: str
    artifacts:
      description: The primary artifact, its C(location) is an ARN in S3.
      type: dict
    secondary_artifacts:
      description: The other artifacts.
      type: list
      elements: dict
    exported_variables:
      description: The variables that the buildspec exports, by name.
      type: dict
      returned: for a build
      sample: {VERSION: 2.0.1}
    logs:
      description: Where the log is.
      type: dict
    reports:
      description: What the reports of the build say.
      returned: after the wait
      type: list
      elements: dict
      contains:
        arn:
          description: The report.
          type: str
        name:
          description: The name of its report group.
          type: str
          sample: storefront-unit-tests
        type:
          description: V(TEST) or V(CODE_COVERAGE).
          type: str
        status:
          description: V(SUCCEEDED), V(FAILED), V(GENERATING) or V(INCOMPLETE).
          type: str
        total:
          description: How many tests there were.
          type: int
        passed:
          description: How many passed.
          type: int
        failed:
          description: How many failed or ended in an error.
          type: int
        skipped:
          description: How many were skipped.
          type: int
        seconds:
          description: How long the tests took.
          type: float
          returned: for tests
        line_coverage:
          description: How much of the lines is covered, in per cent.
          type: float
          returned: for coverage
        branch_coverage:
          description: How much of the branches is covered, in per cent.
          type: float
          returned: for coverage
        failures:
          description: The first tests that failed, with C(name), C(suite), C(status) and C(message).
          type: list
          elements: dict
adopted:
  description: Whether a build that was started with the same token before was followed instead of starting one.
  returned: O(state=started) and O(state=retried)
  type: bool
progress:
  description: What was printed during the wait.
  returned: after a wait
  type: list
  elements: str
"""

from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.build import retry, start, stop
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.build_options import OVERRIDES
from ansible_collections.convoy.delivery.plugins.module_utils.engine.module import run_module

OPTIONS = dict(
    project_name=dict(type="str", aliases=["project"]),
    build_id=dict(type="str", aliases=["id"]),
    batch=dict(type="bool", default=False),
    state=dict(choices=["started", "stopped", "retried"], default="started"),
    retry_type=dict(choices=["RETRY_ALL_BUILDS", "RETRY_FAILED_BUILDS"]),
    idempotency_token=dict(type="str", no_log=False),
    wait=dict(type="bool", default=True),
    wait_timeout=dict(type="int", default=3600),
    build_log=dict(choices=["none", "failed", "live"], default="failed"),
    log_lines=dict(type="int", default=20),
    **OVERRIDES,
)
RUNS = {"started": start, "stopped": stop, "retried": retry}


def run(context):
    return RUNS[context.options["state"]](context)


def main():
    run_module(
        OPTIONS,
        run,
        required_if=[
            ("state", "started", ["project_name"]),
            ("state", "stopped", ["build_id"]),
            ("state", "retried", ["build_id"]),
        ],
    )


if __name__ == "__main__":
    main()
