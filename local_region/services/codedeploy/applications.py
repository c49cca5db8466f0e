# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications."""

from __future__ import annotations

from local_region.engine.deployment import Error
from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy import errors, hooks
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.records import Application, Info, Store, new_id

MOST_APPLICATIONS = 1000


class Applications(Base):
    """Create, get, list, rename and delete applications."""

    @operation
    def create_application(self, store: Store, params: dict) -> dict:
        name = params["applicationName"]
        if name in store.applications:
            raise _exists(name)
        if len(store.applications) >= MOST_APPLICATIONS:
            raise ServiceError(
                "ApplicationLimitExceededException",
                f"An account may have {MOST_APPLICATIONS} applications in a region.",
            )
        tags = {tag["Key"]: tag.get("Value", "") for tag in params.get("tags", [])}
        platform = params.get("computePlatform", "Server")
        application = Application(new_id(), name, self.clock.now(), platform, tags=tags)
        store.applications[name] = application
        return {"applicationId": application.id}

    @operation
    def get_application(self, store: Store, params: dict) -> dict:
        return {"application": describe(store.application(params["applicationName"]))}

    @operation
    def batch_get_applications(self, store: Store, params: dict) -> dict:
        names = params["applicationNames"]
        errors.check_batch(names, 100, "application names")
        return {"applicationsInfo": [describe(store.application(name)) for name in names]}

    @operation
    def list_applications(self, store: Store, params: dict) -> dict:
        return paging.page(sorted(store.applications), params, "applications")

    @operation
    def update_application(self, store: Store, params: dict) -> dict | None:
        application = store.application(params.get("applicationName", ""))
        new_name = params.get("newApplicationName", application.name)
        if new_name == application.name:
            return
        if new_name in store.applications:
            raise _exists(new_name)
        del store.applications[application.name]
        application.name = new_name
        store.applications[new_name] = application
        for group in application.groups.values():
            group.info["applicationName"] = new_name

    @operation
    def delete_application(self, store: Store, params: dict) -> dict | None:
        application = store.applications.pop(params["applicationName"], None)
        if application is None:
            return
        for group in application.groups.values():
            message = f"The application {application.name} was deleted while the deployment was running."
            self.runner.abandon(store.unfinished(group), Error("APPLICATION_MISSING", message))
            hooks.remove(self.auto_scaling, store, group)


def describe(application: Application) -> Info:
    """ApplicationInfo."""
    return {
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": application.created,
        "linkedToGitHub": False,
        "computePlatform": application.compute_platform,
    }


def _exists(name: str) -> ServiceError:
    return ServiceError("ApplicationAlreadyExistsException", f"Application already exists: {name}")
