# SPDX-License-Identifier: GPL-3.0-or-later
"""The CodeDeploy service, put together from its resources."""

from __future__ import annotations

import threading

from botocore.model import OperationModel

from local_region.clock import Clock
from local_region.protocol import Service, ServiceError, load_model
from local_region.services.codedeploy import views
from local_region.services.codedeploy.applications import Applications
from local_region.services.codedeploy.configs import DeploymentConfigs
from local_region.services.codedeploy.deployments import Deployments
from local_region.services.codedeploy.groups import DeploymentGroups
from local_region.services.codedeploy.links import Links
from local_region.services.codedeploy.on_premises import OnPremises
from local_region.services.codedeploy.records import DeploymentRecord
from local_region.services.codedeploy.revisions import Revisions
from local_region.services.codedeploy.runner import Runner
from local_region.services.codedeploy.surroundings import Surroundings
from local_region.services.codedeploy.tagging import Tagging
from local_region.services.codedeploy.targets import Targets
from local_region.validation import Problem

# Members whose typed error is not named after them: (operation's member, kind of problem) -> error.
TYPED = {
    ("serviceRoleArn", "missing"): "RoleRequiredException",
    ("minimumHealthyHosts", "*"): "InvalidMinimumHealthyHostValueException",
    ("zonalConfig", "*"): "InvalidZonalDeploymentConfigurationException",
    ("trafficRoutingConfig", "*"): "InvalidTrafficRoutingConfigurationException",
    ("ec2TagFilters", "*"): "InvalidEC2TagException",
    ("ec2TagSet", "*"): "InvalidEC2TagException",
    ("onPremisesInstanceTagFilters", "*"): "InvalidTagException",
    ("onPremisesTagSet", "*"): "InvalidTagException",
    ("triggerConfigurations", "*"): "InvalidTriggerConfigException",
    ("alarmConfiguration", "*"): "InvalidAlarmConfigException",
    ("overrideAlarmConfiguration", "*"): "InvalidAlarmConfigException",
    ("autoRollbackConfiguration", "*"): "InvalidAutoRollbackConfigException",
    ("ec2DeploymentOptions", "*"): "InvalidAutoScalingGroupProcessToSuspendException",
    ("loadBalancerInfo", "*"): "InvalidLoadBalancerInfoException",
    ("deploymentStyle", "*"): "InvalidDeploymentStyleException",
    ("blueGreenDeploymentConfiguration", "*"): "InvalidBlueGreenDeploymentConfigurationException",
    ("targetInstances", "*"): "InvalidTargetInstancesException",
    ("deploymentWaitType", "*"): "InvalidDeploymentWaitTypeException",
    ("createTimeRange", "*"): "InvalidTimeRangeException",
    ("includeOnlyStatuses", "*"): "InvalidDeploymentStatusException",
    ("instanceStatusFilter", "*"): "InvalidInstanceStatusException",
    ("instanceTypeFilter", "*"): "InvalidInstanceTypeException",
    ("targetFilters", "*"): "InvalidTargetFilterNameException",
    ("deployed", "*"): "InvalidDeployedStateFilterException",
    ("tagFilters", "*"): "InvalidTagFilterException",
    ("currentDeploymentGroupName", "missing"): "DeploymentGroupNameRequiredException",
    ("applicationNames", "missing"): "ApplicationNameRequiredException",
    ("deploymentGroupNames", "missing"): "DeploymentGroupNameRequiredException",
    ("deploymentIds", "missing"): "DeploymentIdRequiredException",
    ("instanceIds", "missing"): "InstanceIdRequiredException",
    ("instanceNames", "missing"): "InstanceNameRequiredException",
    ("revisions", "missing"): "RevisionRequiredException",
    ("tags", "missing"): "TagRequiredException",
    ("Tags", "missing"): "TagRequiredException",
    ("TagKeys", "missing"): "TagRequiredException",
}


class CodeDeploy(
    Applications,
    DeploymentConfigs,
    DeploymentGroups,
    Revisions,
    Deployments,
    Targets,
    OnPremises,
    Links,
    Tagging,
    Service,
):
    """botocore's `codedeploy`, carried out on the region's hosts and load balancers."""

    model = load_model("codedeploy")

    def __init__(self, clock: Clock, surroundings: Surroundings):
        self.clock, self.fleet, self.auto_scaling = clock, surroundings.fleet, surroundings.auto_scaling
        self.functions = surroundings.functions
        self.lock = threading.RLock()
        self.stores = {}
        self.times = views.Times(clock)
        self.runner = Runner(
            self.lock,
            clock,
            surroundings,
            self.times,
            on_premises=self.on_premises_targets,
            ended=self.deployment_ended,
        )

    def close(self) -> None:
        """Ends the runner's thread and all agents' polls."""
        self.runner.close()

    def find_deployment(self, account: str, region: str, deployment_id: str) -> DeploymentRecord | None:
        """A deployment by id, for the agents' commands service."""
        with self.lock:
            store = self.stores.get((account, region))
            return store.deployments.get(deployment_id) if store else None

    def error_for(self, operation: OperationModel, problem: Problem) -> ServiceError:
        declared = {shape.name for shape in operation.error_shapes}
        for member in problem.members[:1]:
            code = TYPED.get((member, problem.kind)) or TYPED.get((member, "*"))
            if code in declared:
                return ServiceError(code, problem.text)
        return super().error_for(operation, problem)
