# SPDX-License-Identifier: GPL-3.0-or-later
"""Every input member of an operation is an option, or listed here with the reason: a new botocore shows what is new."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field

import botocore.session
import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.build_options import BATCH_ONLY, BUILD_ONLY
from ansible_collections.convoy.delivery.plugins.module_utils.engine import naming

MODULES = "ansible_collections.convoy.delivery.plugins.modules"
SESSION = botocore.session.get_session()
TYPES = {
    "structure": "dict",
    "list": "list",
    "integer": "int",
    "long": "int",
    "double": "float",
    "boolean": "bool",
    "string": "str",
}
OUR_OWN = {"state", "purge_tags", "wait", "wait_timeout", "replace"}
PAGES = {"next_token": "all pages are read", "max_results": "all pages are read"}
BY_ARN = {"arn": "it is found by its name"}
DOCKER_SERVER = {"environment.docker_server.status": "CodeBuild tells it"}


@dataclass
class Coverage:
    """``more`` are options that are not members of this operation; dotted paths as naming.option_gaps tells them."""

    module: str
    operation: str
    left_out: dict = field(default_factory=dict)  # member: why it is not an option
    more: set = field(default_factory=set)
    service: str = "codebuild"


VISIBILITY = {"project_visibility", "resource_access_role", "role_timeout"}
STARTING = {"build_id", "batch", "idempotency_token", "build_log", "log_lines"}
OF_WEBHOOK = {"rotate_secret", "return_secret"}

COVERED = [
    Coverage("codebuild_project", "CreateProject", DOCKER_SERVER, VISIBILITY),
    Coverage("codebuild_project", "UpdateProject", DOCKER_SERVER, VISIBILITY),
    Coverage("codebuild_project_info", "BatchGetProjects"),
    Coverage("codebuild_build", "StartBuild", more={*BATCH_ONLY} | STARTING - {"idempotency_token"}),
    Coverage("codebuild_build", "StartBuildBatch", more={*BUILD_ONLY, "retry_type"} | STARTING - {"idempotency_token"}),
    Coverage("codebuild_webhook", "CreateWebhook", more=OF_WEBHOOK),
    Coverage(
        "codebuild_webhook",
        "UpdateWebhook",
        more={"return_secret", "manual_creation", "scope_configuration"},
    ),
    Coverage(
        "codebuild_source_credential",
        "ImportSourceCredentials",
        {"should_overwrite": "update_token decides it"},
        {"resource", "update_token"},
    ),
    Coverage("codebuild_report_group", "CreateReportGroup", more={"delete_reports"}),
    Coverage("codebuild_report_group", "UpdateReportGroup", BY_ARN, {"name", "type", "delete_reports"}),
    Coverage("codebuild_report_group", "DeleteReportGroup", BY_ARN, {"name", "type", "export_config", "tags"}),
    Coverage(
        "codebuild_report_info",
        "BatchGetReports",
        more={"build_id", "report_group", "status", "limit", "test_cases", "coverages"},
    ),
    Coverage("codebuild_fleet", "CreateFleet"),
    Coverage("codebuild_fleet", "UpdateFleet", BY_ARN, {"name"}),
    Coverage("codebuild_fleet_info", "BatchGetFleets"),
    Coverage(
        "codeconnections_connection",
        "CreateConnection",
        more={"require_available"},
        service="codeconnections",
    ),
    Coverage(
        "codeconnections_connection_info",
        "ListConnections",
        {**PAGES, "provider_type_filter": "it is provider_type", "host_arn_filter": "a connection tells its host"},
        {"connection_names", "provider_type"},
        service="codeconnections",
    ),
]

# The operations of CodeBuild that no entry above compares: what uses them, or why nothing does.
OTHERS = {
    "UpdateProjectVisibility": "codebuild_project: project_visibility and resource_access_role",
    **dict.fromkeys(("DeleteProject", "ListProjects"), "codebuild_project and _info: names and pages"),
    **dict.fromkeys(("BatchGetBuilds", "BatchGetBuildBatches"), "codebuild_build and _info follow and tell of builds"),
    **dict.fromkeys(
        ("ListBuilds", "ListBuildsForProject", "ListBuildBatches", "ListBuildBatchesForProject"),
        "codebuild_build_info: the newest of a project, or of all",
    ),
    **dict.fromkeys(
        ("StopBuild", "StopBuildBatch", "RetryBuild", "RetryBuildBatch"),
        "codebuild_build: build_id, retry_type and idempotency_token",
    ),
    "DeleteWebhook": "codebuild_webhook: a name",
    **dict.fromkeys(
        ("ListSourceCredentials", "DeleteSourceCredentials"),
        "codebuild_source_credential and _info: no members, an ARN",
    ),
    **dict.fromkeys(
        ("ListReports", "ListReportsForReportGroup", "DescribeTestCases", "DescribeCodeCoverages"),
        "codebuild_report_info: report_group, status, limit, test_cases and coverages",
    ),
    "BatchGetReportGroups": "codebuild_report_group finds by it",
    **dict.fromkeys(("ListFleets", "DeleteFleet"), "codebuild_fleet and _info: names and pages"),
    **dict.fromkeys(
        ("ListReportGroups", "GetReportGroupTrend", "DeleteReport"),
        "reports expire by themselves after 30 days; trends are for the console",
    ),
    **dict.fromkeys(
        ("BatchDeleteBuilds", "DeleteBuildBatch"), "builds expire by themselves after a year; nobody has to delete them"
    ),
    "InvalidateProjectCache": "an act of repair by hand; another cache.location or cache_namespace does the same",
    **dict.fromkeys(
        (
            "GetResourcePolicy",
            "PutResourcePolicy",
            "DeleteResourcePolicy",
            "ListSharedProjects",
            "ListSharedReportGroups",
        ),
        "sharing with other accounts is AWS Resource Access Manager's",
    ),
    "ListCuratedEnvironmentImages": "for people who choose an image, in the console",
    **dict.fromkeys(
        (
            "StartSandbox",
            "StartSandboxConnection",
            "StopSandbox",
            "BatchGetSandboxes",
            "ListSandboxes",
            "ListSandboxesForProject",
            "StartCommandExecution",
            "BatchGetCommandExecutions",
            "ListCommandExecutionsForSandbox",
        ),
        "a sandbox is for a person at a terminal who looks into a build environment",
    ),
}


def test_every_operation_is_covered_or_left_to_something_else_for_a_reason():
    covered = [coverage.operation for coverage in COVERED if coverage.service == "codebuild"]
    known = SESSION.get_service_model("codebuild").operation_names
    assert sorted({*covered, *OTHERS}) == sorted(known)
    assert not set(covered) & set(OTHERS)


def name_of(coverage):
    return f"{coverage.module}-{coverage.operation}"


def shape_of(coverage):
    return SESSION.get_service_model(coverage.service).operation_model(coverage.operation).input_shape


def options_of(module):
    return importlib.import_module(f"{MODULES}.{module}").OPTIONS


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_member_of_the_operation_is_an_option_or_left_out_for_a_reason(coverage):
    missing, unknown = naming.option_gaps(options_of(coverage.module), shape_of(coverage))
    assert set(missing) == set(coverage.left_out)
    assert set(unknown) - OUR_OWN == coverage.more - OUR_OWN


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


@pytest.mark.parametrize("coverage", COVERED, ids=name_of)
def test_every_option_has_the_type_and_the_choices_of_its_member(coverage):
    for path, option, member in leaves(options_of(coverage.module), shape_of(coverage)):
        if path == "tags":
            continue  # a map for people, a list of pairs for AWS
        expected = "raw" if "buildspec" in path else TYPES[member.type_name]  # a buildspec is text, or a dict of it
        assert option.get("type", "str") == expected, path
        entry = member.member if member.type_name == "list" else member
        assert option.get("choices", []) == list(getattr(entry, "enum", [])), path


def test_what_only_builds_or_only_batches_have_is_what_the_model_says():
    builds, batches = (
        set(naming.members(SESSION.get_service_model("codebuild").operation_model(one).input_shape))
        for one in ("StartBuild", "StartBuildBatch")
    )
    assert builds - batches == set(BUILD_ONLY)
    assert batches - builds == set(BATCH_ONLY) - {"retry_type"}


def test_the_webhook_s_own_check_knows_the_filters_of_the_model():
    from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.webhook import FILTER_TYPES

    shape = SESSION.get_service_model("codebuild").shape_for("WebhookFilter")
    assert list(FILTER_TYPES) == shape.members["type"].enum
    assert set(naming.members(shape)) == {"type", "pattern", "exclude_matched_pattern"}


def test_the_choices_of_other_modules_are_those_of_the_api():
    model = SESSION.get_service_model("codebuild")
    assert sorted(options_of("codebuild_build_info")["statuses"]["choices"]) == sorted(
        model.shape_for("StatusType").enum
    )
    assert options_of("codebuild_report_info")["status"]["choices"] == model.shape_for("ReportStatusType").enum
    assert options_of("codebuild_build")["retry_type"]["choices"] == model.shape_for("RetryBuildBatchType").enum
    visibility = options_of("codebuild_project")["project_visibility"]["choices"]
    assert visibility == model.shape_for("ProjectVisibilityType").enum
