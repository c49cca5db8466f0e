# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads what a release plan is made of: the group, its configuration, hosts, former deployments. Changes nothing."""

from __future__ import annotations

from typing import Any

from ..codedeploy.common import codedeploy
from ..codedeploy.deployment_calls import Deployments
from ..codedeploy.deployment_list import read_deployments
from ..codedeploy.deployment_targets import Targets
from ..codedeploy.report import host as target_of
from ..codedeploy.report import rollback_events
from ..codedeploy.revision_location import clean, name_of, same
from ..codedeploy.tag_filters import completed_targets
from ..engine.errors import Failure
from ..engine.times import seconds_between
from . import batches
from .plan import LATEST, Config, Facts, Green, Host, Minimum, Past, Zonal
from .plan_hosts import find_hosts, missing_target_groups, selection_of


def read(context) -> Facts:
    """The facts for the application, group, configuration and revision of the task's options.

    Raises Failure for a group that does not exist, and for what a plan is not made for (Lambda, ECS).
    """
    options = context.options
    application, name = options["application_name"], options["deployment_group_name"]
    deployments = Deployments(context, application, name)
    group = deployments.group()
    style = options["deployment_type"] or (group.get("deployment_style") or {}).get("deployment_type", "IN_PLACE")
    _check_kind(group, deployments.name)
    found, missing = find_hosts(context, group)
    config = _config(context, group, len(found))
    revision = clean(options["revision"]) if options["revision"] else None
    last = _deployment(deployments, group, "last_successful_deployment")
    running = deployments.active()
    adopts = bool(running and revision and same(running.get("revision"), revision))
    deployed = last.get("revision") if last else None
    if revision and same(revision, deployed):
        revision = deployed  # so that the two read the same
    green = _green(context, group) if style == "BLUE_GREEN" else None
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
        past=_past(context, application, name, config.name, style),
        refused=tuple(
            f"{deployments.name}: {reason}"
            for reason in (
                *missing,
                *missing_target_groups(context, group),
                *_unfit(group, green),
                *([] if adopts else _ringing(context, group)),
            )
        ),
        definition=batches.definition(config) if options["batch"] else {},
        green=green,
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


def _config(context, group: dict[str, Any], hosts: int) -> Config:
    """The configuration of the task: that of a batch, one by its name, or else the group's."""
    options = context.options
    if options["batch"]:
        name = f"{options['application_name']}-{options['deployment_group_name']}"
        return batches.config_for(options["batch"], hosts, name, options["zonal"], options["zone_monitor_seconds"])
    return read_config(context, options["deployment_config_name"] or group["deployment_config_name"])


def _green(context, group: dict[str, Any]) -> Green:
    """The other half of a blue/green release, as the task describes it or else the group."""
    options = context.options
    settings = {
        **(group.get("blue_green_deployment_configuration") or {}),
        **_given(options["blue_green_deployment_configuration"]),
    }
    end = settings.get("terminate_blue_instances_on_deployment_success") or {}
    kept = end.get("action", "TERMINATE") == "KEEP_ALIVE"
    after = None if kept else end.get("termination_wait_time_in_minutes") or 0
    if (settings.get("green_fleet_provisioning_option") or {}).get("action") != "DISCOVER_EXISTING":
        return Green(copies=True, terminates_after=after)
    named = completed_targets(options["target_instances"] or {})
    chosen = {
        "ec2_tag_filters": named.get("tag_filters"),
        "ec2_tag_set": named.get("ec2_tag_set"),
        "auto_scaling_groups": [{"name": name} for name in named.get("auto_scaling_groups") or ()],
    }
    found, _missing = find_hosts(context, chosen)
    return Green(copies=False, hosts=tuple(found), selection=selection_of(chosen), terminates_after=after)


def _given(options: dict[str, Any] | None) -> dict[str, Any]:
    """Suboptions without those that were not given."""
    return {name: value for name, value in (options or {}).items() if value is not None}


def _ringing(context, group: dict[str, Any]) -> list[str]:
    """A sentence for each alarm that would stop the deployment as soon as it has begun."""
    settings = group.get("alarm_configuration") or {}
    names = [alarm["name"] for alarm in settings.get("alarms") or ()] if settings.get("enabled") else []
    if not names or context.options["ignore_alarms"]:
        return []
    answer = context.client("cloudwatch").call(
        "describe_alarms", doing=f"read the alarms {', '.join(names)}", alarm_names=names, state_value="ALARM"
    )
    active = (answer.get("metric_alarms") or []) + (answer.get("composite_alarms") or [])
    return [
        f"its alarm {alarm['alarm_name']} is in ALARM and would stop the deployment at once "
        f"({alarm.get('state_reason', '')}). Wait until it is OK, or plan with ignore_alarms."
        for alarm in active
    ]


def _unfit(group: dict[str, Any], green: Green | None) -> list[str]:
    """What the group lacks for a blue/green release. Source: user guide, "Create a deployment group for blue/green"."""
    if green is None:
        return []
    found = []
    if not any((group.get("load_balancer_info") or {}).values()):
        found.append(
            "a blue/green release moves traffic, and the group names no load balancer. Set load_balancer_info."
        )
    count = len(group.get("auto_scaling_groups") or ())
    if green.copies and count != 1:
        found.append(
            f"a blue/green release copies the one Auto Scaling group of the deployment group, which has {count}. Name "
            "the new hosts instead (DISCOVER_EXISTING and target_instances)."
        )
    return found


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


def _past(context, application: str, group: str, config: str, style: str) -> tuple[Past, ...]:
    """The latest successful deployments of the group with this configuration and style, the newest first."""
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
        alike = (deployment.get("deployment_style") or {}).get("deployment_type", "IN_PLACE") == style
        if alike and deployment.get("deployment_config_name") == config and seconds and hosts:
            past.append(Past(seconds, hosts))
    return tuple(past[:LATEST])
