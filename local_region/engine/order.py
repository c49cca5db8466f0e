# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host comes first, and zone by zone."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Protocol, TypeVar


class Standing(IntEnum):
    """What is known of a host before the deployment, in the order in which hosts are deployed to.

    Source: user guide, "Instance health": unhealthy instances, then those with an unknown revision, then those with an
    old one, then those that already run the current one.
    """

    UNHEALTHY = 0
    UNKNOWN_REVISION = 1
    OLD_REVISION = 2
    CURRENT_REVISION = 3


class Orderable(Protocol):
    """What the order looks at."""

    id: str
    zone: str
    standing: Standing


Host = TypeVar("Host", bound=Orderable)


def in_order(hosts: Iterable[Host]) -> list[Host]:
    """The hosts in the order of deployment. Equals are ordered by id, so that two runs of one test agree."""
    return sorted(hosts, key=lambda host: (host.standing, host.id))


def by_zone(hosts: Iterable[Host]) -> list[tuple[str, list[Host]]]:
    """(zone, its hosts) one zone after the other, as a zonal configuration deploys; zones in the order of their names.

    The user guide ("Zonal configuration") leaves the order of zones to CodeDeploy.
    """
    zones: dict[str, list[Host]] = {}
    for host in hosts:
        zones.setdefault(host.zone, []).append(host)
    return sorted(zones.items())
