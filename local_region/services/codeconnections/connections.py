# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: create, get, list, delete."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codeconnections.base import Base, checked_tags, new_id, operation, shown_tags
from local_region.services.codeconnections.hosts import INSTALLED
from local_region.services.codeconnections.records import Connection, Store

# Source: Developer Tools console user guide, "Quotas for connections".
MOST_CONNECTIONS = 250


class Connections(Base):
    """CreateConnection and its relatives."""

    @operation
    def create_connection(self, store: Store, params: dict) -> dict:
        host_arn, provider = params.get("HostArn"), params.get("ProviderType")
        if (host_arn is None) == (provider is None):
            raise ServiceError("InvalidInputException", "A connection has either a ProviderType or a HostArn.")
        if provider in INSTALLED:
            message = f"A connection to {provider} needs a host: create one and give its HostArn."
            raise ServiceError("InvalidInputException", message)
        if len(store.connections) >= MOST_CONNECTIONS:
            raise ServiceError("LimitExceededException", f"An account may have {MOST_CONNECTIONS} connections.")
        tags = checked_tags(params.get("Tags", []))
        provider = provider or store.host(host_arn).provider
        arn = self.new_arn(store, f"connection/{new_id()}")
        store.connections[arn] = Connection(
            arn, params["ConnectionName"], provider, store.account, host_arn=host_arn, tags=tags
        )
        return {"ConnectionArn": arn} | ({"Tags": shown_tags(tags)} if tags else {})

    @operation
    def get_connection(self, store: Store, params: dict) -> dict:
        return {"Connection": store.connection(params["ConnectionArn"]).shown()}

    @operation
    def list_connections(self, store: Store, params: dict) -> dict:
        provider, host_arn = params.get("ProviderTypeFilter"), params.get("HostArnFilter")
        found = [
            one.shown()
            for one in store.connections.values()
            if (provider is None or one.provider == provider) and (host_arn is None or one.host_arn == host_arn)
        ]
        return paging.page(found, params, "Connections", token="NextToken", limit="MaxResults")

    @operation
    def delete_connection(self, store: Store, params: dict) -> None:
        store.connection(params["ConnectionArn"])
        del store.connections[params["ConnectionArn"]]
