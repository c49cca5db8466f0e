# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the CodePipeline resources share: the client, names and tags."""

from __future__ import annotations

import re

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)

from ..engine.errors import Failure

# What CodePipeline shows in the place of a secret value.
MASK = "****"

# PipelineName, StageName, ActionName, WebhookName and RuleName of the service's model.
_NAME = re.compile(r"[A-Za-z0-9.@_-]{1,100}")

REMEDIES = {
    "PipelineNotFoundException": "Create it with convoy.delivery.codepipeline, or correct the pipeline's name.",
    "PipelineNameInUseException": "Somebody else has just made it: run the task again.",
    "StageNotFoundException": "Correct the stage's name: convoy.delivery.codepipeline_info tells them.",
    "ActionNotFoundException": "Correct the action's name: convoy.delivery.codepipeline_info tells them.",
    "WebhookNotFoundException": "Create it with convoy.delivery.codepipeline_webhook, or correct the webhook's name.",
    "ConcurrentModificationException": "Somebody else is changing it too: run the task again.",
    "LimitExceededException": "The account's quota is reached: delete what is not needed, or ask AWS for more.",
    "InvalidWebhookFilterPatternException": "Correct filters: json_path is a JSONPath such as $.ref.",
}


def codepipeline(context):
    """The CodePipeline client of this run."""
    return context.client("codepipeline", remedies=REMEDIES)


def check_name(option, value):
    """Refuse a name that CodePipeline would refuse. Source: the service's model."""
    if value is not None and not _NAME.fullmatch(value):
        raise Failure(f"{option}: {value!r} is not a valid name. Use 1 to 100 letters, digits and . @ _ -")


def tag_list(tags):
    """Tags as CodePipeline's requests take them."""
    return ansible_dict_to_boto3_tag_list(tags or {}, "key", "value")


def tag_map(tags):
    """Tags of an answer, as tasks write them."""
    return boto3_tag_list_to_ansible_dict(tags or [], "key", "value")


class Tags:
    """Reads and writes the tags of a pipeline, a webhook or a custom action type by its ARN."""

    def __init__(self, context):
        self._client = codepipeline(context)

    def read(self, arn):
        return tag_map(
            self._client.pages("list_tags_for_resource", "tags", doing=f"read the tags of {arn}", resource_arn=arn)
        )

    def write(self, arn, to_set, to_unset):
        if to_unset:
            self._client.call("untag_resource", doing=f"remove tags of {arn}", resource_arn=arn, tag_keys=to_unset)
        if to_set:
            self._client.call("tag_resource", doing=f"tag {arn}", resource_arn=arn, tags=tag_list(to_set))
