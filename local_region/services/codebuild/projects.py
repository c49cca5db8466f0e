# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects: create, get, list, update and delete."""

from __future__ import annotations

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.codebuild import errors, paging
from local_region.services.codebuild.base import Base, operation
from local_region.services.codebuild.project_checks import check
from local_region.services.codebuild.records import Info, ProjectRecord, Store
from local_region.services.codebuild.runner import MOST_RUNNING

MOST_PROJECTS = 5000
# What UpdateProject takes away by giving nothing; -1 does it for numbers.
REMOVED_BY_EMPTY = ("description", "sourceVersion", "vpcConfig", "fileSystemLocations", "buildBatchConfig", "tags")


class Projects(Base):
    """CreateProject and its relatives."""

    @operation
    def create_project(self, store: Store, params: dict) -> dict:
        arn = store.arn(f"project/{params['name']}")
        if params["name"] in store.projects:
            raise errors.exists("Project", arn)
        if len(store.projects) >= MOST_PROJECTS:
            raise errors.too_many(f"Cannot have more than {MOST_PROJECTS} projects for the account")
        now = self.clock.now()
        info = {"arn": arn, "created": now, "lastModified": now, "projectVisibility": "PRIVATE"} | _given(params)
        store.projects[params["name"]] = ProjectRecord(self._checked(store, info))
        return {"project": info}

    @operation
    def update_project(self, store: Store, params: dict) -> dict:
        record = store.project(params["name"])
        changed = record.info | _given(params) | {"lastModified": self.clock.now()}
        for name in REMOVED_BY_EMPTY:
            if name in params and not params[name]:
                changed.pop(name, None)
        for name in ("concurrentBuildLimit", "autoRetryLimit"):
            if params.get(name, 0) < 0:
                changed.pop(name, None)
        record.info = self._checked(store, changed)
        return {"project": record.info}

    @operation
    def batch_get_projects(self, store: Store, params: dict) -> dict:
        found, missing = [], []
        for name in params["names"]:
            record = store.projects.get(name.rpartition(":project/")[2])
            if record:
                found.append(record.info)
            else:
                missing.append(name)
        return {"projects": found, "projectsNotFound": missing}

    @operation
    def list_projects(self, store: Store, params: dict) -> dict:
        by = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(params.get("sortBy", "NAME"), "name")
        found = sorted((one.info for one in store.projects.values()), key=lambda info: info[by])
        return paging.page([info["name"] for info in found], params, "projects")

    @operation
    def delete_project(self, store: Store, params: dict) -> None:
        """Its builds stay; what runs goes on. A project that is not there is no error."""
        project = store.projects.pop(params["name"].rpartition(":project/")[2], None)
        if project:
            store.policies.pop(project.info["arn"], None)

    @operation
    def update_project_visibility(self, store: Store, params: dict) -> dict:
        if params["projectVisibility"] == "PUBLIC_READ":
            raise NotImplementedInLocalRegion("The local region shows no builds to the public (PUBLIC_READ).")
        return {"projectArn": store.project(params["projectArn"]).info["arn"], "projectVisibility": "PRIVATE"}

    @operation
    def invalidate_project_cache(self, store: Store, params: dict) -> None:
        store.project(params["projectName"]).forget_cache()

    def _checked(self, store: Store, info: Info) -> Info:
        """The project, with what AWS fills in. Raises InvalidInputException."""
        info = completed(info, store)
        check(info, store.account)
        limit = info.get("concurrentBuildLimit", 1)
        if limit > MOST_RUNNING:
            raise errors.invalid(
                "Project-level concurrent build limit cannot exceed the account-level concurrent build limit "
                f"of {MOST_RUNNING}."
            )
        if limit < 1:
            raise errors.invalid("Invalid concurrent build limit: it must be at least 1.")
        return info


def _given(params: dict) -> Info:
    given = {name: value for name, value in params.items() if name != "badgeEnabled"}
    if "badgeEnabled" in params:
        given["badge"] = {"badgeEnabled": params["badgeEnabled"]}
    return given


def completed(info: Info, store: Store) -> Info:
    """A project with the defaults that BatchGetProjects shows."""
    info.setdefault("encryptionKey", f"arn:aws:kms:{store.region}:{store.account}:alias/aws/s3")
    info.setdefault("timeoutInMinutes", 60)
    info.setdefault("queuedTimeoutInMinutes", 480)
    info.setdefault("cache", {"type": "NO_CACHE"})
    info.setdefault("badge", {"badgeEnabled": False})
    info.setdefault("tags", [])
    info["source"] = completed_source(info["source"])
    info["secondarySources"] = [completed_source(one) for one in info.get("secondarySources", [])]
    info["secondaryArtifacts"] = [completed_artifacts(one, info["name"]) for one in info.get("secondaryArtifacts", [])]
    info.setdefault("secondarySourceVersions", [])
    info["artifacts"] = completed_artifacts(info["artifacts"], info["name"])
    defaults = {"environmentVariables": [], "privilegedMode": False, "imagePullCredentialsType": "CODEBUILD"}
    variables = [{"type": "PLAINTEXT"} | one for one in info["environment"].get("environmentVariables", [])]
    info["environment"] = defaults | info["environment"] | {"environmentVariables": variables}
    return info


def completed_source(source: Info) -> Info:
    return {"insecureSsl": False} | source


def completed_artifacts(artifacts: Info, project: str) -> Info:
    """Source: ProjectArtifacts of the API."""
    if artifacts["type"] == "S3":
        defaults = {"name": project, "packaging": "NONE", "namespaceType": "NONE", "encryptionDisabled": False}
        return defaults | artifacts
    if artifacts["type"] == "CODEPIPELINE":
        return {"name": project, "packaging": "NONE", "encryptionDisabled": False} | artifacts
    return artifacts
