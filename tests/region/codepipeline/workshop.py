# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of pipelines work with: declarations in few words, a source in S3, a job worker, and patience."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

from tests.conftest import Api

ROLE = "arn:aws:iam::123456789012:role/codepipeline"
SOURCES, ARTIFACTS, SITE = "sources", "artifacts", "site"
PATIENCE = 60.0


def bundle(**files: str) -> bytes:
    """A zip; a file's name is given with _ for its dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def action(name: str, kind: str, order: int = 1, inputs=(), outputs=(), configuration=None, **more) -> dict:
    """An ActionDeclaration; `kind` is e.g. "Deploy S3" or "Test Custom Probe"."""
    category, *owner, provider = kind.split()
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": (owner or ["AWS"])[0], "provider": provider, "version": "1"},
        "runOrder": order,
        "configuration": configuration or {},
        "inputArtifacts": [{"name": one} for one in inputs],
        "outputArtifacts": [{"name": one} for one in outputs],
        **more,
    }


def stage(name: str, *actions: dict, **more) -> dict:
    return {"name": name, "actions": list(actions), **more}


def probe(name: str = "probe", order: int = 1, **more) -> dict:
    """An action that a test's own job worker performs."""
    return action(name, "Test Custom Probe", order, **more)


def condition(result: str, *rules: tuple[str, dict]) -> dict:
    """Conditions of a kind: rules as (provider, configuration)."""
    declared = [
        {"name": f"rule-{number}", "ruleTypeId": {"category": "Rule", "provider": provider}, "configuration": given}
        for number, (provider, given) in enumerate(rules)
    ]
    return {"conditions": [{"result": result, "rules": declared}]}


def wait_for(question: Callable[[], Any], what: str) -> Any:
    """The first true answer; a test that waits in vain fails after a minute."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"in vain: {what}")


def _pipeline_of(job: dict) -> str:
    return job["data"]["pipelineContext"]["pipelineName"]


class Workshop:
    """One test's pipeline, and all that is around it."""

    def __init__(self, api: Api, name: str):
        self.api, self.name = api, name
        self.pipelines, self.s3 = api.client("codepipeline"), api.client("s3")
        self.key = f"{name}.zip"

    @staticmethod
    def furnish(api: Api) -> None:
        """Buckets and the custom action type that all tests of a file use."""
        s3 = api.client("s3")
        for bucket in (SOURCES, ARTIFACTS, SITE):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=SOURCES, VersioningConfiguration={"Status": "Enabled"})
        api.client("codepipeline").create_custom_action_type(
            category="Test",
            provider="Probe",
            version="1",
            configurationProperties=[
                {"name": "What", "required": False, "key": False, "secret": False, "queryable": True},
                {"name": "Password", "required": False, "key": False, "secret": True},
            ],
            inputArtifactDetails={"minimumCount": 0, "maximumCount": 5},
            outputArtifactDetails={"minimumCount": 0, "maximumCount": 5},
        )

    def push(self, **files: str) -> str:
        """Puts a new version of the source. Returns its version id."""
        return self.s3.put_object(Bucket=SOURCES, Key=self.key, Body=bundle(**files))["VersionId"]

    def source(self, **more) -> dict:
        given = {"S3Bucket": SOURCES, "S3ObjectKey": self.key, "PollForSourceChanges": "false"}
        configuration = given | more.pop("configuration", {})
        return action("S3", "Source S3", outputs=["App"], configuration=configuration, namespace="Source", **more)

    def declare(self, *stages: dict, **more) -> dict:
        """The test's PipelineDeclaration: a source stage, then the given ones."""
        declared = {
            "name": self.name,
            "roleArn": ROLE,
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": ARTIFACTS},
            "stages": [stage("Source", self.source()), *stages],
        }
        return declared | more

    def create(self, *stages: dict, **more) -> str:
        """Makes the pipeline, with a source that is there. Returns the id of its first execution."""
        self.push(index_html="one")
        self.pipelines.create_pipeline(pipeline=self.declare(*stages, **more))
        return self.executions()[-1]["pipelineExecutionId"]

    def start(self, **more) -> str:
        return self.pipelines.start_pipeline_execution(name=self.name, **more)["pipelineExecutionId"]

    def executions(self) -> list[dict]:
        return self.pipelines.list_pipeline_executions(pipelineName=self.name)["pipelineExecutionSummaries"]

    def status(self, execution: str) -> str:
        found = self.pipelines.get_pipeline_execution(pipelineName=self.name, pipelineExecutionId=execution)
        return found["pipelineExecution"]["status"]

    def until(self, execution: str, status: str) -> None:
        wait_for(lambda: self.status(execution) == status, f"{execution} is {self.status(execution)}, not {status}")

    def state(self, stage_name: str) -> dict:
        stages = self.pipelines.get_pipeline_state(name=self.name)["stageStates"]
        return next(one for one in stages if one["stageName"] == stage_name)

    def latest(self, stage_name: str, action_name: str = "probe") -> dict:
        """latestExecution of an action; empty before it has begun."""
        states = self.state(stage_name)["actionStates"]
        return next(one for one in states if one["actionName"] == action_name).get("latestExecution", {})

    def actions(self, execution: str, **more) -> list[dict]:
        """Action executions of an execution, in the order in which they began."""
        found = self.pipelines.list_action_executions(
            pipelineName=self.name, filter={"pipelineExecutionId": execution}, **more
        )
        return found["actionExecutionDetails"][::-1]

    def take(self, execution: str | None = None, name: str = "probe") -> dict:
        """A job of this pipeline for the worker: polled and acknowledged. It must be of that execution."""
        asked = {"category": "Test", "owner": "Custom", "provider": "Probe", "version": "1"}

        def poll() -> dict | None:
            jobs = self.pipelines.poll_for_jobs(actionTypeId=asked, maxBatchSize=1)["jobs"]
            # What an earlier test has left behind is nobody's any more.
            return next((job for job in jobs if _pipeline_of(job) == self.name), None)

        job = wait_for(poll, f"a job of {execution}")
        context = job["data"]["pipelineContext"]
        assert context["action"]["name"] == name or name == "*"
        if execution:
            assert context["pipelineExecutionId"] == execution
        self.pipelines.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
        return job

    def succeed(self, execution: str | None = None, name: str = "probe", **more) -> None:
        self.pipelines.put_job_success_result(jobId=self.take(execution, name)["id"], **more)

    def fail(self, execution: str | None = None, name: str = "probe", message: str = "two tests failed") -> None:
        job = self.take(execution, name)
        details = {"type": "JobFailed", "message": message}
        self.pipelines.put_job_failure_result(jobId=job["id"], failureDetails=details)
