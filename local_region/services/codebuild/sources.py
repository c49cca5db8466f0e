# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of builds: from a pipeline, S3, a Git repository, or none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.codebuild import git_sources
from local_region.services.codebuild.batch_records import BatchRecord
from local_region.services.codebuild.builder import Source
from local_region.services.codebuild.records import BuildRecord, Info, Store
from local_region.services.codebuild.surroundings import Surroundings
from local_region.services.codebuild.unready import Unready
from local_region.services.codepipeline.actions.git_artifacts import CloneReference

SERVED = ("CODECOMMIT", "CODEPIPELINE", "NO_SOURCE", "S3")


def require_served(store: Store, settings: Info, handed_over: bool) -> None:
    """Refuses, as a build is started, what the region can't fetch."""
    for source in [settings["source"], *settings.get("secondarySources", [])]:
        served = source["type"] in SERVED or git_sources.connection_of(store, source)
        if not served and not handed_over:
            raise NotImplementedInLocalRegion(
                f"The local region builds from {', '.join(SERVED)}, and from {source['type']} through a connection "
                "only: give the source an auth of the type CODECONNECTIONS, start the build with another source "
                "(sourceTypeOverride, sourceLocationOverride), or start it from a pipeline."
            )


def primary(store: Store, build: BuildRecord | BatchRecord, surroundings: Surroundings) -> Source:
    """The build's source. Raises Unready."""
    if build.handover:
        given = build.handover
        return _handed_over(given.sources[""], given.versions.get("", ""))
    return _fetch(store, build.settings["source"], build.settings.get("sourceVersion"), surroundings)


def secondary(store: Store, build: BuildRecord, surroundings: Surroundings) -> dict[str, Source]:
    """The secondary sources, by identifier. Raises Unready."""
    if build.handover:
        given = build.handover
        return {name: _handed_over(data, given.versions.get(name, "")) for name, data in given.sources.items() if name}
    versions = {
        one["sourceIdentifier"]: one["sourceVersion"] for one in build.settings.get("secondarySourceVersions", [])
    }
    return {
        one["sourceIdentifier"]: _fetch(store, one, versions.get(one["sourceIdentifier"]), surroundings)
        for one in build.settings.get("secondarySources", [])
    }


def _handed_over(artifact: bytes, version: str) -> Source:
    """A pipeline's artifact: a zip, or a reference to clone a repository by (CODEBUILD_CLONE_REF)."""
    reference = CloneReference.of(artifact)
    if reference is None:
        return Source(archive=artifact, subject=version)
    return Source(git_url=reference.url, commit=reference.commit, subject=version or reference.commit)


def _fetch(store: Store, source: Info, version: str | None, surroundings: Surroundings) -> Source:
    try:
        if source["type"] == "S3":
            return _from_s3(store, source, version, surroundings)
        if git_sources.is_git(source):
            return git_sources.fetch(store, source, version or None, surroundings)
        return Source()
    except LookupError as missing:
        raise Unready("DOWNLOAD_SOURCE", "CLIENT_ERROR", str(missing.args[0])) from None


def _from_s3(store: Store, source: Info, version: str | None, surroundings: Surroundings) -> Source:
    """A zip, or all objects below a folder. Source: ProjectSource of the API, location."""
    bucket, _, key = source["location"].rpartition(":::")[2].partition("/")
    if key.endswith("/"):
        files = surroundings.objects.under(store.account, bucket, key)
        if not files:
            raise LookupError(f"There is no object below {key} in the Amazon S3 bucket {bucket}.")
        return Source(archive=zipped(files), subject=source["location"])
    found = surroundings.objects.get(store.account, bucket, key, version or None)
    if not zipfile.is_zipfile(io.BytesIO(found.data)):
        raise LookupError(f"The object {key} in the Amazon S3 bucket {bucket} is not a ZIP file.")
    return Source(archive=found.data, subject=found.version_id or found.etag)


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            if name:  # the folder's own marker
                archive.writestr(name, data)
    return buffer.getvalue()
