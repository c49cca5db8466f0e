# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a project, or a build with its overrides, one that CodeBuild takes?

The messages are CodeBuild's own where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from local_region.services.codebuild.errors import invalid
from local_region.services.codebuild.records import Info

GIT_TYPES = ("CODECOMMIT", "GITHUB", "GITHUB_ENTERPRISE", "BITBUCKET", "GITLAB", "GITLAB_SELF_MANAGED")
LAMBDA_TYPES = ("LINUX_LAMBDA_CONTAINER", "ARM_LAMBDA_CONTAINER")
LEAST_CACHE_LOCATION = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
ROLE = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/.+")
IDENTIFIER = re.compile(r"[A-Za-z0-9_]{1,127}")


def check(info: Info, account: str) -> None:
    """Raises InvalidInputException for the first thing that is wrong."""
    problem = next(_problems(info, account), None)
    if problem:
        raise invalid(problem)


def _problems(info: Info, account: str) -> Iterator[str]:
    yield from _of_role(info["serviceRole"], account)
    yield from _of_source(info["source"])
    yield from _of_pair(info["source"]["type"], info["artifacts"]["type"])
    yield from _of_artifacts(info["artifacts"])
    yield from _of_secondary(info)
    yield from _of_environment(info["environment"])
    yield from _of_cache(info["cache"])
    yield from _of_logs(info.get("logsConfig", {}))
    yield from _of_vpc(info.get("vpcConfig", {}))
    if info.get("badge", {}).get("badgeEnabled") and info["source"]["type"] == "CODEPIPELINE":
        yield "Build badges are not supported for CodePipeline source"


def _of_role(role: str, account: str) -> Iterator[str]:
    found = ROLE.fullmatch(role)
    if not found:
        yield f"Invalid service role: {role} is not the ARN of a role"
    elif found[1] != account:
        yield "Invalid service role: Service role account ID does not match caller's account"


def _of_source(source: Info) -> Iterator[str]:
    kind, location = source["type"], source.get("location")
    if kind in ("CODEPIPELINE", "NO_SOURCE"):
        if location:
            yield f"Invalid project source: location must be empty for {kind} source type"
        if kind == "NO_SOURCE" and not source.get("buildspec"):
            yield "Invalid project source: buildspec must be provided when the source type is NO_SOURCE"
        return
    if not location:
        yield "Project source location is required"
    elif kind == "S3" and not re.fullmatch(r"(arn:aws[\w-]*:s3:::)?[^/]+/.+", location):
        yield f"Invalid project source: location must be a valid S3 source, bucket/key, not {location}"
    if source.get("gitCloneDepth", 0) < 0:
        yield "Invalid git clone depth: it must be at least 0"
    if kind not in GIT_TYPES and source.get("gitSubmodulesConfig", {}).get("fetchSubmodules"):
        yield f"Invalid project source: gitSubmodulesConfig is not supported for {kind} source type"


def _of_pair(source: str, artifacts: str) -> Iterator[str]:
    if (source == "CODEPIPELINE") != (artifacts == "CODEPIPELINE"):
        yield "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE"


def _of_artifacts(artifacts: Info) -> Iterator[str]:
    kind, location = artifacts["type"], artifacts.get("location")
    if kind == "NO_ARTIFACTS":
        for member, what in (("location", "location"), ("name", "output name"), ("path", "path")):
            if artifacts.get(member):
                yield f"Invalid artifacts: artifact type NO_ARTIFACTS should have null {what}"
    elif kind == "S3" and not location:
        yield "Invalid artifacts: location is required for artifact type S3"
    elif kind == "S3" and "/" in location:
        yield "Invalid artifacts: location may not contain forward-slashes"
    elif kind == "CODEPIPELINE" and location:
        yield "Invalid artifacts: artifact type CODEPIPELINE should have null location"


def _of_secondary(info: Info) -> Iterator[str]:
    for kind, members, member in (
        ("source", "secondarySources", "sourceIdentifier"),
        ("artifact", "secondaryArtifacts", "artifactIdentifier"),
    ):
        seen = set()
        for one in info.get(members, []):
            if one["type"] == "CODEPIPELINE":
                yield f"Invalid input: {kind}Type CODEPIPELINE is not allowed for {members}"
            identifier = one.get(member)
            if not identifier or not IDENTIFIER.fullmatch(identifier):
                yield f"Invalid {members}: {member} is required; it has letters, digits and underscores only"
            if identifier in seen:
                yield f"Invalid {members}: the identifier {identifier} is there twice"
            seen.add(identifier)
            yield from _of_source(one) if kind == "source" else _of_artifacts(one)
    known = {one.get("sourceIdentifier") for one in info.get("secondarySources", [])}
    for one in info.get("secondarySourceVersions", []):
        if one["sourceIdentifier"] not in known:
            yield f"Invalid secondarySourceVersions: there is no secondary source {one['sourceIdentifier']}"


def _of_environment(environment: Info) -> Iterator[str]:
    kind, compute = environment["type"], environment["computeType"]
    if (kind in LAMBDA_TYPES) != compute.startswith("BUILD_LAMBDA"):
        yield f"Invalid environment: the compute type {compute} is not supported for the environment type {kind}"
    if kind in LAMBDA_TYPES and environment.get("privilegedMode"):
        yield f"Invalid environment: privilegedMode is not supported for the environment type {kind}"
    if "registryCredential" in environment and environment.get("imagePullCredentialsType") != "SERVICE_ROLE":
        yield "Invalid environment: registryCredential requires imagePullCredentialsType SERVICE_ROLE"
    if environment["image"].startswith("aws/codebuild/") and "registryCredential" in environment:
        yield "Invalid environment: a curated image requires imagePullCredentialsType CODEBUILD"
    seen = set()
    for variable in environment.get("environmentVariables", []):
        if variable["name"] in seen:
            yield f"Invalid environment variables: the name {variable['name']} is there twice"
        seen.add(variable["name"])


def _of_cache(cache: Info) -> Iterator[str]:
    kind, location = cache["type"], cache.get("location", "")
    if kind == "S3" and not LEAST_CACHE_LOCATION.fullmatch(location):
        yield "Invalid cache: location must be a valid S3 bucket, followed by a prefix if there is one"
    if kind == "LOCAL" and not cache.get("modes"):
        yield "Invalid cache: at least one mode is required for cache type LOCAL"
    if kind == "NO_CACHE" and (location or cache.get("modes")):
        yield "Invalid cache: location and modes must be empty for cache type NO_CACHE"


def _of_logs(logs: Info) -> Iterator[str]:
    to_s3 = logs.get("s3Logs", {})
    if to_s3.get("status") == "ENABLED" and not to_s3.get("location"):
        yield "Invalid logs config: location is required when S3 logs are ENABLED"


def _of_vpc(vpc: Info) -> Iterator[str]:
    if vpc and not all(vpc.get(member) for member in ("vpcId", "subnets", "securityGroupIds")):
        yield "Invalid vpc config: vpcId, subnets and securityGroupIds are required together"
