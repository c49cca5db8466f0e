# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CodeBuild would refuse in a request for a build, said in one sentence before it is sent."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from .build_options import BATCH_ONLY, BUILD_ONLY
from .buildspec import check_buildspec
from .common import check_name
from .project_checks import (
    LONGEST_NAME,
    check_artifacts,
    check_batch_config,
    check_cache,
    check_logs,
    check_minutes,
    check_privilege,
    check_role,
    check_size,
    check_source,
)
from .variables import check_variables


def check_options(options: dict[str, Any]) -> None:
    """Refuse options that don't go together, and values that CodeBuild does not take."""
    others, kind = (BUILD_ONLY, "batch=true") if options["batch"] else (BATCH_ONLY, "batch=false")
    for option, instead in others.items():
        if options.get(option) is not None:
            remedy = f"Use {instead}." if instead else "Leave it out."
            raise Failure(f"{option} does not go with {kind}. {remedy}")
    if options["state"] == "started" and not options.get("project_name"):
        raise Failure("project_name is required to start a build.")
    if options["state"] != "started" and not options.get("build_id"):
        raise Failure(f"build_id is required with state {options['state']}.")
    if options["wait_timeout"] < 0:
        raise Failure(f"wait_timeout: {options['wait_timeout']} is negative. Use 0 or more (seconds).")
    if options["log_lines"] < 1:
        raise Failure(f"log_lines: {options['log_lines']} is not possible. Use 1 or more.")
    build_id = options.get("build_id")
    if build_id is not None and ":" not in build_id:
        raise Failure(f"build_id: {build_id!r} is not the id of a build. It has the form PROJECT:UUID.")
    check_name("project_name", (options.get("project_name") or "").rpartition(":project/")[2] or None, LONGEST_NAME)


def check_overrides(given: dict[str, Any]) -> None:
    """Refuse what is wrong in the overrides themselves, whatever the project says."""
    check_minutes(given, "_override")
    check_role("service_role_override", given.get("service_role_override"))
    check_buildspec("buildspec_override", given.get("buildspec_override"))
    check_variables("environment_variables_override", given.get("environment_variables_override") or [])
    check_logs("logs_config_override", given.get("logs_config_override"))
    check_batch_config("build_batch_config_override", given.get("build_batch_config_override"))
    artifacts = given.get("artifacts_override")
    if artifacts is not None:
        if not artifacts.get("type"):
            raise Failure("artifacts_override.type is required with artifacts_override.")
        check_artifacts("artifacts_override", artifacts, artifacts)
    for entry in given.get("secondary_artifacts_override") or []:
        check_artifacts(f"secondary_artifacts_override, {entry['artifact_identifier']}", entry, entry)
    for entry in given.get("secondary_sources_override") or []:
        check_source(f"secondary_sources_override, {entry['source_identifier']}", entry, secondary=True)
    auth = given.get("source_auth_override") or {}
    if auth.get("type") in ("CODECONNECTIONS", "SECRETS_MANAGER") and not auth.get("resource"):
        raise Failure(f"source_auth_override.resource is required for type {auth['type']}: the ARN to use.")
    _check_host(given)
    retries = given.get("auto_retry_limit_override")
    if retries is not None and retries < 0:
        raise Failure(f"auto_retry_limit_override: {retries} is not possible. Use 0 (none) or more.")


def _check_host(given: dict[str, Any]) -> None:
    """Kind, size and mode of the host, where the task says the kind and another of them."""
    kind = given.get("environment_type_override")
    if kind:
        check_size("compute_type_override", kind, given.get("compute_type_override") or "")
        check_privilege("privileged_mode_override", kind, bool(given.get("privileged_mode_override")))
    cache = given.get("cache_override")
    if cache is not None:
        check_cache("cache_override", cache, {"privileged_mode": True})
