# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that run builds share: artifacts in and out, and how a build's end is an action's outcome."""

from __future__ import annotations

from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.phases import failure
from local_region.services.codebuild.records import Handover, Info
from local_region.services.codepipeline.actions.performer import Artifact, Failed, Job, Outcome, Succeeded


def handover(job: Job, primary: str | None) -> Handover:
    """The input artifacts as sources, `primary` (the first by default) as the primary one; outputs to the artifact
    bucket. Raises LookupError, with a sentence, for an artifact that can't be read."""
    first = next((one for one in job.inputs if one.name == primary), job.inputs[0])
    sources = {"": job.read(first)} | {one.name: job.read(one) for one in job.inputs if one is not first}
    versions = {"": version_of(first)} | {one.name: version_of(one) for one in job.inputs if one is not first}
    wanted = frozenset({""} if len(job.outputs) == 1 else {one.name for one in job.outputs})
    job.memory["put"] = set()

    def put(identifier: str, archive: bytes) -> str:
        output = output_for(job, identifier)
        if output is None:
            return ""
        job.write(output, archive)
        job.memory["put"].add(output.name)
        return f"arn:aws:s3:::{output.bucket}/{output.key}"

    return Handover(sources, versions, wanted, put)


def version_of(artifact: Artifact) -> str:
    return artifact.revision.id if artifact.revision else ""


def output_for(job: Job, identifier: str) -> Artifact | None:
    """Which output artifact a build's artifact is. Raises LookupError for one that the action does not declare.

    An action's only output artifact is the build's primary one; several are the secondary artifacts of their names.
    Source: user guide, "AWS CodeBuild build and test action reference", outputArtifacts.
    """
    if not identifier:
        return job.outputs[0] if len(job.outputs) == 1 else None
    found = next((one for one in job.outputs if one.name == identifier), None)
    if found is None and job.outputs:
        known = ", ".join(one.name for one in job.outputs)
        raise LookupError(f"the action has no output artifact {identifier}; it has {known}")
    return found


def outcome(job: Job, build: Info) -> Outcome:
    """What the end of a build means for the action."""
    if build["buildStatus"] != "SUCCEEDED":
        return Failed(f"Build terminated with state: {build['buildStatus']}.{_why(build)}")
    exported = build.get("exportedEnvironmentVariables", [])
    return _with_artifacts(job, {one["name"]: one["value"] for one in exported})


def batch_outcome(job: Job, batch: BatchRecord) -> Outcome:
    """What the end of a batch means for the action. Its variables are those of all builds."""
    if batch.info["buildBatchStatus"] != "SUCCEEDED":
        failed = [f"{name} {status}" for name, status in batch.statuses().items() if status not in (None, "SUCCEEDED")]
        why = f" Builds: {', '.join(failed)}." if failed else _why(batch.info)
        return Failed(f"Build batch terminated with state: {batch.info['buildBatchStatus']}.{why}")
    exported = [one for build in batch.builds.values() for one in build.info.get("exportedEnvironmentVariables", [])]
    return _with_artifacts(job, {one["name"]: one["value"] for one in exported})


def _with_artifacts(job: Job, variables: dict[str, str]) -> Outcome:
    missing = next((one.name for one in job.outputs if one.name not in job.memory["put"]), None)
    if missing is None:
        job.summary = "Build succeeded"
        return Succeeded(variables)
    expected = f"a secondary artifact {missing}" if len(job.outputs) > 1 else "artifacts"
    return Failed(f"The build has put out no artifact {missing}: its buildspec must have {expected}.")


def _why(build: Info) -> str:
    failed = failure(build)
    if failed is None:
        return ""
    context = failed["contexts"][0]
    return f" Phase: {failed['phaseType']}, Code: {context['statusCode']}, Message: {context['message']}"
