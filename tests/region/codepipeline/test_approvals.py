# SPDX-License-Identifier: GPL-3.0-or-later
"""Manual approvals over HTTP."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.region.codepipeline.workshop import action, probe, stage, wait_for

APPROVAL = stage("Approve", action("Ok", "Approval Manual"))


def token(shop) -> str:
    return wait_for(lambda: shop.latest("Approve", "Ok").get("token"), "an approval")


def answer(shop, given: str, status: str = "Approved", summary: str = "looks good") -> dict:
    return shop.pipelines.put_approval_result(
        pipelineName=shop.name,
        stageName="Approve",
        actionName="Ok",
        result={"summary": summary, "status": status},
        token=given,
    )


def code_of(call, *args) -> str:
    with pytest.raises(ClientError) as refused:
        call(*args)
    return refused.value.response["Error"]["Code"]


def test_an_approval_lets_the_execution_go_on(shop):
    execution = shop.create(APPROVAL, stage("Test", probe()))
    assert "approvedAt" in answer(shop, token(shop))
    shop.succeed(execution)
    shop.until(execution, "Succeeded")
    latest = shop.latest("Approve", "Ok")
    assert (latest["status"], latest["summary"]) == ("Succeeded", "looks good")
    assert latest["lastUpdatedBy"].startswith("arn:aws:")
    assert "token" not in latest


def test_a_rejection_fails_the_execution_and_says_why(shop):
    execution = shop.create(APPROVAL)
    assert "approvedAt" not in answer(shop, token(shop), "Rejected", "alarms are red")
    shop.until(execution, "Failed")
    assert "alarms are red" in shop.latest("Approve", "Ok")["errorDetails"]["message"]


def test_an_approval_reaches_only_the_execution_it_was_given_for(shop):
    first = shop.create(APPROVAL)
    old = token(shop)
    shop.pipelines.stop_pipeline_execution(pipelineName=shop.name, pipelineExecutionId=first, abandon=True)
    second = shop.start()
    new = wait_for(lambda: shop.latest("Approve", "Ok").get("token", old) != old and token(shop), "the next approval")
    assert code_of(answer, shop, old) == "ApprovalAlreadyCompletedException"
    assert shop.status(second) == "InProgress"
    answer(shop, new)
    shop.until(second, "Succeeded")


def test_an_approval_counts_once(shop):
    execution = shop.create(APPROVAL)
    given = token(shop)
    answer(shop, given)
    assert code_of(answer, shop, given, "Rejected") == "ApprovalAlreadyCompletedException"
    shop.until(execution, "Succeeded")


def test_a_made_up_token_approves_nothing(shop):
    execution = shop.create(APPROVAL)
    token(shop)
    assert code_of(answer, shop, "00000000-0000-0000-0000-000000000000") == "InvalidApprovalTokenException"
    assert shop.status(execution) == "InProgress"


def test_an_action_that_is_no_approval_cannot_be_approved(shop):
    shop.create(APPROVAL)
    with pytest.raises(ClientError, match="not an approval action"):
        shop.pipelines.put_approval_result(
            pipelineName=shop.name,
            stageName="Source",
            actionName="S3",
            result={"summary": "", "status": "Approved"},
            token=token(shop),
        )


def test_a_waiting_approval_is_announced_on_its_topic(shop):
    sqs, sns = shop.api.client("sqs"), shop.api.client("sns")
    queue = sqs.create_queue(QueueName=shop.name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=shop.name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    configuration = {
        "NotificationArn": topic,
        "CustomData": "Release #{Source.VersionId}?",
        "ExternalEntityLink": "https://example.com/evidence",
    }
    shop.create(stage("Approve", action("Ok", "Approval Manual", configuration=configuration)))
    (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "a message")
    envelope = json.loads(message["Body"])
    assert envelope["Subject"].startswith("APPROVAL NEEDED: AWS CodePipeline " + shop.name)
    told = json.loads(envelope["Message"])["approval"]
    version = shop.s3.head_object(Bucket="sources", Key=shop.key)["VersionId"]
    assert told["customData"] == f"Release {version}?"
    assert told["token"] == token(shop)
    assert (told["pipelineName"], told["externalEntityLink"]) == (shop.name, "https://example.com/evidence")
    assert shop.state("Approve")["actionStates"][0]["entityUrl"] == "https://example.com/evidence"


def test_a_topic_that_is_gone_does_not_hold_up_the_approval(shop):
    gone = {"NotificationArn": "arn:aws:sns:us-east-1:123456789012:gone"}
    execution = shop.create(stage("Approve", action("Ok", "Approval Manual", configuration=gone)))
    answer(shop, token(shop))
    shop.until(execution, "Succeeded")


def test_an_approval_waits_seven_days_unless_it_says_otherwise(shop):
    shop.create(APPROVAL)
    token(shop)
    engine = shop.api.region.codepipeline.stores["123456789012", "us-east-1"].pipelines[shop.name].engine
    ((_, run),) = engine.running.values()
    assert run.deadline - run.started == 7 * 24 * 3600
