# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment configurations."""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.default_configs import PREFIX
from local_region.services.codedeploy.records import Info, Store, new_id


class DeploymentConfigs(Base):
    """Create, get, list and delete deployment configurations. They can't be changed."""

    @operation
    def create_deployment_config(self, store: Store, params: dict) -> dict:
        name = params["deploymentConfigName"]
        if name.startswith(PREFIX):
            raise ServiceError(
                "InvalidDeploymentConfigNameException", f"Names that begin with {PREFIX} are CodeDeploy's own: {name}"
            )
        if name in store.configs:
            raise ServiceError(
                "DeploymentConfigAlreadyExistsException", f"Deployment Configuration already exists: {name}"
            )
        platform = params.get("computePlatform", "Server")
        check = _check_server if platform == "Server" else _check_routing
        check(params)
        info = {"deploymentConfigId": new_id(), "createTime": self.clock.now(), "computePlatform": platform} | params
        store.configs[name] = info
        return {"deploymentConfigId": info["deploymentConfigId"]}

    @operation
    def get_deployment_config(self, store: Store, params: dict) -> dict:
        return {"deploymentConfigInfo": store.config(params["deploymentConfigName"])}

    @operation
    def list_deployment_configs(self, store: Store, params: dict) -> dict:
        return paging.page(sorted(store.configs), params, "deploymentConfigsList")

    @operation
    def delete_deployment_config(self, store: Store, params: dict) -> dict | None:
        name = params["deploymentConfigName"]
        if name.startswith(PREFIX):
            raise ServiceError("InvalidOperationException", f"{name} is CodeDeploy's own and can't be deleted.")
        users = [
            f"{application.name}/{group.name}"
            for application in store.applications.values()
            for group in application.groups.values()
            if group.info["deploymentConfigName"] == name
        ]
        if users:
            raise ServiceError(
                "DeploymentConfigInUseException", f"{name} is still in use by the deployment groups {', '.join(users)}."
            )
        store.configs.pop(name, None)
        store.config_tags.pop(name, None)


def _check_server(params: dict) -> None:
    if "trafficRoutingConfig" in params:
        raise ServiceError(
            "InvalidTrafficRoutingConfigurationException", "trafficRoutingConfig is for the Lambda and ECS platforms."
        )
    code = "InvalidMinimumHealthyHostValueException"
    if "minimumHealthyHosts" not in params:
        raise ServiceError(code, "minimumHealthyHosts is required for the Server platform.")
    _check_minimum(params["minimumHealthyHosts"], "minimumHealthyHosts", code)
    zonal = params.get("zonalConfig", {})
    code = "InvalidZonalDeploymentConfigurationException"
    for member in ("monitorDurationInSeconds", "firstZoneMonitorDurationInSeconds"):
        if zonal.get(member, 0) < 0:
            raise ServiceError(code, f"zonalConfig.{member} must be 0 or more.")
    if "minimumHealthyHostsPerZone" in zonal:
        _check_minimum(zonal["minimumHealthyHostsPerZone"], "zonalConfig.minimumHealthyHostsPerZone", code)


def _check_minimum(minimum: Info, where: str, code: str) -> None:
    kind, value = minimum.get("type"), minimum.get("value")
    if kind not in ("HOST_COUNT", "FLEET_PERCENT") or value is None:
        raise ServiceError(code, f"{where} needs a type (HOST_COUNT or FLEET_PERCENT) and a value.")
    if value < 0 or (kind == "FLEET_PERCENT" and value > 100):
        most = " and at most 100" if kind == "FLEET_PERCENT" else ""
        raise ServiceError(code, f"{where}.value must be at least 0{most} for {kind}, not {value}.")


def _check_routing(params: dict) -> None:
    if "minimumHealthyHosts" in params:
        raise ServiceError("InvalidMinimumHealthyHostValueException", "minimumHealthyHosts is for the Server platform.")
    code = "InvalidTrafficRoutingConfigurationException"
    routing = params.get("trafficRoutingConfig", {})
    detail = {"TimeBasedCanary": "timeBasedCanary", "TimeBasedLinear": "timeBasedLinear", "AllAtOnce": None}
    if routing.get("type") not in detail:
        raise ServiceError(code, "trafficRoutingConfig.type is required for the Lambda and ECS platforms.")
    needed = detail[routing["type"]]
    if needed and needed not in routing:
        raise ServiceError(code, f"trafficRoutingConfig.{needed} is required with type {routing['type']}.")
