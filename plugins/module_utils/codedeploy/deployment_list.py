# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listing deployments: by group, status and time, or by id, with or without their hosts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..engine.errors import Failure
from .common import codedeploy
from .follow import result_of

BATCH = 25  # BatchGetDeployments takes at most 25 ids
NOTHING_THERE = (
    "ApplicationDoesNotExistException",
    "DeploymentGroupDoesNotExistException",
    "DeploymentDoesNotExistException",
)


def list_deployments(context) -> list[dict[str, Any]]:
    """The deployments that the task's options ask for, the newest first."""
    options = context.options
    ids = options["deployment_ids"] if options["deployment_ids"] is not None else _matching_ids(context)
    found = sorted(read_deployments(context, ids), key=lambda one: one.get("create_time", ""), reverse=True)
    if options["limit"] > 0:
        found = found[: options["limit"]]
    if not options["hosts"]:
        return found
    return [result_of(context, deployment)["deployment"] for deployment in found]


def read_deployments(context, ids: list[str]) -> list[dict[str, Any]]:
    """deployment_info of each id; ids that CodeDeploy does not know are left out."""
    client = codedeploy(context)
    found = []
    for start in range(0, len(ids), BATCH):
        chunk = ids[start : start + BATCH]
        answer = client.call(
            "batch_get_deployments", doing="read deployments", absent=NOTHING_THERE, deployment_ids=chunk
        )
        if answer is not None:
            found += answer.get("deployments_info") or []
        elif len(chunk) > 1:
            for identity in chunk:  # one unknown id spoils the whole batch
                found += read_deployments(context, [identity])
    return found


def _matching_ids(context) -> list[str]:
    options = context.options
    times = {
        "start": _time("created_after", options["created_after"]),
        "end": _time("created_before", options["created_before"]),
    }
    return codedeploy(context).pages(
        "list_deployments",
        "deployments",
        doing="list deployments",
        absent=NOTHING_THERE,
        application_name=options["application_name"],
        deployment_group_name=options["deployment_group_name"],
        include_only_statuses=options["include_only_statuses"] or None,
        create_time_range=times if any(times.values()) else None,
    )


def _time(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(
            f"{option}: {text!r} is not a time. Write it in ISO 8601, such as 2026-01-15T10:30:00Z."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
