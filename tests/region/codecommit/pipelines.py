# SPDX-License-Identifier: GPL-3.0-or-later
"""A pipeline whose source is a test's repository."""

from __future__ import annotations

import io
import json
import zipfile

from tests.region.codecommit.forge import ACCOUNT, Forge
from tests.region.codepipeline.workshop import Workshop, action, probe, stage

TRANSFORMER = {
    "InputPathsMap": {"commit": "$.detail.commitId"},
    "InputTemplate": json.dumps(
        {"sourceRevisions": [{"actionName": "Git", "revisionType": "COMMIT_ID", "revisionValue": "<commit>"}]}
    ),
}


class GitShop(Workshop):
    """A forge's pipeline: a source action `Git` with the namespace Source, then the stages that a test declares."""

    def __init__(self, forge: Forge):
        super().__init__(forge.api, forge.name)
        self.forge = forge

    def source(self, **configuration) -> dict:
        given = {"RepositoryName": self.name, "BranchName": "main", "PollForSourceChanges": "false"} | configuration
        return action("Git", "Source CodeCommit", outputs=["App"], configuration=given, namespace="Source")

    def make(self, *stages: dict, source: dict | None = None, **more) -> str:
        """Makes the pipeline, with a Test stage unless others are given. Returns its first execution's id."""
        declared = self.declare(*(stages or (stage("Test", probe()),)), **more)
        declared["stages"][0] = stage("Source", source or self.source())
        self.pipelines.create_pipeline(pipeline=declared)
        return self.executions()[-1]["pipelineExecutionId"]

    def start_by_event(self, **target) -> str:
        """A rule starts the pipeline when the branch main moves. Returns the rule's ARN."""
        pattern = {
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [self.forge.arn],
            "detail": {
                "event": ["referenceCreated", "referenceUpdated"],
                "referenceType": ["branch"],
                "referenceName": ["main"],
            },
        }
        events = self.api.client("events")
        rule = events.put_rule(Name=self.name, EventPattern=json.dumps(pattern))["RuleArn"]
        pipeline = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:{self.name}"
        events.put_targets(Rule=self.name, Targets=[{"Id": "1", "Arn": pipeline, **target}])
        return rule

    def artifact(self, execution: str) -> bytes:
        """What the source action of an execution has put out."""
        (made,) = self.actions(execution)[0]["output"]["outputArtifacts"]
        place = made["s3location"]
        return self.s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()

    def files(self, execution: str) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.artifact(execution))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def variables(self, execution: str) -> dict[str, str]:
        return self.actions(execution)[0]["output"]["outputVariables"]

    def revisions(self) -> list[str]:
        """The commit of each execution, the oldest first; of those whose source action has ended."""
        found = [one["sourceRevisions"] for one in reversed(self.executions())]
        return [one[0]["revisionId"] for one in found if one]
