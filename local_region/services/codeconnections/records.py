# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeConnections remembers: one `Store` per account and region."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_region.protocol import ServiceError

Info = dict[str, Any]

PENDING, AVAILABLE = "PENDING", "AVAILABLE"


@dataclass(eq=False)
class Host:
    """Where a provider is installed."""

    arn: str
    name: str
    provider: str
    endpoint: str
    vpc: Info | None = None
    status: str = PENDING
    tags: dict[str, str] = field(default_factory=dict)

    def shown(self) -> Info:
        """Host of the API."""
        told = {
            "Name": self.name,
            "HostArn": self.arn,
            "ProviderType": self.provider,
            "ProviderEndpoint": self.endpoint,
            "Status": self.status,
        }
        return told | ({"VpcConfiguration": self.vpc} if self.vpc else {})


@dataclass(eq=False)
class Connection:
    """A connection. `folder` holds the repositories that it leads to, None until it is completed."""

    arn: str
    name: str
    provider: str
    account: str
    host_arn: str | None = None
    folder: Path | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return AVAILABLE if self.folder else PENDING

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    def shown(self) -> Info:
        """Connection of the API."""
        told = {
            "ConnectionName": self.name,
            "ConnectionArn": self.arn,
            "ProviderType": self.provider,
            "OwnerAccountId": self.account,
            "ConnectionStatus": self.status,
        }
        return told | ({"HostArn": self.host_arn} if self.host_arn else {})


@dataclass
class Store:
    """All of one account in one region, by ARN."""

    account: str
    region: str
    connections: dict[str, Connection] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)

    def connection(self, arn: str) -> Connection:
        if arn not in self.connections:
            raise ServiceError("ResourceNotFoundException", f"Connection not found: {arn}")
        return self.connections[arn]

    def host(self, arn: str) -> Host:
        if arn not in self.hosts:
            raise ServiceError("ResourceNotFoundException", f"Host not found: {arn}")
        return self.hosts[arn]
