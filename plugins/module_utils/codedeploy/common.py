# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the CodeDeploy resources share: the client, names, ARNs and tags."""

from __future__ import annotations

import re

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)

from ..engine.errors import Failure

# The pattern and the length of ApplicationName, DeploymentGroupName and DeploymentConfigName in the service's model.
_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,100}")

REMEDIES = {
    "ApplicationDoesNotExistException": (
        "Create it with convoy.delivery.codedeploy_application, or correct application_name."
    ),
    "DeploymentConfigDoesNotExistException": (
        "Create it with convoy.delivery.codedeploy_deployment_config, "
        "or use one of AWS's, such as CodeDeployDefault.OneAtATime."
    ),
    "DeploymentGroupDoesNotExistException": (
        "Create it with convoy.delivery.codedeploy_deployment_group, or correct deployment_group_name."
    ),
    "InvalidRoleException": (
        "Check that service_role_arn names a role that codedeploy.amazonaws.com may assume, "
        "with the policy AWSCodeDeployRole or one like it."
    ),
    "DeploymentConfigInUseException": "Give the deployment groups that use it another deployment_config_name first.",
    "InstanceNameAlreadyRegisteredException": (
        "CodeDeploy keeps a deregistered name for about a day: choose another instance_name."
    ),
    "IamUserArnAlreadyRegisteredException": "Every on-premises instance needs an IAM user of its own.",
    "IamSessionArnAlreadyRegisteredException": "Every on-premises instance needs a session name of its own.",
    "InvalidAutoScalingGroupException": "Check auto_scaling_groups: each must exist in this region.",
    "DeploymentDoesNotExistException": "Check deployment_id, and that region is the deployment's.",
    "InvalidRevisionException": (
        "Check revision: servers take an archive in S3 or a GitHub commit, Lambda and ECS an AppSpec file or text."
    ),
    "RevisionDoesNotExistException": "Register it with convoy.delivery.codedeploy_revision, or correct revision.",
    "InvalidGitHubAccountTokenException": (
        "Connect CodeDeploy to the GitHub account: once, in the CodeDeploy console, when a deployment is created there."
    ),
    "InvalidLoadBalancerInfoException": "Check load_balancer_info of the deployment group.",
    "InvalidTargetInstancesException": "Check target_instances: it names the new instances of a blue/green deployment.",
    "InvalidAutoScalingGroupProcessToSuspendException": (
        "Processes are suspended only in in-place deployments to Auto Scaling groups: correct ec2_deployment_options."
    ),
}


def codedeploy(context):
    """The CodeDeploy client of this run."""
    return context.client("codedeploy", remedies=REMEDIES)


def check_name(option, value):
    """Refuse a name that CodeDeploy would refuse. Source: the service's model."""
    if value is not None and not _NAME.fullmatch(value):
        raise Failure(f"{option}: {value!r} is not a valid name. Use 1 to 100 letters, digits and + = , . @ _ -")


def tag_list(tags):
    """Tags as CodeDeploy's requests take them, in option names."""
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in ansible_dict_to_boto3_tag_list(tags or {})]


class Tags:
    """Reads and writes the tags of a CodeDeploy resource by its ARN."""

    def __init__(self, context):
        self._context = context
        self._client = codedeploy(context)

    def arn(self, kind, name, account=None):
        """C(arn:aws:codedeploy:REGION:ACCOUNT:application:NAME): no CodeDeploy answer tells it.

        Without C(account) the caller's is asked for.
        """
        client = self._client
        return f"arn:{client.partition}:codedeploy:{client.region}:{account or self._context.account()}:{kind}:{name}"

    def read(self, arn):
        tags = self._client.pages("list_tags_for_resource", "tags", doing=f"read the tags of {arn}", resource_arn=arn)
        return boto3_tag_list_to_ansible_dict(tags, "key", "value")

    def write(self, arn, to_set, to_unset):
        if to_unset:
            self._client.call("untag_resource", doing=f"remove tags of {arn}", resource_arn=arn, tag_keys=to_unset)
        if to_set:
            self._client.call("tag_resource", doing=f"tag {arn}", resource_arn=arn, tags=tag_list(to_set))
