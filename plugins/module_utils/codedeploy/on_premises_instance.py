# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CodeDeploy's on-premises instances: servers of your own, registered under a name and an IAM identity."""

from __future__ import annotations

import re

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from ..engine.errors import Failure
from ..engine.resource import Resource
from ..engine.tags import check_tags
from .common import codedeploy, tag_list
from .tag_filters import typed

ABSENT = ("InstanceNotRegisteredException",)
BATCH_SIZE = 25  # BatchGetOnPremisesInstances takes at most 25 names

# As AWS's own command line checks them (aws deploy register): EC2's ids begin with i-.
_NAME = re.compile(r"(?!i-)[A-Za-z0-9+=,.@_-]{1,100}")
MOST_TAGS = 10

IDENTITIES = {
    "iam_user_arn": (
        re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/[A-Za-z0-9/+=,.@_-]+"),
        "the ARN of an IAM user, such as arn:aws:iam::123456789012:user/rack-7",
    ),
    "iam_session_arn": (
        re.compile(r"arn:aws[a-z-]*:sts::\d{12}:assumed-role/[A-Za-z0-9/+=,.@_-]+"),
        "the ARN of an assumed role's session, such as arn:aws:sts::123456789012:assumed-role/racks/rack-7",
    ),
}


class OnPremisesInstance(Resource):
    noun = "on_premises_instance"
    key = ("instance_name",)
    settings = ("iam_user_arn", "iam_session_arn")

    def __init__(self, context):
        super().__init__(context)
        self.client = codedeploy(context)

    def name_of(self, state):
        return f"on-premises instance {state['instance_name']}"

    def check(self, wanted):
        check_instance_name("instance_name", wanted["instance_name"])
        for option, (form, example) in IDENTITIES.items():
            if option in wanted and not form.fullmatch(wanted[option]):
                raise Failure(f"{option}: {wanted[option]!r} is not {example}. Correct the ARN.")
        check_tags(wanted.get("tags"))
        _check_number_of_tags(wanted.get("tags") or {})

    def complete(self, current, wanted):
        identity = next((option for option in IDENTITIES if option in wanted), None)
        if current is None:
            if identity is None:
                raise Failure(
                    f"{self.name_of(wanted)} is not registered and has no identity. "
                    "Give iam_user_arn or iam_session_arn, the one that its agent speaks with."
                )
            return wanted
        if identity and current.get(identity) != wanted[identity]:
            has = next((option for option in IDENTITIES if option in current), None)
            raise Failure(
                f"{identity}: {self.name_of(current)} is registered with {has} {current.get(has)}, wanted "
                f"{wanted[identity]}. AWS cannot change it, and refuses a deregistered name for about a day: "
                "register the server under another instance_name, or give the ARN that it has."
            )
        if "tags" in wanted and not self.options["purge_tags"]:
            _check_number_of_tags({**current["tags"], **wanted["tags"]})
        return wanted

    def find(self, wanted):
        name = wanted["instance_name"]
        answer = self.client.call(
            "get_on_premises_instance", doing=f"read {self.name_of(wanted)}", absent=ABSENT, instance_name=name
        )
        found = answer and as_options(answer["instance_info"])
        if found and found.get("deregister_time"):
            if self.options["state"] == "present":
                self.context.warn(
                    f"{self.name_of(found)} was deregistered at {found['deregister_time']}. CodeDeploy keeps a "
                    "deregistered name and its ARN for about a day and refuses both until then."
                )
            return None
        return found

    def create(self, wanted):
        identity = {option: wanted[option] for option in IDENTITIES if wanted.get(option)}
        name = wanted["instance_name"]
        self.client.call(
            "register_on_premises_instance", doing=f"register {self.name_of(wanted)}", instance_name=name, **identity
        )
        self.write_tags(wanted, wanted.get("tags") or {}, [])

    def delete(self, current):
        self.client.call(
            "deregister_on_premises_instance",
            doing=f"deregister {self.name_of(current)}",
            instance_name=current["instance_name"],
        )

    def read_tags(self, current):
        return current["tags"]

    def write_tags(self, current, to_set, to_unset):
        # Removed first, since ten tags are the most that an instance has.
        for operation, tags, doing in (
            ("remove_tags_from_on_premises_instances", {key: current["tags"][key] for key in to_unset}, "remove tags"),
            ("add_tags_to_on_premises_instances", to_set, "add tags"),
        ):
            if tags:
                self.client.call(
                    operation,
                    doing=f"{doing} of {self.name_of(current)}",
                    tags=tag_list(tags),
                    instance_names=[current["instance_name"]],
                )


def check_instance_name(option, name):
    """Refuse a name that CodeDeploy would refuse."""
    if not _NAME.fullmatch(name):
        raise Failure(
            f"{option}: {name!r} is not a valid name. Use 1 to 100 letters, digits and + = , . @ _ - "
            "that do not begin with i-, as the ids of EC2 instances do."
        )


def as_options(info):
    """An instance as CodeDeploy tells it, with its tags as a map."""
    return {**info, "tags": boto3_tag_list_to_ansible_dict(info.get("tags") or [], "key", "value")}


def list_on_premises_instances(context, names=None, registration_status=None, filters=None):
    """The instances of these names (all when None) with that status that match one of the filters, by name."""
    client = codedeploy(context)
    for name in names or []:
        check_instance_name("instance_names", name)
    found = names
    if names is None or registration_status or filters:
        listed = client.pages(
            "list_on_premises_instances",
            "instance_names",
            doing="list the on-premises instances",
            registration_status=registration_status,
            tag_filters=[typed("tag_filters", entry) for entry in filters] if filters else None,
        )
        found = listed if names is None else set(names) & set(listed)
    infos = client.batches(
        "batch_get_on_premises_instances",
        ("instance_names", sorted(set(found))),
        "instance_infos",
        BATCH_SIZE,
        doing="read the on-premises instances",
    )
    return sorted((as_options(info) for info in infos), key=lambda instance: instance["instance_name"])


def _check_number_of_tags(tags):
    if len(tags) > MOST_TAGS:
        raise Failure(f"tags: there would be {len(tags)}, an on-premises instance has at most {MOST_TAGS}. Drop some.")
