# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment configurations as the engine's rules."""

from __future__ import annotations

from local_region.engine.deployment import Rules, Zonal
from local_region.engine.healthy_hosts import MinimumHealthyHosts
from local_region.services.codedeploy.records import Info


def rules(config: Info, ignore_application_stop_failures: bool) -> Rules:
    """The engine's rules for a configuration of the Server platform."""
    zonal = config.get("zonalConfig")
    return Rules(
        minimum=_minimum(config["minimumHealthyHosts"]),
        zonal=_zonal(zonal) if zonal else None,
        ignore_application_stop_failures=ignore_application_stop_failures,
    )


def _minimum(minimum: Info) -> MinimumHealthyHosts:
    return MinimumHealthyHosts(minimum.get("type", "FLEET_PERCENT"), minimum.get("value", 0))


def _zonal(zonal: Info) -> Zonal:
    return Zonal(
        minimum_per_zone=_minimum(zonal.get("minimumHealthyHostsPerZone", {})),
        monitor=zonal.get("monitorDurationInSeconds", 0),
        first_zone_monitor=zonal.get("firstZoneMonitorDurationInSeconds"),
    )
