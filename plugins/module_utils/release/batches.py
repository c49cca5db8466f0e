# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The deployment configuration for a batch: so many hosts, or so much of the fleet, are deployed to at a time.

CodeDeploy is told the other way round, how many hosts have to stay healthy, and its configurations never change. So the
name says what the configuration holds, and another batch gets another one. Pure.
"""

from __future__ import annotations

import re
from typing import Any

from ..engine.errors import Failure
from .plan import Config, Minimum, Zonal

_BATCH = re.compile(r"(\d+)(\s*%)?")
# What AWS has under names of its own.
PREDEFINED = {
    ("HOSTS", 1): Config("CodeDeployDefault.OneAtATime", Minimum("MOST_CONCURRENCY", 1)),
    ("PERCENT", 50): Config("CodeDeployDefault.HalfAtATime", Minimum("FLEET_PERCENT", 50)),
}


def config_for(batch: str, hosts: int, name: str, zonal: bool = False, monitor: int = 0) -> Config:
    """The configuration with which ``batch`` ("2", or "25%" of the fleet) of so many hosts are out at a time.

    Per cent are rounded down, but never to no host at all. ``zonal`` goes zone by zone and watches each zone but the
    last for ``monitor`` seconds. ``name`` begins the name of a configuration that AWS has not got itself.
    Raises Failure for a batch that is none, and for one that would take all hosts out at once.
    """
    kind, number = _read(batch)
    if kind == "PERCENT" and number * hosts // 100 == 0:
        kind, number = "HOSTS", 1
    if hosts > 1 and (number >= hosts if kind == "HOSTS" else number == 100):
        raise Failure(
            f"batch: {batch} takes all {hosts} hosts out at once. Use at most {hosts - 1}, or the strategy all_at_once."
        )
    if not zonal and (kind, number) in PREDEFINED:
        return PREDEFINED[kind, number]
    if kind == "PERCENT":
        minimum, label = Minimum("FLEET_PERCENT", 100 - number), f"{100 - number}-percent"
    else:
        healthy = max(0, hosts - number)
        minimum, label = Minimum("HOST_COUNT", healthy), f"{healthy}-hosts"
    zones = Zonal(first_monitor=monitor, monitor=monitor) if zonal else None
    watched = f"-zonal-{monitor}s" if zonal else ""
    return Config(f"{name}-healthy-{label}{watched}", minimum, zones)


def definition(config: Config) -> dict[str, Any]:
    """The options of the module codedeploy_deployment_config that make it; {} for one that AWS has anyway."""
    if config in PREDEFINED.values():
        return {}
    made: dict[str, Any] = {
        "deployment_config_name": config.name,
        "compute_platform": "Server",
        "minimum_healthy_hosts": {"type": config.minimum.kind, "value": config.minimum.value},
    }
    if config.zonal:
        made["zonal_config"] = {
            "first_zone_monitor_duration_in_seconds": config.zonal.first_monitor,
            "monitor_duration_in_seconds": config.zonal.monitor,
        }
    return made


def _read(batch: str) -> tuple[str, int]:
    found = _BATCH.fullmatch(batch.strip())
    number = int(found[1]) if found else 0
    if not found or number < 1 or (found[2] and number > 100):
        raise Failure(
            f"batch: {batch!r} is neither a number of hosts nor a part of them. Use a count, such as 2, or per cent, "
            'such as "25%".'
        )
    return ("PERCENT" if found[2] else "HOSTS"), number
