# SPDX-License-Identifier: GPL-3.0-or-later
"""The deployment configurations that every account has."""

from __future__ import annotations

from datetime import datetime

from local_region.services.codedeploy.records import Info, new_id

PREFIX = "CodeDeployDefault."

SERVER = {
    "OneAtATime": ("MOST_CONCURRENCY", 1),
    "HalfAtATime": ("FLEET_PERCENT", 50),
    "AllAtOnce": ("FLEET_PERCENT", 0),
}
# (per cent, minutes) of each traffic shift
LAMBDA_CANARY = {f"LambdaCanary10Percent{minutes}Minutes": (10, minutes) for minutes in (5, 10, 15, 30)}
LAMBDA_LINEAR = {
    f"LambdaLinear10PercentEvery{minutes}Minute{'s' * (minutes > 1)}": (10, minutes) for minutes in (1, 2, 3, 10)
}
ECS_CANARY = {f"ECSCanary10Percent{minutes}Minutes": (10, minutes) for minutes in (5, 15)}
ECS_LINEAR = {f"ECSLinear10PercentEvery{minutes}Minutes": (10, minutes) for minutes in (1, 3)}


def default_configs(now: datetime) -> dict[str, Info]:
    """DeploymentConfigInfo by name. Source: user guide, "Predefined deployment configurations"."""
    found = [
        _config(name, "Server", now, minimumHealthyHosts={"type": kind, "value": value})
        for name, (kind, value) in SERVER.items()
    ]
    for platform, canaries, linears in (("Lambda", LAMBDA_CANARY, LAMBDA_LINEAR), ("ECS", ECS_CANARY, ECS_LINEAR)):
        for name, (percent, minutes) in canaries.items():
            shift = {"canaryPercentage": percent, "canaryInterval": minutes}
            routing = {"type": "TimeBasedCanary", "timeBasedCanary": shift}
            found.append(_config(name, platform, now, trafficRoutingConfig=routing))
        for name, (percent, minutes) in linears.items():
            shift = {"linearPercentage": percent, "linearInterval": minutes}
            routing = {"type": "TimeBasedLinear", "timeBasedLinear": shift}
            found.append(_config(name, platform, now, trafficRoutingConfig=routing))
        found.append(_config(f"{platform}AllAtOnce", platform, now, trafficRoutingConfig={"type": "AllAtOnce"}))
    return {config["deploymentConfigName"]: config for config in found}


def _config(name: str, platform: str, now: datetime, **rule: Info) -> Info:
    return {
        "deploymentConfigId": new_id(),
        "deploymentConfigName": PREFIX + name,
        "computePlatform": platform,
        "createTime": now,
        **rule,
    }
