# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CreateDeployment would refuse, said in one sentence before anything is started.

Sources: the service's model and API reference (CreateDeployment, EC2DeploymentOptions).
"""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from .tag_filters import completed_targets


def check_options(options: dict[str, Any]) -> None:
    """What is wrong in the task's own options."""
    if options["target_instances"]:
        completed_targets(options["target_instances"])
    rollback = options["auto_rollback_configuration"] or {}
    if rollback.get("enabled") and not rollback.get("events"):
        raise Failure(
            "auto_rollback_configuration: enabled needs events. "
            "Name DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM or DEPLOYMENT_STOP_ON_REQUEST."
        )
    alarms = options["override_alarm_configuration"] or {}
    if alarms.get("enabled") and not alarms.get("alarms"):
        raise Failure("override_alarm_configuration: enabled needs alarms. Name at least one CloudWatch alarm.")
    if options["wait_timeout"] < 0:
        raise Failure(f"wait_timeout: {options['wait_timeout']} is negative. Give seconds.")
    _check_revision(options)


def check_group(options: dict[str, Any], group: dict[str, Any], name: str) -> None:
    """What does not go with the deployment group (GetDeploymentGroup's answer)."""
    if group.get("compute_platform", "Server") != "Server":
        _check_for_servers_only(options, group["compute_platform"], name)
        return
    style = (group.get("deployment_style") or {}).get("deployment_type")
    blue_green = group.get("blue_green_deployment_configuration") or {}
    provisioning = (blue_green.get("green_fleet_provisioning_option") or {}).get("action")
    if style == "BLUE_GREEN":
        if options["deployment_mode"] == "RESTART":
            raise Failure(f"deployment_mode: RESTART is for in-place deployments, and {name} is blue/green.")
        if provisioning == "DISCOVER_EXISTING" and not any((options["target_instances"] or {}).values()):
            raise Failure(
                f"target_instances is required: {name} is blue/green and takes the new instances that the deployment "
                "names (DISCOVER_EXISTING)."
            )
    if options["target_instances"] and (style != "BLUE_GREEN" or provisioning == "COPY_AUTO_SCALING_GROUP"):
        kind = "copies its Auto Scaling group" if style == "BLUE_GREEN" else "is deployed to in place"
        raise Failure(f"target_instances: {name} {kind}, so it takes no other instances. Leave the option out.")
    suspended = (options["ec2_deployment_options"] or {}).get("auto_scaling_group_processes_to_suspend")
    if suspended and (style == "BLUE_GREEN" or not group.get("auto_scaling_groups")):
        why = "is blue/green" if style == "BLUE_GREEN" else "has no Auto Scaling group"
        raise Failure(
            f"ec2_deployment_options: {name} {why}. Processes are suspended in in-place deployments to Auto Scaling "
            "groups only; leave them out."
        )


def _check_revision(options: dict[str, Any]) -> None:
    """Where the revision comes from: the task, or the last success."""
    restarts = options["deployment_mode"] == "RESTART"
    if restarts and (options["revision"] or options["last_successful_revision"]):
        raise Failure(
            "deployment_mode: RESTART restarts what is deployed. Leave revision and last_successful_revision out."
        )
    if restarts and options["update_outdated_instances_only"]:
        raise Failure(
            "update_outdated_instances_only does not go with deployment_mode RESTART, which is for all instances. "
            "Leave it out."
        )
    if not (restarts or options["revision"] or options["last_successful_revision"]):
        raise Failure(
            "state is started but all of the following are missing: revision, last_successful_revision, "
            "deployment_mode=RESTART. Give the revision to deploy, or one of the others."
        )


def _check_for_servers_only(options: dict[str, Any], platform: str, name: str) -> None:
    for option in ("target_instances", "ec2_deployment_options", "file_exists_behavior"):
        if options[option]:
            raise Failure(f"{option} is for servers, and {name} is for {platform}. Leave it out.")
    if options["deployment_mode"] == "RESTART":
        raise Failure(f"deployment_mode: RESTART is for servers, and {name} is for {platform}.")
