# SPDX-License-Identifier: GPL-3.0-or-later
"""What builds leave behind: artifacts in S3, or handed to the pipeline.

Source: ProjectArtifacts of the API: <path>/<build id>/<name>, the zip itself or the folder of the files.
"""

from __future__ import annotations

import hashlib
import io
import zipfile

from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.builder import Output
from local_region.services.codebuild.records import BuildRecord, Info, Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codepipeline.surroundings import Put

AWS_KEY = "alias/aws/s3"


def expected(build_settings: Info) -> tuple[Info, list[Info]]:
    """BuildArtifacts of a build that has not put out anything: the primary's, and the secondary ones'."""
    return _shown(build_settings["artifacts"]), [_shown(one) for one in build_settings["secondaryArtifacts"]]


def store_output(
    store: Store, build: BuildRecord | BatchRecord, identifier: str, output: Output, surroundings: Surroundings
) -> Info:
    """Stores an output ("" is the primary one). Returns BuildArtifacts; raises LookupError with a sentence."""
    if build.handover:
        return _hashed(output.archive) | {"location": build.handover.put(identifier, output.archive)}
    wanted = _wanted(build.settings, identifier)
    if wanted is None:
        known = ", ".join(one["artifactIdentifier"] for one in build.settings["secondaryArtifacts"]) or "none"
        raise LookupError(f"the project has no secondary artifact {identifier}; its secondary artifacts are: {known}")
    shown = _shown(wanted)
    if wanted["type"] != "S3":
        return shown
    bucket, key = wanted["location"], key_of(wanted, build, output)
    how = Put(kms_key_id=_own_key(build.settings, wanted))
    if wanted["packaging"] == "ZIP":
        surroundings.objects.put(store.account, bucket, key, output.archive, how)
        shown |= _hashed(output.archive)
    else:
        for name, data in unpacked(output.archive).items():
            surroundings.objects.put(store.account, bucket, f"{key}/{name}".lstrip("/"), data, how)
    return shown | {"location": f"arn:aws:s3:::{bucket}/{key}"}


def key_of(artifacts: Info, build: BuildRecord | BatchRecord, output: Output) -> str:
    """The key of the zip or the folder. A buildspec's name counts when the project lets it.

    Source: user guide, "Build specification reference", artifacts/s3-prefix: it takes the place of the path.
    """
    name = artifacts["name"]
    if artifacts.get("overrideArtifactName") and output.name:
        name = output.name
    namespace = build.uuid if artifacts["namespaceType"] == "BUILD_ID" else ""
    parts = [output.s3_prefix or artifacts.get("path", ""), namespace, name]
    return "/".join(part.strip("/") for part in parts if part.strip("/"))


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The files of a zip, by path."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {one.filename: opened.read(one) for one in opened.infolist() if not one.is_dir()}


def _wanted(settings: Info, identifier: str) -> Info | None:
    if not identifier:
        return settings["artifacts"]
    found = (one for one in settings["secondaryArtifacts"] if one["artifactIdentifier"] == identifier)
    return next(found, None)


def _shown(artifacts: Info) -> Info:
    shown = {"location": ""} if artifacts["type"] != "S3" else {"location": f"arn:aws:s3:::{artifacts['location']}"}
    members = ("overrideArtifactName", "encryptionDisabled", "artifactIdentifier", "bucketOwnerAccess")
    return shown | {name: artifacts[name] for name in members if name in artifacts}


def _hashed(data: bytes) -> Info:
    return {
        "sha256sum": hashlib.sha256(data).hexdigest(),
        "md5sum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
    }


def _own_key(settings: Info, artifacts: Info) -> str | None:
    """The project's own KMS key; AWS's key for S3 is the bucket's matter."""
    key = settings["encryptionKey"]
    return None if artifacts.get("encryptionDisabled") or key.endswith(AWS_KEY) else key
