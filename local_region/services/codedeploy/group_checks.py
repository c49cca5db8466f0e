# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment group may hold, with CodeDeploy's own exceptions (limits: user guide, "CodeDeploy quotas")."""

from __future__ import annotations

import re

from local_region.protocol import ServiceError
from local_region.services.codedeploy.records import Info

MOST_ALARMS = 10
MOST_TRIGGERS = 10
MOST_TAG_SETS = 3
MOST_TAGS_IN_SET = 10
MOST_TERMINATION_WAIT = 2880

ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")


def check_given(params: dict) -> None:
    """Refuses members that are wrong by themselves."""
    if "serviceRoleArn" in params and not ROLE.fullmatch(params["serviceRoleArn"]):
        raise ServiceError("InvalidRoleException", "serviceRoleArn is not the ARN of an IAM role.")
    _check_tags(params, "ec2TagFilters", "ec2TagSet", "ec2TagSetList", "InvalidEC2Tag")
    _check_tags(params, "onPremisesInstanceTagFilters", "onPremisesTagSet", "onPremisesTagSetList", "InvalidTag")
    _check_triggers(params.get("triggerConfigurations", []))
    check_alarms(params.get("alarmConfiguration", {}))
    check_rollback(params.get("autoRollbackConfiguration", {}))


def check_whole(info: Info) -> None:
    """Refuses a group whose members do not fit each other."""
    style = info["deploymentStyle"]
    traffic_control = style.get("deploymentOption") == "WITH_TRAFFIC_CONTROL"
    blue_green = style.get("deploymentType") == "BLUE_GREEN"
    if info["computePlatform"] != "Server":
        if not (traffic_control and blue_green):
            raise ServiceError(
                "InvalidDeploymentStyleException",
                f"Deployments of the {info['computePlatform']} platform are BLUE_GREEN and WITH_TRAFFIC_CONTROL.",
            )
        return
    if (traffic_control or blue_green) and not load_balancers(info.get("loadBalancerInfo", {})):
        what = "Blue/green deployments" if blue_green else "WITH_TRAFFIC_CONTROL"
        raise ServiceError(
            "InvalidLoadBalancerInfoException", f"{what} require loadBalancerInfo with a target group or load balancer."
        )
    if blue_green and not traffic_control:
        raise ServiceError("InvalidDeploymentStyleException", "Blue/green deployments are WITH_TRAFFIC_CONTROL.")
    if blue_green:
        _check_blue_green(info.get("blueGreenDeploymentConfiguration", {}), info)


def check_ecs(info: Info) -> None:
    """An ECS group names its service and its pair of target groups."""
    if not info.get("ecsServices"):
        raise ServiceError("InvalidECSServiceException", "ecsServices is required for the ECS platform.")
    if not info.get("loadBalancerInfo", {}).get("targetGroupPairInfoList"):
        raise ServiceError(
            "InvalidTargetGroupPairException",
            "loadBalancerInfo.targetGroupPairInfoList is required for the ECS platform.",
        )


def check_alarms(configuration: Info) -> None:
    """Of a group, or of a deployment's overrideAlarmConfiguration."""
    alarms = configuration.get("alarms", [])
    if len(alarms) > MOST_ALARMS:
        raise ServiceError(
            "AlarmsLimitExceededException", f"{len(alarms)} alarms were given; {MOST_ALARMS} is the most."
        )
    code = "InvalidAlarmConfigException"
    if configuration.get("enabled") and not alarms:
        raise ServiceError(code, "alarmConfiguration is enabled without any alarm.")
    names = [alarm.get("name") for alarm in alarms]
    if not all(names):
        raise ServiceError(code, "Every alarm of alarmConfiguration needs a name.")
    if len(set(names)) < len(names):
        raise ServiceError(code, "alarmConfiguration names an alarm twice.")


def check_rollback(configuration: Info) -> None:
    """Of a group, or of a deployment."""
    if configuration.get("enabled") and not configuration.get("events"):
        raise ServiceError(
            "InvalidAutoRollbackConfigException", "autoRollbackConfiguration is enabled without any event."
        )


def load_balancers(info: Info) -> list[str]:
    """The names in a loadBalancerInfo, of all kinds."""
    pairs = [group for pair in info.get("targetGroupPairInfoList", []) for group in pair.get("targetGroups", [])]
    named = [*info.get("elbInfoList", []), *info.get("targetGroupInfoList", []), *pairs]
    return [entry["name"] for entry in named if entry.get("name")]


def tag_lists(info: Info) -> list[list[Info]]:
    """The tag groups of an ec2TagSet."""
    return info.get("ec2TagSet", {}).get("ec2TagSetList", [])


def check_target_instances(given: Info, code: str) -> None:
    """Of a blue/green deployment: its replacement instances."""
    if given.get("tagFilters") and tag_lists(given):
        raise ServiceError(code, "Give either tagFilters or ec2TagSet in targetInstances, not both.")
    if len(tag_lists(given)) > MOST_TAG_SETS or any(len(tags) > MOST_TAGS_IN_SET for tags in tag_lists(given)):
        raise ServiceError(
            code, f"ec2TagSet of targetInstances holds at most {MOST_TAG_SETS} tag groups of {MOST_TAGS_IN_SET} tags."
        )
    for tag in [*given.get("tagFilters", []), *(tag for tags in tag_lists(given) for tag in tags)]:
        _check_tag(tag, "targetInstances", code)


def _check_tags(params: dict, filters: str, tag_set: str, set_list: str, code: str) -> None:
    lists = params.get(tag_set, {}).get(set_list, [])
    if params.get(filters) and lists:
        platform = "EC2" if filters == "ec2TagFilters" else "OnPremises"
        raise ServiceError(
            f"Invalid{platform}TagCombinationException", f"Give either {filters} or {tag_set}, not both."
        )
    if len(lists) > MOST_TAG_SETS:
        raise ServiceError(
            "TagSetListLimitExceededException", f"{tag_set} has {len(lists)} tag groups; {MOST_TAG_SETS} is the most."
        )
    for tags in lists:
        if len(tags) > MOST_TAGS_IN_SET:
            raise ServiceError(
                f"{code}Exception", f"A tag group of {tag_set} has {len(tags)} tags; {MOST_TAGS_IN_SET} is the most."
            )
    for tag in [*params.get(filters, []), *(tag for tags in lists for tag in tags)]:
        _check_tag(tag, filters, f"{code}Exception")


def _check_tag(tag: Info, where: str, code: str) -> None:
    kind = tag.get("Type", "KEY_AND_VALUE")
    if kind != "VALUE_ONLY" and not tag.get("Key"):
        raise ServiceError(code, f"A tag of {where} has no Key; {kind} needs one.")
    if kind == "VALUE_ONLY" and not tag.get("Value"):
        raise ServiceError(code, f"A tag of {where} has no Value; VALUE_ONLY needs one.")


def _check_triggers(triggers: list[Info]) -> None:
    if len(triggers) > MOST_TRIGGERS:
        raise ServiceError(
            "TriggerTargetsLimitExceededException", f"{len(triggers)} triggers were given; {MOST_TRIGGERS} is the most."
        )
    for trigger in triggers:
        if not (trigger.get("triggerName") and trigger.get("triggerTargetArn") and trigger.get("triggerEvents")):
            raise ServiceError(
                "InvalidTriggerConfigException", "A trigger needs triggerName, triggerTargetArn and triggerEvents."
            )


def _check_blue_green(configuration: Info, info: Info) -> None:
    code = "InvalidBlueGreenDeploymentConfigurationException"
    ready = configuration.get("deploymentReadyOption", {})
    wait = ready.get("waitTimeInMinutes", 0)
    if wait and ready.get("actionOnTimeout") != "STOP_DEPLOYMENT":
        raise ServiceError(code, "waitTimeInMinutes is for actionOnTimeout STOP_DEPLOYMENT.")
    if wait < 0:
        raise ServiceError(code, f"waitTimeInMinutes must not be negative, as {wait} is.")
    terminate = configuration.get("terminateBlueInstancesOnDeploymentSuccess", {})
    minutes = terminate.get("terminationWaitTimeInMinutes", 0)
    if not 0 <= minutes <= MOST_TERMINATION_WAIT:
        raise ServiceError(code, f"terminationWaitTimeInMinutes must be 0 to {MOST_TERMINATION_WAIT}, not {minutes}.")
    copies = configuration.get("greenFleetProvisioningOption", {}).get("action") == "COPY_AUTO_SCALING_GROUP"
    if copies and len(info["autoScalingGroups"]) != 1:
        raise ServiceError(
            code,
            "Exactly one AutoScaling group must be specified when selecting the COPY_AUTO_SCALING_GROUP green fleet "
            "provisioning option.",
        )
    if info.get("onPremisesInstanceTagFilters") or info.get("onPremisesTagSet"):
        raise ServiceError(code, "Blue/green deployments are for EC2 instances, not for on-premises instances.")
