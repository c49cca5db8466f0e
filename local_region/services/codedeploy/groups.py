# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment groups."""

from __future__ import annotations

from local_region.engine.deployment import Error
from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy import errors, group_checks, hooks, views
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.records import Application, Group, Info, Store, new_id

MOST_GROUPS = 1000

# What GetDeploymentGroup shows for members that were never given.
DEFAULTS = {
    "deploymentConfigName": "CodeDeployDefault.OneAtATime",
    "ec2TagFilters": [],
    "onPremisesInstanceTagFilters": [],
    "autoScalingGroups": [],
    "triggerConfigurations": [],
    "outdatedInstancesStrategy": "UPDATE",
    "deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"},
    "terminationHookEnabled": False,
}
# A list of filters and a set of lists exclude each other: one that is given takes the other's place.
RIVALS = {
    "ec2TagFilters": "ec2TagSet",
    "ec2TagSet": "ec2TagFilters",
    "onPremisesInstanceTagFilters": "onPremisesTagSet",
    "onPremisesTagSet": "onPremisesInstanceTagFilters",
}
NOT_INFO = ("tags", "currentDeploymentGroupName", "newDeploymentGroupName")


class DeploymentGroups(Base):
    """Create, get, list, update and delete deployment groups."""

    @operation
    def create_deployment_group(self, store: Store, params: dict) -> dict:
        application = store.application(params["applicationName"])
        name = params["deploymentGroupName"]
        if name in application.groups:
            raise _exists(name)
        if len(application.groups) >= MOST_GROUPS:
            raise ServiceError(
                "DeploymentGroupLimitExceededException", f"An application may have {MOST_GROUPS} deployment groups."
            )
        info = _merged(DEFAULTS | {"computePlatform": application.compute_platform}, params)
        self._check(store, application, params, info)
        hooks.keep(self.auto_scaling, store, info)
        tags = {tag["Key"]: tag.get("Value", "") for tag in params.get("tags", [])}
        group = Group(new_id(), info, tags)
        application.groups[name] = group
        return {"deploymentGroupId": group.id}

    @operation
    def get_deployment_group(self, store: Store, params: dict) -> dict:
        group = store.group(params["applicationName"], params["deploymentGroupName"])
        return {"deploymentGroupInfo": views.group(group)}

    @operation
    def batch_get_deployment_groups(self, store: Store, params: dict) -> dict:
        names = params["deploymentGroupNames"]
        errors.check_batch(names, 100, "deployment group names")
        application = store.application(params["applicationName"])
        found = [views.group(application.groups[name]) for name in names if name in application.groups]
        missing = [name for name in names if name not in application.groups]
        answer = {"deploymentGroupsInfo": found}
        return answer | {"errorMessage": errors.no_group(", ".join(missing)).message} if missing else answer

    @operation
    def list_deployment_groups(self, store: Store, params: dict) -> dict:
        application = store.application(params["applicationName"])
        names = paging.page(sorted(application.groups), params, "deploymentGroups")
        return {"applicationName": application.name} | names

    @operation
    def update_deployment_group(self, store: Store, params: dict) -> dict:
        application = store.application(params["applicationName"])
        group = store.group(application.name, params["currentDeploymentGroupName"])
        name = params.get("newDeploymentGroupName", group.name)
        if name != group.name and name in application.groups:
            raise _exists(name)
        info = _merged(group.info, params) | {"deploymentGroupName": name}
        self._check(store, application, params, info)
        hooks.keep(self.auto_scaling, store, info, group.info)
        del application.groups[group.name]
        group.info = info
        application.groups[name] = group
        return {"hooksNotCleanedUp": []}

    @operation
    def delete_deployment_group(self, store: Store, params: dict) -> dict:
        application = store.applications.get(params["applicationName"])
        group = application.groups.pop(params["deploymentGroupName"], None) if application else None
        if group:
            message = f"The deployment group {group.name} was deleted while the deployment was running."
            self.runner.abandon(store.unfinished(group), Error("DEPLOYMENT_GROUP_MISSING", message))
            hooks.remove(self.auto_scaling, store, group)
        return {"hooksNotCleanedUp": []}

    def _check(self, store: Store, application: Application, params: dict, info: Info) -> None:
        """Refuses a group that can't be: what was given, and what it amounts to with what there was."""
        group_checks.check_given(params)
        group_checks.check_whole(info)
        config = store.config(info["deploymentConfigName"])
        if config["computePlatform"] != application.compute_platform:
            raise ServiceError(
                "InvalidDeploymentConfigNameException",
                f"{info['deploymentConfigName']} is for the {config['computePlatform']} platform, "
                f"the application {application.name} for {application.compute_platform}.",
            )
        if application.compute_platform == "ECS":
            group_checks.check_ecs(info)
        names = [found["name"] for found in info["autoScalingGroups"]]
        missing = self.fleet.missing_auto_scaling_groups(store.account, store.region, names)
        if missing:
            raise errors.no_auto_scaling_groups(missing)


def _merged(before: Info, params: dict) -> Info:
    """The group's members after `params`: what is given takes the place of what was there, the rest stays."""
    given = {name: value for name, value in params.items() if name not in NOT_INFO}
    if "autoScalingGroups" in given:
        given["autoScalingGroups"] = [{"name": name} for name in given["autoScalingGroups"]]
    replaced = {RIVALS[name] for name in given if name in RIVALS and given[name] and RIVALS[name] not in given}
    kept = {name: DEFAULTS.get(name) if name in replaced else value for name, value in before.items()}
    return {name: value for name, value in (kept | given).items() if value is not None}


def _exists(name: str) -> ServiceError:
    return ServiceError("DeploymentGroupAlreadyExistsException", f"Deployment Group already exists: {name}")
