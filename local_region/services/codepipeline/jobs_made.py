# SPDX-License-Identifier: GPL-3.0-or-later
"""What a performer gets: configuration resolved, artifacts found, places for new ones chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from local_region.engine.pipeline_variables import CODEPIPELINE, PIPELINE_VARIABLES, Unresolved, resolve_all
from local_region.services.codepipeline.actions.performer import Artifact, Info, Job
from local_region.services.codepipeline.artifacts import artifact_store, encrypted, moved, place
from local_region.services.codepipeline.records import ExecutionRecord, RunRecord, new_id
from local_region.services.codepipeline.surroundings import Objects


class Unresolvable(Exception):
    """The action can't begin. The message says why."""


class JobMaker:
    """Makes jobs of actions and rules that begin."""

    def __init__(self, objects: Objects, why_not_assumed: Callable[[str, str], str | None]):
        self._objects, self._why_not_assumed = objects, why_not_assumed

    def make(self, run: RunRecord) -> Job:
        """The job of an attempt. Raises Unresolvable when a variable or an artifact is not there, or when the pipeline
        may not assume the action's role."""
        execution, declaration = run.execution, run.declaration
        pipeline = execution.pipeline
        region = declaration.get("region", pipeline.region)
        store = artifact_store(execution.declaration, region)
        role = self._role(execution, declaration)
        return Job(
            id=run.id,
            # An action with a role of its own acts in that role's account. Artifacts are the pipeline's all the same.
            account=role.split(":")[4] if "roleArn" in declaration else pipeline.account,
            region=region,
            pipeline=pipeline.name,
            pipeline_region=pipeline.region,
            execution_id=execution.id,
            stage=run.stage,
            declaration=_with_commands(execution, declaration),
            role_arn=role,
            configuration=_configuration(execution, declaration),
            inputs=[self._input(execution, one["name"], store) for one in declaration.get("inputArtifacts", [])],
            outputs=[
                place(pipeline.name, one["name"], store["location"]) for one in declaration.get("outputArtifacts", [])
            ],
            read=lambda artifact: self._objects.get(pipeline.account, artifact.bucket, artifact.key).data,
            write=lambda artifact, data: self._objects.put(
                pipeline.account, artifact.bucket, artifact.key, data, encrypted(store)
            ),
            encryption_key=store.get("encryptionKey"),
            source_revision=execution.overrides.get(run.name),
            deadline=run.run.deadline,
            token=new_id() if declaration.get("actionTypeId", {}).get("category") == "Approval" else None,
        )

    def _role(self, execution: ExecutionRecord, declaration: Info) -> str:
        """The role that the action works with: the pipeline's, or its own, which the pipeline's has to assume."""
        pipeline_role = execution.declaration["roleArn"]
        role = declaration.get("roleArn")
        if role is None:
            return pipeline_role
        if reason := self._why_not_assumed(pipeline_role, role):
            raise Unresolvable(
                f"{pipeline_role} is not authorized to perform AssumeRole on role {role} of the action "
                f"{declaration['name']}: {reason}."
            )
        return role

    def _input(self, execution: ExecutionRecord, name: str, store: Info) -> Artifact:
        if name not in execution.artifacts:
            raise Unresolvable(f"The input artifact {name} has not been produced in this execution.")
        try:
            return moved(self._objects, execution.pipeline.account, execution.artifacts[name], store)
        except LookupError as missing:
            raise Unresolvable(f"The input artifact {name} can't be read: {missing}") from None


def _configuration(execution: ExecutionRecord, declaration: Info) -> dict[str, str]:
    return _resolved(execution, declaration, declaration["configuration"])


def _with_commands(execution: ExecutionRecord, declaration: Info) -> Info:
    """The declaration, its commands and environment variables resolved where it has some."""
    commands = dict(enumerate(declaration.get("commands", [])))
    variables = declaration.get("environmentVariables", [])
    values = _resolved(execution, declaration, {one["name"]: one["value"] for one in variables})
    resolved = {
        "commands": list(_resolved(execution, declaration, commands).values()),
        "environmentVariables": [one | {"value": values[one["name"]]} for one in variables],
    }
    return declaration | {name: value for name, value in resolved.items() if value}


def _resolved(execution: ExecutionRecord, declaration: Info, texts: Mapping) -> dict:
    implicit = {CODEPIPELINE: {"PipelineExecutionId": execution.id}, PIPELINE_VARIABLES: execution.variables}
    try:
        return resolve_all(texts, {**execution.namespaces, **implicit})
    except Unresolved as unresolved:
        raise Unresolvable(
            f"The variable {unresolved.reference} in the configuration of {declaration['name']} has no value in this "
            "execution."
        ) from None
