# SPDX-License-Identifier: GPL-3.0-or-later
"""Triggers: what a deployment group tells its SNS topics."""

import json

EVERYTHING = [
    "DeploymentStart",
    "DeploymentSuccess",
    "DeploymentFailure",
    "DeploymentStop",
    "DeploymentRollback",
    "InstanceStart",
    "InstanceSuccess",
    "InstanceFailure",
]
TOPIC = "arn:aws:sns:eu-west-1:123456789012:team"
FAILED = {"status": "Failed", "code": 4, "script": "check.sh", "message": "exit 1", "log": ""}


def trigger(*events):
    return [{"triggerName": "team", "triggerTargetArn": TOPIC, "triggerEvents": list(events)}]


def told(codedeploy) -> list[tuple[str, str]]:
    """(deployment id, status) of all notices so far, once those on their way have arrived."""
    codedeploy.service.close()
    messages = [json.loads(notice.message) for notice in codedeploy.notices]
    return [(message["deploymentId"], message.get("instanceStatus") or message["status"]) for message in messages]


def test_a_success_is_told_from_start_to_end(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(triggerConfigurations=trigger(*EVERYTHING))
    agent = codedeploy.agent("i-1")
    deployment = codedeploy.deploy()
    codedeploy.end_of(deployment)
    agent.stop()
    assert [status for _, status in told(codedeploy)] == ["CREATED", "InProgress", "Succeeded", "SUCCEEDED"]
    last = codedeploy.notices[-1]
    assert last.topic_arn == TOPIC
    assert last.subject == f"SUCCEEDED: AWS CodeDeploy {deployment} in eu-west-1 to shop"
    assert json.loads(json.loads(last.message)["deploymentOverview"])["Succeeded"] == 1


def test_a_failure_is_told_with_its_error_and_its_rollback(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop(
        triggerConfigurations=trigger("DeploymentFailure", "DeploymentRollback", "InstanceFailure"),
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    )
    agent = codedeploy.agent("i-1")
    codedeploy.end_of(codedeploy.deploy())
    agent.script = lambda event: FAILED if len(agent.done) == 7 else None
    bad = codedeploy.deploy()
    rollback = codedeploy.end_of(bad)["rollbackInfo"]["rollbackDeploymentId"]
    codedeploy.end_of(rollback)
    agent.stop()
    assert told(codedeploy) == [(bad, "Failed"), (bad, "FAILED"), (bad, "FAILED")]
    messages = [json.loads(notice.message) for notice in codedeploy.notices]
    assert json.loads(messages[1]["errorInformation"])["ErrorCode"] == "HEALTH_CONSTRAINTS"
    assert json.loads(messages[2]["rollbackInformation"])["rollbackDeploymentId"] == rollback


def test_only_the_events_of_the_trigger_are_told(codedeploy):
    codedeploy.shop(triggerConfigurations=trigger("DeploymentStop"))
    codedeploy.end_of(codedeploy.deploy())
    assert told(codedeploy) == []


def test_the_event_bus_hears_of_deployments_and_instances(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.shop()
    agent = codedeploy.agent("i-1", lambda event: FAILED if event == "ValidateService" else None)
    deployment = codedeploy.deploy()
    codedeploy.end_of(deployment)
    agent.stop()
    codedeploy.eventually(lambda: len(codedeploy.emitted) == 4)

    kinds = [entry["DetailType"].split()[1] for entry in codedeploy.emitted]
    details = [json.loads(entry["Detail"]) for entry in codedeploy.emitted]
    assert list(zip(kinds, [detail["state"] for detail in details], strict=True)) == [
        ("Deployment", "START"),
        ("Instance", "START"),
        ("Instance", "FAILURE"),
        ("Deployment", "FAILURE"),
    ]
    last = codedeploy.emitted[-1]
    place = "arn:aws:codedeploy:eu-west-1:123456789012"
    assert last["Resources"] == [f"{place}:deploymentgroup:shop/production", f"{place}:application:shop"]
    assert details[-1] | {"instanceGroupId": ""} == {
        "application": "shop",
        "deploymentGroup": "production",
        "deploymentId": deployment,
        "instanceGroupId": "",
        "region": "eu-west-1",
        "state": "FAILURE",
    }
    assert [detail.get("instanceId") for detail in details] == [None, "i-1", "i-1", None]
