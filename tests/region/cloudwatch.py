# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of CloudWatch share: a region's CloudWatch whose time the test moves on itself."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from local_region.clock import SimulatedClock
from local_region.services.moto_gaps import cloudwatch
from local_region.world.monitoring import Monitoring

ACCOUNT, REGION = "123456789012", "us-east-1"


class CloudWatch:
    """CloudWatch over HTTP, with minutes that pass when `minutes` says so."""

    def __init__(self, api):
        self.api = api
        # On a full minute of the present, so that times are ones that the API accepts.
        self.clock = SimulatedClock(datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30))
        self.monitoring = Monitoring(self.clock, api.region.moto)
        cloudwatch.monitor(self.monitoring)
        self.client = api.client("cloudwatch")
        self.undo = ExitStack()
        self.undo.callback(self.monitoring.close)

    def __enter__(self) -> CloudWatch:
        return self

    def __exit__(self, *_exc) -> None:
        self.undo.close()

    def put(self, value: float, name: str = "Errors", **members: Any) -> None:
        """Publishes a datapoint of the metric App/Errors, at the present time."""
        self.client.put_metric_data(Namespace="App", MetricData=[{"MetricName": name, "Value": value, **members}])

    def minutes(self, *values: float | None) -> None:
        """One minute for each value: the value is published in it (None: nothing is), and the minute ends."""
        for value in values:
            if value is not None:
                self.put(value)
            self.clock.advance(60)
            self.monitoring.tick()

    def alarm(self, name: str = "errors", **members: Any) -> None:
        """An alarm on App/Errors: the sum of a minute is above 5, unless the members say otherwise."""
        settings = {
            "Namespace": "App",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        settings |= members
        self.client.put_metric_alarm(AlarmName=name, **{key: one for key, one in settings.items() if one is not None})

    def describe(self, name: str = "errors") -> dict[str, Any]:
        found = self.client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return alarm

    def state(self, name: str = "errors") -> str:
        return self.describe(name)["StateValue"]

    def history(self, **filters: Any) -> list[dict[str, Any]]:
        """The alarm history, oldest first, with HistoryData as data."""
        answer = self.client.describe_alarm_history(ScanBy="TimestampAscending", **filters)
        return [item | {"HistoryData": json.loads(item["HistoryData"])} for item in answer["AlarmHistoryItems"]]

    def topic(self, name: str = "alerts") -> tuple[str, str]:
        """(ARN of a topic, URL of a queue that gets its messages raw)."""
        sns = self.api.client("sns")
        topic = sns.create_topic(Name=name)["TopicArn"]
        self.undo.callback(sns.delete_topic, TopicArn=topic)
        queue, queue_arn = self.queue(f"{name}-messages")
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
        return topic, queue

    def queue(self, name: str) -> tuple[str, str]:
        sqs = self.api.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        self.undo.callback(sqs.delete_queue, QueueUrl=url)
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return url, attributes["QueueArn"]

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """What the queue has got, once everything that alarms set in motion is done."""
        self.monitoring.actions.drain()
        sqs, found = self.api.client("sqs"), []
        while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found
