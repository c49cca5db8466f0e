# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds that pipelines start: of a project (the CodeBuild actions), or of commands alone (the Commands action)."""

from __future__ import annotations

from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.batches import Batches
from local_region.services.codebuild.projects import completed
from local_region.services.codebuild.records import BuildRecord, Handover, Info, Origin, ProjectRecord

# Whatever source and artifacts the project declares, a pipeline gives its own.
OF_PIPELINE = {
    "sourceTypeOverride": "CODEPIPELINE",
    "artifactsOverride": {"type": "CODEPIPELINE"},
    "secondarySourcesOverride": [],
    "secondarySourcesVersionOverride": [],
    "secondaryArtifactsOverride": [],
}
# The build environment of commands. Source: CodePipeline user guide, "Commands action reference".
COMMANDS_ENVIRONMENT = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
    "computeType": "BUILD_GENERAL1_SMALL",
}
COMMANDS_MINUTES = 55


class ForPipelines(Batches):
    """Nothing of the API."""

    def begin_for_pipeline(
        self, account: str, region: str, project: str, asked: Info, pipeline: str, handover: Handover
    ) -> BuildRecord:
        """Starts a build of a project. `asked` may have further members of StartBuild. Raises ServiceError."""
        with self.lock:
            store = self.store(account, region)
            record = store.project(project)
            origin = Origin(f"codepipeline/{pipeline}", handover)
            return self.begin_build(store, record, asked | OF_PIPELINE, origin)

    def begin_batch_for_pipeline(
        self, account: str, region: str, project: str, asked: Info, pipeline: str, handover: Handover, combine: bool
    ) -> BatchRecord:
        """Starts a batch of a project, as above. With `combine` the artifacts of all builds become one."""
        with self.lock:
            store = self.store(account, region)
            record = store.project(project)
            config = record.info.get("buildBatchConfig", {}) | {"combineArtifacts": combine}
            wanted = asked | OF_PIPELINE | {"buildBatchConfigOverride": config}
            return self.begin_batch(store, record, wanted, f"codepipeline/{pipeline}", handover)

    def begin_commands(
        self, account: str, region: str, pipeline: str, run_id: str, asked: Info, role: str, handover: Handover
    ) -> BuildRecord:
        """Starts a build without a project: CodeBuild's API shows neither. `asked` has the buildspec and variables.

        Its log is the stream `run_id` of the group /aws/codepipeline/<pipeline>.
        """
        with self.lock:
            store = self.store(account, region)
            info = {
                "name": pipeline,
                "arn": store.arn(f"project/{pipeline}"),
                "source": {"type": "CODEPIPELINE"},
                "artifacts": {"type": "CODEPIPELINE"},
                "environment": COMMANDS_ENVIRONMENT,
                "serviceRole": role,
                "timeoutInMinutes": COMMANDS_MINUTES,
                "logsConfig": {"cloudWatchLogs": {"status": "ENABLED", "groupName": f"/aws/codepipeline/{pipeline}"}},
            }
            project = ProjectRecord(completed(info, store))
            origin = Origin(f"codepipeline/{pipeline}", handover, own_uuid=run_id)
            return self.begin_build(store, project, asked | OF_PIPELINE, origin)

    def stop_for_pipeline(self, build: BuildRecord) -> None:
        """Stops a build, if it is not over."""
        with self.lock:
            _, _, _, region, account, _ = build.info["arn"].split(":", 5)
            self.runner.stop(self.store(account, region), build)
