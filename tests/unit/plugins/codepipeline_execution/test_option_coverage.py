# SPDX-License-Identifier: GPL-3.0-or-later
"""Every input member of the operations is an option, or listed here with the reason."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field

import botocore.session
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine import naming
from ansible_collections.convoy.delivery.plugins.modules import codepipeline_execution

MODULES = "ansible_collections.convoy.delivery.plugins.modules"
MODEL = botocore.session.get_session().get_service_model("codepipeline")
TYPES = {"structure": "dict", "list": "list", "integer": "int", "boolean": "bool", "string": "str"}
PAGES = {"next_token": "all pages are read", "max_results": "all pages are read"}


@dataclass
class Coverage:
    """``used`` are the options that are members of the operation's input."""

    module: str
    operation: str
    used: set
    left_out: dict = field(default_factory=dict)  # member: why it is not an option


COVERED = [
    Coverage(
        "codepipeline_execution",
        "StartPipelineExecution",
        {"variables", "source_revisions", "client_request_token"},
        {"name": "it is pipeline_name"},
    ),
    Coverage(
        "codepipeline_execution",
        "StopPipelineExecution",
        {"pipeline_name", "pipeline_execution_id", "abandon", "reason"},
    ),
    Coverage(
        "codepipeline_execution",
        "RetryStageExecution",
        {"pipeline_name", "stage_name", "pipeline_execution_id", "retry_mode"},
    ),
    Coverage(
        "codepipeline_execution", "RollbackStage", {"pipeline_name", "stage_name", "target_pipeline_execution_id"}
    ),
    Coverage(
        "codepipeline_execution",
        "OverrideStageCondition",
        {"pipeline_name", "stage_name", "pipeline_execution_id", "condition_type"},
    ),
    Coverage(
        "codepipeline_execution_info",
        "ListPipelineExecutions",
        {"pipeline_name"},
        {**PAGES, "filter": "it is succeeded_in_stage"},
    ),
    Coverage(
        "codepipeline_approval",
        "PutApprovalResult",
        {"pipeline_name", "stage_name", "action_name"},
        {"result": "it is state and summary", "token": "it is read, compared and used at once"},
    ),
    Coverage(
        "codepipeline_stage_transition",
        "DisableStageTransition",
        {"pipeline_name", "stage_name", "transition_type", "reason"},
    ),
    Coverage(
        "codepipeline_stage_transition", "EnableStageTransition", {"pipeline_name", "stage_name", "transition_type"}
    ),
]


def options_of(coverage):
    return importlib.import_module(f"{MODULES}.{coverage.module}").OPTIONS


def members_of(coverage):
    return naming.members(MODEL.operation_model(coverage.operation).input_shape)


def name_of(coverage):
    return f"{coverage.module}-{coverage.operation}"


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_member_is_an_option_or_left_out_for_a_reason(coverage):
    members, options = set(members_of(coverage)), set(options_of(coverage))
    assert members & options - set(coverage.left_out) == coverage.used
    assert members - coverage.used == set(coverage.left_out)


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_option_has_the_type_and_the_choices_of_its_member(coverage):
    for name in coverage.used - {"variables"}:  # a map for people, a list of pairs for AWS
        option, (_api_name, member) = options_of(coverage)[name], members_of(coverage)[name]
        assert option.get("type", "str") == TYPES[member.type_name], name
        assert sorted(option.get("choices", [])) == sorted(getattr(member, "enum", [])), name


def test_a_source_revision_has_all_members_of_its_structure_and_their_choices():
    shape = MODEL.shape_for("SourceRevisionOverride")
    spec = codepipeline_execution.OPTIONS["source_revisions"]["options"]
    assert naming.option_gaps(spec, shape) == ([], [])
    assert sorted(spec["revision_type"]["choices"]) == sorted(shape.members["revisionType"].enum)
    assert all(one.get("required") for one in spec.values())


def test_statuses_of_the_info_module_are_those_of_the_api():
    statuses = importlib.import_module(f"{MODULES}.codepipeline_execution_info").OPTIONS["statuses"]["choices"]
    assert sorted(statuses) == sorted(MODEL.shape_for("PipelineExecutionStatus").enum)
