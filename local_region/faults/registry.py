# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds of faults, by name."""

from __future__ import annotations

from local_region.faults.agents import AgentKilled, AgentSilent
from local_region.faults.api import ApiFailing, ApiSlow, ApiThrottled
from local_region.faults.bundles import BundleCorrupted
from local_region.faults.disks import DiskFull
from local_region.faults.fault import Fault, Refused
from local_region.faults.health_checks import HealthCheckBroken
from local_region.faults.instances import HostKilled
from local_region.faults.links import NetworkCut, NetworkSlow
from local_region.faults.processes import ProcessFrozen, ProcessKilled

KINDS: dict[str, type[Fault]] = {
    kind.name: kind
    for kind in (
        AgentKilled,
        AgentSilent,
        HostKilled,
        ProcessKilled,
        ProcessFrozen,
        DiskFull,
        NetworkSlow,
        NetworkCut,
        HealthCheckBroken,
        ApiThrottled,
        ApiFailing,
        ApiSlow,
        BundleCorrupted,
    )
}


def kind_of(name: str) -> type[Fault]:
    """Raises `Refused` for a name that there is not."""
    if name not in KINDS:
        raise Refused(f"There is no fault {name!r}; there are {', '.join(KINDS)}.")
    return KINDS[name]


def catalogue() -> list[dict]:
    """Every kind of fault as JSON-able data, for `fault list`."""
    return [
        {
            "name": kind.name,
            "text": kind.text,
            "undone": kind.undone,
            "lasting": kind.lasting,
            "parameters": [
                {
                    "name": parameter.name,
                    "text": parameter.text,
                    "required": parameter.required,
                    "default": None if parameter.required else parameter.default,
                }
                for parameter in kind.parameters
            ],
        }
        for kind in KINDS.values()
    ]
