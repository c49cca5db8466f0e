# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploy, Amazon S3. Source: user guide, "Amazon S3 deploy action reference"."""

from __future__ import annotations

import io
import mimetypes
import uuid
import zipfile
from datetime import UTC, datetime

from local_region.services.codepipeline.actions.performer import (
    Failed,
    Info,
    Job,
    Outcome,
    Performer,
    Property,
    Succeeded,
    Type,
    bad_action,
)
from local_region.services.codepipeline.surroundings import Objects, Put

# 40 minutes by the user guide's quotas.
TIME_LIMIT = 2400.0


class S3Deploy(Performer):
    """Uploads the artifact, or the files in it, to a bucket."""

    type = Type(
        "Deploy",
        "S3",
        (
            Property("BucketName", required=True, key=True),
            Property("Extract", required=True, key=True),
            Property("ObjectKey"),
            Property("KMSEncryptionKeyARN"),
            Property("CannedACL"),
            Property("CacheControl"),
        ),
        inputs=(1, 1),
        timeout=TIME_LIMIT,
    )

    def __init__(self, objects: Objects):
        self._objects = objects

    def check(self, declaration: Info) -> None:
        configuration = declaration["configuration"]
        if configuration["Extract"].lower() == "false" and "ObjectKey" not in configuration:
            raise bad_action(
                f"The action {declaration['name']} needs ObjectKey in its configuration, as Extract is false."
            )

    def start(self, job: Job) -> Outcome:
        configuration = job.configuration
        how = Put(
            configuration.get("KMSEncryptionKeyARN"),
            configuration.get("CannedACL"),
            {"Cache-Control": configuration["CacheControl"]} if "CacheControl" in configuration else {},
        )
        key = _filled_in(configuration.get("ObjectKey", ""))
        try:
            data = job.read(job.inputs[0])
            files = {key: data} if configuration["Extract"].lower() == "false" else _extracted(data, key)
            for name, content in files.items():
                self._objects.put(job.account, configuration["BucketName"], name, content, _typed(how, name))
        except LookupError as missing:
            return Failed(str(missing), "ConfigurationError")
        except zipfile.BadZipFile:
            return Failed(f"The input artifact {job.inputs[0].name} is not a zip file, and Extract is true.")
        job.summary = f"{len(files)} object(s) uploaded to {configuration['BucketName']}"
        return Succeeded()


def _extracted(data: bytes, prefix: str) -> dict[str, bytes]:
    """The files of a zip by their object keys."""
    folder = prefix.rstrip("/") + "/" if prefix else ""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {folder + one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}


def _filled_in(key: str) -> str:
    """The two variables of object keys (user guide, "Action structure requirements")."""
    return key.replace("{datetime}", datetime.now(UTC).strftime("%Y-%m-%d_%H-%M-%S")).replace(
        "{uuid}", str(uuid.uuid4())
    )


def _typed(how: Put, name: str) -> Put:
    kind = mimetypes.guess_type(name)[0] or "binary/octet-stream"
    return Put(how.kms_key_id, how.canned_acl, {**how.headers, "Content-Type": kind})
