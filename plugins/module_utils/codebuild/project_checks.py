# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CodeBuild would refuse in a project, or silently ignore, said in one sentence before anything is changed.

Sources: the service's model and API reference; of the user guide "Build environment reference", "Run builds on Lambda
compute" (its limitations), "Cache builds" and "Quotas for CodeBuild".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..engine.errors import Failure
from .buildspec import check_buildspec, is_path
from .common import check_name, check_range, check_tags
from .variables import check_variables

Project = dict[str, Any]

LONGEST_NAME = 150
LONGEST_DESCRIPTION = 255
TIMEOUT_MINUTES = (5, 2160)
QUEUED_MINUTES = (5, 480)
DEFAULT_TIMEOUT, DEFAULT_QUEUED_TIMEOUT = 60, 480
MOST_SECONDARY = 12
MOST_SUBNETS = 16
MOST_SECURITY_GROUPS = 5
LAMBDA = ("LINUX_LAMBDA_CONTAINER", "ARM_LAMBDA_CONTAINER")
WINDOWS = ("WINDOWS_CONTAINER", "WINDOWS_SERVER_2019_CONTAINER", "WINDOWS_SERVER_2022_CONTAINER", "WINDOWS_EC2")
ON_FLEETS_ONLY = ("LINUX_EC2", "ARM_EC2", "WINDOWS_EC2", "MAC_ARM")
BY_CONFIGURATION = ("ATTRIBUTE_BASED_COMPUTE", "CUSTOM_INSTANCE_TYPE")
REPORTS_STATUS = ("GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "BITBUCKET")
WITHOUT_LOCATION = ("CODEPIPELINE", "NO_SOURCE")
OF_S3_ONLY = {"location": None, "path": None, "namespace_type": "NONE", "packaging": "NONE"}

_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+")


def check_given(wanted: Project) -> None:
    """What is wrong in the task's own options, whatever is there already."""
    check_name("name", wanted["name"], LONGEST_NAME)
    check_tags(wanted.get("tags"))
    if len(wanted.get("description") or "") > LONGEST_DESCRIPTION:
        raise Failure(f"description: it has {len(wanted['description'])} characters, at most 255 are possible.")
    check_role("service_role", wanted.get("service_role"))
    check_role("resource_access_role", wanted.get("resource_access_role"))
    check_minutes(wanted)
    limit, retries = wanted.get("concurrent_build_limit"), wanted.get("auto_retry_limit")
    if limit is not None and limit < 1:
        raise Failure(f"concurrent_build_limit: {limit} is not possible. Use 1 or more, or -1 for no limit.")
    if retries is not None and retries < 0:
        raise Failure(f"auto_retry_limit: {retries} is not possible. Use 0 (none) or more.")
    _check_secondary(wanted)
    check_buildspec("source.buildspec", (wanted.get("source") or {}).get("buildspec"))
    check_variables(
        "environment.environment_variables", (wanted.get("environment") or {}).get("environment_variables") or []
    )
    check_vpc(wanted.get("vpc_config"))
    check_logs("logs_config", wanted.get("logs_config"))
    check_batch_config("build_batch_config", wanted.get("build_batch_config"))


def check_minutes(wanted: Project, suffix: str = "") -> None:
    """Refuse time-outs that CodeBuild does not take; ``suffix`` is that of the options' names."""
    for option in (f"timeout_in_minutes{suffix}", f"build_timeout_in_minutes{suffix}"):
        check_range(option, wanted.get(option), *TIMEOUT_MINUTES, "minutes")
    option = f"queued_timeout_in_minutes{suffix}"
    check_range(option, wanted.get(option), *QUEUED_MINUTES, "minutes")


def check_role(option: str, role: str | None) -> None:
    """Refuse what is not the ARN of a role."""
    if role is not None and not _ROLE_ARN.fullmatch(role):
        raise Failure(f"{option}: {role!r} is not the ARN of a role (arn:aws:iam::123456789012:role/NAME).")


def check_whole(project: Project, wanted: Project, is_new: bool) -> None:
    """What does not go together in the project as it would be; ``wanted`` is what the task says of it."""
    if is_new:
        _check_complete(project)
    source, artifacts = project.get("source") or {}, project.get("artifacts") or {}
    check_source("source", source)
    _check_pipeline(source, artifacts)
    check_artifacts("artifacts", artifacts, (wanted.get("artifacts") or {}))
    for entry in wanted.get("secondary_artifacts") or []:
        name = f"secondary_artifacts, {entry['artifact_identifier']}"
        if entry["type"] == "CODEPIPELINE":
            raise Failure(f"{name}: type CODEPIPELINE is for artifacts only. Use S3.")
        check_artifacts(name, entry, entry)
    for entry in wanted.get("secondary_sources") or []:
        check_source(f"secondary_sources, {entry['source_identifier']}", entry, secondary=True)
    environment = project.get("environment") or {}
    check_environment("environment", environment)
    check_cache("cache", project.get("cache") or {}, environment)
    if environment.get("type") in LAMBDA:
        _check_lambda(project, wanted)
    if wanted.get("badge_enabled") and source.get("type") == "CODEPIPELINE":
        raise Failure("badge_enabled: there is no badge for a project that a pipeline builds. Leave it out.")


def check_source(option: str, source: dict[str, Any], secondary: bool = False) -> None:
    """Refuse a source without its place, with another kind's options, or in another kind's form."""
    kind, location = source.get("type"), source.get("location")
    if kind in WITHOUT_LOCATION and location:
        raise Failure(f"{option}.location: type {kind} has no location. Leave it out.")
    if kind and kind not in WITHOUT_LOCATION and not location:
        raise Failure(f"{option}.location is required for type {kind}.")
    if kind == "S3" and location.startswith(("s3://", "arn:", "https://")):
        raise Failure(f"{option}.location: {location!r} is not the form of type S3. Write BUCKET/PATH/FILE.zip")
    if kind == "CODECOMMIT" and not location.startswith(("http://", "https://")):
        raise Failure(
            f"{option}.location: {location!r} is not the address of a repository. Give its HTTPS clone URL "
            "(https://git-codecommit.REGION.amazonaws.com/v1/repos/NAME)."
        )
    auth = source.get("auth") or {}
    if auth.get("type") in ("CODECONNECTIONS", "SECRETS_MANAGER") and not auth.get("resource"):
        raise Failure(f"{option}.auth.resource is required for type {auth['type']}: the ARN to use.")
    if source.get("report_build_status") and kind not in REPORTS_STATUS:
        raise Failure(
            f"{option}.report_build_status: type {kind} has nobody to report to. It goes with "
            f"{', '.join(REPORTS_STATUS)}."
        )
    if source.get("git_clone_depth") is not None and source["git_clone_depth"] < 0:
        raise Failure(f"{option}.git_clone_depth: {source['git_clone_depth']} is negative. Use 0 (all) or more.")
    if kind == "NO_SOURCE" and not secondary:
        _check_own_buildspec(option, source.get("buildspec"))


def check_artifacts(option: str, artifacts: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse artifacts in S3 without a bucket, and what only those in S3 have."""
    kind, bucket = artifacts.get("type"), artifacts.get("location")
    if kind == "S3":
        if not bucket:
            raise Failure(f"{option}.location is required for type S3: the name of the bucket.")
        if "/" in bucket or ":" in bucket:
            raise Failure(f"{option}.location: {bucket!r} is not the name of a bucket. Put a path into {option}.path.")
        return
    only = OF_S3_ONLY | ({"name": None} if kind == "NO_ARTIFACTS" else {})
    for member, nothing in only.items():
        if given.get(member) not in (None, "", nothing):
            raise Failure(
                f"{option}.{member}: {given[member]} goes with type S3 only, type {kind} has none. Leave it out."
            )
    if given.get("encryption_disabled"):
        raise Failure(f"{option}.encryption_disabled goes with type S3 only, not with type {kind}. Leave it out.")


def check_environment(option: str, environment: dict[str, Any]) -> None:
    """Refuse a compute type, an image or a mode that does not go with the kind of environment."""
    kind, compute = environment.get("type"), environment.get("compute_type") or ""
    check_size(f"{option}.compute_type", kind, compute)
    fleet = (environment.get("fleet") or {}).get("fleet_arn")
    if kind in ON_FLEETS_ONLY and not fleet:
        raise Failure(f"{option}.fleet is required for type {kind}: only fleets have it.")
    if compute in BY_CONFIGURATION and not fleet and not environment.get("compute_configuration"):
        raise Failure(f"{option}.compute_configuration is required for compute_type {compute}.")
    check_privilege(f"{option}.privileged_mode", kind, bool(environment.get("privileged_mode")))
    image, pulls = environment.get("image") or "", environment.get("image_pull_credentials_type")
    if image.startswith("aws/codebuild/") and pulls == "SERVICE_ROLE":
        raise Failure(
            f"{option}.image_pull_credentials_type: SERVICE_ROLE does not go with {image}, an image of AWS. "
            "Use CODEBUILD."
        )
    credential = environment.get("registry_credential") or {}
    if credential and not (credential.get("credential") and credential.get("credential_provider")):
        raise Failure(f"{option}.registry_credential needs both, credential and credential_provider.")
    if credential and pulls != "SERVICE_ROLE":
        raise Failure(f"{option}.registry_credential needs image_pull_credentials_type SERVICE_ROLE.")


def check_size(option: str, kind: str | None, compute: str) -> None:
    """Lambda has compute types of its own."""
    if kind and compute and (kind in LAMBDA) != compute.startswith("BUILD_LAMBDA_"):
        fits = "BUILD_LAMBDA_1GB to BUILD_LAMBDA_10GB" if kind in LAMBDA else "BUILD_GENERAL1_SMALL or larger"
        raise Failure(f"{option}: {compute} does not go with type {kind}. Use {fits}.")


def check_privilege(option: str, kind: str | None, privileged: bool) -> None:
    """Only Linux containers can be privileged."""
    if privileged and (kind in LAMBDA or kind in WINDOWS):
        raise Failure(f"{option}: type {kind} has none. Leave it out, or use LINUX_CONTAINER.")


def check_cache(option: str, cache: dict[str, Any], environment: dict[str, Any]) -> None:
    """Refuse a cache without its place, or with a mode that the environment can't have."""
    kind, modes = cache.get("type"), cache.get("modes") or []
    if kind == "S3" and not cache.get("location"):
        raise Failure(f"{option}.location is required for type S3: BUCKET/PREFIX.")
    if kind == "LOCAL" and not modes:
        raise Failure(f"{option}.modes is required for type LOCAL, such as LOCAL_SOURCE_CACHE.")
    if kind == "LOCAL" and "LOCAL_DOCKER_LAYER_CACHE" in modes and not environment.get("privileged_mode"):
        raise Failure(f"{option}.modes: LOCAL_DOCKER_LAYER_CACHE needs environment.privileged_mode=true.")


def check_vpc(vpc: dict[str, Any] | None) -> None:
    """A VPC needs all three of its members; {} means none."""
    if not vpc:
        return
    for member in ("vpc_id", "subnets", "security_group_ids"):
        if not vpc.get(member):
            raise Failure(f"vpc_config.{member} is required with vpc_config. Give {{}} to leave the VPC.")
    _at_most("vpc_config.subnets", vpc["subnets"], MOST_SUBNETS)
    _at_most("vpc_config.security_group_ids", vpc["security_group_ids"], MOST_SECURITY_GROUPS)


def check_logs(option: str, logs: dict[str, Any] | None) -> None:
    """Logs in S3 need a place."""
    archived = (logs or {}).get("s3_logs") or {}
    if archived.get("status") == "ENABLED" and not archived.get("location"):
        raise Failure(f"{option}.s3_logs.location is required with status ENABLED: BUCKET/PREFIX.")


def check_batch_config(option: str, batch: dict[str, Any] | None) -> None:
    """Refuse numbers that are not possible."""
    check_role(f"{option}.service_role", (batch or {}).get("service_role"))
    most = ((batch or {}).get("restrictions") or {}).get("maximum_builds_allowed")
    check_range(f"{option}.restrictions.maximum_builds_allowed", most, 1, 100, "builds")
    check_range(f"{option}.timeout_in_mins", (batch or {}).get("timeout_in_mins"), *TIMEOUT_MINUTES, "minutes")


def _check_complete(project: Project) -> None:
    environment = project.get("environment") or {}
    have = {
        "source.type": (project.get("source") or {}).get("type"),
        "artifacts.type": (project.get("artifacts") or {}).get("type"),
        "environment.type": environment.get("type"),
        "environment.image": environment.get("image"),
        "environment.compute_type": environment.get("compute_type"),
        "service_role": project.get("service_role"),
    }
    missing = [option for option, value in have.items() if not value]
    if missing:
        raise Failure(f"{', '.join(missing)} must be given to create project {project['name']}.")


def _check_pipeline(source: dict[str, Any], artifacts: dict[str, Any]) -> None:
    if (source.get("type") == "CODEPIPELINE") != (artifacts.get("type") == "CODEPIPELINE"):
        raise Failure(
            f"source.type {source.get('type')} and artifacts.type {artifacts.get('type')} do not go together: "
            "a project of a pipeline has CODEPIPELINE for both, any other for neither."
        )


def _check_own_buildspec(option: str, buildspec: Any) -> None:
    if not buildspec or (isinstance(buildspec, str) and is_path(buildspec) and not buildspec.startswith("arn:")):
        raise Failure(
            f"{option}.buildspec: type NO_SOURCE has no files, so that a buildspec can't be in them. "
            "Give the buildspec itself, as text or as a dict."
        )


def _check_lambda(project: Project, wanted: Project) -> None:
    """Source: the user guide's list of what Lambda compute does not support."""
    unsupported = {
        "vpc_config": bool(project.get("vpc_config")),
        "file_system_locations": bool(project.get("file_system_locations")),
        "cache": (project.get("cache") or {}).get("type") not in (None, "NO_CACHE"),
        "timeout_in_minutes": wanted.get("timeout_in_minutes") not in (None, DEFAULT_TIMEOUT),
        "queued_timeout_in_minutes": wanted.get("queued_timeout_in_minutes") not in (None, DEFAULT_QUEUED_TIMEOUT),
        "badge_enabled": bool(project.get("badge_enabled")),
    }
    for option, there in unsupported.items():
        if there:
            kind = project["environment"]["type"]
            raise Failure(f"{option} does not go with environment.type {kind}. Leave it out, or use LINUX_CONTAINER.")


def _check_secondary(wanted: Project) -> None:
    for option, identifier in (
        ("secondary_sources", "source_identifier"),
        ("secondary_source_versions", "source_identifier"),
        ("secondary_artifacts", "artifact_identifier"),
        ("file_system_locations", "identifier"),
    ):
        entries = wanted.get(option) or []
        _at_most(option, entries, MOST_SECONDARY)
        names = [entry[identifier] for entry in entries]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise Failure(f"{option}: {identifier} {twice} is given twice.")


def _at_most(option: str, entries: Sequence, most: int) -> None:
    if len(entries) > most:
        raise Failure(f"{option}: {len(entries)} were given, CodeBuild takes at most {most}.")
