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
TYPES = {"structure": "dict", "list": "list", "integer": "int", "long": "int", "boolean": "bool", "string": "str"}


@pytest.mark.parametrize("coverage", CODEDEPLOY, ids=name_of)
def test_every_option_has_the_type_and_the_choices_of_its_member(coverage):
    for path, option, member in leaves(options_of(coverage.module), model(coverage.operation)):
        if path == "tags":
            continue  # a map for people, a list of pairs for AWS
        assert option.get("type", "str") == TYPES[member.type_name], path
        entry = member.member if member.type_name == "list" else member
        if path not in NOT_IN_THE_MODEL:
            assert option.get("choices", []) == list(getattr(entry, "enum", [])), path
