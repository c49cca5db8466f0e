# SPDX-License-Identifier: GPL-3.0-or-later
"""Every member of a declaration is an option, or listed here with the reason: a new botocore shows what is new."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field

import botocore.session
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codepipeline.pipeline_options import STORE
from ansible_collections.convoy.delivery.plugins.module_utils.engine import naming

MODULES = "ansible_collections.convoy.delivery.plugins.modules"
MODEL = botocore.session.get_session().get_service_model("codepipeline")

BLOCKERS = "reserved for future use (API reference, StageDeclaration)"
COUNTED = "CodePipeline counts it; what a task says of it has no effect (API reference, UpdatePipeline)"
OUR_OWN = {"state", "purge_tags"}
OF_PIPELINES = {"role_timeout", "tags", "update_secret"}


@dataclass
class Coverage:
    module: str
    operation: str
    member: str | None = None  # the input member that the options describe; None for the whole input
    left_out: dict = field(default_factory=dict)  # option path: why it is not an option
    more: set = field(default_factory=set)  # options that are not members of it


COVERED = [
    Coverage(
        "codepipeline", "CreatePipeline", "pipeline", {"version": COUNTED, "stages.blockers": BLOCKERS}, OF_PIPELINES
    ),
    Coverage(
        "codepipeline", "UpdatePipeline", "pipeline", {"version": COUNTED, "stages.blockers": BLOCKERS}, OF_PIPELINES
    ),
    Coverage(
        "codepipeline_info",
        "GetPipeline",
        left_out={"name": "it is pipeline_names"},
        more={"pipeline_names", "stage_states", "executions"},
    ),
    Coverage(
        "codepipeline_webhook", "PutWebhook", "webhook", more={"register_with_third_party", "tags", "update_secret"}
    ),
    Coverage("codepipeline_custom_action_type", "CreateCustomActionType"),
    Coverage(
        "codepipeline_custom_action_type",
        "DeleteCustomActionType",
        more={
            "configuration_properties",
            "input_artifact_details",
            "output_artifact_details",
            "settings",
            "tags",
        },
    ),
]

# The operations that no entry above compares: what uses them, or why nothing does.
OTHERS = {
    "DeletePipeline": "codepipeline: its name",
    **dict.fromkeys(("GetPipelineState", "ListPipelines"), "codepipeline_info: names and pages"),
    "DeleteWebhook": "codepipeline_webhook: its name",
    "ListWebhooks": "codepipeline_webhook and _info: pages",
    **dict.fromkeys(
        ("RegisterWebhookWithThirdParty", "DeregisterWebhookWithThirdParty"),
        "codepipeline_webhook: register_with_third_party",
    ),
    "ListActionTypes": "codepipeline_custom_action_type and _info, and codepipeline, which asks what is secret: pages",
    **dict.fromkeys(("ListTagsForResource", "TagResource", "UntagResource"), "tags and purge_tags of each resource"),
    **dict.fromkeys(
        (
            "StartPipelineExecution",
            "StopPipelineExecution",
            "RetryStageExecution",
            "RollbackStage",
            "OverrideStageCondition",
            "GetPipelineExecution",
            "ListPipelineExecutions",
            "ListActionExecutions",
            "ListRuleExecutions",
            "ListDeployActionExecutionTargets",
        ),
        "executions: codepipeline_execution and _info",
    ),
    "PutApprovalResult": "codepipeline_approval",
    **dict.fromkeys(("EnableStageTransition", "DisableStageTransition"), "codepipeline_stage_transition"),
    **dict.fromkeys(
        (
            "AcknowledgeJob",
            "AcknowledgeThirdPartyJob",
            "GetJobDetails",
            "GetThirdPartyJobDetails",
            "PollForJobs",
            "PollForThirdPartyJobs",
            "PutJobFailureResult",
            "PutJobSuccessResult",
            "PutThirdPartyJobFailureResult",
            "PutThirdPartyJobSuccessResult",
        ),
        "for job workers, which ask and answer by themselves, not for people",
    ),
    "PutActionRevision": "for sources of one's own that tell of a change, not for people",
    "ListRuleTypes": "the same for every account: the user guide tells the rules",
    **dict.fromkeys(
        ("GetActionType", "UpdateActionType"),
        "for those who offer action types to other accounts, which AWS sets up with them",
    ),
}


def shape_of(coverage):
    shape = MODEL.operation_model(coverage.operation).input_shape
    return shape.members[coverage.member] if coverage.member else shape


def options_of(coverage):
    return importlib.import_module(f"{MODULES}.{coverage.module}").OPTIONS


def name_of(coverage):
    return f"{coverage.module}-{coverage.operation}"


def test_every_operation_is_covered_or_left_to_something_else_for_a_reason():
    covered = {coverage.operation for coverage in COVERED}
    assert sorted({*covered, *OTHERS}) == sorted(MODEL.operation_names)
    assert not covered & set(OTHERS)


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_member_is_an_option_or_left_out_for_a_reason(coverage):
    missing, unknown = naming.option_gaps(options_of(coverage), shape_of(coverage))
    assert set(missing) == set(coverage.left_out)
    assert set(unknown) - OUR_OWN == coverage.more


def test_each_store_of_artifact_stores_has_the_members_of_the_one_store():
    """Ansible has no spec for a map by region; checks.py refuses what is not in that of artifact_store."""
    stores = MODEL.shape_for("ArtifactStoreMap")
    assert naming.option_gaps(STORE["options"], stores.value) == ([], [])


def leaves(spec, shape, path=""):
    """(path, option, shape, is required) of every option that is a member."""
    members = naming.members(shape)
    for name, option in spec.items():
        if name not in members:
            continue
        api_name, member = members[name]
        yield f"{path}{name}", option, member, api_name in shape.required_members
        inner = member
        while inner.type_name == "list":
            inner = inner.member
        if "options" in option:
            yield from leaves(option["options"], inner, f"{path}{name}.")


TYPES = {"structure": "dict", "map": "dict", "list": "list", "integer": "int", "boolean": "bool", "string": "str"}


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_option_has_the_type_and_the_choices_of_its_member(coverage):
    for path, option, member, _required in leaves(options_of(coverage), shape_of(coverage)):
        if path == "tags":
            continue  # a map for people, a list of pairs for AWS
        assert option.get("type", "str") == TYPES[member.type_name], path
        entry = member.member if member.type_name == "list" else member
        assert sorted(option.get("choices", [])) == sorted(getattr(entry, "enum", [])), path


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_what_the_api_requires_inside_of_a_structure_is_required_or_has_a_default(coverage):
    """On the first level an option may be left out: it leaves what is there alone."""
    for path, option, _member, required in leaves(options_of(coverage), shape_of(coverage)):
        if "." in path and required:
            assert option.get("required") or "default" in option, path
