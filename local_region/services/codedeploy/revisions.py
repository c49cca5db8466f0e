# SPDX-License-Identifier: GPL-3.0-or-later
"""Revisions of applications."""

from __future__ import annotations

from datetime import UTC, datetime

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy import errors
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.records import Application, Info, Revision, Store, revision_key

MOST_DESCRIPTION = 1024
KINDS = {"S3": "s3Location", "GitHub": "gitHubLocation", "String": "string", "AppSpecContent": "appSpecContent"}
SORT_KEYS = {"registerTime": "registered", "firstUsedTime": "first_used", "lastUsedTime": "last_used"}
NEVER = datetime.min.replace(tzinfo=UTC)


class Revisions(Base):
    """Register, get and list revisions."""

    @operation
    def register_application_revision(self, store: Store, params: dict) -> None:
        application = store.application(params["applicationName"])
        check_description(params.get("description"))
        check_location(params["revision"])
        revision = register(application, params["revision"], self.clock.now())
        revision.description = params.get("description", revision.description)

    @operation
    def get_application_revision(self, store: Store, params: dict) -> dict:
        application = store.application(params["applicationName"])
        check_location(params["revision"])
        revision = application.revisions.get(revision_key(params["revision"]))
        if revision is None:
            raise ServiceError(
                "RevisionDoesNotExistException",
                f"No such revision is registered for the application {application.name}.",
            )
        return {
            "applicationName": application.name,
            "revision": revision.location,
            "revisionInfo": _generic_info(application, revision),
        }

    @operation
    def batch_get_application_revisions(self, store: Store, params: dict) -> dict:
        application = store.application(params["applicationName"])
        errors.check_batch(params["revisions"], 25, "revisions")
        found = [application.revisions.get(revision_key(location)) for location in params["revisions"]]
        answer = {
            "applicationName": application.name,
            "revisions": [
                {"revisionLocation": revision.location, "genericRevisionInfo": _generic_info(application, revision)}
                for revision in found
                if revision
            ],
        }
        missing = found.count(None)
        return answer | ({"errorMessage": f"{missing} of the revisions are not registered."} if missing else {})

    @operation
    def list_application_revisions(self, store: Store, params: dict) -> dict:
        application = store.application(params["applicationName"])
        if params.get("s3KeyPrefix") and not params.get("s3Bucket"):
            raise ServiceError("BucketNameFilterRequiredException", "s3KeyPrefix needs s3Bucket beside it.")
        found = [revision for revision in application.revisions.values() if _listed(application, revision, params)]
        by = SORT_KEYS[params.get("sortBy", "registerTime")]
        found.sort(key=lambda revision: getattr(revision, by) or NEVER, reverse=params.get("sortOrder") == "descending")
        return paging.page([revision.location for revision in found], params, "revisions")


def register(application: Application, location: Info, now: datetime) -> Revision:
    """The application's revision at that location, registered now if it was not."""
    return application.revisions.setdefault(revision_key(location), Revision(location, registered=now))


def check_location(location: Info) -> None:
    """Refuses a location whose kind and members do not fit each other."""
    kind = location.get("revisionType")
    if kind is None:
        raise ServiceError("InvalidRevisionException", "revision.revisionType is required.")
    member = KINDS[kind]
    if not location.get(member):
        raise ServiceError("InvalidRevisionException", f"revision.{member} is required with revisionType {kind}.")
    if kind == "S3":
        for name in ("bucket", "key", "bundleType"):
            if not location[member].get(name):
                raise ServiceError("InvalidRevisionException", f"revision.s3Location.{name} is required.")


def check_description(description: str | None) -> None:
    if description and len(description) > MOST_DESCRIPTION:
        raise ServiceError(
            "DescriptionTooLongException",
            f"The description is {len(description)} characters long; {MOST_DESCRIPTION} is the most.",
        )


def _generic_info(application: Application, revision: Revision) -> Info:
    shown: Info = {"registerTime": revision.registered, "deploymentGroups": _users(application, revision)}
    if revision.description:
        shown["description"] = revision.description
    if revision.first_used:
        shown |= {"firstUsedTime": revision.first_used, "lastUsedTime": revision.last_used}
    return shown


def _users(application: Application, revision: Revision) -> list[str]:
    """The groups whose last successful deployment is of this revision."""
    key = revision_key(revision.location)
    return sorted(
        group.name
        for group in application.groups.values()
        if group.last_successful and revision_key(group.last_successful.info["revision"]) == key
    )


def _listed(application: Application, revision: Revision, params: dict) -> bool:
    s3 = revision.location.get("s3Location", {})
    deployed = bool(_users(application, revision))
    wanted = {"include": deployed, "exclude": not deployed, "ignore": True}[params.get("deployed", "ignore")]
    in_bucket = "s3Bucket" not in params or s3.get("bucket") == params["s3Bucket"]
    return wanted and in_bucket and s3.get("key", "").startswith(params.get("s3KeyPrefix", ""))
