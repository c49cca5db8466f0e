# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches a revision's bundle from S3 and unpacks it. An entry that would land elsewhere is refused."""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import urllib.parse
import zipfile
from pathlib import Path

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

from .commands import http_client
from .config import Config
from .envelope import S3Revision
from .identity import Identity


class BundleError(Exception):
    """The bundle could not be fetched or unpacked."""


class Bucket:
    """S3 as the agent uses it: one signed GET, path style at an endpoint of one's own."""

    def __init__(self, config: Config, identity: Identity):
        self._endpoint = config.s3_endpoint_override
        self._identity = identity
        self._http = http_client(config, retries=urllib3.Retry(3, backoff_factor=0.2))

    def download(self, revision: S3Revision, target: Path) -> None:
        """Writes the bundle to `target`; raises `BundleError`, also when its ETag is not the revision's."""
        request = AWSRequest("GET", self._url(revision))
        S3SigV4Auth(self._identity.credentials(), "s3", self._identity.region).add_auth(request)
        place = f"s3://{revision.bucket}/{revision.key}"
        try:
            answer = self._http.request(
                "GET", request.url, headers=dict(request.headers.items()), preload_content=False, decode_content=False
            )
            with answer:
                if answer.status != 200:
                    reason = answer.read(500, decode_content=True).decode(errors="replace")
                    raise BundleError(f"{place} cannot be downloaded: S3 answers {answer.status}: {reason}")
                with open(target, "wb") as file:
                    shutil.copyfileobj(answer, file)
                found = answer.headers.get("ETag", "").strip('"')
        except urllib3.exceptions.HTTPError as error:
            raise BundleError(f"{place} cannot be downloaded: {error}") from None
        if revision.etag and revision.etag.strip('"') != found:
            raise BundleError(f"{place} has changed: its ETag is {found}, the revision's is {revision.etag}.")

    def _url(self, revision: S3Revision) -> str:
        if self._endpoint:
            base = f"{self._endpoint.rstrip('/')}/{revision.bucket}"
        else:
            base = f"https://{revision.bucket}.s3.{self._identity.region}.amazonaws.com"
        version = f"?versionId={urllib.parse.quote(revision.version, safe='')}" if revision.version else ""
        return f"{base}/{urllib.parse.quote(revision.key)}{version}"


def unpack(bundle: Path, bundle_type: str, target: Path) -> None:
    """Unpacks into `target`, which must not exist; a single top directory with an AppSpec in it is stripped.

    Modes and times are kept, owners too where the archive has them. Raises `BundleError`.
    """
    target.mkdir(parents=True)
    try:
        if bundle_type == "zip":
            _unpack_zip(bundle, target)
        else:
            _unpack_tar(bundle, "r:gz" if bundle_type == "tgz" else "r:", target)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise BundleError(f"The bundle is no readable {bundle_type} archive: {error}") from None
    _strip_top_directory(target)


def _unpack_tar(bundle: Path, mode: str, target: Path) -> None:
    with tarfile.open(bundle, mode) as archive:
        if hasattr(tarfile, "fully_trusted_filter"):
            archive.extraction_filter = staticmethod(
                tarfile.fully_trusted_filter
            )  # checked below, and root keeps owners
        for member in archive:
            _check_place(target, member.name)
            if member.islnk():
                _check_place(target, member.linkname)
            if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
                raise BundleError(f"The bundle's entry {member.name} is neither file, directory nor link.")
            archive.extract(member, target, numeric_owner=True)


def _unpack_zip(bundle: Path, target: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        for member in archive.infolist():
            _check_place(target, member.filename)
            mode = member.external_attr >> 16
            path = target / member.filename
            if stat.S_ISLNK(mode):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(archive.read(member).decode())
                continue
            archive.extract(member, target)
            if stat.S_IMODE(mode):
                path.chmod(stat.S_IMODE(mode))


def _check_place(target: Path, name: str) -> None:
    """Refuses a name that leads out of `target`, by itself or through a link that came before."""
    parent = os.path.realpath(target / os.path.dirname(name.rstrip("/")))
    if name.startswith("/") or ".." in name.split("/") or not Path(parent).is_relative_to(os.path.realpath(target)):
        raise BundleError(f"The bundle's entry {name} leaves the revision's directory.")


def _strip_top_directory(target: Path) -> None:
    entries = list(target.iterdir())
    if len(entries) != 1 or not entries[0].is_dir() or entries[0].is_symlink():
        return
    if not any("appspec" in entry.name.lower() for entry in entries[0].iterdir()):
        return
    aside = target.with_name("deployment-archive-temp")
    shutil.rmtree(aside, ignore_errors=True)
    target.rename(aside)
    (aside / entries[0].name).rename(target)
    aside.rmdir()
