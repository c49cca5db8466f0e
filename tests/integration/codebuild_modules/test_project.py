# SPDX-License-Identifier: GPL-3.0-or-later
"""codebuild_project and its info module, over HTTP."""

import json

import pytest

from tests.integration.codebuild_modules.shop import ROLE

MODULE = "codebuild_project"
INFO = "codebuild_project_info"

TEXT = "version: 0.2\nphases:\n  build:\n    commands:\n      - make\n"
DICT = {"version": 0.2, "phases": {"build": {"commands": ["make"]}}}
LINUX = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
    "compute_type": "BUILD_GENERAL1_SMALL",
}
LAMBDA = {
    "type": "LINUX_LAMBDA_CONTAINER",
    "image": "aws/codebuild/amazonlinux-x86_64-lambda-standard:python3.12",
    "compute_type": "BUILD_LAMBDA_1GB",
}
LEAST = {
    "name": "shop",
    "service_role": ROLE,
    "source": {"type": "NO_SOURCE", "buildspec": TEXT},
    "artifacts": {"type": "NO_ARTIFACTS"},
    "environment": LINUX,
}
VPC = {"vpc_id": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
GIT = {"type": "GITHUB", "location": "https://github.com/example/shop.git"}


def variable(name, value, kind=None):
    return {"name": name, "value": value, **({"type": kind} if kind else {})}


FULL = {
    **LEAST,
    "description": "Builds the shop",
    "source": {
        **GIT,
        "git_clone_depth": 1,
        "git_submodules_config": {"fetch_submodules": True},
        "buildspec": "build/buildspec.yml",
        "auth": {
            "type": "CODECONNECTIONS",
            "resource": "arn:aws:codeconnections:eu-central-1:123456789012:connection/1",
        },
        "report_build_status": True,
        "build_status_config": {"context": "shop", "target_url": "https://example.com"},
    },
    "source_version": "main",
    "secondary_sources": [
        {"type": "S3", "location": "shop-tools/tools.zip", "source_identifier": "tools"},
        {"type": "CODECOMMIT", "location": "https://example.com/v1/repos/lib", "source_identifier": "lib"},
    ],
    "secondary_source_versions": [{"source_identifier": "lib", "source_version": "main"}],
    "artifacts": {"type": "S3", "location": "shop-output", "packaging": "ZIP", "name": "shop.zip", "path": "builds"},
    "secondary_artifacts": [{"type": "S3", "location": "shop-output", "artifact_identifier": "docs", "name": "docs"}],
    "cache": {"type": "S3", "location": "shop-output/cache"},
    "environment": {
        **LINUX,
        "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/build:1",
        "image_pull_credentials_type": "SERVICE_ROLE",
        "registry_credential": {"credential": "registry", "credential_provider": "SECRETS_MANAGER"},
        "privileged_mode": True,
        "environment_variables": [variable("STAGE", "test"), variable("KEY_ID", "/shop/key", "PARAMETER_STORE")],
        "host_kernel": "LINUX_KERNEL_6",
    },
    "timeout_in_minutes": 30,
    "queued_timeout_in_minutes": 60,
    "vpc_config": VPC,
    "badge_enabled": True,
    "logs_config": {
        "cloud_watch_logs": {"status": "ENABLED", "group_name": "builds"},
        "s3_logs": {"status": "ENABLED", "location": "shop-output/logs"},
    },
    "file_system_locations": [{"location": "fs-1.efs.aws:/", "mount_point": "/mnt", "identifier": "data"}],
    "build_batch_config": {
        "service_role": ROLE,
        "timeout_in_mins": 60,
        "restrictions": {"maximum_builds_allowed": 4, "compute_types_allowed": ["BUILD_GENERAL1_SMALL"]},
    },
    "concurrent_build_limit": 2,
    "auto_retry_limit": 1,
    "tags": {"Team": "shop", "Cost": "7"},
}
PIPELINE = {**LEAST, "source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"}}
CASES = {
    "least": LEAST,
    "full": FULL,
    "pipeline": PIPELINE,
    "lambda": {**LEAST, "environment": LAMBDA},
    "dict": {**LEAST, "source": {"type": "NO_SOURCE", "buildspec": DICT}},
    "local_cache": {**LEAST, "cache": {"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE", "LOCAL_CUSTOM_CACHE"]}},
}


@pytest.mark.parametrize("case", CASES)
def test_a_project_is_made_as_predicted_and_then_left_alone(modules, case):
    options = CASES[case]
    predicted, real = modules.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["project"]["arn"].endswith(":project/shop")
    before = modules.calls()
    again = modules.run(MODULE, **options)
    assert not again["changed"]
    assert modules.calls() - before == {"all": 1}


@pytest.mark.parametrize("case", CASES)
def test_what_info_tells_can_be_given_back(modules, case):
    modules.run(MODULE, **CASES[case])
    told = modules.run(INFO)["projects"][0]
    assert told["name"] == "shop"
    options = {name: value for name, value in told.items() if name in FULL}
    assert not modules.run(MODULE, **options)["changed"]


CHANGES = {
    "description": (LEAST, {"description": "Something else"}),
    "no_description": (FULL, {"description": ""}),
    "buildspec": (LEAST, {"source": {"buildspec": TEXT.replace("make", "make test")}}),
    "buildspec_as_dict": (LEAST, {"source": {"buildspec": {**DICT, "env": {"shell": "bash"}}}}),
    "clone_depth": (FULL, {"source": {"git_clone_depth": 0}}),
    "source_type": (FULL, {"source": {"type": "CODECOMMIT", "location": "https://example.com/v1/repos/shop"}}),
    "no_auth": (FULL, {"source": {"auth": {}, "build_status_config": {}}}),
    "to_pipeline": (
        FULL,
        {"source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"}, "badge_enabled": False},
    ),
    "from_pipeline": (PIPELINE, {"source": GIT, "artifacts": {"type": "S3", "location": "shop-output"}}),
    "secondary_sources": (FULL, {"secondary_sources": FULL["secondary_sources"][1:]}),
    "source_version": (FULL, {"source_version": "next"}),
    "secondary_source_versions": (FULL, {"secondary_source_versions": []}),
    "packaging": (FULL, {"artifacts": {"packaging": "NONE"}}),
    "no_artifacts": (FULL, {"artifacts": {"type": "NO_ARTIFACTS"}}),
    "secondary_artifacts": (FULL, {"secondary_artifacts": []}),
    "no_cache": (FULL, {"cache": {"type": "NO_CACHE"}}),
    "local_cache": (FULL, {"cache": {"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE"]}}),
    "image": (LEAST, {"environment": {"image": "aws/codebuild/standard:7.0"}}),
    "variables": (FULL, {"environment": {"environment_variables": [variable("STAGE", "live")]}}),
    "no_variables": (FULL, {"environment": {"environment_variables": []}}),
    "no_credential": (
        FULL,
        {"environment": {"registry_credential": {}, "image_pull_credentials_type": "CODEBUILD"}},
    ),
    "to_lambda": (LEAST, {"environment": LAMBDA}),
    "service_role": (LEAST, {"service_role": f"{ROLE}-2"}),
    "timeout": (LEAST, {"timeout_in_minutes": 5}),
    "queued_timeout": (LEAST, {"queued_timeout_in_minutes": 480, "timeout_in_minutes": 61}),
    "key": (LEAST, {"encryption_key": "arn:aws:kms:eu-central-1:123456789012:key/1"}),
    "no_vpc": (FULL, {"vpc_config": {}}),
    "subnets": (FULL, {"vpc_config": {**VPC, "subnets": ["subnet-3"]}}),
    "no_badge": (FULL, {"badge_enabled": False}),
    "no_logs_in_s3": (FULL, {"logs_config": {"s3_logs": {"status": "DISABLED"}}}),
    "no_file_systems": (FULL, {"file_system_locations": []}),
    "no_batches": (FULL, {"build_batch_config": {}}),
    "fewer_builds": (FULL, {"build_batch_config": {"restrictions": {"maximum_builds_allowed": 2}}}),
    "limit": (LEAST, {"concurrent_build_limit": 3}),
    "no_limit": (FULL, {"concurrent_build_limit": -1}),
    "retries": (FULL, {"auto_retry_limit": 0}),
    "tags": (FULL, {"tags": {"Team": "api"}}),
    "tag": (FULL, {"tags": {"Stage": "test"}, "purge_tags": False}),
    "tags_and_more": (FULL, {"tags": {}, "description": "Without tags"}),
}
# Settings that a change is not tested of here, and where it is.
ELSEWHERE = {
    "project_visibility": "test_who_may_see_the_builds_is_a_call_of_its_own",
    "resource_access_role": "test_who_may_see_the_builds_is_a_call_of_its_own",
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(modules, change):
    before, wanted = CHANGES[change]
    modules.run(MODULE, **before)
    options = {"name": "shop", **wanted}
    predicted = modules.run(MODULE, check_mode=True, **options)
    calls = modules.calls()
    real = modules.run(MODULE, **options)
    assert real["changed"]
    assert modules.calls() - calls == {"all": 3, "writes": 1}
    assert predicted["diff"] == real["diff"]
    assert not modules.run(MODULE, **options)["changed"]


def test_there_is_a_change_of_every_setting():
    from ansible_collections.convoy.delivery.plugins.module_utils.codebuild.project import Project

    changed = {option for _before, wanted in CHANGES.values() for option in wanted} | set(ELSEWHERE)
    assert {*Project.settings} <= changed


def test_an_option_that_is_not_given_leaves_everything_as_it_is(modules):
    made = modules.run(MODULE, **FULL)["project"]
    before = modules.calls()
    left = modules.run(MODULE, name="shop")
    assert not left["changed"]
    assert left["project"] == made
    assert modules.calls() - before == {"all": 1}


def test_what_codebuild_fills_in_is_not_fought(modules):
    modules.run(MODULE, **FULL)
    modules.client("codebuild").update_project(
        name="shop",
        secondaryArtifacts=[
            {
                "type": "S3",
                "location": "shop-output",
                "artifactIdentifier": "docs",
                "name": "docs",
                "bucketOwnerAccess": "FULL",
                "overrideArtifactName": True,
            }
        ],
    )
    assert not modules.run(MODULE, **FULL)["changed"]


def test_a_list_without_what_codebuild_fills_in_is_not_sent_again(modules):
    options = {**LEAST, "secondary_artifacts": [{"type": "S3", "location": "out", "artifact_identifier": "docs"}]}
    modules.run(MODULE, **options)
    client = modules.client("codebuild")
    bare = [{"type": "S3", "location": "out", "artifactIdentifier": "docs"}]
    client.update_project(name="shop", secondaryArtifacts=bare)
    assert not modules.run(MODULE, **options)["changed"]


def test_the_order_of_keys_and_the_layout_of_a_buildspec_make_no_difference_to_a_dict(modules):
    modules.run(MODULE, **LEAST)
    laid_out = "# ours\nphases: {build: {commands: [make]}}\nversion: '0.2'\n".replace("'0.2'", "0.2")
    modules.run(MODULE, name="shop", source={"buildspec": laid_out})
    same = modules.run(MODULE, name="shop", source={"buildspec": DICT})
    assert not same["changed"]
    assert same["project"]["source"]["buildspec"] == laid_out


def test_a_dict_of_several_lines_is_written_as_people_would(modules):
    several = {"version": 0.2, "phases": {"build": {"commands": ["set -e\nmake\nmake test\n"]}}}
    modules.run(MODULE, **{**LEAST, "source": {"type": "NO_SOURCE", "buildspec": several}})
    kept = modules.client("codebuild").batch_get_projects(names=["shop"])["projects"][0]["source"]["buildspec"]
    assert kept.splitlines() == [
        "version: 0.2",
        "phases:",
        "  build:",
        "    commands:",
        "    - |",
        "      set -e",
        "      make",
        "      make test",
    ]


def test_an_alias_is_the_key_that_it_names(modules):
    modules.run(MODULE, **LEAST)
    assert not modules.run(MODULE, name="shop", encryption_key="alias/aws/s3")["changed"]


SECRET = "hunter2-and-more"


def test_a_secret_in_plain_text_is_warned_of_and_hidden(modules):
    options = {**LEAST, "environment": {**LINUX, "environment_variables": [variable("DB_PASSWORD", SECRET)]}}
    made = modules.run(MODULE, **options)
    warning = made["warnings"][0]["event"]["msg"]
    assert "DB_PASSWORD seems to hold a secret in plain text" in warning and "type=PARAMETER_STORE" in warning
    other = [variable("DB_PASSWORD", "correct-horse")]
    changed = modules.run(MODULE, name="shop", environment={"environment_variables": other})
    hidden = [changed["diff"][side]["environment"]["environment_variables"][0]["value"] for side in ("before", "after")]
    assert hidden == ["********", "******** (another value)"]
    told = json.dumps([made, changed, modules.run(INFO)])
    assert SECRET not in told and "correct-horse" not in told


def test_a_value_that_ansible_knows_as_secret_is_hidden_wherever_it_is(modules):
    hidden = modules.connection["secret_key"]
    options = {**LEAST, "environment": {**LINUX, "environment_variables": [variable("PLAIN", hidden)]}}
    made = modules.run(MODULE, **options)
    assert hidden not in json.dumps([made["diff"], made["project"]])


def test_the_name_of_a_secret_is_no_secret(modules):
    variables = [
        variable("DB_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db"),
        variable("DB_PASSWORD", "/shop/password", "PARAMETER_STORE"),
        variable("USE_TOKEN", "true"),
    ]
    made = modules.run(MODULE, **{**LEAST, "environment": {**LINUX, "environment_variables": variables}})
    assert "warnings" not in made
    assert made["project"]["environment"]["environment_variables"][0] == {**variables[0], "type": "PLAINTEXT"}


def test_a_project_is_deleted_once(modules):
    modules.run(MODULE, **FULL)
    predicted, real = modules.predicted_and_real(MODULE, name="shop", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = modules.calls()
    assert not modules.run(MODULE, name="shop", state="absent")["changed"]
    assert modules.calls() - before == {"all": 1}


def test_info_tells_the_wanted_ones_by_name_and_nothing_of_unknown_ones(modules):
    for name in ("shop-c", "shop-a", "shop-b"):
        modules.run(MODULE, **{**LEAST, "name": name})
    assert [entry["name"] for entry in modules.run(INFO)["projects"]] == ["shop-a", "shop-b", "shop-c"]
    found = modules.run(INFO, names=["shop-b", "unknown"])
    assert [entry["name"] for entry in found["projects"]] == ["shop-b"]
    assert not found["changed"]
    assert modules.run(INFO, names=[])["projects"] == []


def test_the_local_region_refuses_what_it_cannot_show(modules):
    modules.run(MODULE, **LEAST)
    refusal = modules.refusal(MODULE, name="shop", project_visibility="PUBLIC_READ", resource_access_role=ROLE)
    assert "Could not set who may see project shop" in refusal


def environment(**more):
    return {"environment": {**LINUX, **more}}


BAD = {
    "name": ({"name": "two words"}, "name: 'two words' is not a valid name. Use 2 to 150 letters"),
    "incomplete": (
        {"environment": {"type": "LINUX_CONTAINER"}, "service_role": None},
        "environment.image, environment.compute_type, service_role must be given to create project shop.",
    ),
    "role": ({"service_role": "build"}, "service_role: 'build' is not the ARN of a role"),
    "timeout": ({"timeout_in_minutes": 4}, "timeout_in_minutes: 4 is not possible. Use 5 to 2160 (minutes)."),
    "queued": ({"queued_timeout_in_minutes": 481}, "queued_timeout_in_minutes: 481 is not possible. Use 5 to 480"),
    "limit": ({"concurrent_build_limit": 0}, "concurrent_build_limit: 0 is not possible. Use 1 or more, or -1"),
    "retries": ({"auto_retry_limit": -2}, "auto_retry_limit: -2 is not possible."),
    "compute_type": (environment(compute_type="HUGE"), "compute_type must be one of: BUILD_GENERAL1_SMALL"),
    "lambda_compute": (
        {"environment": {**LAMBDA, "compute_type": "BUILD_GENERAL1_SMALL"}},
        "environment.compute_type: BUILD_GENERAL1_SMALL does not go with type LINUX_LAMBDA_CONTAINER. "
        "Use BUILD_LAMBDA_1GB to BUILD_LAMBDA_10GB.",
    ),
    "compute_of_lambda": (environment(compute_type="BUILD_LAMBDA_1GB"), "Use BUILD_GENERAL1_SMALL or larger."),
    "lambda_privileged": (
        {"environment": {**LAMBDA, "privileged_mode": True}},
        "environment.privileged_mode: type LINUX_LAMBDA_CONTAINER has none.",
    ),
    "lambda_timeout": (
        {"environment": LAMBDA, "timeout_in_minutes": 10},
        "timeout_in_minutes does not go with environment.type LINUX_LAMBDA_CONTAINER.",
    ),
    "lambda_vpc": ({"environment": LAMBDA, "vpc_config": VPC}, "vpc_config does not go with environment.type"),
    "fleet": (environment(type="LINUX_EC2"), "environment.fleet is required for type LINUX_EC2"),
    "configuration": (
        environment(compute_type="ATTRIBUTE_BASED_COMPUTE"),
        "environment.compute_configuration is required for compute_type ATTRIBUTE_BASED_COMPUTE.",
    ),
    "pull": (environment(image_pull_credentials_type="SERVICE_ROLE"), "an image of AWS. Use CODEBUILD."),
    "credential": (
        environment(registry_credential={"credential": "registry"}),
        "environment.registry_credential needs both, credential and credential_provider.",
    ),
    "variable_twice": (
        environment(environment_variables=[variable("A", "1"), variable("A", "2")]),
        "environment.environment_variables: A is given twice.",
    ),
    "variable_name": (environment(environment_variables=[variable("A-B", "1")]), "'A-B' is no name of a variable."),
    "packaging": (
        {"artifacts": {"type": "NO_ARTIFACTS", "packaging": "ZIP"}},
        "artifacts.packaging: ZIP goes with type S3 only, type NO_ARTIFACTS has none. Leave it out.",
    ),
    "no_bucket": ({"artifacts": {"type": "S3"}}, "artifacts.location is required for type S3: the name of the bucket."),
    "bucket": ({"artifacts": {"type": "S3", "location": "s3://shop"}}, "'s3://shop' is not the name of a bucket."),
    "half_pipeline": (
        {"source": {"type": "CODEPIPELINE"}},
        "source.type CODEPIPELINE and artifacts.type NO_ARTIFACTS do not go together",
    ),
    "no_location": ({"source": {"type": "GITHUB"}}, "source.location is required for type GITHUB."),
    "needless_location": (
        {"source": {**LEAST["source"], "location": "https://example.com"}},
        "source.location: type NO_SOURCE has no location. Leave it out.",
    ),
    "s3_url": ({"source": {"type": "S3", "location": "s3://shop/a.zip"}}, "Write BUCKET/PATH/FILE.zip"),
    "repository_name": ({"source": {"type": "CODECOMMIT", "location": "shop"}}, "Give its HTTPS clone URL"),
    "auth": (
        {"source": {**GIT, "auth": {"type": "SECRETS_MANAGER"}}},
        "source.auth.resource is required for type SECRETS_MANAGER",
    ),
    "status": (
        {"source": {**LEAST["source"], "report_build_status": True}},
        "source.report_build_status: type NO_SOURCE has nobody to report to.",
    ),
    "path_of_nothing": (
        {"source": {"type": "NO_SOURCE", "buildspec": "buildspec.yml"}},
        "source.buildspec: type NO_SOURCE has no files",
    ),
    "not_yaml": (
        {"source": {"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: [\n"}},
        "source.buildspec: the buildspec is not YAML, line 3",
    ),
    "no_version": (
        {"source": {"type": "NO_SOURCE", "buildspec": {"phases": {}}}},
        "source.buildspec: the buildspec has no version. Begin it with version: 0.2",
    ),
    "no_phases": ({"source": {"type": "NO_SOURCE", "buildspec": {"version": 0.2}}}, "neither phases nor a batch"),
    "cache": ({"cache": {"type": "S3"}}, "cache.location is required for type S3: BUCKET/PREFIX."),
    "cache_modes": ({"cache": {"type": "LOCAL"}}, "cache.modes is required for type LOCAL"),
    "docker_cache": (
        {"cache": {"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE"]}},
        "LOCAL_DOCKER_LAYER_CACHE needs environment.privileged_mode=true.",
    ),
    "half_vpc": ({"vpc_config": {"vpc_id": "vpc-1"}}, "vpc_config.subnets is required with vpc_config."),
    "groups": ({"vpc_config": {**VPC, "security_group_ids": ["sg-1"] * 6}}, "6 were given, CodeBuild takes at most 5."),
    "logs": ({"logs_config": {"s3_logs": {"status": "ENABLED"}}}, "logs_config.s3_logs.location is required"),
    "identifier_twice": (
        {"secondary_artifacts": [{"type": "S3", "location": "a", "artifact_identifier": "x"}] * 2},
        "secondary_artifacts: artifact_identifier x is given twice.",
    ),
    "secondary_pipeline": (
        {"secondary_artifacts": [{"type": "CODEPIPELINE", "artifact_identifier": "x"}]},
        "secondary_artifacts, x: type CODEPIPELINE is for artifacts only.",
    ),
    "batch": (
        {"build_batch_config": {"restrictions": {"maximum_builds_allowed": 101}}},
        "build_batch_config.restrictions.maximum_builds_allowed: 101 is not possible. Use 1 to 100 (builds).",
    ),
    "badge": ({**PIPELINE, "badge_enabled": True}, "badge_enabled: there is no badge for a project"),
    "description": ({"description": "x" * 256}, "description: it has 256 characters, at most 255 are possible."),
    "tags": ({"tags": {"aws:owner": "me"}}, "begins with aws:, which AWS keeps for itself"),
    "unknown_option": ({"colour": "green"}, "Unsupported parameters"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_written(modules, case):
    options, sentence = BAD[case]
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, **{**LEAST, **options})
    assert (modules.calls() - before)["writes"] == 0
