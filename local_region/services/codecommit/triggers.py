# SPDX-License-Identifier: GPL-3.0-or-later
"""Triggers: a message to an SNS topic when a repository's references change.

Source: user guide, "Manage triggers for a repository"; RepositoryTrigger of the API.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services.codecommit.base import Base, on_repository, user_of
from local_region.services.codecommit.records import Info, RepositoryRecord
from local_region.services.codecommit.references import Move

MOST_TRIGGERS = 10
EVENTS = {"referenceCreated": "createReference", "referenceUpdated": "updateReference"}
EVENTS["referenceDeleted"] = "deleteReference"

# Topic ARN, subject, message. Raises for what can't be delivered.
Publish = Callable[[str, str, str], None]


class Triggers(Base):
    """PutRepositoryTriggers and its relatives. `publish` reaches SNS, `send_later` does so on another thread."""

    publish: Publish
    send_later: Callable[..., Any]

    @on_repository
    def put_repository_triggers(self, repository: RepositoryRecord, params: dict) -> dict:
        _check(params["triggers"])
        repository.triggers, repository.triggers_id = params["triggers"], str(uuid.uuid4())
        return {"configurationId": repository.triggers_id}

    @on_repository
    def get_repository_triggers(self, repository: RepositoryRecord, params: dict) -> dict:
        if not repository.triggers_id:
            return {"triggers": []}
        return {"configurationId": repository.triggers_id, "triggers": repository.triggers}

    @on_repository
    def test_repository_triggers(self, repository: RepositoryRecord, params: dict) -> dict:
        _check(params["triggers"])
        moves = [Move("refs/heads/main", None, "0" * 40, user_of(repository.account))]
        succeeded, failed = [], []
        for trigger in params["triggers"]:
            try:
                self.publish(trigger["destinationArn"], *_message(repository, trigger, moves, self.clock.now()))
                succeeded.append(trigger["name"])
            except Exception as error:  # whatever keeps a topic from having it is what the caller wants to know
                reason = getattr(error, "message", None) or str(error) or type(error).__name__
                failed.append({"trigger": trigger["name"], "failureMessage": reason})
        return {"successfulExecutions": succeeded, "failedExecutions": failed}

    def pull_triggers(self, repository: RepositoryRecord, moves: list[Move]) -> None:
        """References have changed: sends what triggers wait for."""
        for trigger in repository.triggers:
            wanted = [one for one in moves if _applies(trigger, one)]
            if wanted:
                subject, message = _message(repository, trigger, wanted, self.clock.now())
                what = f"the message of the trigger {trigger['name']}"
                self.send_later(what, self.publish, trigger["destinationArn"], subject, message)


def _check(triggers: list[Info]) -> None:
    if len(triggers) > MOST_TRIGGERS:
        message = f"A repository may have {MOST_TRIGGERS} triggers."
        raise ServiceError("MaximumRepositoryTriggersExceededException", message)
    names = [trigger["name"] for trigger in triggers]
    if len(set(names)) < len(names):
        raise ServiceError("InvalidRepositoryTriggerNameException", "Two triggers have the same name.")
    for trigger in triggers:
        arn = trigger["destinationArn"]
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        if service == "lambda":
            raise NotImplementedInLocalRegion(f"The local region's triggers reach SNS topics, not functions ({arn}).")
        if service != "sns":
            message = f"The trigger {trigger['name']} needs the ARN of an SNS topic, not {arn!r}."
            raise ServiceError("InvalidRepositoryTriggerDestinationArnException", message)
        if "all" in trigger["events"] and len(trigger["events"]) > 1:
            message = f"The trigger {trigger['name']} has all events, or some: not both."
            raise ServiceError("InvalidRepositoryTriggerEventsException", message)


def _applies(trigger: Info, move: Move) -> bool:
    branches = trigger.get("branches", [])
    if branches and (move.kind != "branch" or move.short_name not in branches):
        return False
    return "all" in trigger["events"] or EVENTS[move.event] in trigger["events"]


def _message(repository: RepositoryRecord, trigger: Info, moves: list[Move], now) -> tuple[str, str]:
    """(subject, message) that the topic gets."""
    references = [
        {"commit": one.new or one.old, "ref": one.name}
        | ({"created": True} if one.old is None else {})
        | ({"deleted": True} if one.new is None else {})
        for one in moves
    ]
    record = {
        "awsRegion": repository.region,
        "codecommit": {"references": references},
        "customData": trigger.get("customData"),
        "eventId": str(uuid.uuid4()),
        "eventName": "ReferenceChanges",
        "eventPartNumber": 1,
        "eventSource": "aws:codecommit",
        "eventSourceARN": repository.arn,
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        "eventTotalParts": 1,
        "eventTriggerConfigId": repository.triggers_id,
        "eventTriggerName": trigger["name"],
        "eventVersion": "1.0",
        "userIdentityARN": moves[0].by,
    }
    return f"UPDATE: AWS CodeCommit {repository.region} push: {repository.name}"[:100], json.dumps(
        {"Records": [record]}
    )
