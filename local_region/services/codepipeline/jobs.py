# SPDX-License-Identifier: GPL-3.0-or-later
"""Job workers of custom actions: poll, acknowledge, report. Those of partners are in third_party.py.

Source: user guide, "Create and add a custom action in CodePipeline"; the operations of the API.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_region.engine.pipeline_variables import MOST_OUTPUT_BYTES, size
from local_region.protocol import ServiceError
from local_region.services.codepipeline.actions.custom import CustomAction, WorkerJob
from local_region.services.codepipeline.actions.performer import Artifact, Failed, Info, Job, Revision, Succeeded
from local_region.services.codepipeline.actions.registry import key_of
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.errors import invalid
from local_region.services.codepipeline.records import Store
from local_region.services.codepipeline.surroundings import Surroundings


class Jobs(Base):
    """PollForJobs, AcknowledgeJob, GetJobDetails, PutJobSuccessResult, PutJobFailureResult."""

    surroundings: Surroundings

    @operation
    def poll_for_jobs(self, store: Store, params: dict) -> dict:
        category, owner, provider, version = key_of(params["actionTypeId"])
        custom = store.action_types.get((category, provider, version)) if owner == "Custom" else None
        if custom is None:
            message = f"There is no action type {category} {owner} {provider} {version} that job workers can poll for."
            raise ServiceError("ActionTypeNotFoundException", message)
        query = params.get("queryParam", {})
        queryable = {one.name for one in custom.type.properties if one.queryable}
        if not queryable.issuperset(query):
            raise invalid(f"{next(iter(query))} is not a queryable property of the action type.")
        offered = custom.offer(params.get("maxBatchSize", 1), query, self.clock.seconds())
        return {
            "jobs": [
                {"id": one.id, "nonce": one.nonce, "accountId": store.account, "data": self._data(store, one)}
                for one in offered
            ]
        }

    @operation
    def acknowledge_job(self, store: Store, params: dict) -> dict:
        _, found = _find(store, params["jobId"])
        if params["nonce"] != found.nonce:
            raise ServiceError("InvalidNonceException", "The nonce is not the one that the job was last offered with.")
        if found.status == "Dispatched":
            found.status = "InProgress"
        return {"status": found.status}

    @operation
    def get_job_details(self, store: Store, params: dict) -> dict:
        _, found = _find(store, params["jobId"])
        return {"jobDetails": {"id": found.id, "accountId": store.account, "data": self._data(store, found)}}

    @operation
    def put_job_success_result(self, store: Store, params: dict) -> None:
        custom, found = _in_progress(store, params["jobId"])
        variables = params.get("outputVariables", {})
        if size(variables) > MOST_OUTPUT_BYTES:
            raise ServiceError(
                "OutputVariablesSizeExceededException", f"Output variables may have {MOST_OUTPUT_BYTES} bytes in all."
            )
        job, details = found.job, params.get("executionDetails", {})
        job.external_id = details.get("externalExecutionId", job.external_id)
        job.summary = details.get("summary", job.summary)
        job.percent = details.get("percentComplete", job.percent)
        found.status = "Succeeded"
        if "continuationToken" in params:
            custom.go_on(found, params["continuationToken"])
            return
        self._end(store, job, Succeeded(variables, _revision(params.get("currentRevision"))))

    @operation
    def put_job_failure_result(self, store: Store, params: dict) -> None:
        _, found = _in_progress(store, params["jobId"])
        details = params["failureDetails"]
        found.job.external_id = details.get("externalExecutionId", found.job.external_id)
        found.status = "Failed"
        self._end(store, found.job, Failed(details["message"], details["type"]))

    def _end(self, store: Store, job: Job, outcome: Succeeded | Failed) -> None:
        pipeline = store.pipelines.get(job.pipeline)
        if pipeline and job.id in pipeline.runs:
            self.runner.finish(pipeline, pipeline.runs[job.id], outcome)

    def _data(self, store: Store, one: WorkerJob) -> Info:
        """JobData."""
        job = one.job
        pipeline = store.pipelines[job.pipeline]
        data = {
            "actionTypeId": job.declaration["actionTypeId"],
            "actionConfiguration": {"configuration": job.configuration},
            "pipelineContext": {
                "pipelineName": job.pipeline,
                "pipelineArn": pipeline.arn,
                "pipelineExecutionId": job.execution_id,
                "stage": {"name": job.stage},
                "action": {"name": job.action, "actionExecutionId": job.id},
            },
            "inputArtifacts": [_artifact(artifact) for artifact in job.inputs],
            "outputArtifacts": [_artifact(artifact) for artifact in job.outputs],
            "artifactCredentials": self.surroundings.credentials(store.account),
        }
        if one.continuation:
            data["continuationToken"] = one.continuation
        if job.encryption_key:
            data["encryptionKey"] = job.encryption_key
        return data


def _artifact(artifact: Artifact) -> Info:
    location = {"bucketName": artifact.bucket, "objectKey": artifact.key}
    shown: Info = {"name": artifact.name, "location": {"type": "S3", "s3Location": location}}
    return shown | ({"revision": artifact.revision.id} if artifact.revision else {})


def _revision(given: Info | None) -> Revision | None:
    if given is None:
        return None
    return Revision(given["revision"], given.get("revisionSummary"), change_id=given["changeIdentifier"])


def _all(store: Store) -> Iterator[tuple[CustomAction, WorkerJob]]:
    for custom in store.action_types.values():
        for found in list(custom.jobs.values()):
            yield custom, found


def _find(store: Store, job_id: str) -> tuple[CustomAction, WorkerJob]:
    for custom, found in _all(store):
        if found.id == job_id and found.job.pipeline in store.pipelines:
            return custom, found
    raise ServiceError("JobNotFoundException", f"There is no job with the id {job_id}.")


def _in_progress(store: Store, job_id: str) -> tuple[CustomAction, WorkerJob]:
    custom, found = _find(store, job_id)
    if found.status != "InProgress":
        message = (
            f"The job {job_id} is {found.status}; a result is taken for one that was acknowledged and is in progress."
        )
        raise ServiceError("InvalidJobStateException", message)
    return custom, found
