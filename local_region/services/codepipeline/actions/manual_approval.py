# SPDX-License-Identifier: GPL-3.0-or-later
"""Approval, Manual: waits for PutApprovalResult, at most seven days unless the action says otherwise."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from local_region.clock import Clock
from local_region.services.codepipeline.actions.performer import DAY, Job, Performer, Property, Type

log = logging.getLogger("local_region.codepipeline")


class ManualApproval(Performer):
    """Tells the action's SNS topic that somebody is waited for.

    The token, which PutApprovalResult needs, belongs to this one attempt: an approval with it can't reach another
    execution.
    """

    type = Type(
        "Approval",
        "Manual",
        (Property("NotificationArn"), Property("CustomData"), Property("ExternalEntityLink")),
        timeout=7 * DAY,
    )

    def __init__(self, clock: Clock, publish: Callable[[str, str, str], None]):
        self._clock, self._publish = clock, publish

    def start(self, job: Job) -> None:
        if "NotificationArn" not in job.configuration:
            return
        remaining = (job.deadline or 0.0) - self._clock.seconds()
        expires = self._clock.now() + timedelta(seconds=remaining / self._clock.scale)
        subject = f"APPROVAL NEEDED: AWS CodePipeline {job.pipeline} for action {job.action}"[:99]
        try:
            self._publish(job.configuration["NotificationArn"], subject, notification(job, expires))
        except Exception as error:  # the approval waits all the same
            log.warning("the topic of the approval %s took no message: %s", job.action, error)


def notification(job: Job, expires: datetime) -> str:
    """The message, JSON. Source: user guide, "JSON data format for manual approval notifications"."""
    console = f"https://console.aws.amazon.com/codesuite/codepipeline/home?region={job.pipeline_region}"
    view = f"{console}#/view/{quote(job.pipeline)}"
    approval = {
        "pipelineName": job.pipeline,
        "stageName": job.stage,
        "actionName": job.action,
        "token": job.token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": job.configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{view}/{quote(job.stage)}/{quote(job.action)}/approve/{job.token}",
        "customData": job.configuration.get("CustomData"),
    }
    return json.dumps({"region": job.pipeline_region, "consoleLink": view, "approval": approval})
