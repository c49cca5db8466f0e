# SPDX-License-Identifier: GPL-3.0-or-later
"""The CodeDeploy action: deployments of the region's own CodeDeploy, to instances with scripted agents."""

import json
import threading
from collections.abc import Iterator

import pytest

from tests.region.codepipeline.workshop import ARTIFACTS, action, probe, stage, wait_for
from tests.region.test_codedeploy_in_the_region import ask

ROLE = "arn:aws:iam::123456789012:role/codedeploy"
IMAGE = "ami-12c6146b"


class Fleet:
    """One instance whose agent does every event well, or fails every one while `broken`, or waits while `held`."""

    def __init__(self, api):
        self.broken = False
        self.held = threading.Event()
        self.held.set()
        self._api, self._stopped = api, threading.Event()
        ec2 = api.client("ec2")
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Environment", "Value": "production"}]}]
        made = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="t3.micro", TagSpecifications=tags)
        self._arn = f"arn:aws:ec2:us-east-1:123456789012:instance/{made['Instances'][0]['InstanceId']}"
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._stopped.is_set():
            command = ask(self._api.url, "PollHostCommand", HostIdentifier=self._arn).get("HostCommand")
            if command and not self._stopped.is_set():
                identifier = {"HostCommandIdentifier": command["HostCommandIdentifier"]}
                ask(self._api.url, "PutHostCommandAcknowledgement", **identifier)
                self.held.wait(10)
                ask(self._api.url, "PutHostCommandComplete", **identifier, **self._result())

    def _result(self) -> dict:
        if not self.broken:
            return {"CommandStatus": "Succeeded"}
        said = {"error_code": 4, "script_name": "validate.sh", "message": "exit status 1", "log": ""}
        return {"CommandStatus": "Failed", "Diagnostics": {"Format": "JSON", "Payload": json.dumps(said)}}

    def close(self) -> None:
        self._stopped.set()
        self.held.set()
        self._api.region.codedeploy.runner.host_commands.close()
        self._thread.join(10)


@pytest.fixture(scope="module")
def running_fleet(region_api) -> Iterator[Fleet]:
    fleet = Fleet(region_api)
    yield fleet
    fleet.close()


@pytest.fixture
def fleet(running_fleet, shop) -> Fleet:
    """The fleet, with an application and a deployment group of the test's pipeline's name."""
    running_fleet.broken = False
    codedeploy = shop.api.client("codedeploy")
    codedeploy.create_application(applicationName=shop.name)
    codedeploy.create_deployment_group(
        applicationName=shop.name,
        deploymentGroupName="production",
        serviceRoleArn=ROLE,
        ec2TagFilters=[{"Key": "Environment", "Value": "production", "Type": "KEY_AND_VALUE"}],
    )
    return running_fleet


def deploy(shop, **more) -> dict:
    configuration = {"ApplicationName": shop.name, "DeploymentGroupName": "production"}
    return stage("Deploy", action("Hosts", "Deploy CodeDeploy", inputs=["App"], configuration=configuration), **more)


def deployments(shop) -> list[dict]:
    """All deployments of the test's application, the newest first."""
    client = shop.api.client("codedeploy")
    ids = client.list_deployments(applicationName=shop.name, deploymentGroupName="production")["deployments"]
    return [client.get_deployment(deploymentId=one)["deploymentInfo"] for one in ids]


def test_the_artifact_is_deployed_and_the_deployment_is_named(shop, fleet):
    execution = shop.create(deploy(shop))
    shop.until(execution, "Succeeded")
    source, hosts = shop.actions(execution)
    (deployment,) = deployments(shop)
    assert hosts["output"]["executionResult"]["externalExecutionId"] == deployment["deploymentId"]
    made = source["output"]["outputArtifacts"][0]["s3location"]
    assert deployment["revision"]["s3Location"] == {"bucket": ARTIFACTS, "key": made["key"], "bundleType": "zip"}
    assert deployment["deploymentId"] in shop.latest("Deploy", "Hosts")["externalExecutionUrl"]


def test_a_failed_deployment_fails_the_action_and_later_stages_are_not_reached(shop, fleet):
    fleet.broken = True
    execution = shop.create(deploy(shop), stage("Production", probe()))
    shop.until(execution, "Failed")
    error = shop.latest("Deploy", "Hosts")["errorDetails"]
    (deployment,) = deployments(shop)
    assert error["code"] == "JobFailed"
    assert f"Deployment {deployment['deploymentId']} failed: HEALTH_CONSTRAINTS" in error["message"]
    assert shop.latest("Production") == {}


def test_a_failed_stage_deploys_the_last_good_artifact_again(shop, fleet):
    first = shop.create(deploy(shop, onFailure={"result": "ROLLBACK"}))
    shop.until(first, "Succeeded")
    (good,) = deployments(shop)
    shop.push(index_html="broken")
    fleet.broken = True
    second = shop.start()
    wait_for(lambda: shop.status(second) == "Failed", "the broken release fails")
    fleet.broken = False
    wait_for(lambda: shop.executions()[0]["executionType"] == "ROLLBACK", "a rollback")
    wait_for(lambda: shop.executions()[0]["status"] != "InProgress", "the rollback's end")
    newest = deployments(shop)[0]
    assert newest["revision"] == good["revision"]


def test_a_change_during_a_deployment_waits_and_nothing_is_deployed_twice(shop, fleet):
    fleet.held.clear()
    first = shop.create(deploy(shop))
    wait_for(lambda: deployments(shop), "the first deployment")
    shop.push(index_html="two")
    second = shop.start()
    wait_for(lambda: shop.state("Deploy").get("inboundExecution"), "the second waits")
    assert len(deployments(shop)) == 1
    fleet.held.set()
    shop.until(second, "Succeeded")
    assert shop.status(first) == "Succeeded"
    keys = [one["revision"]["s3Location"]["key"] for one in deployments(shop)]
    assert len(keys) == len(set(keys)) == 2


def test_an_application_that_does_not_exist_fails_the_action_in_codedeploys_words(shop):
    execution = shop.create(deploy(shop))
    shop.until(execution, "Failed")
    error = shop.latest("Deploy", "Hosts")["errorDetails"]
    assert (error["code"], shop.name in error["message"]) == ("ConfigurationError", True)
