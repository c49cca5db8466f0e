# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the X-Ray resources share: the client and tags by ARN."""

from __future__ import annotations

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)

REMEDIES = {
    "RuleLimitExceededException": "Delete sampling rules that are not needed, or ask AWS for a higher quota.",
}


def xray(context):
    """The X-Ray client of this run."""
    return context.client("xray", remedies=REMEDIES)


def tag_list(tags):
    """Tags as X-Ray's requests take them, in option names."""
    return ansible_dict_to_boto3_tag_list(tags or {}, "key", "value")


def read_tags(context, arn: str) -> dict[str, str]:
    found = xray(context).pages("list_tags_for_resource", "tags", doing=f"read the tags of {arn}", resource_arn=arn)
    return boto3_tag_list_to_ansible_dict(found, "key", "value")


def write_tags(context, arn: str, to_set: dict[str, str], to_unset: list[str]) -> None:
    client = xray(context)
    if to_unset:
        client.call("untag_resource", doing=f"remove tags of {arn}", resource_arn=arn, tag_keys=to_unset)
    if to_set:
        client.call("tag_resource", doing=f"tag {arn}", resource_arn=arn, tags=tag_list(to_set))
