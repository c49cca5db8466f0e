# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections: what lets pipelines and builds into the repositories of GitHub, GitLab, Bitbucket and the like.

A connection is made PENDING. Somebody with rights at the provider has to finish it once, in a browser: no API does it.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)

from ..engine.errors import Failure
from ..engine.resource import Resource, converge
from ..engine.tags import check_tags
from ..engine.wait import WaitTimeout, wait_until

AVAILABLE, PENDING = "AVAILABLE", "PENDING"
LONGEST_NAME = 32
NOT_THERE = ("ResourceNotFoundException",)
# Providers on a server of one's own, which a host describes.
ON_HOSTS = ("GitHubEnterpriseServer", "GitLabSelfManaged")
REMEDIES = {
    "LimitExceededException": "The account's quota is reached: delete connections that are not needed.",
    "ResourceUnavailableException": "The host is not available: finish its set-up first.",
}

State = dict[str, Any]


class Connection(Resource):
    noun = "connection"
    key = ("connection_name",)
    settings = ("provider_type", "host_arn")
    immutable = settings

    def __init__(self, context):
        super().__init__(context)
        self.client = codeconnections(context)

    def check(self, wanted: State) -> None:
        name = wanted["connection_name"]
        if not 1 <= len(name) <= LONGEST_NAME:
            raise Failure(f"connection_name: {name!r} is not a valid name. Use 1 to {LONGEST_NAME} characters.")
        check_tags(wanted.get("tags"))
        provider, host = wanted.get("provider_type"), wanted.get("host_arn")
        if provider and host:
            raise Failure("provider_type and host_arn exclude each other: the host says what its provider is.")
        if provider in ON_HOSTS:
            raise Failure(f"host_arn is required instead of provider_type {provider}: it is on a server of your own.")
        if host and not host.startswith("arn:"):
            raise Failure(f"host_arn: {host!r} is not the ARN of a host.")

    def complete(self, current: State | None, wanted: State) -> State:
        if current is None and not (wanted.get("provider_type") or wanted.get("host_arn")):
            raise Failure(f"provider_type or host_arn is required to make connection {wanted['connection_name']}.")
        return wanted

    def defaults(self, wanted: State) -> State:
        filled = {"connection_status": PENDING}
        host = wanted.get("host_arn")
        if host:  # a host's connections have its provider
            found = self.client.call("get_host", doing=f"read host {host}", absent=NOT_THERE, host_arn=host)
            filled.update({"provider_type": found["provider_type"]} if found else {})
        return filled

    def find(self, wanted: State) -> State | None:
        name = wanted["connection_name"]
        known = self.client.pages("list_connections", "connections", doing=f"look for connection {name}")
        same = [one for one in known if one.get("connection_name") == name]
        if len(same) > 1:
            arns = ", ".join(one["connection_arn"] for one in same)
            raise Failure(f"connection_name: {len(same)} connections are called {name} ({arns}). Delete all but one.")
        return next(iter(same), None)

    def create(self, wanted: State) -> None:
        request = dict(wanted)
        if "tags" in wanted:
            request["tags"] = tag_list(wanted["tags"])
        self.client.call("create_connection", doing=f"make {self.name_of(wanted)}", **request)

    def delete(self, current: State) -> None:
        self.client.call(
            "delete_connection", doing=f"delete {self.name_of(current)}", connection_arn=current["connection_arn"]
        )

    def read_tags(self, current: State) -> dict[str, str]:
        return read_tags(self.client, current["connection_arn"])

    def write_tags(self, current: State, to_set: dict[str, str], to_unset: list[str]) -> None:
        arn = current["connection_arn"]
        if to_unset:
            self.client.call("untag_resource", doing=f"remove tags of {arn}", resource_arn=arn, tag_keys=to_unset)
        if to_set:
            self.client.call("tag_resource", doing=f"tag {arn}", resource_arn=arn, tags=tag_list(to_set))


def run(context) -> dict[str, Any]:
    """Bring a connection to the wanted state; the result says how to finish one that is PENDING.

    Raises Failure for one that is not AVAILABLE in time where the task requires that.
    """
    result = converge(Connection(context))
    connection = result.get("connection")
    if connection is None:
        return result
    if not context.check_mode and connection.get("connection_status") == PENDING:
        connection = result["connection"] = _await(context, connection)
    status = connection.get("connection_status")
    if status == AVAILABLE or (context.check_mode and "connection_arn" not in connection):
        return result
    connection["console_url"] = console_url(codeconnections(context), connection)
    told = _how_to_finish(context, connection)
    if context.options["require_available"] and not context.check_mode:
        raise Failure(told, **result)
    context.warn(told)
    return result


def list_connections(context, names: list[str] | None = None, provider: str | None = None) -> list[State]:
    """The connections of these names (all when None) and this provider, with their tags, by name."""
    client = codeconnections(context)
    found = client.pages("list_connections", "connections", doing="list the connections", provider_type_filter=provider)
    wanted = [one for one in found if names is None or one["connection_name"] in names]
    for connection in wanted:
        connection["tags"] = read_tags(client, connection["connection_arn"])
        connection["console_url"] = console_url(client, connection)
    return sorted(wanted, key=lambda connection: connection["connection_name"])


def codeconnections(context):
    """The CodeConnections client of this run."""
    return context.client("codeconnections", remedies=REMEDIES)


def tag_list(tags: dict[str, Any]) -> list[dict[str, str]]:
    """Tags as CodeConnections' requests take them, in option names."""
    return ansible_dict_to_boto3_tag_list(tags, "key", "value")


def read_tags(client, arn: str) -> dict[str, str]:
    """The tags of a connection or a host."""
    answer = client.call("list_tags_for_resource", doing=f"read the tags of {arn}", resource_arn=arn)
    return boto3_tag_list_to_ansible_dict(answer.get("tags") or [], "key", "value")


def console_url(client, connection: State) -> str:
    """Where a person finishes the connection, or sees it, in AWS's console."""
    arn = connection["connection_arn"]
    account, identity = arn.split(":")[4], arn.rpartition("/")[2]
    domain = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}.get(
        client.partition, "console.aws.amazon.com"
    )
    return (
        f"https://{client.region}.{domain}/codesuite/settings/{account}/{client.region}"
        f"/codeconnections/connections/{identity}"
    )


def _await(context, connection: State) -> State:
    """The connection once it is not PENDING any more, or when wait_timeout is over."""
    timeout = context.options["wait_timeout"]
    if not context.options["require_available"] or timeout <= 0:
        return connection
    client, arn = codeconnections(context), connection["connection_arn"]
    context.progress.say(f"connection {connection['connection_name']}", _how_to_finish(context, connection))

    def look() -> State:
        return client.call("get_connection", doing=f"read {arn}", connection_arn=arn)["connection"]

    try:
        seen = wait_until(
            look,
            lambda one: one.get("connection_status") != PENDING,
            timeout,
            what=f"connection {connection['connection_name']} to be finished",
            clock=context.clock,
        )
    except WaitTimeout as over:
        seen = over.last
    return {**connection, **seen}


def _how_to_finish(context, connection: State) -> str:
    name, status = connection["connection_name"], connection.get("connection_status")
    url = console_url(codeconnections(context), connection)
    if status != PENDING:
        return f"connection {name} is {status}: see {url}, and make it anew where it can't be mended."
    local = ""
    if context.options.get("endpoint_url"):
        local = f" (in a local region: python -m local_region connection complete {name})"
    provider = connection.get("provider_type") or "the provider"
    return (
        f"connection {name} is {PENDING}: nobody has let AWS in at {provider} yet. Finish it once, "
        f"with 'Update pending connection' at {url}{local}"
    )
