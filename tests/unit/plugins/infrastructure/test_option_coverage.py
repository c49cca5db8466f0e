# SPDX-License-Identifier: GPL-3.0-or-later
"""Every input member of an operation is an option, or listed here with the reason: a new botocore shows what is new."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field

import botocore.session
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.engine import naming

MODULES = "ansible_collections.convoy.delivery.plugins.modules"
SESSION = botocore.session.get_session()
TYPES = {
    "structure": "dict",
    "map": "dict",
    "list": "list",
    "integer": "int",
    "double": "float",
    "boolean": "bool",
    "string": "str",
}
# Texts that are given in a form for people, and a map for a list of pairs.
OTHER_TYPES = {"alarm_rule": "raw", "dashboard_body": "raw", "policy_document": "raw", "tags": "dict"}
# {option: the choices that the module does not have}: what is refused rather than half built.
NOT_BUILT = {
    "log_destination_type": ["kinesis-data-firehose"],
    "vpc_endpoint_type": ["GatewayLoadBalancer", "Resource", "ServiceNetwork", "Tunnel"],
}
OUR_OWN = {"state", "purge_tags", "wait", "wait_timeout", "on_conflict"}


@dataclass
class Coverage:
    module: str
    operation: str
    service: str
    left_out: dict = field(default_factory=dict)  # member: why it is not an option
    more: set = field(default_factory=set)  # options that are not members of this operation
    inside: str = ""  # the member of the request that the options are members of


REFRESH, INFO = "autoscaling_instance_refresh", "autoscaling_instance_refresh_info"
STARTING = {"strategy", "desired_configuration", "preferences"}
CANCELLING = {"wait_for_transitioning_instances"}
PAGES = {"next_token": "all pages are read", "max_records": "all pages are read"}

COVERED = [
    Coverage(REFRESH, "StartInstanceRefresh", "autoscaling", more=CANCELLING),
    Coverage(REFRESH, "CancelInstanceRefresh", "autoscaling", more=STARTING),
    Coverage(REFRESH, "RollbackInstanceRefresh", "autoscaling", more=STARTING | CANCELLING),
    Coverage(INFO, "DescribeInstanceRefreshes", "autoscaling", PAGES),
    Coverage("cloudwatch_composite_alarm", "PutCompositeAlarm", "cloudwatch"),
    Coverage(
        "cloudwatch_dashboard",
        "PutDashboard",
        "cloudwatch",
        more={"annotations", "annotations_kept", "keep_annotations"},
    ),
    Coverage(
        "ec2_endpoint",
        "CreateVpcEndpoint",
        "ec2",
        {
            "dry_run": "check mode",
            "client_token": "the endpoint is looked for first",
            "ip_address_type": "what the subnets have",
            "dns_options": "what AWS has set",
            "subnet_configurations": "addresses are AWS's choice",
            "service_network_arn": "VPC Lattice is not built",
            "resource_configuration_arn": "VPC Lattice is not built",
            "service_region": "services of the same region",
            "tag_specifications": "tags",
        },
        {"tags"},
    ),
    Coverage(
        "ec2_flow_log",
        "CreateFlowLogs",
        "ec2",
        {
            "dry_run": "check mode",
            "client_token": "the flow log is looked for first",
            "deliver_cross_account_role": "another account's log group is not built",
            "resource_ids": "resource_id, one at a time",
            "resource_type": "follows from resource_id",
            "tag_field_specifications": "records carry no tags",
            "destination_options": "AWS's own format of files",
            "tag_specifications": "tags",
        },
        {"tags", "replace", "resource_id", "flow_log_id"},
    ),
    Coverage(
        "elbv2_target_group",
        "CreateTargetGroup",
        "elbv2",
        {"target_control_port": "target optimizers are not built"},
        {"attributes"},
    ),
    Coverage("xray_group", "CreateGroup", "xray"),
    Coverage("xray_group", "UpdateGroup", "xray", {"group_arn": "is read"}, {"tags"}),
    Coverage("xray_group_info", "GetGroups", "xray", {"next_token": "all pages are read"}, {"group_names"}),
    Coverage(
        "xray_sampling_rule",
        "CreateSamplingRule",
        "xray",
        {"rule_arn": "a rule is known by its name", "version": "there is only one"},
        {"tags"},
        "SamplingRule",
    ),
    Coverage(
        "xray_sampling_rule",
        "UpdateSamplingRule",
        "xray",
        {"rule_arn": "a rule is known by its name"},
        {"tags"},
        "SamplingRuleUpdate",
    ),
    Coverage(
        "xray_sampling_rule_info", "GetSamplingRules", "xray", {"next_token": "all pages are read"}, {"rule_names"}
    ),
]


def name_of(coverage):
    return f"{coverage.module}-{coverage.operation}"


def shape_of(coverage):
    shape = SESSION.get_service_model(coverage.service).operation_model(coverage.operation).input_shape
    return shape.members[coverage.inside] if coverage.inside else shape


def options_of(module):
    return importlib.import_module(f"{MODULES}.{module}").OPTIONS


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_member_of_the_operation_is_an_option_or_left_out_for_a_reason(coverage):
    missing, unknown = naming.option_gaps(options_of(coverage.module), shape_of(coverage))
    assert set(missing) == set(coverage.left_out)
    assert {name.partition(".")[0] for name in unknown} - OUR_OWN == coverage.more


def leaves(spec, shape, path=""):
    """(path, option, shape) of every option that is a member."""
    members = naming.members(shape)
    for name, option in spec.items():
        if name not in members:
            continue
        member = members[name][1]
        yield f"{path}{name}", option, member
        inner = member.member if member.type_name == "list" else member
        if "options" in option:
            yield from leaves(option["options"], inner, f"{path}{name}.")


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_option_has_the_type_and_the_choices_of_its_member(coverage):
    for path, option, member in leaves(options_of(coverage.module), shape_of(coverage)):
        assert option.get("type", "str") == OTHER_TYPES.get(path, TYPES[member.type_name]), path
        entry = member.member if member.type_name == "list" else member
        choices = [*option.get("choices", []), *NOT_BUILT.get(path, [])]
        assert sorted(choices) == sorted(getattr(entry, "enum", [])), path


def test_the_limits_of_the_preferences_are_those_of_the_model():
    from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.refresh_checks import NUMBERS

    members = naming.members(SESSION.get_service_model("autoscaling").shape_for("RefreshPreferences"))
    limits = {name: members[name][1].metadata for name in NUMBERS}
    assert {name: (told.get("min"), told.get("max")) for name, told in limits.items()} == NUMBERS


def test_a_refresh_that_has_ended_is_told_from_one_that_goes_on():
    from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.instance_refresh import UNDER_WAY
    from ansible_collections.convoy.delivery.plugins.module_utils.autoscaling.refresh_calls import ENDED

    known = SESSION.get_service_model("autoscaling").shape_for("InstanceRefreshStatus").enum
    assert {*ENDED, *UNDER_WAY, "Cancelling", "RollbackInProgress"} == set(known)


def test_the_limits_of_sampling_rules_are_those_of_the_model():
    from ansible_collections.convoy.delivery.plugins.module_utils.xray import sampling_rule

    members = naming.members(SESSION.get_service_model("xray").shape_for("SamplingRule"))
    longest = {name: members[name][1].metadata["max"] for name in sampling_rule.PATTERNS}
    assert longest == sampling_rule.PATTERNS
    attributes = members["attributes"][1]
    assert attributes.metadata["max"] == sampling_rule.MOST_ATTRIBUTES
    assert {attributes.key.metadata["max"], attributes.value.metadata["max"]} == {sampling_rule.LONGEST_ATTRIBUTE}
    assert members["priority"][1].metadata == {"min": 1, "max": sampling_rule.HIGHEST_PRIORITY}
    assert members["rule_name"][1].metadata["max"] == sampling_rule.LONGEST_NAME
