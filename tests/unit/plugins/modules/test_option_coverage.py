# SPDX-License-Identifier: GPL-3.0-or-later
"""Every input member of an operation is an option, or listed here with the reason: a new botocore shows what is new."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field

import botocore.session
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine import naming
from ansible_collections.convoy.delivery.plugins.modules import codedeploy_deployment

MODULES = "ansible_collections.convoy.delivery.plugins.modules"
OUR_OWN = {"state", "purge_tags", "replace"}


@dataclass
class Coverage:
    module: str
    operation: str
    left_out: dict = field(default_factory=dict)  # member: why it is not an option
    more: set = field(default_factory=set)  # options that are not members of this operation


# What the group's module does about Auto Scaling is its own.
AUTO_SCALING = {
    "adopt_copied_auto_scaling_group",
    "adopt_replacement_instances",
    "orphaned_auto_scaling_groups",
    "purge_auto_scaling_groups",
    "restore_lifecycle_hooks",
}
# How the deployment's module starts, follows and ends deployments.
FOLLOWING = {
    "deployment_id",
    "deployment_wait_type",
    "last_successful_revision",
    "wait",
    "wait_for",
    "wait_timeout",
    "force",
    "on_conflict",
}

CODEDEPLOY = [
    Coverage("codedeploy_deployment", "CreateDeployment", more=FOLLOWING | {"auto_rollback_enabled"}),
    Coverage(
        "codedeploy_deployment",
        "StopDeployment",
        more={*codedeploy_deployment.OPTIONS} - {"deployment_id", "auto_rollback_enabled", "state"},
    ),
    Coverage(
        "codedeploy_deployment",
        "ContinueDeployment",
        more={*codedeploy_deployment.OPTIONS} - {"deployment_id", "deployment_wait_type", "state"},
    ),
    Coverage("codedeploy_application", "CreateApplication", more={"new_application_name"}),
    Coverage("codedeploy_application", "UpdateApplication", more={"compute_platform", "tags"}),
    Coverage("codedeploy_deployment_config", "CreateDeploymentConfig"),
    Coverage(
        "codedeploy_deployment_group",
        "CreateDeploymentGroup",
        more={
            "new_deployment_group_name",
            *AUTO_SCALING,
            "role_timeout",
            "purge_trigger_configurations",
        },
    ),
    Coverage(
        "codedeploy_deployment_group",
        "UpdateDeploymentGroup",
        left_out={"current_deployment_group_name": "it is deployment_group_name"},
        more={
            "deployment_group_name",
            *AUTO_SCALING,
            "role_timeout",
            "purge_trigger_configurations",
            "tags",
        },
    ),
    Coverage(
        "codedeploy_revision",
        "RegisterApplicationRevision",
        left_out={"revision": "its members are options beside path"},
        more={
            *("s3_location", "git_hub_location", "app_spec_content", "string"),
            # What the module does before it registers: it bundles and uploads.
            *("path", "bucket", "prefix", "bundle_type", "exclude", "label", "metadata", "encryption", "kms_key_id"),
        },
    ),
    Coverage("codedeploy_revision_info", "ListApplicationRevisions", left_out={"next_token": "all pages are read"}),
    Coverage(
        "codedeploy_deployment_info",
        "ListDeployments",
        left_out={
            "next_token": "as many pages are read as limit asks for",
            "create_time_range": "it is created_after and created_before",
            "external_id": "only deployments of CloudFormation have one",
        },
        more={"deployment_ids", "created_after", "created_before", "limit", "hosts"},
    ),
    Coverage("codedeploy_application_info", "BatchGetApplications"),
    Coverage("codedeploy_deployment_group_info", "BatchGetDeploymentGroups"),
    Coverage("codedeploy_on_premises_instance", "RegisterOnPremisesInstance", more={"tags"}),
    Coverage(
        "codedeploy_on_premises_instance",
        "AddTagsToOnPremisesInstances",
        left_out={"instance_names": "it is instance_name, one of them"},
        more={"instance_name", "iam_user_arn", "iam_session_arn"},
    ),
    Coverage(
        "codedeploy_on_premises_instance_info",
        "ListOnPremisesInstances",
        left_out={"next_token": "all pages are read"},
        more={"instance_names"},
    ),
    Coverage(
        "codedeploy_on_premises_instance_info",
        "BatchGetOnPremisesInstances",
        more={"registration_status", "tag_filters"},
    ),
]


# The operations that no entry above compares: what uses them, or why nothing does.
OTHERS = {
    **dict.fromkeys(
        ("DeleteApplication", "GetApplication", "ListApplications"), "codedeploy_application and _info: names and pages"
    ),
    **dict.fromkeys(
        ("DeleteDeploymentConfig", "GetDeploymentConfig", "ListDeploymentConfigs"),
        "codedeploy_deployment_config and _info: names and pages",
    ),
    **dict.fromkeys(
        ("DeleteDeploymentGroup", "GetDeploymentGroup", "ListDeploymentGroups"),
        "codedeploy_deployment_group and _info: names and pages",
    ),
    **dict.fromkeys(
        ("BatchGetApplicationRevisions", "GetApplicationRevision"), "codedeploy_revision and _info: what was listed"
    ),
    **dict.fromkeys(
        (
            "BatchGetDeployments",
            "BatchGetDeploymentTargets",
            "GetDeployment",
            "GetDeploymentTarget",
            "ListDeploymentTargets",
        ),
        "codedeploy_deployment and _info follow and tell of deployments by them",
    ),
    **dict.fromkeys(
        ("DeregisterOnPremisesInstance", "GetOnPremisesInstance", "RemoveTagsFromOnPremisesInstances"),
        "codedeploy_on_premises_instance: a name, and the tags of purge_tags",
    ),
    **dict.fromkeys(("ListTagsForResource", "TagResource", "UntagResource"), "tags and purge_tags of each resource"),
    **dict.fromkeys(
        ("BatchGetDeploymentInstances", "GetDeploymentInstance", "ListDeploymentInstances"),
        "deprecated by AWS for the operations on targets",
    ),
    "SkipWaitTimeForInstanceTermination": "deprecated by AWS for ContinueDeployment with TERMINATION_WAIT",
    "PutLifecycleEventHookExecutionStatus": "for Lambda functions that are hooks, not for people",
    "DeleteResourcesByExternalId": "for CloudFormation, which links resources to external ids",
    **dict.fromkeys(
        ("DeleteGitHubAccountToken", "ListGitHubAccountTokenNames"),
        "a token is made by hand in the console, by GitHub's leave: nothing to bring about",
    ),
}


def test_every_operation_is_covered_or_left_to_something_else_for_a_reason():
    model = botocore.session.get_session().get_service_model("codedeploy")
    covered = [coverage.operation for coverage in CODEDEPLOY]
    assert sorted({*covered, *OTHERS}) == sorted(model.operation_names)
    assert not set(covered) & set(OTHERS)


def name_of(coverage):
    return f"{coverage.module}-{coverage.operation}"


def model(operation):
    return botocore.session.get_session().get_service_model("codedeploy").operation_model(operation).input_shape


def options_of(module):
    return importlib.import_module(f"{MODULES}.{module}").OPTIONS


@pytest.mark.parametrize("coverage", CODEDEPLOY, ids=name_of)
def test_every_member_of_the_operation_is_an_option_or_left_out_for_a_reason(coverage):
    missing, unknown = naming.option_gaps(options_of(coverage.module), model(coverage.operation))
    assert set(missing) == set(coverage.left_out)
    assert set(unknown) - OUR_OWN == coverage.more


def leaves(spec, shape, path=""):
    """(path, option, shape) of every option that is a member."""
    members = naming.members(shape)
    for name, option in spec.items():
        if name not in members:
            continue
        member = members[name][1]
        yield f"{path}{name}", option, member
        inner = member
        while inner.type_name == "list":
            inner = inner.member
        if "options" in option:
            yield from leaves(option["options"], inner, f"{path}{name}.")


# The service's documentation names its four values, its model does not.
NOT_IN_THE_MODEL = {"ec2_deployment_options.auto_scaling_group_processes_to_suspend"}
# What it sorts by are members of the answer, which is in snake_case.
IN_SNAKE_CASE = {"sort_by"}
TYPES = {"structure": "dict", "list": "list", "integer": "int", "long": "int", "boolean": "bool", "string": "str"}


@pytest.mark.parametrize("coverage", CODEDEPLOY, ids=name_of)
def test_every_option_has_the_type_and_the_choices_of_its_member(coverage):
    for path, option, member in leaves(options_of(coverage.module), model(coverage.operation)):
        if path == "tags":
            continue  # a map for people, a list of pairs for AWS
        assert option.get("type", "str") == TYPES[member.type_name], path
        entry = member.member if member.type_name == "list" else member
        if path not in NOT_IN_THE_MODEL:
            values = [naming.snake(one) if path in IN_SNAKE_CASE else one for one in getattr(entry, "enum", [])]
            assert sorted(option.get("choices", [])) == sorted(values), path
