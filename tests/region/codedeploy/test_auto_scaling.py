# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that Auto Scaling asks for: launches, terminations, outdated instances; and the hooks they come by."""

import threading

import pytest

from local_region.services.codedeploy.auto_scaling import LifecycleAction
from tests.region.codedeploy.scenes import ALLOW, BLOCK, INSTALL, REVISION, REVISION_2, fails_at

PLACE = ("123456789012", "eu-west-1")
TRAFFIC = {
    "deploymentStyle": {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
    "loadBalancerInfo": {"targetGroupInfoList": [{"name": "web"}]},
}


class Scene:
    """The application `shop` with a deployment group of the Auto Scaling group `fleet`, which has i-1."""

    def __init__(self, codedeploy, **options):
        self.codedeploy, self.client = codedeploy, codedeploy.client
        codedeploy.fleet.add("i-1")
        codedeploy.fleet.groups["fleet"] = ["i-1"]
        codedeploy.traffic.registered["web"] = {"i-1"}
        codedeploy.shop(ec2TagFilters=[], autoScalingGroups=["fleet"], **options)
        self.first = codedeploy.agent("i-1")

    def launch(self, instance_id, script=lambda event: None):
        """Auto Scaling holds a new instance: it is not in service, so it is no target of the group's deployments."""
        self.codedeploy.fleet.add(instance_id)
        self.hold(instance_id, "hook")
        return self.codedeploy.agent(instance_id, script)

    def hold(self, instance_id, kind):
        hook = self.group()["autoScalingGroups"][0][kind]
        action = LifecycleAction(PLACE, "fleet", hook, instance_id, "token", kind == "hook")
        self.codedeploy.service.instance_held(action)

    def answer(self, instance_id):
        """What Auto Scaling is told about the instance."""
        completed = self.codedeploy.auto_scaling.completed
        return self.codedeploy.eventually(lambda: dict(completed).get(instance_id))

    def group(self):
        answer = self.client.get_deployment_group(applicationName="shop", deploymentGroupName="production")
        return answer["deploymentGroupInfo"]

    def by(self, creator):
        """DeploymentInfo of the deployments of a creator, the newest first."""
        found = map(self.codedeploy.get, self.client.list_deployments()["deployments"])
        return [info for info in found if info["creator"] == creator]


def update(scene, **options):
    scene.client.update_deployment_group(applicationName="shop", currentDeploymentGroupName="production", **options)


def test_before_the_first_release_an_instance_continues_at_once(codedeploy):
    scene = Scene(codedeploy)
    scene.launch("i-2")
    assert scene.answer("i-2") == "CONTINUE"
    assert scene.client.list_deployments()["deployments"] == []


def test_a_launched_instance_gets_the_last_successful_revision_before_it_continues(codedeploy):
    scene = Scene(codedeploy, **TRAFFIC)
    codedeploy.end_of(codedeploy.deploy(fileExistsBehavior="OVERWRITE"))
    agent = scene.launch("i-2")
    assert scene.answer("i-2") == "CONTINUE"
    (info,) = scene.by("autoscaling")
    assert (info["status"], info["revision"], info["fileExistsBehavior"]) == ("Succeeded", REVISION, "OVERWRITE")
    assert info["deploymentConfigName"] == "CodeDeployDefault.OneAtATime"
    assert list(codedeploy.events(info["deploymentId"], "i-2")) == INSTALL + ALLOW
    assert agent.done == [*INSTALL, ALLOW[0], ALLOW[2]]
    assert "i-2" in codedeploy.traffic.registered["web"]


def test_without_a_load_balancer_a_launched_instance_goes_through_the_seven_events(codedeploy):
    scene = Scene(codedeploy)
    codedeploy.end_of(codedeploy.deploy())
    agent = scene.launch("i-2")
    assert scene.answer("i-2") == "CONTINUE"
    assert agent.done == INSTALL


def test_an_instance_that_does_not_take_the_revision_is_abandoned_and_nothing_is_rolled_back(codedeploy):
    scene = Scene(codedeploy, autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    good = codedeploy.deploy()
    codedeploy.end_of(good)
    scene.launch("i-2", fails_at("ValidateService"))
    assert scene.answer("i-2") == "ABANDON"
    (info,) = scene.by("autoscaling")
    assert info["status"] == "Failed"
    assert scene.by("codeDeployRollback") == []
    assert scene.group()["lastAttemptedDeployment"]["deploymentId"] == good


def test_a_launch_does_not_keep_a_release_from_starting_nor_end_as_the_last_success(codedeploy):
    scene = Scene(codedeploy, outdatedInstancesStrategy="IGNORE")
    codedeploy.end_of(codedeploy.deploy())
    codedeploy.fleet.add("i-2")
    scene.hold("i-2", "hook")
    launch = codedeploy.eventually(lambda: scene.by("autoscaling"))[0]["deploymentId"]
    second = codedeploy.deploy(revision=REVISION_2)
    assert codedeploy.end_of(second)["status"] == "Succeeded"
    codedeploy.agent("i-2")
    assert codedeploy.end_of(launch)["status"] == "Succeeded"
    assert scene.answer("i-2") == "CONTINUE"
    assert scene.group()["targetRevision"] == REVISION_2
    assert scene.by("CodeDeployAutoUpdate") == [], "IGNORE leaves the old revision where it is"


@pytest.mark.parametrize("last", ["the release", "the launch"])
def test_an_instance_launched_during_a_release_gets_the_old_revision_and_then_the_new_one(codedeploy, last):
    scene = Scene(codedeploy)
    codedeploy.end_of(codedeploy.deploy())
    may_end = {"the release": threading.Event(), "the launch": threading.Event()}
    scene.first.script = lambda event: may_end["the release"].wait(10) and None
    release = codedeploy.deploy(revision=REVISION_2)
    codedeploy.in_progress(release)
    scene.launch("i-2", lambda event: may_end["the launch"].wait(10) and None)
    launch = codedeploy.eventually(lambda: scene.by("autoscaling"))[0]
    assert launch["revision"] == REVISION
    deployments = {"the release": release, "the launch": launch["deploymentId"]}
    for name in sorted(may_end, key=lambda name: name == last):
        assert scene.by("CodeDeployAutoUpdate") == []
        may_end[name].set()
        assert codedeploy.end_of(deployments[name])["status"] == "Succeeded"
    (found,) = codedeploy.eventually(lambda: scene.by("CodeDeployAutoUpdate"))
    update_info = codedeploy.end_of(found["deploymentId"])
    assert (update_info["status"], update_info["revision"]) == ("Succeeded", REVISION_2)
    targets = scene.client.list_deployment_targets(deploymentId=found["deploymentId"])["targetIds"]
    assert targets == ["i-2"]
    assert update_info["relatedDeployments"] == {"autoUpdateOutdatedInstancesRootDeploymentId": release}
    related = codedeploy.get(release)["relatedDeployments"]["autoUpdateOutdatedInstancesDeploymentIds"]
    assert related == [found["deploymentId"]]


def test_a_launch_that_takes_long_is_told_to_auto_scaling(simulated):
    scene = Scene(simulated)
    simulated.end_of(simulated.deploy())
    pending = {"go": False}

    def slow(event):
        simulated.eventually(lambda: pending["go"])

    scene.launch("i-2", slow)
    launch = simulated.eventually(lambda: scene.by("autoscaling"))[0]["deploymentId"]
    simulated.eventually(lambda: "ApplicationStop" in simulated.events(launch, "i-2"))
    simulated.auto_scaling.beats.clear()
    simulated.clock.advance(250)
    simulated.clock.advance(60)
    simulated.eventually(lambda: simulated.auto_scaling.beats)
    pending["go"] = True
    assert scene.answer("i-2") in ("CONTINUE", "ABANDON")


def test_with_a_termination_hook_an_instance_stops_its_application_before_it_goes(codedeploy):
    scene = Scene(codedeploy, terminationHookEnabled=True, **TRAFFIC)
    codedeploy.end_of(codedeploy.deploy())
    scene.first.done.clear()
    scene.hold("i-1", "terminationHook")
    assert scene.answer("i-1") == "CONTINUE"
    (info,) = scene.by("autoscalingTermination")
    assert list(codedeploy.events(info["deploymentId"], "i-1")) == [*BLOCK, "ApplicationStop"]
    assert scene.first.done == [BLOCK[0], BLOCK[2], "ApplicationStop"]
    assert codedeploy.traffic.registered["web"] == set()


def test_an_instance_that_is_terminated_goes_whatever_its_scripts_say(codedeploy):
    scene = Scene(codedeploy, terminationHookEnabled=True)
    codedeploy.end_of(codedeploy.deploy())
    scene.first.script = fails_at("ApplicationStop")
    scene.hold("i-1", "terminationHook")
    assert scene.answer("i-1") == "CONTINUE"
    assert scene.by("autoscalingTermination")[0]["status"] == "Failed"


def test_an_action_of_somebody_elses_hook_is_left_to_its_time(codedeploy):
    scene = Scene(codedeploy)
    codedeploy.service.instance_held(LifecycleAction(PLACE, "fleet", "somebody-elses", "i-9", "token", True))
    scene.launch("i-2")
    scene.answer("i-2")
    assert "i-9" not in dict(codedeploy.auto_scaling.completed)


def test_hooks_come_with_the_group_and_go_with_it(codedeploy):
    scene = Scene(codedeploy)
    codedeploy.fleet.groups["more"] = []
    ((_, first),) = codedeploy.auto_scaling.hooks
    assert first.startswith("CodeDeploy-managed-automatic-launch-deployment-hook-production-")
    update(scene, autoScalingGroups=["fleet", "more"], terminationHookEnabled=True)
    hooks = codedeploy.auto_scaling.hooks
    assert sorted((group, launching) for (group, _), launching in hooks.items()) == [
        ("fleet", False),
        ("fleet", True),
        ("more", False),
        ("more", True),
    ]
    assert ("fleet", first) in hooks, "a hook that serves stays"
    update(scene, autoScalingGroups=["more"], terminationHookEnabled=False)
    assert [(group, launching) for (group, _), launching in hooks.items()] == [("more", True)]
    scene.client.delete_deployment_group(applicationName="shop", deploymentGroupName="production")
    assert hooks == {}


def test_a_deleted_application_lets_go_of_its_auto_scaling_groups(codedeploy):
    scene = Scene(codedeploy)
    scene.client.delete_application(applicationName="shop")
    assert codedeploy.auto_scaling.hooks == {}
