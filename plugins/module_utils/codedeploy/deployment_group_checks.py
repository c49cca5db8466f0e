# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CodeDeploy would refuse in a deployment group, said in one sentence before anything is changed.

Sources: the service's model and API reference, and the user guide's "CodeDeploy quotas".
"""

from __future__ import annotations

import re

from ..engine.errors import Failure
from ..engine.tags import check_tags
from .common import check_name
from .tag_filters import check_sets

MOST_ALARMS = 10
MOST_TRIGGERS = 10
MOST_LOAD_BALANCERS = 10
LONGEST_WAIT_MINUTES = 2880  # two days

_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+")


def check_given(wanted, new_name=None):
    """What is wrong in the task's own options, whatever is there already."""
    check_name("application_name", wanted["application_name"])
    check_name("deployment_group_name", wanted["deployment_group_name"])
    check_name("new_deployment_group_name", new_name)
    check_name("deployment_config_name", wanted.get("deployment_config_name"))
    check_tags(wanted.get("tags"))
    check_sets(wanted)
    role = wanted.get("service_role_arn")
    if role is not None and not _ROLE_ARN.fullmatch(role):
        raise Failure(f"service_role_arn: {role!r} is not the ARN of a role (arn:aws:iam::123456789012:role/NAME).")
    _check_alarms(wanted.get("alarm_configuration") or {})
    _check_rollback(wanted.get("auto_rollback_configuration") or {})
    _check_at_most("trigger_configurations", wanted.get("trigger_configurations") or [], MOST_TRIGGERS)
    load_balancers = wanted.get("load_balancer_info") or {}
    for option in ("elb_info_list", "target_group_info_list"):
        _check_at_most(f"load_balancer_info.{option}", load_balancers.get(option) or [], MOST_LOAD_BALANCERS)
    _check_at_most(
        "load_balancer_info.target_group_pair_info_list", load_balancers.get("target_group_pair_info_list") or [], 1
    )
    _check_waits(wanted.get("blue_green_deployment_configuration") or {})


def check_whole(group, is_new):
    """What does not go together in the group as it would be."""
    if is_new and not group.get("service_role_arn"):
        raise Failure(
            f"service_role_arn is required to create deployment group {group['deployment_group_name']}. "
            "Give the ARN of a role that codedeploy.amazonaws.com may assume."
        )
    style = group.get("deployment_style") or {}
    blue_green = style.get("deployment_type") == "BLUE_GREEN"
    if blue_green and style.get("deployment_option") != "WITH_TRAFFIC_CONTROL":
        raise Failure(
            "deployment_style: BLUE_GREEN moves traffic from one fleet to another. "
            "Set deployment_option WITH_TRAFFIC_CONTROL."
        )
    if group.get("compute_platform") == "Lambda" or group.get("ecs_services"):
        return
    if style.get("deployment_option") == "WITH_TRAFFIC_CONTROL" and not _load_balancers(group):
        raise Failure(
            "deployment_style: WITH_TRAFFIC_CONTROL needs a load balancer. "
            "Name its target group in load_balancer_info.target_group_info_list, or use WITHOUT_TRAFFIC_CONTROL."
        )
    if blue_green and (
        group.get("on_premises_instance_tag_filters") or any((group.get("on_premises_tag_set") or {}).values())
    ):
        raise Failure("deployment_style: BLUE_GREEN is for EC2 instances. Use IN_PLACE for on-premises instances.")


def _check_alarms(alarms):
    names = [alarm["name"] for alarm in alarms.get("alarms") or []]
    _check_at_most("alarm_configuration.alarms", names, MOST_ALARMS)
    if alarms.get("enabled") and "alarms" in alarms and not names:
        raise Failure("alarm_configuration: enabled without alarms. Name at least one alarm, or set enabled=false.")
    if len(set(names)) < len(names):
        raise Failure(f"alarm_configuration.alarms: {', '.join(names)} names an alarm twice.")


def _check_rollback(rollback):
    if rollback.get("enabled") and "events" in rollback and not rollback["events"]:
        raise Failure(
            "auto_rollback_configuration: enabled without events. Name at least one, such as DEPLOYMENT_FAILURE."
        )


def _check_waits(blue_green):
    ready = blue_green.get("deployment_ready_option") or {}
    if ready.get("action_on_timeout") == "CONTINUE_DEPLOYMENT" and ready.get("wait_time_in_minutes"):
        raise Failure(
            "blue_green_deployment_configuration.deployment_ready_option: CONTINUE_DEPLOYMENT moves the traffic "
            "at once. Leave wait_time_in_minutes out, or use STOP_DEPLOYMENT."
        )
    termination = blue_green.get("terminate_blue_instances_on_deployment_success") or {}
    waits = {
        "deployment_ready_option.wait_time_in_minutes": ready.get("wait_time_in_minutes"),
        "terminate_blue_instances_on_deployment_success.termination_wait_time_in_minutes": termination.get(
            "termination_wait_time_in_minutes"
        ),
    }
    for option, minutes in waits.items():
        if minutes is not None and not 0 <= minutes <= LONGEST_WAIT_MINUTES:
            raise Failure(
                f"blue_green_deployment_configuration.{option}: {minutes} is not possible. "
                f"Use 0 to {LONGEST_WAIT_MINUTES} (minutes, two days)."
            )


def _check_at_most(option, entries, most):
    if len(entries) > most:
        raise Failure(f"{option}: {len(entries)} were given, CodeDeploy takes at most {most}.")


def _load_balancers(group):
    info = group.get("load_balancer_info") or {}
    return [entry for entries in info.values() for entry in entries or []]
