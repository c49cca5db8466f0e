# SPDX-License-Identifier: GPL-3.0-or-later
"""A build's settings made into an order: sources fetched, parameters and secrets resolved.

Called outside the service's lock: it reads only what does not change once a build exists.
"""

from __future__ import annotations

import re
from functools import partial

from local_region.services.codebuild import caches, sources
from local_region.services.codebuild.builder import Order, Source
from local_region.services.codebuild.records import BuildRecord, Info, Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codebuild.unready import Unready

# A buildspec that is written out, not the path of a file. Source: ProjectSource of the API, buildspec.
WRITTEN_OUT = re.compile(r"\n|^\s*(version\s*:|\{)")
S3_OBJECT = re.compile(r"arn:aws[\w-]*:s3:::([^/]+)/(.+)")


def make(store: Store, build: BuildRecord, surroundings: Surroundings) -> Order:
    """The order. Raises Unready when the build has failed before it began."""
    settings = build.settings
    variables, secrets = _variables(store, settings, surroundings)
    source = sources.primary(store, build, surroundings)
    secondary = sources.secondary(store, build, surroundings)
    text, path = buildspec(store, settings["source"].get("buildspec"), surroundings)
    return Order(
        id=build.id,
        arn=build.info["arn"],
        account=store.account,
        region=store.region,
        project=build.project.name,
        source=source,
        secondary_sources=secondary,
        buildspec=text,
        buildspec_path=path,
        variables=_built_in(store, build, source, secondary) | dict(build.origin.variables) | variables,
        secrets=secrets,
        resolve=partial(surroundings.resolve, store.account, store.region),
        # The build's commands live in real time, and so does what they may take.
        timeout=settings["timeoutInMinutes"] * 60.0,
        artifacts=_wanted(build),
        cache=caches.fetch(store, build, surroundings),
        keeps_cache=caches.kept(build),
        role_arn=settings["serviceRole"],
        privileged=settings["environment"].get("privilegedMode", False),
    )


def _variables(store: Store, settings: Info, surroundings: Surroundings) -> tuple[dict[str, str], frozenset[str]]:
    """The environment's variables by name, and those of the values that are secret."""
    values, secrets = {}, set()
    for one in settings["environment"]["environmentVariables"]:
        value = one["value"]
        if one["type"] != "PLAINTEXT":
            try:
                value = surroundings.resolve(store.account, store.region, one["type"], value)
            except LookupError as missing:
                of_secrets = one["type"] == "SECRETS_MANAGER"
                code = "Secrets Manager Error Message" if of_secrets else "Decrypted Variables Error Message"
                raise Unready("DOWNLOAD_SOURCE", code, str(missing.args[0])) from None
            secrets.add(value)
        values[one["name"]] = value
    return values, frozenset(secrets)


def _wanted(build: BuildRecord) -> frozenset[str]:
    """The identifiers of the artifacts that are to be picked."""
    if build.handover:
        return build.handover.wanted
    settings = build.settings
    primary = {""} if settings["artifacts"]["type"] == "S3" else set()
    return frozenset(primary | {one["artifactIdentifier"] for one in settings["secondaryArtifacts"]})


def buildspec(store: Store, given: str | None, surroundings: Surroundings) -> tuple[str | None, str]:
    """The buildspec's text, or None and its path in the source."""
    if not given:
        return None, "buildspec.yml"
    if found := S3_OBJECT.fullmatch(given):
        try:
            return surroundings.objects.get(store.account, found[1], found[2]).data.decode(), "buildspec.yml"
        except LookupError as missing:
            raise Unready("DOWNLOAD_SOURCE", "CLIENT_ERROR", str(missing.args[0])) from None
    return (given, "buildspec.yml") if WRITTEN_OUT.search(given) else (None, given)


def _built_in(store: Store, build: BuildRecord, source: Source, secondary: dict[str, Source]) -> dict[str, str]:
    """What every build's environment has. Source: user guide, "Environment variables in build environments"."""
    info, settings = build.info, build.settings
    made = {
        "AWS_DEFAULT_REGION": store.region,
        "AWS_REGION": store.region,
        "CODEBUILD_BUILD_ARN": info["arn"],
        "CODEBUILD_BUILD_ID": info["id"],
        "CODEBUILD_BUILD_IMAGE": settings["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(info["buildNumber"]),
        "CODEBUILD_INITIATOR": info["initiator"],
        "CODEBUILD_KMS_KEY_ID": settings["encryptionKey"],
        "CODEBUILD_PROJECT_ARN": store.arn(f"project/{build.project.name}"),
        "CODEBUILD_RESOLVED_SOURCE_VERSION": source.subject,
        "CODEBUILD_SOURCE_REPO_URL": settings["source"].get("location", ""),
        "CODEBUILD_SOURCE_VERSION": info.get("sourceVersion", ""),
        "CODEBUILD_START_TIME": str(int(info["startTime"].timestamp() * 1000)),
    }
    if "streamName" in info["logs"]:
        made["CODEBUILD_LOG_PATH"] = info["logs"]["streamName"]
    for identifier, one in secondary.items():
        made[f"CODEBUILD_RESOLVED_SOURCE_VERSION_{identifier}"] = one.subject
    return made
