# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge: what pipelines tell, and what starts them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.region.codepipeline.workshop import SOURCES, probe, stage, wait_for

ACCOUNT = "123456789012"


class Listener:
    """A queue that a rule delivers to."""

    def __init__(self, shop, pattern: dict, **target):
        self.sqs = shop.api.client("sqs")
        self.queue = self.sqs.create_queue(QueueName=shop.name)["QueueUrl"]
        self.got: list = []
        put_rule(shop, pattern, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{shop.name}", **target)

    def until(self, wanted) -> list:
        """All messages so far, once `wanted(messages)`."""

        def enough():
            answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self.got.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            return wanted(self.got) and self.got

        return wait_for(enough, f"events, after {self.got}")


def put_rule(shop, pattern: dict | None, target_arn: str, state: str = "ENABLED", **target) -> None:
    events = shop.api.client("events")
    schedule = {} if pattern else {"ScheduleExpression": "rate(1 day)"}
    given = {"EventPattern": json.dumps(pattern)} if pattern else {}
    events.put_rule(Name=shop.name, State=state, **given, **schedule)
    events.put_targets(Rule=shop.name, Targets=[{"Id": "1", "Arn": target_arn, **target}])


def own(shop, kind: str) -> dict:
    return {
        "source": ["aws.codepipeline"],
        "detail-type": [f"CodePipeline {kind} Execution State Change"],
        "detail": {"pipeline": [shop.name]},
    }


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("Pipeline", ["STARTED", "FAILED", "RESUMED", "SUCCEEDED"]),
        ("Stage", ["STARTED", "SUCCEEDED", "STARTED", "FAILED", "RESUMED", "SUCCEEDED"]),
        ("Action", ["STARTED", "SUCCEEDED", "STARTED", "FAILED", "STARTED", "SUCCEEDED"]),
    ],
)
def test_every_change_is_told_in_order(shop, kind, states):
    listener = Listener(shop, own(shop, kind))
    execution = shop.create(stage("Test", probe()))
    shop.fail(execution)
    shop.until(execution, "Failed")
    shop.pipelines.retry_stage_execution(
        pipelineName=shop.name, stageName="Test", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )
    shop.succeed(execution)
    told = listener.until(lambda got: len(got) == len(states))
    assert [one["detail"]["state"] for one in told] == states
    first = told[0]
    assert first["resources"] == [f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:{shop.name}"]
    assert first["detail"]["execution-id"] == execution
    assert first["detail"]["version"] == 1
    if kind == "Pipeline":
        assert first["detail"]["execution-trigger"]["trigger-type"] == "CreatePipeline"
        assert [one["detail"]["pipeline-execution-attempt"] for one in told] == [1, 1, 2, 2]
    if kind == "Action":
        assert first["detail"]["type"] == {"owner": "AWS", "category": "Source", "provider": "S3", "version": "1"}
        assert told[3]["detail"]["execution-result"]["error-code"] == "JobFailed"


def test_a_stop_is_told_with_its_reason(shop):
    listener = Listener(shop, own(shop, "Pipeline"))
    execution = shop.create(stage("Test", probe()))
    shop.pipelines.stop_pipeline_execution(
        pipelineName=shop.name, pipelineExecutionId=execution, abandon=True, reason="wrong branch"
    )
    told = listener.until(lambda got: len(got) == 3)
    assert [one["detail"]["state"] for one in told] == ["STARTED", "STOPPING", "STOPPED"]
    assert told[1]["detail"]["stop-execution-comments"] == "wrong branch"


def pushed(shop) -> dict:
    """The pattern of a new object that the pipeline's source is."""
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [SOURCES]}, "object": {"key": [shop.key]}},
    }


def tell_eventbridge(shop) -> None:
    shop.s3.put_bucket_notification_configuration(
        Bucket=SOURCES, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )


def pipeline_arn(shop) -> str:
    return f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:{shop.name}"


def test_a_new_object_starts_the_pipeline_by_event(shop):
    tell_eventbridge(shop)
    shop.create(stage("Test", probe()))
    put_rule(shop, pushed(shop), pipeline_arn(shop), RoleArn=f"arn:aws:iam::{ACCOUNT}:role/events")
    version = shop.push(index_html="two")
    wait_for(lambda: len(shop.executions()) == 2, "a second execution")
    newest = shop.executions()[0]
    rule = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{shop.name}"
    assert newest["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    wait_for(lambda: shop.executions()[0]["sourceRevisions"], "its revision")
    assert shop.executions()[0]["sourceRevisions"][0]["revisionId"] == version


def test_an_input_transformer_says_which_version_is_meant(shop):
    tell_eventbridge(shop)
    shop.create(stage("Test", probe()))
    shop.take()
    transformer = {
        "InputPathsMap": {"version": "$.detail.object.version-id"},
        "InputTemplate": json.dumps(
            {
                "sourceRevisions": [
                    {"actionName": "S3", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "<version>"}
                ]
            }
        ),
    }
    put_rule(shop, pushed(shop), pipeline_arn(shop), InputTransformer=transformer)
    version = shop.push(index_html="two")
    wait_for(lambda: len(shop.executions()) == 2 and shop.executions()[0]["sourceRevisions"], "a second execution")
    assert shop.executions()[0]["sourceRevisions"][0]["revisionId"] == version


@pytest.mark.parametrize("rule", ["disabled", "scheduled", "of another object"])
def test_a_rule_that_does_not_apply_starts_nothing(shop, rule):
    tell_eventbridge(shop)
    shop.create(stage("Test", probe()))
    pattern = pushed(shop)
    if rule == "of another object":
        pattern["detail"]["object"]["key"] = ["another.zip"]
    put_rule(
        shop,
        None if rule == "scheduled" else pattern,
        pipeline_arn(shop),
        state="DISABLED" if rule == "disabled" else "ENABLED",
    )
    witness = f"{shop.name}-witness"
    sqs, events = shop.api.client("sqs"), shop.api.client("events")
    queue = sqs.create_queue(QueueName=witness)["QueueUrl"]
    events.put_rule(Name=witness, EventPattern=json.dumps(pushed(shop)))
    events.put_targets(Rule=witness, Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{witness}"}])
    shop.push(index_html="two")
    wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the event at the witness")
    assert len(shop.executions()) == 1


def test_two_pushes_within_a_second_start_two_executions_and_the_newer_content_is_what_goes_on(shop):
    tell_eventbridge(shop)
    shop.create(stage("Test", probe()))
    shop.take()
    put_rule(shop, pushed(shop), pipeline_arn(shop))
    shop.push(index_html="two")
    newest = shop.push(index_html="three")
    wait_for(lambda: len(shop.executions()) == 3, "two more executions")
    waiting = wait_for(lambda: shop.state("Test").get("inboundExecution"), "one waits")
    wait_for(
        lambda: shop.status(shop.executions()[1]["pipelineExecutionId"]) == "Superseded", "the older is superseded"
    )
    last = shop.executions()[0]
    assert waiting and last["sourceRevisions"][0]["revisionId"] == newest


def test_events_reach_topics_and_log_groups_as_they_are(shop):
    sns, sqs, logs = shop.api.client("sns"), shop.api.client("sqs"), shop.api.client("logs")
    queue = sqs.create_queue(QueueName=shop.name)["QueueUrl"]
    topic = sns.create_topic(Name=shop.name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{shop.name}")
    logs.create_log_group(logGroupName=f"/events/{shop.name}")
    events = shop.api.client("events")
    events.put_rule(Name=shop.name, EventPattern=json.dumps({"source": [shop.name]}))
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/events/{shop.name}"
    targets = [{"Id": "topic", "Arn": topic, "InputPath": "$.detail"}, {"Id": "logs", "Arn": group}]
    events.put_targets(Rule=shop.name, Targets=targets)
    answer = events.put_events(Entries=[{"Source": shop.name, "DetailType": "Test", "Detail": '{"answer": 42}'}])
    assert answer["FailedEntryCount"] == 0
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(json.loads(message["Body"])["Message"]) == {"answer": 42}
    (logged,) = logs.filter_log_events(logGroupName=f"/events/{shop.name}")["events"]
    event = json.loads(logged["message"])
    assert (event["source"], event["detail"]) == (shop.name, {"answer": 42})
    assert event["time"].endswith("Z")


def test_a_target_that_is_gone_does_not_keep_the_event_from_the_others(shop):
    sqs, events = shop.api.client("sqs"), shop.api.client("events")
    queue = sqs.create_queue(QueueName=shop.name)["QueueUrl"]
    events.put_rule(Name=shop.name, EventPattern=json.dumps({"source": [shop.name]}))
    arns = [f"arn:aws:sqs:us-east-1:{ACCOUNT}:gone", f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:gone"]
    arns.append(f"arn:aws:sqs:us-east-1:{ACCOUNT}:{shop.name}")
    targets = [{"Id": str(number), "Arn": arn} for number, arn in enumerate(arns)]
    events.put_targets(Rule=shop.name, Targets=targets)
    events.put_events(Entries=[{"Source": shop.name, "DetailType": "Test", "Detail": "{}"}])
    assert len(sqs.receive_message(QueueUrl=queue)["Messages"]) == 1


def test_a_target_that_nobody_serves_is_refused_when_it_is_put(shop):
    events = shop.api.client("events")
    events.put_rule(Name=shop.name, EventPattern=json.dumps({"source": [shop.name]}))
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:x"
    with pytest.raises(ClientError, match="not to lambda") as refused:
        events.put_targets(Rule=shop.name, Targets=[{"Id": "1", "Arn": function}])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
