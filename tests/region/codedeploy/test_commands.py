# SPDX-License-Identifier: GPL-3.0-or-later
"""The agents' protocol by hand: long poll, specification, acknowledgement, completion, silence."""

import re
import shutil
import subprocess
import threading
from datetime import timedelta

import pytest

from local_region.clock import Clock
from local_region.services.codedeploy import host_commands

EXECUTION_ID = re.compile(r"^[^/]+/[^/]+/[^/]+/.+$")


def arn_of(instance_id):
    return f"arn:aws:ec2:eu-west-1:123456789012:instance/{instance_id}"


def shop_with(codedeploy, *instance_ids, **options):
    codedeploy.fleet.add(*instance_ids, Environment="production")
    codedeploy.shop(**options)


def test_a_poll_without_a_command_is_answered_empty_when_its_time_is_up(start_codedeploy):
    codedeploy = start_codedeploy(long_poll=0.2)
    assert codedeploy.commands("PollHostCommand", HostIdentifier=arn_of("i-1")) == {}


def test_a_waiting_poll_is_answered_as_soon_as_there_is_a_command(start_codedeploy):
    codedeploy = start_codedeploy(long_poll=600.0)
    shop_with(codedeploy, "i-1")
    answers = []
    poll = threading.Thread(target=lambda: answers.append(codedeploy.commands.poll("i-1")))
    poll.start()
    codedeploy.eventually(lambda: codedeploy.service.runner.host_commands.polls(arn_of("i-1")))
    deployment = codedeploy.deploy()
    poll.join(60)
    (command,) = answers
    assert command["CommandName"] == "ApplicationStop"
    assert EXECUTION_ID.match(command["DeploymentExecutionId"]) and len(command["DeploymentExecutionId"]) <= 129
    assert deployment in command["DeploymentExecutionId"]
    assert isinstance(command["Nonce"], int)


def test_a_command_is_for_its_own_host_only(start_codedeploy):
    codedeploy = start_codedeploy(long_poll=0.2)
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    assert codedeploy.commands.next("i-1")
    assert codedeploy.commands.poll("i-2") is None


def test_the_next_event_is_handed_out_after_the_completion(start_codedeploy):
    codedeploy = start_codedeploy(long_poll=0.2)
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    command = codedeploy.commands.next("i-1")
    assert codedeploy.commands.acknowledge(command) == "InProgress"
    assert codedeploy.commands.poll("i-1") is None
    codedeploy.commands.complete(command)
    assert codedeploy.commands.next("i-1")["CommandName"] == "DownloadBundle"


def test_a_command_whose_answer_was_lost_is_handed_out_again(start_codedeploy, monkeypatch):
    monkeypatch.setattr(host_commands, "HAND_OUT_AGAIN", 0.3)
    codedeploy = start_codedeploy(long_poll=5.0)
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    first, second = codedeploy.commands.poll("i-1"), codedeploy.commands.poll("i-1")
    assert first["HostCommandIdentifier"] == second["HostCommandIdentifier"]


def test_the_poll_of_an_agent_that_is_gone_takes_no_command_away(start_codedeploy):
    """An agent that is killed leaves a poll behind, which nobody reads the answer of."""
    codedeploy = start_codedeploy(long_poll=10.0)
    shop_with(codedeploy, "i-1")
    answers = {}

    def poll(name):
        answers[name] = codedeploy.commands.poll("i-1")

    polls = [threading.Thread(target=poll, args=(name,)) for name in ("left behind", "restarted")]
    for thread in polls:
        before = codedeploy.service.runner.host_commands.polls(arn_of("i-1"))
        thread.start()
        codedeploy.eventually(lambda seen=before: codedeploy.service.runner.host_commands.polls(arn_of("i-1")) > seen)
    codedeploy.deploy()
    for thread in polls:
        thread.join(15)
    assert answers["left behind"] is None
    assert answers["restarted"]["CommandName"] == "ApplicationStop"


def test_the_specification_names_the_deployment_and_its_revision(codedeploy):
    shop_with(codedeploy, "i-1")
    revision = {
        "revisionType": "S3",
        "s3Location": {"bucket": "b", "key": "k.tgz", "bundleType": "tgz", "version": "v1", "eTag": '"abc"'},
    }
    deployment = codedeploy.deploy(revision=revision, fileExistsBehavior="RETAIN")
    specification = codedeploy.commands.specification(codedeploy.commands.next("i-1"))
    group = codedeploy.client.get_deployment_group(applicationName="shop", deploymentGroupName="production")
    assert specification == {
        "DeploymentId": deployment,
        "DeploymentGroupId": group["deploymentGroupInfo"]["deploymentGroupId"],
        "DeploymentGroupName": "production",
        "ApplicationName": "shop",
        "DeploymentCreator": "user",
        "DeploymentType": "IN_PLACE",
        "AgentActionOverrides": {"AgentOverrides": {"FileExistsBehavior": "RETAIN"}},
        "Revision": {
            "RevisionType": "S3",
            "S3Revision": {"Bucket": "b", "Key": "k.tgz", "BundleType": "tgz", "Version": "v1", "ETag": "abc"},
        },
    }


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl program")
def test_openssl_reads_and_verifies_the_envelope(codedeploy, tmp_path):
    """AWS's own agent reads it with OpenSSL::PKCS7."""
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    command = codedeploy.commands.next("i-1")
    answer = codedeploy.commands(
        "GetDeploymentSpecification",
        DeploymentExecutionId=command["DeploymentExecutionId"],
        HostIdentifier=command["HostIdentifier"],
    )
    (tmp_path / "p7").write_text(answer["DeploymentSpecification"]["GenericEnvelope"]["Payload"])
    argv = ["openssl", "smime", "-verify", "-noverify", "-inform", "PEM", "-in", str(tmp_path / "p7")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.startswith('{"DeploymentId"') and done.stdout.endswith("}")


def test_a_specification_is_not_given_to_another_host(codedeploy):
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    command = codedeploy.commands.next("i-1")
    status, error = codedeploy.commands.ask(
        "GetDeploymentSpecification",
        DeploymentExecutionId=command["DeploymentExecutionId"],
        HostIdentifier=command["HostIdentifier"] + "0",
    )
    assert (status, error["__type"]) == (400, "ClientException")


def test_the_first_completion_wins(codedeploy):
    """AWS's agent completes a failed command twice: with the true diagnostics, then with error code 5 and no log."""
    shop_with(codedeploy, "i-1")
    deployment = codedeploy.deploy()
    command = codedeploy.commands.next("i-1")
    codedeploy.commands.acknowledge(command)
    codedeploy.commands.complete(command, "Failed", code=4, script="stop.sh", message="exit 3", log="[stderr]oh")
    codedeploy.commands.complete(command, "Failed", code=5)
    codedeploy.commands.complete(command, "Succeeded")
    assert codedeploy.end_of(deployment)["status"] == "Failed"
    assert codedeploy.events(deployment, "i-1")["ApplicationStop"]["diagnostics"] == {
        "errorCode": "ScriptFailed",
        "scriptName": "stop.sh",
        "message": "exit 3",
        "logTail": "[stderr]oh",
    }


def test_an_acknowledgement_of_a_finished_event_tells_the_agent_to_leave_it(codedeploy):
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    command = codedeploy.commands.next("i-1")
    codedeploy.commands.complete(command)
    assert codedeploy.commands.acknowledge(command) == "Succeeded"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (1, "ScriptMissing"),
        (2, "ScriptNotExecutable"),
        (3, "ScriptTimedOut"),
        (4, "ScriptFailed"),
        (5, "UnknownError"),
        (6, "UnknownError"),
        (7, "UnknownError"),
    ],
)
def test_the_agents_error_codes_have_names_in_the_api(codedeploy, code, name):
    shop_with(codedeploy, "i-1")
    deployment = codedeploy.deploy()
    codedeploy.commands.complete(codedeploy.commands.next("i-1"), "Failed", code=code)
    codedeploy.end_of(deployment)
    assert codedeploy.events(deployment, "i-1")["ApplicationStop"]["diagnostics"]["errorCode"] == name


def test_five_scaled_minutes_of_silence_fail_the_event_and_name_the_agent(start_codedeploy):
    codedeploy = start_codedeploy(Clock(scale=300))
    shop_with(codedeploy, "i-1", "i-2")
    deployment = codedeploy.deploy()
    info = codedeploy.end_of(deployment)
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "HEALTH_CONSTRAINTS")
    event = codedeploy.events(deployment, "i-1")["ApplicationStop"]
    assert (event["status"], event["diagnostics"]["errorCode"]) == ("Failed", "UnknownError")
    assert event["diagnostics"]["message"] == (
        "CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host "
        "and make sure the agent is running and can connect to the CodeDeploy server. "
        "The agent of this host has never asked for a command."
    )
    assert event["endTime"] - event["startTime"] >= timedelta(seconds=300 / 300)


def test_an_agent_that_fell_silent_is_told_from_one_that_never_was(simulated):
    shop_with(simulated, "i-1")
    simulated.commands.poll("i-1")
    deployment = simulated.deploy()
    simulated.in_progress(deployment)
    simulated.clock.advance(300)
    simulated.end_of(deployment)
    message = simulated.events(deployment, "i-1")["ApplicationStop"]["diagnostics"]["message"]
    assert re.search(r"last asked for a command \d+ s before", message)


def test_a_command_that_was_withdrawn_is_neither_handed_out_nor_taken_up(simulated):
    shop_with(simulated, "i-1")
    deployment = simulated.deploy()
    command = simulated.commands.next("i-1")
    simulated.clock.advance(300)
    simulated.end_of(deployment)
    assert simulated.commands.poll("i-1") is None
    assert simulated.commands.acknowledge(command) == "Failed"


def test_an_event_that_was_taken_up_has_an_hour_instead_of_five_minutes(simulated):
    shop_with(simulated, "i-1")
    deployment = simulated.deploy()
    simulated.in_progress(deployment)
    simulated.commands.acknowledge(simulated.commands.next("i-1"))
    simulated.clock.advance(3599)
    assert simulated.get(deployment)["status"] == "InProgress"
    simulated.clock.advance(1)
    simulated.end_of(deployment)
    event = simulated.events(deployment, "i-1")["ApplicationStop"]
    assert event["endTime"] - event["startTime"] == timedelta(hours=1)
    assert event["diagnostics"]["message"] == "ApplicationStop did not end within 3600 seconds."


def test_traffic_that_never_gets_there_fails_the_event_after_an_hour(simulated):
    simulated.traffic.registered["web"] = {"i-1"}
    simulated.traffic.stuck = True
    shop_with(
        simulated,
        "i-1",
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
    )
    simulated.agent("i-1")
    deployment = simulated.deploy()
    simulated.eventually(lambda: simulated.traffic.journal)
    simulated.clock.advance(3600)
    simulated.end_of(deployment)
    assert simulated.events(deployment, "i-1")["BlockTraffic"]["status"] == "Failed"


def test_an_update_answers_how_the_command_stands(codedeploy):
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    command = codedeploy.commands.next("i-1")
    update = {"HostCommandIdentifier": command["HostCommandIdentifier"]}
    assert codedeploy.commands("PostHostCommandUpdate", **update)["CommandStatus"] == "InProgress"
    codedeploy.commands.complete(command)
    assert codedeploy.commands("PostHostCommandUpdate", **update)["CommandStatus"] == "Succeeded"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("PollHostCommand", {}),
        ("PutHostCommandAcknowledgement", {"HostCommandIdentifier": "made-up"}),
        ("PutHostCommandComplete", {"HostCommandIdentifier": "made-up", "CommandStatus": "Succeeded"}),
        ("PutHostCommandComplete", {"HostCommandIdentifier": "made-up", "CommandStatus": "Splendid"}),
        ("GetDeploymentSpecification", {"DeploymentExecutionId": "no-slashes", "HostIdentifier": "x"}),
        ("GetDeploymentSpecification", {"DeploymentExecutionId": "1/eu-west-1/d-1/i-1", "HostIdentifier": "x"}),
    ],
)
def test_nonsense_is_a_client_exception(codedeploy, operation, params):
    status, error = codedeploy.commands.ask(operation, **params)
    assert (status, error["__type"]) == (400, "ClientException")


def test_diagnostics_that_are_not_json_are_a_client_exception(codedeploy):
    shop_with(codedeploy, "i-1")
    codedeploy.deploy()
    status, error = codedeploy.commands.ask(
        "PutHostCommandComplete",
        HostCommandIdentifier=codedeploy.commands.next("i-1")["HostCommandIdentifier"],
        CommandStatus="Failed",
        Diagnostics={"Format": "JSON", "Payload": "no json"},
    )
    assert (status, error["__type"]) == (400, "ClientException")
