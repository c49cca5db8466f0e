# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a build: what StartBuild and StartBuildBatch take instead of what the project says."""

from __future__ import annotations

from .project_options import (
    ARTIFACTS,
    AUTH,
    BATCH_CONFIG,
    BUILD_STATUS,
    CACHE,
    COMPUTE_TYPES,
    ENVIRONMENT_TYPES,
    FLEET,
    HOST_KERNELS,
    LOGS,
    PULL_CREDENTIALS,
    REGISTRY_CREDENTIAL,
    SECONDARY_ARTIFACTS,
    SECONDARY_SOURCES,
    SOURCE_TYPES,
    SOURCE_VERSIONS,
    SUBMODULES,
    VARIABLES,
    flag,
    number,
    structure,
    text,
)

OVERRIDES = dict(
    source_version=text(),
    source_type_override=text(choices=SOURCE_TYPES),
    source_location_override=text(),
    source_auth_override=AUTH,
    git_clone_depth_override=number(),
    git_submodules_config_override=SUBMODULES,
    buildspec_override=dict(type="raw"),
    insecure_ssl_override=flag(),
    report_build_status_override=flag(),
    report_build_batch_status_override=flag(),
    build_status_config_override=BUILD_STATUS,
    secondary_sources_override=SECONDARY_SOURCES,
    secondary_sources_version_override=SOURCE_VERSIONS,
    artifacts_override=structure(**ARTIFACTS),
    secondary_artifacts_override=SECONDARY_ARTIFACTS,
    environment_variables_override=VARIABLES,
    environment_type_override=text(choices=ENVIRONMENT_TYPES),
    image_override=text(),
    compute_type_override=text(choices=COMPUTE_TYPES),
    certificate_override=text(),
    fleet_override=FLEET,
    host_kernel_override=text(choices=HOST_KERNELS),
    privileged_mode_override=flag(),
    registry_credential_override=REGISTRY_CREDENTIAL,
    image_pull_credentials_type_override=text(choices=PULL_CREDENTIALS),
    cache_override=CACHE,
    logs_config_override=LOGS,
    service_role_override=text(),
    encryption_key_override=text(no_log=False),
    timeout_in_minutes_override=number(),
    build_timeout_in_minutes_override=number(),
    queued_timeout_in_minutes_override=number(),
    auto_retry_limit_override=number(),
    build_batch_config_override=BATCH_CONFIG,
    debug_session_enabled=flag(),
)
# Options that StartBuildBatch, and that StartBuild, does not have; and what does the same there.
BUILD_ONLY = {
    "report_build_status_override": "report_build_batch_status_override",
    "build_status_config_override": None,
    "fleet_override": None,
    "host_kernel_override": None,
    "timeout_in_minutes_override": "build_timeout_in_minutes_override",
    "auto_retry_limit_override": None,
}
BATCH_ONLY = {
    "report_build_batch_status_override": "report_build_status_override",
    "build_timeout_in_minutes_override": "timeout_in_minutes_override",
    "build_batch_config_override": None,
    "retry_type": None,
}
