# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Application revisions: what a deployment deploys. Bundle, check, upload once, register once.

A bundle's key names its content, C(PREFIX/APPLICATION/SHA256.TYPE), so the same content is the same object: a second
run asks S3 and CodeDeploy one question each and writes nothing.
"""

from __future__ import annotations

import base64
import os
import tempfile
from typing import Any

from ..engine.errors import ApiError, Failure
from . import appspec
from .archive import bundle_type_of, scan_archive
from .bundle import BundleError, content_digest, scan_directory, stream_digest, write_bundle
from .common import codedeploy
from .revision_location import LOCATIONS, clean, located, name_of

KEY_DIGITS = 32  # of the content's SHA-256: 128 bits name it well enough, and keys stay readable
LARGEST_PUT = 5 << 30  # S3: one PutObject takes at most 5 GiB
DIGEST_METADATA = "content-sha256"
LABEL_METADATA = "label"
NO_OBJECT = ("404", "NoSuchKey", "NoSuchBucket", "NotFound")
S3_REMEDIES = {
    "403": "Check that the bucket is yours, and that you may s3:GetObject and s3:ListBucket.",
    "NoSuchBucket": "Create it with amazon.aws.s3_bucket, or correct bucket.",
    "PermanentRedirect": "The bucket is in another region: set region to it.",
}
RETRY_BODY_CODES = ("BadDigest", "XAmzContentChecksumMismatch", "IncompleteBody")


class Bundle:
    """What C(path) holds, checked: a directory, an archive, or an AppSpec file that is a revision by itself.

    C(digest): SHA-256 (hex) of the content. C(bundle_type): as the API names it. C(warnings): sentences.
    """

    def __init__(self, path: str, bundle_type: str | None, exclude: list[str]):
        self._path = path
        self._entries = None
        if not os.path.exists(path):
            raise Failure(f"path: {path} does not exist. Name a directory, an archive or an AppSpec file.")
        try:
            problems = self._read(bundle_type, exclude)
        except BundleError as error:
            raise Failure(f"path: {error}") from error
        self.warnings = [str(problem) for problem in problems if problem.severity == "warning"]
        errors = [str(problem) for problem in problems if problem.severity == "error"]
        if errors:
            raise Failure(_told(f"path: {path}", errors), problems=errors)

    def open(self):
        """The bundle as a seekable binary file, made now when it is a directory. Close it."""
        if self._entries is None:
            return open(self._path, "rb")
        stream = tempfile.TemporaryFile(prefix="revision-")  # noqa: SIM115  closed by the caller
        write_bundle(self._entries, self.bundle_type, stream)
        stream.seek(0)
        return stream

    def _read(self, bundle_type, exclude):
        if os.path.isdir(self._path):
            self.bundle_type = bundle_type or "tgz"
            self._entries = scan_directory(self._path, exclude)
            self.digest = content_digest(self._entries)
            return appspec.check_bundle(self._entries)
        with open(self._path, "rb") as stream:
            self.digest = stream_digest(stream).hex()
        suffix = os.path.splitext(self._path)[1].lower()
        if suffix in (".yml", ".yaml", ".json"):
            self.bundle_type = "JSON" if suffix == ".json" else "YAML"
            self._refuse_other_type(bundle_type)
            with open(self._path, "rb") as stream:
                return appspec.check_document(stream.read(appspec.APPSPEC_LIMIT), os.path.basename(self._path))
        self.bundle_type = bundle_type_of(self._path)
        if self.bundle_type is None:
            raise Failure(f"path: {self._path} is not a zip, tar or tgz archive. Name a directory, or make an archive.")
        self._refuse_other_type(bundle_type)
        return appspec.check_bundle(scan_archive(self._path, self.bundle_type))

    def _refuse_other_type(self, wanted):
        if wanted and wanted != self.bundle_type:
            raise Failure(
                f"bundle_type: {self._path} is {self.bundle_type}, not {wanted}. Leave bundle_type out: "
                "an existing archive is taken as it is."
            )


def key_of(prefix: str, application: str, bundle: Bundle) -> str:
    """The S3 key of a bundle: C(PREFIX/APPLICATION/first 32 digits of the SHA-256.TYPE)."""
    name = f"{bundle.digest[:KEY_DIGITS]}.{bundle.bundle_type.lower()}"
    return "/".join(part for part in (prefix.strip("/"), application, name) if part)


class Objects:
    """Bundles in S3."""

    def __init__(self, context):
        self._s3 = context.client("s3", remedies=S3_REMEDIES)

    def head(self, location: dict[str, Any]) -> dict[str, Any] | None:
        """HeadObject's answer; None when there is no such object (or bucket)."""
        where = f"s3://{location['bucket']}/{location['key']}"
        return self._s3.call(
            "head_object",
            doing=f"look for {where}",
            absent=NO_OBJECT,
            bucket=location["bucket"],
            key=location["key"],
            version_id=location.get("version"),
        )

    def put(self, location: dict[str, Any], bundle: Bundle, settings: dict[str, Any], replace: bool) -> dict[str, Any]:
        """Upload the bundle, checked on arrival by its SHA-256; the answer of PutObject, or of HeadObject when another
        controller was faster: with C(replace) false nothing that is there is written over."""
        with bundle.open() as body:
            size = body.seek(0, os.SEEK_END)
            if size > LARGEST_PUT:
                raise Failure(f"path: the bundle has {size} bytes; S3 takes at most 5 GiB at once. Use exclude.")
            body.seek(0)
            checksum = base64.b64encode(stream_digest(body)).decode()
            request = dict(
                doing=f"upload s3://{location['bucket']}/{location['key']}",
                bucket=location["bucket"],
                key=location["key"],
                checksum_sha256=checksum,
                **settings,
            )
            if not replace:
                request["if_none_match"] = "*"
            try:
                return self._send(body, request)
            except ApiError as error:
                if error.status not in (409, 412):
                    raise
        found = self.head(location)
        if found is None:
            raise Failure(f"s3://{location['bucket']}/{location['key']} was there and is gone. Run the task again.")
        return found

    def _send(self, body, request):
        """PutObject; once more when a repeated request found the file already read to its end."""
        for last in (False, True):
            body.seek(0)
            try:
                return self._s3.call("put_object", body=body, **request)
            except ApiError as error:
                if last or error.code not in RETRY_BODY_CODES:
                    raise
        raise AssertionError("not reached")


class Registrations:
    """The revisions that CodeDeploy knows of an application."""

    def __init__(self, context, application: str):
        self._client = codedeploy(context)
        self._application = application
        # In check mode the application may be one that an earlier task would have made.
        self._absent = ("RevisionDoesNotExistException",)
        if context.check_mode:
            self._absent += ("ApplicationDoesNotExistException",)

    def find(self, revision: dict[str, Any]) -> dict[str, Any] | None:
        """revision_info of GetApplicationRevision; None when it is not registered."""
        answer = self._client.call(
            "get_application_revision",
            doing=f"read revision {name_of(revision)} of application {self._application}",
            absent=self._absent,
            application_name=self._application,
            revision=revision,
        )
        return None if answer is None else answer.get("revision_info") or {}

    def register(self, revision: dict[str, Any], description: str | None) -> None:
        self._client.call(
            "register_application_revision",
            doing=f"register {name_of(revision)} for application {self._application}",
            application_name=self._application,
            description=description,
            revision=revision,
        )


def ensure_revision(context) -> dict[str, Any]:
    """Bring the revision of the task's options to S3 and CodeDeploy; the result of codedeploy_revision."""
    options = context.options
    application = options["application_name"]
    result: dict[str, Any] = {"uploaded": False}
    before: dict[str, Any] = {}
    if options["path"]:
        revision = _stored_bundle(context, application, result, before)
    elif options["s3_location"]:
        revision = _existing_object(context, options["s3_location"])
    else:
        kind = next(kind for kind, member in LOCATIONS.items() if options[member])
        revision = clean({"revision_type": kind, LOCATIONS[kind]: options[LOCATIONS[kind]]})
        _check_text(kind, revision[LOCATIONS[kind]])
    registrations = Registrations(context, application)
    info = None if result["uploaded"] and context.check_mode else registrations.find(revision)
    description = options["description"] or options["label"]
    if info is None:
        result["registered"] = True
        if not context.check_mode:
            registrations.register(revision, description)
    else:
        result["registered"] = False
        description = info.get("description")
        before["registered"] = True
    after = {**({"uploaded": True} if options["path"] else {}), "registered": True}
    named = {"revision": revision, "description": description or ""}
    return {
        **result,
        **named,
        **({"label": options["label"]} if options["label"] else {}),
        "changed": result["uploaded"] or result["registered"],
        "diff": {"before": {**named, **before} if before else {}, "after": {**named, **after}},
    }


def _stored_bundle(context, application, result, before):
    """The revision of the bundle in C(path), uploaded where it was not in S3 yet."""
    options = context.options
    bundle = Bundle(options["path"], options["bundle_type"], options["exclude"])
    for warning in bundle.warnings:
        context.warn(warning)
    result["content_sha256"] = bundle.digest
    location = {
        "bucket": options["bucket"],
        "key": key_of(options["prefix"], application, bundle),
        "bundle_type": bundle.bundle_type,
    }
    objects = Objects(context)
    stored = objects.head(location)
    if stored is not None and _digest_of(stored) == bundle.digest:
        before["uploaded"] = True
    else:
        result["uploaded"] = True
        if not context.check_mode:
            stored = objects.put(location, bundle, _settings(options, bundle), replace=stored is not None)
        else:
            stored = None
    return {"revision_type": "S3", "s3_location": located(location, stored)}


def _digest_of(stored):
    """The content's digest that an object was stored with; metadata are headers, whose names have no case."""
    return next((value for key, value in stored.get("metadata", {}).items() if key.lower() == DIGEST_METADATA), None)


def _settings(options, bundle):
    """How the object is stored: metadata and encryption, as PutObject takes them."""
    metadata = {key: str(value) for key, value in options["metadata"].items()}
    if options["label"]:
        metadata[LABEL_METADATA] = options["label"]
    metadata[DIGEST_METADATA] = bundle.digest
    return {
        "metadata": metadata,
        "server_side_encryption": options["encryption"],
        "ssekms_key_id": options["kms_key_id"],
    }


def _existing_object(context, location):
    stored = Objects(context).head(location)
    if stored is None and not context.check_mode:
        where = f"s3://{location['bucket']}/{location['key']}"
        raise Failure(f"s3_location: there is no object {where}. Upload it first, or correct bucket and key.")
    return {"revision_type": "S3", "s3_location": located(location, stored)}


def _check_text(kind, location):
    if kind in ("String", "AppSpecContent"):
        errors = [str(p) for p in appspec.check_document(location["content"], "content") if p.severity == "error"]
        if errors:
            raise Failure(_told(LOCATIONS[kind], errors), problems=errors)


def list_revisions(context, application: str, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """All registered revisions, each with its revision_info; C(filters) as ListApplicationRevisions takes them."""
    client = codedeploy(context)
    found = client.pages(
        "list_application_revisions",
        "revisions",
        doing=f"list the revisions of application {application}",
        absent=("ApplicationDoesNotExistException",),
        application_name=application,
        **filters,
    )
    # BatchGetApplicationRevisions takes at most 25.
    read = client.batches(
        "batch_get_application_revisions",
        ("revisions", found),
        "revisions",
        25,
        doing=f"read the revisions of application {application}",
        application_name=application,
    )
    return [{**entry["revision_location"], "revision_info": entry.get("generic_revision_info") or {}} for entry in read]


def _told(what, errors):
    if len(errors) == 1:
        return f"{what} cannot be released. {errors[0]}"
    return f"{what} cannot be released, {len(errors)} mistakes:\n" + "\n".join(f"  {error}" for error in errors)
