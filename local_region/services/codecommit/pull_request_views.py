# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull requests as the API shows them, and as the event bus is told of them.

Source: CodeCommit user guide, "Monitoring CodeCommit events in Amazon EventBridge", pullRequest... events.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from local_region.services.codecommit.records import Info, PullRequest, RepositoryRecord

EVENTS = {
    "CREATED": "pullRequestCreated",
    "SOURCE_REFERENCE_UPDATED": "pullRequestSourceBranchUpdated",
    "STATUS_CHANGED": "pullRequestStatusChanged",
    "MERGE_STATE_CHANGED": "pullRequestMergeStatusUpdated",
}


def shown(repository: RepositoryRecord, request: PullRequest) -> Info:
    """PullRequest of the API."""
    target = {
        "repositoryName": repository.name,
        "sourceReference": request.source,
        "destinationReference": request.destination,
        "sourceCommit": request.source_commit,
        "destinationCommit": request.destination_commit,
        "mergeMetadata": request.merge,
    } | ({"mergeBase": request.base} if request.base else {})
    optional = {"description": request.description, "clientRequestToken": request.token}
    return {
        "pullRequestId": request.id,
        "title": request.title,
        "lastActivityDate": request.active,
        "creationDate": request.created,
        "pullRequestStatus": request.status,
        "authorArn": request.author,
        "pullRequestTargets": [target],
        "revisionId": request.revision,
        "approvalRules": [],
    } | {name: value for name, value in optional.items() if value is not None}


def event(repository: RepositoryRecord, request: PullRequest, kind: str) -> dict[str, Any]:
    """The entry of PutEvents that tells of what has happened."""
    name, merged = EVENTS[kind], request.merge["isMerged"]
    detail = {
        "event": name,
        "pullRequestId": request.id,
        "title": request.title,
        "description": request.description or "",
        "author": request.author,
        "callerUserArn": request.author,
        "creationDate": _date(request.created),
        "lastModifiedDate": _date(request.active),
        "isMerged": str(merged),
        "pullRequestStatus": request.status.capitalize(),
        "repositoryNames": [repository.name],
        "sourceReference": request.source,
        "destinationReference": request.destination,
        "sourceCommit": request.source_commit,
        "destinationCommit": request.destination_commit,
        "revisionId": request.revision,
        "notificationBody": (
            f"A pull request event occurred in the following AWS CodeCommit repository: {repository.name}. "
            f"User: {request.author}. Event: {name}. Pull request name: {request.id}."
        ),
    } | ({"mergeOption": request.merge["mergeOption"]} if merged else {})
    return {
        "Source": "aws.codecommit",
        "DetailType": "CodeCommit Pull Request State Change",
        "Resources": [repository.arn],
        "Detail": json.dumps(detail),
    }


def _date(moment: datetime) -> str:
    return moment.strftime("%a %b %d %H:%M:%S UTC %Y")
