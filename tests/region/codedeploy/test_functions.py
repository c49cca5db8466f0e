# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments of the Lambda platform: an alias goes from one version to another, and back."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.region.codedeploy.conftest import REVISION, ROLE

BLUE_GREEN = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
LINEAR = "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"
AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
EVENTS = ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"]


def appspec(current="1", target="2", **more):
    properties = {"Name": "checkout", "Alias": "live", "CurrentVersion": current, "TargetVersion": target}
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    return json.dumps({"version": 0.0, "Resources": [{"checkout": resource}]} | more)


def content(text):
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": text}}


class Function:
    """The function `checkout`, whose alias `live` is at version 1."""

    def __init__(self, codedeploy, **options):
        self.codedeploy, self.client = codedeploy, codedeploy.client
        codedeploy.functions.add("checkout", "1", "2")
        self.client.create_application(applicationName="checkout", computePlatform="Lambda")
        self.client.create_deployment_group(
            applicationName="checkout", deploymentGroupName="live", serviceRoleArn=ROLE,
            deploymentStyle=BLUE_GREEN, **{"deploymentConfigName": AT_ONCE} | options,
        )  # fmt: skip

    def deploy(self, config=AT_ONCE, revision=None, **options):
        answer = self.client.create_deployment(
            applicationName="checkout", deploymentGroupName="live", deploymentConfigName=config,
            revision=revision or content(appspec()), **options,
        )  # fmt: skip
        return answer["deploymentId"]

    def alias(self):
        """(version, the other version, its per cent)"""
        return self.codedeploy.functions.aliases["checkout", "live"]

    def until(self, alias):
        self.codedeploy.eventually(lambda: self.alias() == alias)

    def target(self, deployment):
        (target_id,) = self.client.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = self.client.get_deployment_target(deploymentId=deployment, targetId=target_id)["deploymentTarget"]
        assert found["deploymentTargetType"] == "LambdaTarget"
        return found["lambdaTarget"]


def test_all_traffic_goes_to_the_new_version_at_once(codedeploy):
    function = Function(codedeploy)
    deployment = function.deploy()
    info = codedeploy.end_of(deployment)
    assert (info["status"], info["computePlatform"], info["deploymentOverview"]["Succeeded"]) == (
        "Succeeded",
        "Lambda",
        1,
    )
    assert function.alias() == ("2", None, 0)
    target = function.target(deployment)
    assert [event["lifecycleEventName"] for event in target["lifecycleEvents"]] == EVENTS
    assert {event["status"] for event in target["lifecycleEvents"]} == {"Succeeded"}
    assert target["lambdaFunctionInfo"] == {
        "functionName": "checkout",
        "functionAlias": "live",
        "currentVersion": "1",
        "targetVersion": "2",
        "targetVersionWeight": 100.0,
    }


def test_a_canary_has_a_tenth_until_its_five_minutes_are_over(simulated):
    function = Function(simulated)
    deployment = function.deploy(CANARY)
    function.until(("1", "2", 10))
    assert function.target(deployment)["lambdaFunctionInfo"]["targetVersionWeight"] == 10.0
    simulated.clock.advance(299)
    assert simulated.get(deployment)["status"] == "InProgress"
    simulated.clock.advance(1)
    assert simulated.end_of(deployment)["status"] == "Succeeded"
    assert function.alias() == ("2", None, 0)


def test_traffic_moves_in_equal_steps_however_long_that_takes(simulated):
    function = Function(simulated)
    deployment = function.deploy("CodeDeployDefault.LambdaLinear10PercentEvery10Minutes")
    for percent in range(10, 100, 10):
        function.until(("1", "2", percent))
        simulated.clock.advance(600)
    assert simulated.end_of(deployment)["status"] == "Succeeded"


def test_an_alarm_stops_the_shift_and_brings_the_traffic_back(simulated):
    events = ["DEPLOYMENT_STOP_ON_ALARM"]
    function = Function(
        simulated,
        alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
        autoRollbackConfiguration={"enabled": True, "events": events},
    )
    simulated.alarms.known["errors"] = "OK"
    deployment = function.deploy(LINEAR)
    function.until(("1", "2", 10))
    simulated.alarms.known["errors"] = "ALARM"
    simulated.clock.advance(11)
    info = simulated.end_of(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    back = simulated.end_of(info["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    assert "version 1 of checkout" in back["rollbackInfo"]["rollbackMessage"]
    assert function.alias() == ("1", None, 0)
    group = function.client.get_deployment_group(applicationName="checkout", deploymentGroupName="live")
    assert "lastSuccessfulDeployment" not in group["deploymentGroupInfo"]


def test_a_stop_leaves_the_traffic_where_it_is_unless_a_rollback_is_asked_for(simulated):
    function = Function(simulated)
    deployment = function.deploy(LINEAR)
    function.until(("1", "2", 10))
    function.client.stop_deployment(deploymentId=deployment)
    assert simulated.end_of(deployment)["status"] == "Stopped"
    assert function.alias() == ("1", "2", 10)
    again = function.deploy(LINEAR)
    simulated.in_progress(again)
    simulated.eventually(lambda: function.target(again)["lambdaFunctionInfo"]["targetVersionWeight"] == 10.0)
    function.client.stop_deployment(deploymentId=again, autoRollbackEnabled=True)
    simulated.end_of(simulated.end_of(again)["rollbackInfo"]["rollbackDeploymentId"])
    assert function.alias() == ("1", None, 0)


def test_an_appspec_file_in_s3_is_read(codedeploy):
    function = Function(codedeploy)
    codedeploy.functions.texts["bundles", "appspec.json"] = appspec()
    location = {"bucket": "bundles", "key": "appspec.json", "bundleType": "JSON"}
    codedeploy.end_of(function.deploy(revision={"revisionType": "S3", "s3Location": location}))
    assert function.alias() == ("2", None, 0)


@pytest.mark.parametrize(
    ("versions", "code", "message"),
    [
        (("1", "9"), "INVALID_LAMBDA_FUNCTION", "The function checkout has no version 9."),
        (("2", "3"), "INVALID_LAMBDA_CONFIGURATION", "is at version 1, where the AppSpec file names 2"),
    ],
)
def test_a_function_that_is_not_as_the_appspec_says_ends_the_deployment(codedeploy, versions, code, message):
    function = Function(codedeploy)
    codedeploy.functions.versions["checkout"].add("3")
    info = codedeploy.end_of(function.deploy(revision=content(appspec(*versions))))
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", code)
    assert message in info["errorInformation"]["message"]
    assert function.alias() == ("1", None, 0)


@pytest.mark.parametrize(
    ("revision", "error"),
    [
        (content("a: ]"), "InvalidRevisionException.*is not YAML"),
        (content("version: 0.0"), "InvalidRevisionException.*Resources with one function"),
        (content(appspec(target="")), "InvalidRevisionException.*lacks TargetVersion"),
        (content(appspec(Hooks=[{"BeforeAllowTraffic": "check"}])), "NotImplementedInLocalRegion.*Hooks of Lambda"),
        (REVISION, "InvalidRevisionException.*YAML or JSON"),
    ],
    ids=["no YAML", "no resource", "no target", "hooks", "a bundle"],
)
def test_a_revision_that_is_not_for_functions_is_refused(codedeploy, revision, error):
    with pytest.raises(ClientError, match=error):
        Function(codedeploy).deploy(revision=revision)


def test_a_function_has_hooks_that_nobody_runs(codedeploy):
    function = Function(codedeploy)
    deployment = function.deploy()
    answer = function.client.put_lifecycle_event_hook_execution_status
    with pytest.raises(ClientError, match="InvalidLifecycleEventHookExecutionIdException"):
        answer(deploymentId=deployment, lifecycleEventHookExecutionId="e-1", status="Succeeded")
    with pytest.raises(ClientError, match="InvalidLifecycleEventHookExecutionStatusException"):
        answer(deploymentId=deployment, lifecycleEventHookExecutionId="e-1", status="Pending")
