# SPDX-License-Identifier: GPL-3.0-or-later
"""Source, Amazon S3: a zip in a versioned bucket. Source: user guide, "Amazon S3 source action reference"."""

from __future__ import annotations

from local_region.services.codepipeline.actions.performer import (
    Failed,
    Info,
    Job,
    Outcome,
    Performer,
    Property,
    Revision,
    Succeeded,
    Type,
)
from local_region.services.codepipeline.surroundings import Objects


class S3Source(Performer):
    """Copies the object, or the version of it that the execution was started with, into the artifact bucket."""

    type = Type(
        "Source",
        "S3",
        (
            Property("S3Bucket", required=True, key=True),
            Property("S3ObjectKey", required=True, key=True),
            Property("PollForSourceChanges"),
            Property("AllowOverrideForS3ObjectKey"),
        ),
        outputs=(1, 1),
    )

    def __init__(self, objects: Objects):
        self._objects = objects

    def start(self, job: Job) -> Outcome:
        bucket, key = job.configuration["S3Bucket"], job.configuration["S3ObjectKey"]
        wanted = job.source_revision or {}
        if wanted.get("revisionType") == "S3_OBJECT_KEY":
            if job.configuration.get("AllowOverrideForS3ObjectKey") != "true":
                message = f"The action {job.action} does not allow another object key (AllowOverrideForS3ObjectKey)."
                return Failed(message, "ConfigurationError")
            key = wanted["revisionValue"]
        version = wanted["revisionValue"] if wanted.get("revisionType") == "S3_OBJECT_VERSION_ID" else None
        try:
            if not self._objects.versioned(job.account, bucket):
                message = (
                    f"The Amazon S3 bucket {bucket} is not versioned: a source bucket must have versioning enabled."
                )
                return Failed(message, "ConfigurationError")
            found = self._objects.get(job.account, bucket, key, version)
        except LookupError as missing:
            return Failed(str(missing), "ConfigurationError")
        job.write(job.outputs[0], found.data)
        job.summary = f"Amazon S3 version id: {found.version_id}"
        variables = {"BucketName": bucket, "ObjectKey": key, "ETag": found.etag, "VersionId": found.version_id}
        return Succeeded(variables, Revision(found.version_id, job.summary))

    def current_revision(self, account: str, region: str, declaration: Info) -> str | None:
        configuration = declaration["configuration"]
        if configuration.get("PollForSourceChanges", "true").lower() == "false":
            return None
        return self._objects.revision(account, configuration["S3Bucket"], configuration["S3ObjectKey"])
