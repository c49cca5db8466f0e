# SPDX-License-Identifier: GPL-3.0-or-later
"""In-place deployments from end to end, with scripted agents."""

import threading

import pytest
from botocore.exceptions import ClientError

ACCOUNT, REGION = "123456789012", "eu-west-1"
SEVEN = [
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
]
THIRTEEN = [
    "BeforeBlockTraffic",
    "BlockTraffic",
    "AfterBlockTraffic",
    *SEVEN,
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]
SCRIPT_FAILED = {"status": "Failed", "code": 4, "script": "scripts/check.sh", "message": "exit 1", "log": "[stderr]no"}
ROLLBACK = {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
REVISION_2 = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "app-2.zip", "bundleType": "zip"}}


def fails_at(event_name):
    return lambda event: SCRIPT_FAILED if event == event_name else None


def test_a_deployment_without_load_balancer_runs_the_seven_events_on_every_host(codedeploy):
    codedeploy.fleet.add("i-1", "i-2", Environment="production")
    codedeploy.fleet.add("i-3", Environment="staging")
    codedeploy.shop()
    agents = [codedeploy.agent(name) for name in ("i-1", "i-2")]
    deployment = codedeploy.deploy(description="first")
    info = codedeploy.end_of(deployment)
    assert info["status"] == "Succeeded"
    assert info["deploymentOverview"] == {
        "Pending": 0,
        "InProgress": 0,
        "Succeeded": 2,
        "Failed": 0,
        "Skipped": 0,
        "Ready": 0,
    }
    assert [agent.done for agent in agents] == [SEVEN, SEVEN]
    assert sorted(codedeploy.client.list_deployment_targets(deploymentId=deployment)["targetIds"]) == ["i-1", "i-2"]
    assert info["createTime"] <= info["startTime"] <= info["completeTime"]
    events = codedeploy.events(deployment, "i-1")
    assert list(events) == SEVEN
    assert {event["status"] for event in events.values()} == {"Succeeded"}
    assert all(event["startTime"] <= event["endTime"] for event in events.values())
    assert events["Install"]["diagnostics"] == {
        "errorCode": "Success",
        "scriptName": "",
        "message": "Succeeded",
        "logTail": "",
    }


def test_behind_a_load_balancer_each_host_is_taken_out_before_and_put_back_after(codedeploy):
    codedeploy.fleet.add("i-1", "i-2", Environment="production")
    codedeploy.traffic.registered["web"] = {"i-1", "i-2"}
    codedeploy.shop(
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
    )
    out = []

    def watch(event):
        out.append((event, len(codedeploy.traffic.registered["web"])))

    for name in ("i-1", "i-2"):
        codedeploy.agent(name, watch)
    deployment = codedeploy.deploy()
    assert codedeploy.end_of(deployment)["status"] == "Succeeded"
    assert list(codedeploy.events(deployment, "i-1")) == THIRTEEN
    assert {count for event, count in out if event in SEVEN} == {1}
    assert codedeploy.traffic.journal == [
        ("deregister", "i-1"),
        ("register", "i-1"),
        ("deregister", "i-2"),
        ("register", "i-2"),
    ]


def test_a_failed_script_is_told_with_its_name_message_and_log_and_stops_the_rollout(codedeploy):
    codedeploy.fleet.add("i-1", "i-2", Environment="production")
    codedeploy.shop()
    codedeploy.agent("i-1", fails_at("ValidateService"))
    codedeploy.agent("i-2")
    info = codedeploy.end_of(deployment := codedeploy.deploy())
    assert info["status"] == "Failed"
    assert info["errorInformation"]["code"] == "HEALTH_CONSTRAINTS"
    assert info["errorInformation"]["message"].startswith("The overall deployment failed because too many")
    assert (info["deploymentOverview"]["Failed"], info["deploymentOverview"]["Skipped"]) == (1, 1)
    event = codedeploy.events(deployment, "i-1")["ValidateService"]
    assert event["status"] == "Failed"
    assert event["diagnostics"] == {
        "errorCode": "ScriptFailed",
        "scriptName": "scripts/check.sh",
        "message": "exit 1",
        "logTail": "[stderr]no",
    }
    assert {event["status"] for event in codedeploy.events(deployment, "i-2").values()} == {"Skipped"}


def test_a_failure_is_rolled_back_by_a_new_deployment_of_the_last_success(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(autoRollbackConfiguration=ROLLBACK)
    agent = codedeploy.agent("i-1")
    good = codedeploy.deploy(fileExistsBehavior="OVERWRITE")
    assert codedeploy.end_of(good)["status"] == "Succeeded"
    agent.script = lambda event: SCRIPT_FAILED if len(agent.done) == 10 else None
    bad = codedeploy.deploy(revision=REVISION_2)
    failed = codedeploy.end_of(bad)
    assert failed["status"] == "Failed"
    rollback = codedeploy.end_of(failed["rollbackInfo"]["rollbackDeploymentId"])
    assert rollback["status"] == "Succeeded"
    assert rollback["creator"] == "codeDeployRollback"
    assert rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"] == bad
    assert rollback["revision"] == codedeploy.get(good)["revision"]
    assert rollback["fileExistsBehavior"] == "OVERWRITE"
    group = codedeploy.client.get_deployment_group(applicationName="shop", deploymentGroupName="production")
    last = group["deploymentGroupInfo"]["lastSuccessfulDeployment"]
    assert last["deploymentId"] == rollback["deploymentId"]


def test_without_an_earlier_success_a_message_says_why_nothing_is_rolled_back(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(autoRollbackConfiguration=ROLLBACK)
    codedeploy.agent("i-1", fails_at("Install"))
    info = codedeploy.end_of(codedeploy.deploy())
    assert "rollbackDeploymentId" not in info["rollbackInfo"]
    assert "no earlier successful deployment" in info["rollbackInfo"]["rollbackMessage"]


def test_a_failed_host_comes_first_in_the_next_deployment(codedeploy):
    codedeploy.fleet.add("i-1", "i-2", "i-3", Environment="production")
    codedeploy.shop()
    begun = []
    broken = {"i-3": True}

    def host(name):
        def script(event):
            if event == "ApplicationStop":
                begun.append(name)
            return SCRIPT_FAILED if broken.get(name) and event == "Install" else None

        return script

    for name in ("i-1", "i-2", "i-3"):
        codedeploy.agent(name, host(name))
    assert codedeploy.end_of(codedeploy.deploy())["status"] == "Succeeded"  # the last host may fail
    broken.clear()
    begun.clear()
    assert codedeploy.end_of(codedeploy.deploy())["status"] == "Succeeded"
    assert begun[0] == "i-3"


def test_only_one_deployment_of_a_group_is_active(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop()
    first = codedeploy.deploy()
    with pytest.raises(ClientError) as refused:
        codedeploy.deploy()
    assert refused.value.response["Error"] == {
        "Code": "DeploymentLimitExceededException",
        "Message": f"The Deployment Group 'production' already has an active Deployment '{first}'",
    }
    codedeploy.client.stop_deployment(deploymentId=first)


def test_no_instance_is_an_error_of_the_deployment(codedeploy):
    codedeploy.shop()
    info = codedeploy.end_of(codedeploy.deploy())
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "NO_INSTANCES")


def test_a_target_group_that_is_gone_is_an_error_of_the_deployment(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "gone"}]},
    )
    info = codedeploy.end_of(codedeploy.deploy())
    assert info["errorInformation"] == {
        "code": "ELASTIC_LOAD_BALANCING_INVALID",
        "message": "No target group found for name: gone",
    }


def test_a_fault_of_the_region_ends_the_deployment_and_not_the_runner(codedeploy, monkeypatch):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop()
    codedeploy.agent("i-1")
    with monkeypatch.context() as broken:
        broken.setattr(codedeploy.fleet, "find", lambda *args: 1 / 0)
        info = codedeploy.end_of(codedeploy.deploy())
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "INTERNAL_ERROR")
    assert codedeploy.end_of(codedeploy.deploy())["status"] == "Succeeded"


def test_an_impossible_minimum_fails_and_touches_nothing(codedeploy):
    codedeploy.fleet.add("i-1", "i-2", Environment="production")
    codedeploy.client.create_deployment_config(
        deploymentConfigName="two", minimumHealthyHosts={"type": "HOST_COUNT", "value": 2}
    )
    codedeploy.shop(deploymentConfigName="two")
    agent = codedeploy.agent("i-1")
    info = codedeploy.end_of(codedeploy.deploy())
    assert info["errorInformation"]["code"] == "HEALTH_CONSTRAINTS_INVALID"
    assert agent.done == []


def test_a_stop_lets_the_running_event_finish(codedeploy):
    codedeploy.fleet.add("i-1", "i-2", Environment="production")
    codedeploy.shop()
    deployment = codedeploy.deploy()
    command = codedeploy.commands.poll("i-1")
    codedeploy.commands.acknowledge(command)
    assert codedeploy.client.stop_deployment(deploymentId=deployment)["status"] == "Pending"
    assert codedeploy.get(deployment)["status"] == "InProgress"
    codedeploy.commands.complete(command)
    info = codedeploy.end_of(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    statuses = [event["status"] for event in codedeploy.events(deployment, "i-1").values()]
    assert statuses == ["Succeeded"] + ["Skipped"] * 6
    with pytest.raises(codedeploy.client.exceptions.DeploymentAlreadyCompletedException):
        codedeploy.client.stop_deployment(deploymentId=deployment)


def test_a_stop_rolls_back_when_it_is_asked_to(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop()
    agent = codedeploy.agent("i-1")
    good = codedeploy.deploy()
    codedeploy.end_of(good)
    began, go_on = threading.Event(), threading.Event()

    def script(event):
        began.set()
        go_on.wait(10)

    agent.script = script
    second = codedeploy.deploy(revision=REVISION_2)
    began.wait(10)
    codedeploy.client.stop_deployment(deploymentId=second, autoRollbackEnabled=True)
    go_on.set()
    stopped = codedeploy.end_of(second)
    rollback = codedeploy.end_of(stopped["rollbackInfo"]["rollbackDeploymentId"])
    assert (rollback["status"], rollback["revision"]) == ("Succeeded", codedeploy.get(good)["revision"])


def test_an_alarm_stops_the_deployment_and_rolls_it_back(simulated):
    simulated.fleet.add("i-1", Environment="production")
    simulated.shop(
        alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]},
    )
    simulated.alarms.known["errors"] = "OK"
    agent = simulated.agent("i-1")
    assert simulated.end_of(simulated.deploy())["status"] == "Succeeded"
    starting, go_on = threading.Event(), threading.Event()

    def script(event):
        if event == "ApplicationStart":
            starting.set()
            go_on.wait(10)

    agent.script = script
    deployment = simulated.deploy(revision=REVISION_2)
    starting.wait(10)
    simulated.alarms.known["errors"] = "ALARM"
    simulated.clock.advance(10)
    simulated.eventually(lambda: simulated.service.find_deployment(ACCOUNT, REGION, deployment).run.stopping)
    go_on.set()
    info = simulated.end_of(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert "errors" in info["errorInformation"]["message"]
    rollback = simulated.end_of(info["rollbackInfo"]["rollbackDeploymentId"])
    assert (simulated.alarms.known["errors"], rollback["status"]) == ("ALARM", "Succeeded")


def test_an_alarm_that_can_not_be_read_stops_the_deployment_unless_that_is_ignored(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(alarmConfiguration={"enabled": True, "alarms": [{"name": "unknown"}]})
    info = codedeploy.end_of(codedeploy.deploy())
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    codedeploy.agent("i-1")
    override = {"enabled": True, "ignorePollAlarmFailure": True, "alarms": [{"name": "unknown"}]}
    assert codedeploy.end_of(codedeploy.deploy(overrideAlarmConfiguration=override))["status"] == "Succeeded"


def test_ignored_application_stop_failures_do_not_hold_the_host_up(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop()
    codedeploy.agent("i-1", fails_at("ApplicationStop"))
    assert codedeploy.end_of(codedeploy.deploy())["status"] == "Failed"
    deployment = codedeploy.deploy(ignoreApplicationStopFailures=True)
    assert codedeploy.end_of(deployment)["status"] == "Succeeded"
    assert codedeploy.events(deployment, "i-1")["ApplicationStop"]["status"] == "Failed"


def test_a_stopped_instance_counts_as_failed(codedeploy):
    codedeploy.fleet.add("i-1", "i-2", Environment="production")
    codedeploy.fleet.stopped.add("i-1")
    codedeploy.shop(deploymentConfigName="CodeDeployDefault.AllAtOnce")
    codedeploy.agent("i-2")
    deployment = codedeploy.deploy()
    assert codedeploy.end_of(deployment)["status"] == "Succeeded"
    assert codedeploy.get(deployment)["deploymentOverview"]["Failed"] == 1


def test_only_outdated_hosts_are_updated_when_that_is_asked(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(deploymentConfigName="CodeDeployDefault.AllAtOnce")
    old = codedeploy.agent("i-1")
    codedeploy.end_of(codedeploy.deploy())
    codedeploy.fleet.add("i-2", Environment="production")
    codedeploy.agent("i-2")
    deployment = codedeploy.deploy(updateOutdatedInstancesOnly=True)
    codedeploy.end_of(deployment)
    assert codedeploy.client.list_deployment_targets(deploymentId=deployment)["targetIds"] == ["i-2"]
    assert old.done == SEVEN


def test_hosts_of_auto_scaling_groups_are_targets(codedeploy):
    codedeploy.fleet.add("i-1")
    codedeploy.fleet.groups["web"] = ["i-1"]
    codedeploy.shop(ec2TagFilters=[], autoScalingGroups=["web"])
    codedeploy.agent("i-1")
    assert codedeploy.end_of(codedeploy.deploy())["status"] == "Succeeded"


def test_two_groups_deploy_to_one_host_side_by_side(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production", Role="batch")
    codedeploy.shop()
    codedeploy.shop("batch", ec2TagFilters=[{"Key": "Role", "Value": "batch", "Type": "KEY_AND_VALUE"}])
    deployments = {codedeploy.deploy(), codedeploy.deploy("batch")}
    commands = [codedeploy.commands.poll("i-1"), codedeploy.commands.poll("i-1")]
    assert {command["DeploymentExecutionId"].split("/")[2] for command in commands} == deployments


def test_deleting_the_group_ends_its_deployment(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop()
    deployment = codedeploy.deploy()
    codedeploy.client.delete_deployment_group(applicationName="shop", deploymentGroupName="production")
    info = codedeploy.end_of(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "DEPLOYMENT_GROUP_MISSING")
