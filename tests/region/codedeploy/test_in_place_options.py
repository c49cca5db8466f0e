# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of in-place deployments: deploymentMode RESTART, Auto Scaling processes that are suspended."""

import pytest
from botocore.exceptions import ClientError

from tests.region.codedeploy.scenes import INSTALL, REVISION, REVISION_2, fails_at

PROCESSES = {"autoScalingGroupProcessesToSuspend": ["Terminate", "AZRebalance"]}


@pytest.fixture
def shop(codedeploy):
    """The group `production` of the instance i-1, which has an agent."""
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
    codedeploy.first = codedeploy.agent("i-1")
    return codedeploy


def restart(shop, **options) -> str:
    made = shop.client.create_deployment(
        applicationName="shop", deploymentGroupName="production", deploymentMode="RESTART", **options
    )
    return made["deploymentId"]


def test_a_restart_goes_through_the_events_with_the_last_successful_revision(shop):
    shop.end_of(shop.deploy(revision=REVISION_2, deploymentMode="STANDARD", fileExistsBehavior="OVERWRITE"))
    shop.first.done.clear()
    info = shop.end_of(restart(shop))
    assert (info["status"], info["revision"], info["deploymentMode"]) == ("Succeeded", REVISION_2, "RESTART")
    assert info["fileExistsBehavior"] == "OVERWRITE"
    assert shop.first.done == INSTALL
    standard = shop.client.list_deployments()["deployments"][-1]
    assert "deploymentMode" not in shop.get(standard)


def test_agents_are_told_that_it_is_a_restart(shop):
    shop.end_of(shop.deploy())
    shop.fleet.tags = {}
    shop.fleet.add("i-2", Environment="production")
    restart(shop)
    command = shop.eventually(lambda: shop.commands.poll("i-2"))
    assert shop.commands.specification(command)["DeploymentMode"] == "RESTART"


def test_a_failed_restart_is_rolled_back_by_a_deployment_that_downloads(shop):
    shop.end_of(shop.deploy())
    shop.first.script = fails_at("ApplicationStart")
    failed = shop.end_of(restart(shop))
    rollback = shop.get(failed["rollbackInfo"]["rollbackDeploymentId"])
    assert rollback["revision"] == REVISION
    assert "deploymentMode" not in rollback


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"revision": REVISION}, "InvalidInputException.*revision is not for deploymentMode RESTART"),
        ({"updateOutdatedInstancesOnly": True}, "InvalidInputException.*updateOutdatedInstancesOnly is not for"),
        ({}, "RevisionDoesNotExistException.*no successful deployment whose revision could be restarted"),
    ],
)
def test_a_restart_of_what_is_not_there_is_refused(shop, options, error):
    with pytest.raises(ClientError, match=error):
        restart(shop, **options)


@pytest.mark.parametrize("ends", ["Succeeded", "Failed"])
def test_processes_are_suspended_while_the_deployment_runs(codedeploy, ends):
    codedeploy.fleet.add("i-1")
    codedeploy.fleet.groups["web"] = ["i-1"]
    codedeploy.shop(ec2TagFilters=[], autoScalingGroups=["web"], ec2DeploymentOptions=PROCESSES)
    seen = []

    def script(event):
        seen.append(list(codedeploy.auto_scaling.journal))
        return fails_at("ValidateService")(event) if ends == "Failed" else None

    codedeploy.agent("i-1", script)
    info = codedeploy.end_of(codedeploy.deploy())
    assert (info["status"], info["ec2DeploymentOptions"]) == (ends, PROCESSES)
    suspended = ("suspend", "web", "Terminate", "AZRebalance")
    assert seen[0] == [suspended]
    resumed = ("resume", "web", "Terminate", "AZRebalance")
    codedeploy.eventually(lambda: codedeploy.auto_scaling.journal == [suspended, resumed])


def test_a_deployments_own_processes_beat_its_groups(codedeploy):
    codedeploy.fleet.add("i-1")
    codedeploy.fleet.groups["web"] = ["i-1"]
    codedeploy.shop(ec2TagFilters=[], autoScalingGroups=["web"], ec2DeploymentOptions=PROCESSES)
    codedeploy.agent("i-1")
    own = {"autoScalingGroupProcessesToSuspend": ["ScheduledActions"]}
    codedeploy.end_of(codedeploy.deploy(ec2DeploymentOptions=own))
    assert codedeploy.auto_scaling.journal[0] == ("suspend", "web", "ScheduledActions")
