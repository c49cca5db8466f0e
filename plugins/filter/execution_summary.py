# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What people want to know of a pipeline's execution."""

from __future__ import annotations

DOCUMENTATION = r"""
name: execution_summary
version_added: "0.1.0"
short_description: What people want to know of a pipeline's execution
description:
  - Of an execution as M(convoy.delivery.codepipeline_execution) returns it, its commit, what was released, how it ended
    and how long each stage took.
author:
  - The convoy.delivery contributors (@convoy-delivery)
options:
  _input:
    description: The execution.
    type: dict
    required: true
  version_variable:
    description: Output variable of an action, such as of the build, that says what is released.
    type: str
    default: VERSION
"""

EXAMPLES = r"""
- name: How long the build took
  ansible.builtin.debug:
    msg: "{{ (followed.execution | convoy.delivery.execution_summary).stages[1].seconds }}"
"""

RETURN = r"""
_value:
  description:
    - C(pipeline), C(execution_id), C(commit), C(message) and C(release), each empty where it is not known; C(outcome)
      and C(seconds).
    - C(stages) with C(name), C(status), C(start_time), C(end_time), C(seconds) and C(actions); of each action C(name),
      C(provider), C(status), C(seconds), C(external_execution_id) and C(error), the first line of why it failed.
  type: dict
"""


def execution_summary(execution, version_variable="VERSION"):
    """See DOCUMENTATION."""
    revision = next(iter(execution.get("artifact_revisions") or []), {})
    stages = execution.get("stages") or []
    return {
        "pipeline": execution.get("pipeline_name", ""),
        "execution_id": execution.get("pipeline_execution_id", ""),
        "commit": revision.get("revision_id", ""),
        "message": _first_line(revision.get("revision_summary")),
        "release": _release(stages, version_variable),
        "outcome": execution.get("outcome") or execution.get("status", ""),
        "seconds": _rounded(execution.get("seconds")),
        "stages": [_stage(stage) for stage in stages],
    }


def _release(stages, variable):
    found = (action.get("output_variables", {}).get(variable) for stage in stages for action in stage["actions"])
    return next((value for value in found if value), "")


def _stage(stage):
    return {
        "name": stage["name"],
        "status": stage["status"],
        "start_time": stage.get("start_time"),
        "end_time": stage.get("end_time"),
        "seconds": _rounded(stage.get("seconds")),
        "actions": [_action(action) for action in stage["actions"]],
    }


def _action(action):
    return {
        "name": action["name"],
        "provider": action.get("provider", ""),
        "status": action["status"],
        "seconds": _rounded(action.get("seconds")),
        "external_execution_id": action.get("external_execution_id"),
        "error": _first_line(action.get("error", {}).get("message")) or None,
    }


def _first_line(text):
    return next(iter((text or "").strip().splitlines()), "")


def _rounded(seconds):
    return None if seconds is None else round(seconds, 1)


class FilterModule:
    """The collection's filters."""

    def filters(self):
        return {"execution_summary": execution_summary}
