# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue/green deployments from end to end, both ways of provisioning, with scripted agents."""

import pytest
from botocore.exceptions import ClientError

from tests.region.codedeploy.scenes import ALLOW, BLOCK, INSTALL, REVISION, REVISION_2, fails_at

STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
BALANCER = {"targetGroupInfoList": [{"name": "web"}]}
GREEN = {"tagFilters": [{"Key": "Environment", "Value": "green", "Type": "KEY_AND_VALUE"}]}
ALL_AT_ONCE = "CodeDeployDefault.AllAtOnce"


def configuration(action="DISCOVER_EXISTING", wait=None, terminate=0):
    """`wait` minutes for ContinueDeployment, None: traffic at once; `terminate` after minutes, None: keep alive."""
    ready = {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}
    if wait is not None:
        ready = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": wait}
    end = {"action": "KEEP_ALIVE"}
    if terminate is not None:
        end = {"action": "TERMINATE", "terminationWaitTimeInMinutes": terminate}
    return {
        "greenFleetProvisioningOption": {"action": action},
        "deploymentReadyOption": ready,
        "terminateBlueInstancesOnDeploymentSuccess": end,
    }


class Scene:
    """The application `shop` with a blue/green group; b-1 and b-2 have the traffic."""

    def __init__(self, codedeploy, copy=False, scripts=None, **options):
        self.codedeploy, self.client, self.scripts = codedeploy, codedeploy.client, scripts or {}
        self.copy = copy
        codedeploy.traffic.registered["web"] = {"b-1", "b-2"}
        settings = {name: options.pop(name) for name in ("wait", "terminate") if name in options}
        group_options = options
        codedeploy.fleet.add("b-1", "b-2", Environment="production")
        if copy:
            codedeploy.fleet.groups["blue"] = ["b-1", "b-2"]
            group_options |= {"autoScalingGroups": ["blue"], "ec2TagFilters": []}
            settings["action"] = "COPY_AUTO_SCALING_GROUP"
        else:
            codedeploy.fleet.add("g-1", "g-2", Environment="green")
        codedeploy.shop(
            deploymentStyle=STYLE,
            loadBalancerInfo=BALANCER,
            blueGreenDeploymentConfiguration=configuration(**settings),
            **{"deploymentConfigName": ALL_AT_ONCE} | group_options,
        )
        self.agents = {name: self.agent(name) for name in ("b-1", "b-2", "g-1", "g-2")[: 2 if copy else 4]}

    def agent(self, name):
        return self.codedeploy.agent(name, self.scripts.get(name, lambda event: None))

    def deploy(self, **options):
        given = {} if self.copy else {"targetInstances": GREEN}
        deployment = self.codedeploy.deploy(**given | options)
        if self.copy:
            for number in (1, 2):
                name = f"CodeDeploy_production_{deployment}-{number}"
                self.agents[f"g-{number}"] = self.agent(name)
        return deployment

    def until(self, deployment, status):
        return self.codedeploy.eventually(
            lambda: (info := self.codedeploy.get(deployment))["status"] == status and info
        )

    def until_rerouted(self, deployment):
        return self.codedeploy.eventually(
            lambda: (info := self.codedeploy.get(deployment))["instanceTerminationWaitTimeStarted"] and info
        )

    def go_on(self, deployment, wait_type="READY_WAIT"):
        self.client.continue_deployment(deploymentId=deployment, deploymentWaitType=wait_type)

    def labels(self, deployment):
        ids = self.client.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = self.client.batch_get_deployment_targets(deploymentId=deployment, targetIds=ids)["deploymentTargets"]
        return {target["instanceTarget"]["targetId"]: target["instanceTarget"]["instanceLabel"] for target in found}

    def group(self):
        answer = self.client.get_deployment_group(applicationName="shop", deploymentGroupName="production")
        return answer["deploymentGroupInfo"]


def test_traffic_moves_to_existing_instances_and_the_original_ones_are_terminated(codedeploy):
    scene = Scene(codedeploy)
    deployment = scene.deploy()
    info = codedeploy.end_of(deployment)
    assert (info["status"], info["instanceTerminationWaitTimeStarted"]) == ("Succeeded", True)
    assert scene.agents["g-1"].done == INSTALL + [ALLOW[0], ALLOW[2]]
    assert scene.agents["b-1"].done == [BLOCK[0], BLOCK[2]]
    assert list(codedeploy.events(deployment, "g-1")) == INSTALL + ALLOW
    assert list(codedeploy.events(deployment, "b-1")) == BLOCK
    assert codedeploy.traffic.registered["web"] == {"g-1", "g-2"}
    kinds = [kind for kind, _ in codedeploy.traffic.journal]
    assert kinds == ["register"] * 2 + ["deregister"] * 2, "all of green before the first of blue"
    assert sorted(codedeploy.auto_scaling.terminated) == ["b-1", "b-2"]
    assert scene.labels(deployment) == {"b-1": "Blue", "b-2": "Blue", "g-1": "Green", "g-2": "Green"}
    assert info["targetInstances"] == GREEN
    assert info["blueGreenDeploymentConfiguration"] == configuration()
    assert info["loadBalancerInfo"] == BALANCER
    assert scene.group()["ec2TagFilters"] == GREEN["tagFilters"], "green is the group's for the next deployment"


def test_a_copied_auto_scaling_group_takes_the_place_of_the_original(codedeploy):
    scene = Scene(codedeploy, copy=True)
    hook = scene.group()["autoScalingGroups"][0]["hook"]
    deployment = scene.deploy()
    info = codedeploy.end_of(deployment)
    green = f"CodeDeploy_production_{deployment}"
    assert info["status"] == "Succeeded"
    assert info["targetInstances"]["autoScalingGroups"] == [green]
    assert codedeploy.traffic.registered["web"] == {f"{green}-1", f"{green}-2"}
    (entry,) = scene.group()["autoScalingGroups"]
    assert entry["name"] == green
    assert codedeploy.auto_scaling.hooks == {(green, entry["hook"]): True}
    assert entry["hook"] != hook
    assert codedeploy.auto_scaling.taken_over == [("blue", green)]
    assert "blue" not in codedeploy.fleet.groups
    assert sorted(codedeploy.auto_scaling.terminated) == ["b-1", "b-2"]


def test_the_deployment_waits_until_the_copy_is_in_service(codedeploy):
    scene = Scene(codedeploy, copy=True)
    codedeploy.auto_scaling.started = False
    deployment = scene.deploy()
    codedeploy.in_progress(deployment)
    with pytest.raises(ClientError, match="DeploymentNotStartedException"):
        scene.client.list_deployment_targets(deploymentId=deployment)
    codedeploy.auto_scaling.start(f"CodeDeploy_production_{deployment}")
    assert codedeploy.end_of(deployment)["status"] == "Succeeded"


def test_a_copy_that_never_comes_into_service_fails_after_an_hour(simulated):
    scene = Scene(simulated, copy=True)
    simulated.auto_scaling.started = False
    deployment = scene.deploy()
    simulated.in_progress(deployment)
    simulated.clock.advance(3601)
    error = simulated.end_of(deployment)["errorInformation"]
    assert error["code"] == "TIMEOUT"
    assert "replacement environment" in error["message"]


def test_a_stop_while_the_copy_is_made_ends_the_deployment(codedeploy):
    scene = Scene(codedeploy, copy=True)
    codedeploy.auto_scaling.started = False
    deployment = scene.deploy()
    codedeploy.in_progress(deployment)
    scene.client.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    assert codedeploy.end_of(deployment)["status"] == "Stopped"
    codedeploy.auto_scaling.start(f"CodeDeploy_production_{deployment}")
    assert scene.agents["g-1"].done == []


def test_with_stop_deployment_traffic_waits_for_continue_deployment(codedeploy):
    scene = Scene(codedeploy, wait=60, terminate=None)
    deployment = scene.deploy()
    info = scene.until(deployment, "Ready")
    assert (info["deploymentOverview"]["Ready"], info["deploymentOverview"]["Pending"]) == (2, 2)
    assert codedeploy.traffic.journal == []
    with pytest.raises(ClientError, match="DeploymentIsNotInReadyStateException"):
        scene.go_on(deployment, "TERMINATION_WAIT")
    scene.go_on(deployment)
    info = codedeploy.end_of(deployment)
    assert (info["status"], info["instanceTerminationWaitTimeStarted"]) == ("Succeeded", False)
    assert codedeploy.auto_scaling.terminated == []


def test_the_ready_wait_ends_in_a_stop(simulated):
    scene = Scene(
        simulated, wait=60, autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_REQUEST"]}
    )
    deployment = scene.deploy()
    scene.until(deployment, "Ready")
    simulated.clock.advance(3601)
    info = simulated.end_of(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "TIMEOUT")
    assert "rollbackInfo" not in info
    assert simulated.traffic.registered["web"] == {"b-1", "b-2"}


def test_the_original_instances_live_until_the_termination_wait_is_over(simulated):
    scene = Scene(simulated, terminate=5)
    deployment = scene.deploy()
    info = scene.until_rerouted(deployment)
    assert info["status"] == "InProgress"
    simulated.clock.advance(299)
    assert simulated.auto_scaling.terminated == []
    simulated.clock.advance(2)
    assert simulated.end_of(deployment)["status"] == "Succeeded"
    assert sorted(simulated.auto_scaling.terminated) == ["b-1", "b-2"]


@pytest.mark.parametrize("by", ["continue", "skip"])
def test_the_termination_wait_can_be_cut_short(codedeploy, by):
    scene = Scene(codedeploy, terminate=2880)
    deployment = scene.deploy()
    scene.until_rerouted(deployment)
    if by == "continue":
        scene.go_on(deployment, "TERMINATION_WAIT")
    else:
        scene.client.skip_wait_time_for_instance_termination(deploymentId=deployment)
    assert codedeploy.end_of(deployment)["status"] == "Succeeded"
    assert sorted(codedeploy.auto_scaling.terminated) == ["b-1", "b-2"]


@pytest.mark.parametrize("copy", [False, True])
def test_a_broken_revision_never_gets_traffic_and_is_rolled_back(codedeploy, copy):
    scene = Scene(codedeploy, copy=copy, autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    codedeploy.end_of(first := scene.deploy(revision=REVISION))
    codedeploy.traffic.journal.clear()
    if copy:
        blue = codedeploy.fleet.groups[f"CodeDeploy_production_{first}"]
    else:
        blue = ["g-1", "g-2"]
        codedeploy.fleet.add("n-1", "n-2", Environment="new")
        for name in ("n-1", "n-2"):
            codedeploy.agent(name, fails_at("ValidateService"))
    given = {} if copy else {"targetInstances": {"tagFilters": [{"Key": "Environment", "Value": "new"}]}}
    second = codedeploy.deploy(revision=REVISION_2, **given)
    if copy:
        for number in (1, 2):
            codedeploy.agent(f"CodeDeploy_production_{second}-{number}", fails_at("ValidateService"))
    failed = codedeploy.end_of(second)
    assert (failed["status"], failed["errorInformation"]["code"]) == ("Failed", "HEALTH_CONSTRAINTS")
    rollback = codedeploy.end_of(failed["rollbackInfo"]["rollbackDeploymentId"])
    assert (rollback["status"], rollback["creator"]) == ("Succeeded", "codeDeployRollback")
    assert scene.labels(rollback["deploymentId"]) == dict.fromkeys(blue, "Blue")
    assert list(codedeploy.events(rollback["deploymentId"], blue[0])) == ALLOW
    assert codedeploy.traffic.registered["web"] == set(blue)
    assert {kind for kind, _ in codedeploy.traffic.journal} == {"register"}
    assert scene.group()["targetRevision"] == REVISION


def test_a_stop_after_the_rerouting_brings_the_traffic_back(codedeploy):
    scene = Scene(codedeploy)
    codedeploy.end_of(scene.deploy())
    codedeploy.fleet.add("n-1", Environment="new")
    codedeploy.agent("n-1")
    configured = configuration(terminate=60)
    scene.client.update_deployment_group(
        applicationName="shop",
        currentDeploymentGroupName="production",
        blueGreenDeploymentConfiguration=configured,
    )
    targets = {"tagFilters": [{"Key": "Environment", "Value": "new"}]}
    second = codedeploy.deploy(revision=REVISION_2, targetInstances=targets)
    scene.until_rerouted(second)
    assert codedeploy.traffic.registered["web"] == {"n-1"}
    codedeploy.traffic.journal.clear()
    scene.client.stop_deployment(deploymentId=second, autoRollbackEnabled=True)
    stopped = codedeploy.end_of(second)
    assert stopped["errorInformation"]["code"] == "MANUAL_STOP"
    rollback = codedeploy.end_of(stopped["rollbackInfo"]["rollbackDeploymentId"])
    assert rollback["status"] == "Succeeded"
    assert list(codedeploy.events(rollback["deploymentId"], "n-1")) == BLOCK
    assert codedeploy.traffic.registered["web"] == {"g-1", "g-2"}
    assert [kind for kind, _ in codedeploy.traffic.journal] == ["register", "register", "deregister"]
    assert scene.group()["ec2TagFilters"] == GREEN["tagFilters"]


def test_without_the_original_instances_a_rollback_deploys_the_old_revision_again(codedeploy):
    scene = Scene(codedeploy)
    codedeploy.end_of(scene.deploy())
    codedeploy.fleet.add("n-1", Environment="new")
    agent = codedeploy.agent("n-1")
    scene.client.update_deployment_group(
        applicationName="shop",
        currentDeploymentGroupName="production",
        blueGreenDeploymentConfiguration=configuration(wait=60),
    )
    targets = {"tagFilters": [{"Key": "Environment", "Value": "new"}]}
    second = codedeploy.deploy(revision=REVISION_2, targetInstances=targets)
    scene.until(second, "Ready")
    del codedeploy.fleet.tags["g-1"], codedeploy.fleet.tags["g-2"]
    scene.client.stop_deployment(deploymentId=second, autoRollbackEnabled=True)
    rollback = codedeploy.end_of(second)["rollbackInfo"]["rollbackDeploymentId"]
    scene.until(rollback, "Ready")
    scene.go_on(rollback)
    info = codedeploy.end_of(rollback)
    assert (info["status"], info["revision"]) == ("Succeeded", REVISION)
    assert agent.done.count("Install") == 2


def test_an_original_instance_that_cannot_be_released_fails_the_deployment(codedeploy):
    scene = Scene(codedeploy, scripts={"b-2": fails_at("AfterBlockTraffic")})
    info = codedeploy.end_of(scene.deploy())
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "HEALTH_CONSTRAINTS")
    assert codedeploy.auto_scaling.terminated == []
    assert codedeploy.traffic.registered["web"] == {"g-1", "g-2"}
    assert scene.group()["ec2TagFilters"][0]["Value"] == "production"


def test_ready_is_told_to_triggers(codedeploy):
    trigger = {
        "triggerName": "t",
        "triggerTargetArn": "arn:aws:sns:eu-west-1:123456789012:t",
        "triggerEvents": ["DeploymentReady", "InstanceReady"],
    }
    scene = Scene(codedeploy, triggerConfigurations=[trigger])
    codedeploy.end_of(scene.deploy())
    codedeploy.eventually(lambda: len(codedeploy.notices) == 3)


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"loadBalancerInfo": {}}, "InvalidLoadBalancerInfoException"),
        (
            {"deploymentStyle": STYLE | {"deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}},
            "InvalidDeploymentStyleException",
        ),
        (
            {
                "blueGreenDeploymentConfiguration": {
                    "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 5}
                }
            },
            "InvalidBlueGreenDeploymentConfigurationException.*waitTimeInMinutes is for",
        ),
        (
            {"blueGreenDeploymentConfiguration": {"deploymentReadyOption": {"waitTimeInMinutes": 5}}},
            "InvalidBlueGreenDeploymentConfigurationException.*waitTimeInMinutes is for",
        ),
        (
            {"blueGreenDeploymentConfiguration": configuration(terminate=2881)},
            "InvalidBlueGreenDeploymentConfigurationException.*0 to 2880, not 2881",
        ),
        (
            {"blueGreenDeploymentConfiguration": configuration("COPY_AUTO_SCALING_GROUP")},
            "InvalidBlueGreenDeploymentConfigurationException.*Exactly one AutoScaling group",
        ),
    ],
)
def test_a_group_that_cannot_be_is_refused(codedeploy, members, error):
    with pytest.raises(ClientError, match=error):
        codedeploy.shop(**{"deploymentStyle": STYLE, "loadBalancerInfo": BALANCER} | members)


@pytest.mark.parametrize(
    ("copy", "targets", "error"),
    [
        (False, None, "InvalidTargetInstancesException.*must name the replacement instances"),
        (False, {}, "InvalidTargetInstancesException.*must name the replacement instances"),
        (True, GREEN, "InvalidTargetInstancesException.*not for groups with COPY_AUTO_SCALING_GROUP"),
        (False, {"autoScalingGroups": ["ghost"]}, "InvalidAutoScalingGroupException.*ghost"),
        (False, {"tagFilters": [{"Value": "green"}]}, "InvalidTargetInstancesException.*has no Key"),
        (
            False,
            GREEN | {"ec2TagSet": {"ec2TagSetList": [[{"Key": "a"}]]}},
            "InvalidTargetInstancesException.*not both",
        ),
    ],
)
def test_target_instances_that_do_not_fit_are_refused(codedeploy, copy, targets, error):
    scene = Scene(codedeploy, copy=copy)
    with pytest.raises(ClientError, match=error):
        codedeploy.deploy(**{} if targets is None else {"targetInstances": targets})
    assert scene.client.list_deployments()["deployments"] == []


def test_what_can_not_be_continued_is_refused(codedeploy):
    scene = Scene(codedeploy)
    deployment = scene.deploy()
    codedeploy.end_of(deployment)
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        scene.go_on(deployment)
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        scene.client.skip_wait_time_for_instance_termination(deploymentId=deployment)
    with pytest.raises(ClientError, match="InvalidDeploymentIdException"):
        scene.go_on("nonsense")
    with pytest.raises(ClientError, match="DeploymentDoesNotExistException"):
        scene.go_on("d-123456789")
    with pytest.raises(ClientError, match="DeploymentIdRequiredException"):
        scene.client.continue_deployment()
    codedeploy.fleet.add("i-1", Environment="staging")
    codedeploy.shop("staging")
    with pytest.raises(ClientError, match="UnsupportedActionForDeploymentTypeException"):
        scene.go_on(codedeploy.deploy("staging"))


def test_targets_are_listed_by_their_label(codedeploy):
    scene = Scene(codedeploy, wait=60)
    deployment = scene.deploy()
    scene.until(deployment, "Ready")
    found = scene.client.list_deployment_targets(
        deploymentId=deployment, targetFilters={"ServerInstanceLabel": ["Green"]}
    )
    assert sorted(found["targetIds"]) == ["g-1", "g-2"]
    ready = scene.client.list_deployment_targets(deploymentId=deployment, targetFilters={"TargetStatus": ["Ready"]})
    assert ready["targetIds"] == found["targetIds"]
    old = scene.client.list_deployment_instances(deploymentId=deployment, instanceTypeFilter=["Blue"])
    assert sorted(old["instancesList"]) == ["b-1", "b-2"]
    scene.client.stop_deployment(deploymentId=deployment)
