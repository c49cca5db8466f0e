# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge rules and their targets.

moto carries events to queues, log groups, event buses, archives and API destinations, and fails PutEvents (HTTP 500) at
any other target. Here each target is served by itself: what goes wrong at one is logged and does not touch the others,
as on AWS, where events are delivered after PutEvents has answered. SNS topics, pipelines and builds are reached too.
What a rule does is counted in CloudWatch's AWS/Events.

A rule that is disabled, or has a schedule only, gets no events. A target that nobody here can serve is refused when it
is put.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from typing import Any

from jsonpath_ng.ext import parse
from moto.core.utils import unix_time, unix_time_millis
from moto.events.models import EventsBackend, Rule
from moto.events.utils import EventTemplateParser
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from local_region.protocol import NotImplementedInLocalRegion

log = logging.getLogger("local_region.events")

# Account, AWS region, name of a metric of AWS/Events, and the rule that it counts for.
Count = Callable[[str, str, str, str], None]

# The target's ARN, the rule's ARN, and the event's text as the target is to get it.
Deliver = Callable[[str, str, str, dict[str, Any]], None]

# Until a region says who counts, nobody does.
_counted: Count = lambda account, region, metric, rule: None  # noqa: E731

_by_moto = Rule.send_to_targets
_put_targets = EventsBackend.put_targets


def send_to_targets(self: Rule, original_event: dict[str, Any], transform_input: bool = True) -> None:
    """Delivers an event to every target of the rule, if the rule is enabled and the event matches its pattern.

    `transform_input` is moto's; a target's own input is always honoured.
    """
    if self.state != "ENABLED" or not self.event_pattern.get_pattern():
        return
    if not self.event_pattern.matches_event(original_event):
        return
    _count(self, "TriggeredRules")
    for target in list(self.targets):
        _count(self, "Invocations")
        try:
            _deliver(self, target, dict(original_event))
        except Exception as error:
            _count(self, "FailedInvocations")
            why = getattr(error, "message", None) or str(error) or type(error).__name__
            log.warning("the rule %s did not reach its target %s: %s", self.name, target["Arn"], why)


def put_targets(self: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
    """As moto's; refuses targets that nobody here can serve."""
    for target in targets:
        service = target["Arn"].split(":")[2] if target["Arn"].count(":") > 4 else ""
        if service and service not in _SERVED and service != "events":
            served = ", ".join(sorted([*_SERVED, "events"]))
            raise NotImplementedInLocalRegion(
                f"The local region delivers events to {served}, not to {service} ({target['Arn']})."
            )
    _put_targets(self, name, event_bus_arn, targets)


def measure(count: Count) -> None:
    """From now on `count` is told what rules on the default bus do.

    Source: EventBridge user guide, "Monitoring Amazon EventBridge": TriggeredRules, Invocations and FailedInvocations
    by RuleName.
    """
    global _counted
    _counted = count


def _count(rule: Rule, metric: str) -> None:
    if rule.event_bus_name == "default":
        _counted(rule.account_id, rule.region_name, metric, rule.name)


def serve(service: str, deliver: Deliver) -> None:
    """From now on `deliver(target ARN, rule ARN, text, target)` gets the events for the targets of a service.

    It raises for what it can't deliver; it must not take long.
    """
    _SERVED[service] = deliver


def _deliver(rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
    event.setdefault("ingestion-time", unix_time())
    service = target["Arn"].split(":")[2]
    if service == "events":  # buses, archives, API destinations: a rule with this target alone, by moto
        alone = copy(rule)
        alone.targets = [target]
        _by_moto(alone, event)
        return
    _SERVED[service](target["Arn"], rule.arn, text_for(target, event), target)


def text_for(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What a target gets: its constant Input, what InputPath or InputTransformer make of the event, or the event.

    Source: PutTargets of the API, Target.
    """
    if "Input" in target:
        return target["Input"]
    shown = {name: value for name, value in event.items() if name != "ingestion-time"}
    shown["time"] = _timestamp(event.get("time"))
    if "InputPath" in target:
        found = parse(target["InputPath"]).find(shown)
        return json.dumps(found[0].value if found else None)
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        known = {**shown, "ingestion-time": event["ingestion-time"]}
        paths = transformer.get("InputPathsMap", {})
        return json.dumps(EventTemplateParser.parse(transformer["InputTemplate"], paths, known))
    return json.dumps(shown)


def _timestamp(time: Any) -> str:
    """An event's time as AWS writes it; moto keeps it in seconds since 1970."""
    if isinstance(time, int | float):
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(time)


def _to_log_group(arn: str, rule_arn: str, text: str, target: dict[str, Any]) -> None:
    _, _, _, region, account, resource = arn.split(":", 5)
    group = resource.removeprefix("log-group:").removesuffix(":*")
    backend, stream = logs_backends[account][region], str(mock_random.uuid4())
    backend.create_log_stream(group, stream)
    backend.put_log_events(group, stream, [{"timestamp": unix_time_millis(), "message": text}])


def _to_queue(arn: str, rule_arn: str, text: str, target: dict[str, Any]) -> None:
    queue = parse_arn(arn)
    group = target.get("SqsParameters", {}).get("MessageGroupId")
    sqs_backends[queue.account][queue.region].send_message(
        queue_name=queue.resource_id, message_body=text, group_id=group
    )


def _to_topic(arn: str, rule_arn: str, text: str, target: dict[str, Any]) -> None:
    topic = parse_arn(arn)
    sns_backends[topic.account][topic.region].publish(message=text, arn=arn)


def _to_nobody(arn: str, rule_arn: str, text: str, target: dict[str, Any]) -> None:
    raise NotImplementedInLocalRegion("this region has no pipelines and no builds")


_SERVED: dict[str, Deliver] = {
    "codebuild": _to_nobody,
    "codepipeline": _to_nobody,
    "logs": _to_log_group,
    "sns": _to_topic,
    "sqs": _to_queue,
}

Rule.send_to_targets = send_to_targets
EventsBackend.put_targets = put_targets
