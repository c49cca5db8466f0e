# SPDX-License-Identifier: GPL-3.0-or-later
"""Which deployments CreateDeployment takes, and which the local region refuses because it could not carry them out."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services.codedeploy import blue_green, errors, group_checks, revisions
from local_region.services.codedeploy.records import Application, Group, Info

BUNDLE_TYPES = ("tar", "tgz", "zip")


def check_request(params: dict) -> None:
    """Refuses a request that is wrong by itself."""
    revisions.check_description(params.get("description"))
    group_checks.check_rollback(params.get("autoRollbackConfiguration", {}))
    group_checks.check_alarms(params.get("overrideAlarmConfiguration", {}))
    if params.get("deploymentMode") == "RESTART":
        for name in ("revision", "updateOutdatedInstancesOnly"):
            if params.get(name):
                raise ServiceError("InvalidInputException", f"{name} is not for deploymentMode RESTART.")
    elif "revision" not in params:
        raise ServiceError("RevisionRequiredException", "revision is required.")


def check_group(application: Application, group: Group, params: dict) -> None:
    """Refuses what the group's platform or style excludes."""
    restart = params.get("deploymentMode") == "RESTART"
    if restart and (application.compute_platform != "Server" or blue_green.is_blue_green(group.info)):
        raise ServiceError("InvalidInputException", "deploymentMode RESTART is for in-place deployments to servers.")
    if restart and group.last_successful is None:
        raise ServiceError(
            "RevisionDoesNotExistException",
            f"The deployment group {group.name} has no successful deployment whose revision could be restarted.",
        )
    if application.compute_platform == "ECS":
        raise errors.not_built("Deployments of the ECS platform, whose tasks nothing would run,")
    if application.compute_platform == "Lambda":
        revisions.check_location(params["revision"])
        if params.get("targetInstances"):
            raise ServiceError("InvalidTargetInstancesException", "targetInstances is for deployments to servers.")
        return
    if not restart:
        _check_server_revision(params["revision"])
    style = group.info["deploymentStyle"]
    _check_target_instances(group.info, params.get("targetInstances", {}))
    if style.get("deploymentOption") == "WITH_TRAFFIC_CONTROL" and not _has_target_groups(group.info):
        raise errors.not_built("Deployments behind Classic Load Balancers, or with target group pairs,")


def check_config(config: Info, application: Application) -> None:
    """Refuses a configuration of another platform."""
    if config["computePlatform"] != application.compute_platform:
        raise ServiceError(
            "InvalidDeploymentConfigNameException",
            f"{config['deploymentConfigName']} is for the {config['computePlatform']} platform, "
            f"the application {application.name} for {application.compute_platform}.",
        )


def _check_target_instances(info: Info, given: Info) -> None:
    """The replacement instances are named where, and only where, they exist already (CreateDeployment)."""
    code = "InvalidTargetInstancesException"
    named = bool(given.get("tagFilters") or given.get("autoScalingGroups") or group_checks.tag_lists(given))
    if not blue_green.is_blue_green(info):
        if given:
            raise ServiceError(code, "targetInstances is for blue/green deployments.")
    elif blue_green.copies(info):
        if given:
            raise ServiceError(code, "targetInstances is not for groups with COPY_AUTO_SCALING_GROUP.")
    elif not named:
        raise ServiceError(code, "targetInstances must name the replacement instances: DISCOVER_EXISTING makes none.")
    group_checks.check_target_instances(given, code)


def _check_server_revision(location: Info) -> None:
    revisions.check_location(location)
    kind = location["revisionType"]
    if kind == "GitHub":
        raise errors.not_built("Deployments of GitHub revisions")
    if kind != "S3":
        raise ServiceError("InvalidRevisionException", f"revisionType {kind} is not for the Server platform; S3 is.")
    bundle_type = location["s3Location"]["bundleType"]
    if bundle_type not in BUNDLE_TYPES:
        raise ServiceError(
            "InvalidRevisionException",
            f"bundleType {bundle_type} is not for the Server platform; {', '.join(BUNDLE_TYPES)} are.",
        )


def _has_target_groups(info: Info) -> bool:
    balancers = info.get("loadBalancerInfo", {})
    return bool(balancers.get("targetGroupInfoList")) and not balancers.get("elbInfoList")
