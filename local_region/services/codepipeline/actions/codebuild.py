# SPDX-License-Identifier: GPL-3.0-or-later
"""Build and Test, CodeBuild: a build of the region's own CodeBuild, followed to its end.

Source: user guide, "AWS CodeBuild build and test action reference".
"""

from __future__ import annotations

import json

from local_region.protocol import ServiceError
from local_region.services.codebuild import CodeBuild
from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.records import BuildRecord, Handover
from local_region.services.codepipeline.actions import builds
from local_region.services.codepipeline.actions.commands import CommandsAction
from local_region.services.codepipeline.actions.performer import (
    HOUR,
    Failed,
    Info,
    Job,
    Outcome,
    Performer,
    Property,
    Type,
    bad_action,
)

TYPES = ("PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER")


class CodeBuildAction(Performer):
    """Builds the input artifacts. `category` is Build or Test, or Rule: a rule is met when the build succeeds.

    An action that is stopped and abandoned leaves its build running (user guide, "How pipeline executions are
    stopped": the action's provider continues).
    """

    def __init__(self, codebuild: CodeBuild, category: str):
        self._codebuild = codebuild
        self.type = Type(
            category,
            "CodeBuild",
            (
                Property("ProjectName", required=True, key=True, queryable=True),
                Property("PrimarySource"),
                Property("EnvironmentVariables"),
                Property("BatchEnabled"),
                Property("CombineArtifacts"),
            ),
            inputs=(1, 5),
            outputs=(0, 5),
            timeout=8 * HOUR,
        )

    def check(self, declaration: Info) -> None:
        configuration, names = declaration["configuration"], [one["name"] for one in declaration["inputArtifacts"]]
        primary = configuration.get("PrimarySource")
        if not names:
            raise bad_action(f"{declaration['name']} (CodeBuild) must have an input artifact, which it builds.")
        if primary is None and len(names) > 1:
            raise bad_action(
                f"Action {declaration['name']} has more than one input artifact: its configuration must say which one "
                "is the PrimarySource."
            )
        if primary is not None and primary not in names:
            raise bad_action(
                f"Action {declaration['name']}: PrimarySource {primary} is not one of its input artifacts."
            )
        for name in ("BatchEnabled", "CombineArtifacts"):
            if configuration.get(name, "false") not in ("true", "false"):
                raise bad_action(f"Action {declaration['name']}: {name} must be true or false.")
        try:
            variables(configuration.get("EnvironmentVariables"))
        except ValueError as problem:
            raise bad_action(f"Action {declaration['name']}: {problem}") from None

    def start(self, job: Job) -> Outcome | None:
        configuration = job.configuration
        try:
            asked = {
                "environmentVariablesOverride": variables(configuration.get("EnvironmentVariables")),
                "sourceVersion": source_version(job),
            }
            handover = builds.handover(job, configuration.get("PrimarySource"))
            job.memory["begun"] = begun = self._begin(job, asked, handover)
        except ValueError as problem:
            return Failed(str(problem), "ConfigurationError")
        except LookupError as missing:
            return Failed(str(missing), "ConfigurationError")
        except ServiceError as error:
            return Failed(f"Error calling startBuild: {error.message} (Error Code: {error.code})", "ConfigurationError")
        job.external_id = begun.id
        console = f"https://{job.region}.console.aws.amazon.com/codesuite/codebuild/{job.account}"
        job.external_url = f"{console}/projects/{configuration['ProjectName']}/build/{begun.id.replace(':', '%3A')}/log"
        return None

    def poll(self, job: Job) -> Outcome | None:
        begun: BuildRecord | BatchRecord = job.memory["begun"]
        if isinstance(begun, BatchRecord):
            return builds.batch_outcome(job, begun) if begun.complete else None
        job.log_stream = begun.info["logs"].get("cloudWatchLogsArn")
        return builds.outcome(job, begun.info) if begun.complete else None

    def _begin(self, job: Job, asked: Info, handover: Handover) -> BuildRecord | BatchRecord:
        where = (job.account, job.region, job.configuration["ProjectName"], asked, job.pipeline, handover)
        if job.configuration.get("BatchEnabled") == "true":
            combine = job.configuration.get("CombineArtifacts") == "true"
            return self._codebuild.begin_batch_for_pipeline(*where, combine)
        return self._codebuild.begin_for_pipeline(*where)


def performers(codebuild: CodeBuild) -> list[Performer]:
    """What performs the actions that run builds."""
    return [CodeBuildAction(codebuild, "Build"), CodeBuildAction(codebuild, "Test"), CommandsAction(codebuild)]


def rules(codebuild: CodeBuild) -> list[Performer]:
    """What evaluates the rules that run builds."""
    return [CodeBuildAction(codebuild, "Rule"), CommandsAction(codebuild, "Rule")]


def variables(text: str | None) -> list[Info]:
    """EnvironmentVariables of the API, of their JSON. Raises ValueError, with a sentence."""
    if not text:
        return []
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ValueError(f"EnvironmentVariables is not JSON: {error}.") from None
    if not isinstance(given, list):
        raise ValueError("EnvironmentVariables must be a JSON list of objects with name, value and type.")
    return [_variable(one) for one in given]


def _variable(given: object) -> Info:
    if not isinstance(given, dict) or not {"name", "value"} <= set(given) <= {"name", "value", "type"}:
        raise ValueError("Each item of EnvironmentVariables is an object with name, value and, if wanted, type.")
    if not all(isinstance(one, str) for one in given.values()):
        raise ValueError(f"EnvironmentVariables: name, value and type of {given['name']} must be text.")
    if given.get("type", "PLAINTEXT") not in TYPES:
        raise ValueError(f"EnvironmentVariables: the type of {given['name']} must be one of {', '.join(TYPES)}.")
    return given


def source_version(job: Job) -> str:
    """Where the primary input artifact is, as CodePipeline tells CodeBuild."""
    primary = job.configuration.get("PrimarySource")
    artifact = next((one for one in job.inputs if one.name == primary), job.inputs[0])
    return f"arn:aws:s3:::{artifact.bucket}/{artifact.key}"
