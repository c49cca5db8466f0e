# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts: where a provider is installed that is not a service of the internet. PENDING until a connection through it is
completed."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codeconnections.base import Base, checked_tags, new_id, operation, shown_tags
from local_region.services.codeconnections.records import Host, Store

INSTALLED = ("GitHubEnterpriseServer", "GitLabSelfManaged")
MOST_HOSTS = 50


class Hosts(Base):
    """CreateHost and its relatives."""

    @operation
    def create_host(self, store: Store, params: dict) -> dict:
        if params["ProviderType"] not in INSTALLED:
            message = f"The ProviderType of a host is {' or '.join(INSTALLED)}, not {params['ProviderType']}."
            raise ServiceError("InvalidInputException", message)
        if len(store.hosts) >= MOST_HOSTS:
            raise ServiceError("LimitExceededException", f"An account may have {MOST_HOSTS} hosts.")
        tags = checked_tags(params.get("Tags", []))
        name, provider = params["Name"], params["ProviderType"]
        arn = self.new_arn(store, f"host/{name}-{new_id()[:8]}")
        store.hosts[arn] = Host(
            arn, name, provider, params["ProviderEndpoint"], params.get("VpcConfiguration"), tags=tags
        )
        return {"HostArn": arn} | ({"Tags": shown_tags(tags)} if tags else {})

    @operation
    def get_host(self, store: Store, params: dict) -> dict:
        shown = store.host(params["HostArn"]).shown()
        return {name: value for name, value in shown.items() if name != "HostArn"}

    @operation
    def list_hosts(self, store: Store, params: dict) -> dict:
        found = [one.shown() for one in store.hosts.values()]
        return paging.page(found, params, "Hosts", token="NextToken", limit="MaxResults")

    @operation
    def update_host(self, store: Store, params: dict) -> None:
        host = store.host(params["HostArn"])
        host.endpoint = params.get("ProviderEndpoint", host.endpoint)
        host.vpc = params.get("VpcConfiguration", host.vpc)

    @operation
    def delete_host(self, store: Store, params: dict) -> None:
        arn = params["HostArn"]
        store.host(arn)
        users = [one.name for one in store.connections.values() if one.host_arn == arn]
        if users:
            message = f"The host {arn} has connections, which must be deleted first: {', '.join(users)}"
            raise ServiceError("ResourceUnavailableException", message)
        del store.hosts[arn]
