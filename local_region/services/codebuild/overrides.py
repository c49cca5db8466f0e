# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build takes from its project, and what StartBuild changes of it. Pure."""

from __future__ import annotations

from copy import deepcopy

from local_region.services.codebuild.projects import completed_artifacts, completed_source
from local_region.services.codebuild.records import Info

OF_PROJECT = (
    "source",
    "secondarySources",
    "sourceVersion",
    "secondarySourceVersions",
    "artifacts",
    "secondaryArtifacts",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
    "logsConfig",
    "fileSystemLocations",
    "autoRetryLimit",
    "buildBatchConfig",
)
# Members of StartBuild and StartBuildBatch -> members of a project.
WHOLE = {
    "secondarySourcesOverride": "secondarySources",
    "secondarySourcesVersionOverride": "secondarySourceVersions",
    "sourceVersion": "sourceVersion",
    "artifactsOverride": "artifacts",
    "secondaryArtifactsOverride": "secondaryArtifacts",
    "cacheOverride": "cache",
    "serviceRoleOverride": "serviceRole",
    "timeoutInMinutesOverride": "timeoutInMinutes",
    "buildTimeoutInMinutesOverride": "timeoutInMinutes",
    "queuedTimeoutInMinutesOverride": "queuedTimeoutInMinutes",
    "encryptionKeyOverride": "encryptionKey",
    "logsConfigOverride": "logsConfig",
    "autoRetryLimitOverride": "autoRetryLimit",
    "buildBatchConfigOverride": "buildBatchConfig",
}
OF_SOURCE = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "sourceAuthOverride": "auth",
    "gitCloneDepthOverride": "gitCloneDepth",
    "gitSubmodulesConfigOverride": "gitSubmodulesConfig",
    "buildspecOverride": "buildspec",
    "insecureSslOverride": "insecureSsl",
    "reportBuildStatusOverride": "reportBuildStatus",
    "reportBuildBatchStatusOverride": "reportBuildStatus",
    "buildStatusConfigOverride": "buildStatusConfig",
}
OF_ENVIRONMENT = {
    "environmentTypeOverride": "type",
    "imageOverride": "image",
    "computeTypeOverride": "computeType",
    "certificateOverride": "certificate",
    "privilegedModeOverride": "privilegedMode",
    "registryCredentialOverride": "registryCredential",
    "imagePullCredentialsTypeOverride": "imagePullCredentialsType",
    "fleetOverride": "fleet",
    "hostKernelOverride": "hostKernel",
}


def settings(project: Info, asked: Info) -> Info:
    """The members of a Project that the build has, changed as StartBuild or StartBuildBatch asks."""
    made = deepcopy({name: project[name] for name in OF_PROJECT if name in project})
    made |= _renamed(asked, WHOLE)
    made["artifacts"] = completed_artifacts(made["artifacts"], project["name"])
    made["secondaryArtifacts"] = [
        completed_artifacts(one, project["name"]) for one in made.get("secondaryArtifacts", [])
    ]
    if asked.get("sourceTypeOverride") in ("NO_SOURCE", "CODEPIPELINE"):
        made["source"].pop("location", None)
    made["source"] = completed_source(made["source"] | _renamed(asked, OF_SOURCE))
    made["environment"] |= _renamed(asked, OF_ENVIRONMENT)
    made["environment"]["environmentVariables"] = variables(
        made["environment"].get("environmentVariables", []), asked.get("environmentVariablesOverride", [])
    )
    return made


def variables(own: list[Info], changed: list[Info]) -> list[Info]:
    """A project's variables with those of a build, which win by name. A type that is not given is PLAINTEXT."""
    by_name = {one["name"]: one for one in [*own, *changed]}
    return [{"type": "PLAINTEXT"} | one for one in by_name.values()]


def _renamed(asked: Info, names: dict[str, str]) -> Info:
    return {ours: deepcopy(asked[theirs]) for theirs, ours in names.items() if theirs in asked}
