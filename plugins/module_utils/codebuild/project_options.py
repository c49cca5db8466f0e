# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that projects, builds and fleets have in common. Choices: the service's model."""

from __future__ import annotations

SOURCE_TYPES = [
    "CODECOMMIT",
    "CODEPIPELINE",
    "GITHUB",
    "GITLAB",
    "GITLAB_SELF_MANAGED",
    "S3",
    "BITBUCKET",
    "GITHUB_ENTERPRISE",
    "NO_SOURCE",
]
AUTH_TYPES = ["OAUTH", "CODECONNECTIONS", "SECRETS_MANAGER"]
ARTIFACT_TYPES = ["CODEPIPELINE", "S3", "NO_ARTIFACTS"]
BUCKET_OWNER_ACCESS = ["NONE", "READ_ONLY", "FULL"]
ENVIRONMENT_TYPES = [
    "WINDOWS_CONTAINER",
    "LINUX_CONTAINER",
    "LINUX_GPU_CONTAINER",
    "ARM_CONTAINER",
    "WINDOWS_SERVER_2019_CONTAINER",
    "WINDOWS_SERVER_2022_CONTAINER",
    "LINUX_LAMBDA_CONTAINER",
    "ARM_LAMBDA_CONTAINER",
    "LINUX_EC2",
    "ARM_EC2",
    "WINDOWS_EC2",
    "MAC_ARM",
]
COMPUTE_TYPES = [
    "BUILD_GENERAL1_SMALL",
    "BUILD_GENERAL1_MEDIUM",
    "BUILD_GENERAL1_LARGE",
    "BUILD_GENERAL1_XLARGE",
    "BUILD_GENERAL1_2XLARGE",
    "BUILD_LAMBDA_1GB",
    "BUILD_LAMBDA_2GB",
    "BUILD_LAMBDA_4GB",
    "BUILD_LAMBDA_8GB",
    "BUILD_LAMBDA_10GB",
    "ATTRIBUTE_BASED_COMPUTE",
    "CUSTOM_INSTANCE_TYPE",
]
HOST_KERNELS = ["LINUX_KERNEL_4", "LINUX_KERNEL_6", "LINUX_KERNEL_LATEST"]
PULL_CREDENTIALS = ["CODEBUILD", "SERVICE_ROLE"]
STATUS = ["ENABLED", "DISABLED"]


def text(**more):
    return dict(type="str", **more)


def flag(**more):
    return dict(type="bool", **more)


def number(**more):
    return dict(type="int", **more)


def texts(**more):
    return dict(type="list", elements="str", **more)


def structure(**options):
    return dict(type="dict", options=options)


def structures(**options):
    return dict(type="list", elements="dict", options=options)


AUTH = structure(type=text(choices=AUTH_TYPES), resource=text())
SUBMODULES = structure(fetch_submodules=flag())
BUILD_STATUS = structure(context=text(), target_url=text())
SOURCE = dict(
    type=text(choices=SOURCE_TYPES),
    location=text(),
    git_clone_depth=number(),
    git_submodules_config=SUBMODULES,
    buildspec=dict(type="raw"),
    auth=AUTH,
    report_build_status=flag(),
    build_status_config=BUILD_STATUS,
    insecure_ssl=flag(),
    source_identifier=text(),
)
ARTIFACTS = dict(
    type=text(choices=ARTIFACT_TYPES),
    location=text(),
    path=text(),
    namespace_type=text(choices=["NONE", "BUILD_ID"]),
    name=text(),
    packaging=text(choices=["NONE", "ZIP"]),
    override_artifact_name=flag(),
    encryption_disabled=flag(),
    artifact_identifier=text(),
    bucket_owner_access=text(choices=BUCKET_OWNER_ACCESS),
)
SECONDARY_SOURCES = structures(
    **{**SOURCE, "type": text(choices=SOURCE_TYPES, required=True), "source_identifier": text(required=True)}
)
SECONDARY_ARTIFACTS = structures(
    **{**ARTIFACTS, "type": text(choices=ARTIFACT_TYPES, required=True), "artifact_identifier": text(required=True)}
)
SOURCE_VERSIONS = structures(source_identifier=text(required=True), source_version=text(required=True))
CACHE = structure(
    type=text(choices=["NO_CACHE", "S3", "LOCAL"]),
    location=text(),
    modes=texts(choices=["LOCAL_DOCKER_LAYER_CACHE", "LOCAL_SOURCE_CACHE", "LOCAL_CUSTOM_CACHE"]),
    cache_namespace=text(),
)
VARIABLES = structures(
    name=text(required=True),
    value=text(required=True),
    type=text(choices=["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]),
)
REGISTRY_CREDENTIAL = structure(credential=text(), credential_provider=text(choices=["SECRETS_MANAGER"]))
COMPUTE_CONFIGURATION = structure(
    v_cpu=number(),
    memory=number(),
    disk=number(),
    machine_type=text(choices=["GENERAL", "NVME"]),
    instance_type=text(),
)
FLEET = structure(fleet_arn=text())
ENVIRONMENT = structure(
    type=text(choices=ENVIRONMENT_TYPES),
    image=text(),
    compute_type=text(choices=COMPUTE_TYPES),
    compute_configuration=COMPUTE_CONFIGURATION,
    fleet=FLEET,
    environment_variables=VARIABLES,
    privileged_mode=flag(),
    certificate=text(),
    registry_credential=REGISTRY_CREDENTIAL,
    image_pull_credentials_type=text(choices=PULL_CREDENTIALS),
    docker_server=structure(compute_type=text(choices=COMPUTE_TYPES), security_group_ids=texts()),
    host_kernel=text(choices=HOST_KERNELS),
)
VPC = structure(vpc_id=text(), subnets=texts(), security_group_ids=texts())
LOGS = structure(
    cloud_watch_logs=structure(status=text(choices=STATUS), group_name=text(), stream_name=text()),
    s3_logs=structure(
        status=text(choices=STATUS),
        location=text(),
        encryption_disabled=flag(),
        bucket_owner_access=text(choices=BUCKET_OWNER_ACCESS),
    ),
)
BATCH_CONFIG = structure(
    service_role=text(),
    combine_artifacts=flag(),
    restrictions=structure(maximum_builds_allowed=number(), compute_types_allowed=texts(), fleets_allowed=texts()),
    timeout_in_mins=number(),
    batch_report_mode=text(choices=["REPORT_INDIVIDUAL_BUILDS", "REPORT_AGGREGATED_BATCH"]),
)
FILE_SYSTEMS = structures(
    type=text(choices=["EFS"]),
    location=text(required=True),
    mount_point=text(required=True),
    identifier=text(required=True),
    mount_options=text(),
)
