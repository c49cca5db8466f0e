# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what a release plan is made of: the group, its configuration, hosts, former deployments. Changes nothing."""

from __future__ import annotations

from typing import Any

from ..codedeploy.common import codedeploy
from ..codedeploy.deployment import Deployments
from ..codedeploy.deployment_list import read_deployments
from ..codedeploy.deployment_targets import Targets
from ..codedeploy.report import host as target_of
from ..codedeploy.report import rollback_events, seconds_between
from ..codedeploy.revision_location import clean, name_of, same
from ..engine.errors import Failure
from .plan import LATEST, Config, Facts, Host, Minimum, Past, Zonal
from .plan_hosts import find_hosts, missing_target_groups, selection_of


def read(context) -> Facts:
    """The facts for the application, group, configuration and revision of the task's options.

    Raises Failure for a group that does not exist and for what a plan is not made for (blue/green, Lambda, ECS).
    """
    options = context.options
    application, name = options["application_name"], options["deployment_group_name"]
    deployments = Deployments(context, application, name)
    group = deployments.group()
    _check_kind(group, deployments.name)
    config = read_config(context, options["deployment_config_name"] or group["deployment_config_name"])
    revision = clean(options["revision"]) if options["revision"] else None
    last = _deployment(deployments, group, "last_successful_deployment")
    found, missing = find_hosts(context, group)
    running = deployments.active()
    adopts = bool(running and revision and same(running.get("revision"), revision))
    deployed = last.get("revision") if last else None
    if revision and same(revision, deployed):
        revision = deployed  # so that the two read the same
    return Facts(
        application=application,
        group=name,
        config=config,
        hosts=_with_standings(context, deployments, group, found, revision),
        selection=selection_of(group),
        revision=name_of(revision) if revision else "",
        deployed=name_of(deployed) if deployed else "",
        active=None if not running or adopts else _named(running),
        adopts=running["deployment_id"] if adopts else "",
        rolls_back="DEPLOYMENT_FAILURE" in rollback_events(group.get("auto_rollback_configuration") or {}),
        past=_past(context, application, name, config.name),
        refused=tuple(f"{deployments.name}: {reason}" for reason in missing + missing_target_groups(context, group)),
    )


def read_config(context, name: str) -> Config:
    """A deployment configuration of the Server platform."""
    info = codedeploy(context).call(
        "get_deployment_config", doing=f"read deployment configuration {name}", deployment_config_name=name
    )["deployment_config_info"]
    if not info.get("minimum_healthy_hosts"):
        platform = info.get("compute_platform", "another platform")
        raise Failure(f"deployment_config_name: {name} is for {platform}. Use a configuration for servers.")
    zonal = info.get("zonal_config")
    return Config(name, _minimum(info["minimum_healthy_hosts"]), _zonal(zonal) if zonal else None)


def _minimum(rule: dict[str, Any]) -> Minimum:
    return Minimum(rule["type"], rule["value"])


def _zonal(config: dict[str, Any]) -> Zonal:
    """Left-out members: no host has to stay healthy in a zone; the first zone is watched as long as the others."""
    monitor = config.get("monitor_duration_in_seconds", 0)
    rule = config.get("minimum_healthy_hosts_per_zone")
    return Zonal(
        minimum=_minimum(rule) if rule else Minimum("FLEET_PERCENT", 0),
        first_monitor=config.get("first_zone_monitor_duration_in_seconds", monitor),
        monitor=monitor,
    )


def _check_kind(group: dict[str, Any], name: str) -> None:
    platform = group.get("compute_platform", "Server")
    if platform != "Server":
        raise Failure(f"{name}: a plan is made for servers, and this group is for {platform}.")
    if (group.get("deployment_style") or {}).get("deployment_type") == "BLUE_GREEN":
        raise Failure(f"{name}: a plan is made for in-place deployments, and this group is blue/green.")


def _deployment(deployments: Deployments, group: dict[str, Any], which: str) -> dict[str, Any] | None:
    identity = (group.get(which) or {}).get("deployment_id")
    return deployments.get(identity) if identity else None


def _named(running: dict[str, Any]) -> tuple[str, str, str]:
    return running["deployment_id"], running["status"], name_of(running.get("revision"))


def _with_standings(context, deployments, group, hosts: list[Host], revision) -> tuple[Host, ...]:
    """The hosts with what the last deployment says of each: failed there, not part of it, old or wanted revision."""
    last = _deployment(deployments, group, "last_attempted_deployment")
    if last is None:
        return tuple(hosts)
    current = bool(revision) and same(last.get("revision"), revision)
    standing = {"Failed": "unhealthy", "Succeeded": "current" if current else "old"}
    targets = (target_of(target, {}) for target in Targets(context, last["deployment_id"]).look(last))
    known = {target.id: standing.get(target.status, "unknown") for target in targets}
    return tuple(Host(host.id, host.zone, host.running, known.get(host.id, "unknown")) for host in hosts)


def _past(context, application: str, group: str, config: str) -> tuple[Past, ...]:
    """The latest successful deployments of the group with this configuration, the newest first."""
    ids = codedeploy(context).pages(
        "list_deployments",
        "deployments",
        doing=f"list the deployments of {application}/{group}",
        application_name=application,
        deployment_group_name=group,
        include_only_statuses=["Succeeded"],
    )
    # CodeDeploy lists the newest first; a batch of 25 leaves room for deployments with other configurations.
    found = sorted(read_deployments(context, ids[:25]), key=lambda one: one.get("create_time", ""), reverse=True)
    past = []
    for deployment in found:
        seconds = seconds_between(deployment.get("start_time"), deployment.get("complete_time"))
        hosts = (deployment.get("deployment_overview") or {}).get("succeeded", 0)
        if deployment.get("deployment_config_name") == config and seconds and hosts:
            past.append(Past(seconds, hosts))
    return tuple(past[:LATEST])
