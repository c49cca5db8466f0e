# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute, Commands: shell commands in a build environment, without a project.

Source: user guide, "Commands action reference".
"""

from __future__ import annotations

import json

from local_region.protocol import ServiceError
from local_region.services.codebuild import CodeBuild
from local_region.services.codebuild.records import BuildRecord
from local_region.services.codepipeline.actions import builds
from local_region.services.codepipeline.actions.performer import (
    Failed,
    Info,
    Job,
    Outcome,
    Performer,
    Type,
    bad_action,
)

TIMEOUT = 55 * 60.0


class CommandsAction(Performer):
    """Runs the action's commands in its first input artifact; the others are at CODEBUILD_SRC_DIR_<artifact>.

    The build environment is CodePipeline's own: when nobody waits for the action any more, the build is stopped. With
    the category Rule it is the rule Commands, which is met when they succeed.
    """

    def __init__(self, codebuild: CodeBuild, category: str = "Compute"):
        self._codebuild = codebuild
        self.type = Type(category, "Commands", inputs=(1, 10), outputs=(0, 1), timeout=TIMEOUT)

    def check(self, declaration: Info) -> None:
        what, commands = f"{declaration['name']} (Commands)", declaration.get("commands")
        if not declaration["inputArtifacts"]:
            raise bad_action(f"{what} must have an input artifact, which it runs in.")
        if not commands:
            raise bad_action(f"{what} must have commands.")
        if any("\n" in command for command in commands):
            raise bad_action(f"{what}: a command must be a single line.")
        for output in declaration.get("outputArtifacts", []):
            if not output.get("files"):
                raise bad_action(f"{what}: the output artifact {output['name']} must say which files it has.")

    def start(self, job: Job) -> Outcome | None:
        asked = {
            "buildspecOverride": buildspec(job.declaration),
            "environmentVariablesOverride": job.declaration.get("environmentVariables", []),
        }
        try:
            build = self._codebuild.begin_commands(
                job.account, job.region, job.pipeline, job.id, asked, job.role_arn, builds.handover(job, None)
            )
        except LookupError as missing:
            return Failed(str(missing), "ConfigurationError")
        except ServiceError as error:
            return Failed(error.message, "ConfigurationError")
        job.memory["build"] = build
        job.external_id = build.id
        return None

    def poll(self, job: Job) -> Outcome | None:
        build: BuildRecord = job.memory["build"]
        job.log_stream = build.info["logs"].get("cloudWatchLogsArn")
        return builds.outcome(job, build.info) if build.complete else None

    def abandon(self, job: Job) -> None:
        if "build" in job.memory:
            self._codebuild.stop_for_pipeline(job.memory["build"])


def buildspec(declaration: Info) -> str:
    """The buildspec (JSON is YAML too) that does what the action declares."""
    made: Info = {"version": "0.2", "phases": {"build": {"commands": declaration["commands"]}}}
    if declaration.get("outputVariables"):
        made["env"] = {"exported-variables": declaration["outputVariables"]}
    files = [file for output in declaration.get("outputArtifacts", []) for file in output["files"]]
    if files:
        made["artifacts"] = {"files": files}
    return json.dumps(made)
