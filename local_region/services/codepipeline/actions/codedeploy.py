# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploy, CodeDeploy: a deployment of the region's own CodeDeploy, followed to its end."""

from __future__ import annotations

from local_region.protocol import Caller, ServiceError
from local_region.services.codedeploy import CodeDeploy
from local_region.services.codepipeline.actions.performer import (
    DAY,
    Failed,
    Job,
    Outcome,
    Performer,
    Property,
    Succeeded,
    Type,
)


class CodeDeployAction(Performer):
    """Deploys the input artifact, straight from the artifact bucket.

    An action that is stopped and abandoned leaves its deployment running (user guide, "How pipeline executions are
    stopped": the action's provider continues).
    """

    type = Type(
        "Deploy",
        "CodeDeploy",
        (
            Property("ApplicationName", required=True, key=True),
            Property("DeploymentGroupName", required=True, key=True),
        ),
        inputs=(1, 1),
        timeout=5 * DAY,
    )

    def __init__(self, codedeploy: CodeDeploy):
        self._codedeploy = codedeploy

    def start(self, job: Job) -> Outcome | None:
        bundle = job.inputs[0]
        location = {"bucket": bundle.bucket, "key": bundle.key, "bundleType": "zip"}
        try:
            created = self._codedeploy.create_deployment(
                _caller(job),
                {
                    "applicationName": job.configuration["ApplicationName"],
                    "deploymentGroupName": job.configuration["DeploymentGroupName"],
                    "revision": {"revisionType": "S3", "s3Location": location},
                    "description": f"Created by AWS CodePipeline {job.pipeline}, execution {job.execution_id}"[:100],
                },
            )
        except ServiceError as error:
            return Failed(error.message, "ConfigurationError")
        job.external_id = created["deploymentId"]
        job.external_url = (
            f"https://console.aws.amazon.com/codedeploy/home?region={job.region}#/deployments/{job.external_id}"
        )
        return None

    def poll(self, job: Job) -> Outcome | None:
        asked = {"deploymentId": job.external_id}
        info = self._codedeploy.get_deployment(_caller(job), asked)["deploymentInfo"]
        if info["status"] == "Succeeded":
            job.summary = "Deployment Succeeded"
            return Succeeded()
        if info["status"] in ("Failed", "Stopped"):
            error = info.get("errorInformation", {})
            why = f": {error['code']}: {error['message']}" if error else ""
            return Failed(f"Deployment {job.external_id} {info['status'].lower()}{why}")
        return None


def _caller(job: Job) -> Caller:
    return Caller(job.account, job.region, access_key=None, source_ip="127.0.0.1")
