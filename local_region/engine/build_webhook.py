# SPDX-License-Identifier: GPL-3.0-or-later
"""GitHub's webhook deliveries, and the filter groups that say which of them start a build.

Source: CodeBuild user guide, "GitHub webhook events".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PULL_REQUESTS = {
    "opened": "PULL_REQUEST_CREATED",
    "reopened": "PULL_REQUEST_REOPENED",
    "synchronize": "PULL_REQUEST_UPDATED",
}
RELEASES = {"released": "RELEASED", "prereleased": "PRERELEASED"}
EVENTS = ("PUSH", *PULL_REQUESTS.values(), "PULL_REQUEST_MERGED", "PULL_REQUEST_CLOSED", *RELEASES.values())
# What a webhook without filter groups builds.
USUAL_EVENTS = ("PUSH", *PULL_REQUESTS.values())
DELETED = "0" * 40


class BadFilter(Exception):
    """A filter group is not one that CodeBuild takes. The message is a sentence."""


@dataclass(frozen=True)
class Delivery:
    """What has happened. `version` is what is to be built, `trigger` what CodeBuild calls it (branch/main, pr/12).

    `subjects` are what filters look at, by the filter's type; a type that is not there has nothing to match.
    """

    event: str
    trigger: str
    version: str
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def branch(self) -> str:
        """The branch it is about, for branch filters."""
        refs = self.subjects.get("BASE_REF") or self.subjects.get("HEAD_REF", ("",))
        return refs[0].removeprefix("refs/heads/")


def read(event: str, payload: Mapping[str, Any]) -> Delivery | None:
    """A delivery of X-GitHub-Event `event`; None for one that is never built (a branch deleted, a label set).

    Raises KeyError or TypeError for a payload that is not GitHub's.
    """
    if event == "push":
        return _push(payload)
    if event == "pull_request":
        return _pull_request(payload)
    if event == "release":
        return _release(payload)
    return None


def _push(payload: Mapping[str, Any]) -> Delivery | None:
    ref, commit = payload["ref"], payload["after"]
    if payload.get("deleted") or commit == DELETED:
        return None
    commits = payload.get("commits") or []
    files = {path for one in commits for kind in ("added", "modified", "removed") for path in one.get(kind) or []}
    head = payload.get("head_commit") or {}
    is_tag = ref.startswith("refs/tags/")
    name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/")
    subjects = {"HEAD_REF": (ref,), "FILE_PATH": tuple(sorted(files)), "COMMIT_MESSAGE": (head.get("message", ""),)}
    variables = {"CODEBUILD_WEBHOOK_PREV_COMMIT": payload.get("before", "")}
    if is_tag:
        subjects["TAG_NAME"] = (name,)
    trigger = f"{'tag' if is_tag else 'branch'}/{name}"
    return _delivery("PUSH", trigger, commit, payload, subjects, {"CODEBUILD_WEBHOOK_HEAD_REF": ref} | variables)


def _pull_request(payload: Mapping[str, Any]) -> Delivery | None:
    request, action = payload["pull_request"], payload["action"]
    if action == "closed":
        event = "PULL_REQUEST_MERGED" if request.get("merged") else "PULL_REQUEST_CLOSED"
    elif action in PULL_REQUESTS:
        event = PULL_REQUESTS[action]
    else:
        return None
    head, base = f"refs/heads/{request['head']['ref']}", f"refs/heads/{request['base']['ref']}"
    subjects = {"HEAD_REF": (head,), "BASE_REF": (base,), "COMMIT_MESSAGE": (request.get("title") or "",)}
    variables = {"CODEBUILD_WEBHOOK_HEAD_REF": head, "CODEBUILD_WEBHOOK_BASE_REF": base}
    if event == "PULL_REQUEST_MERGED":
        variables["CODEBUILD_WEBHOOK_MERGE_COMMIT"] = request.get("merge_commit_sha") or ""
    return _delivery(event, f"pr/{request['number']}", request["head"]["sha"], payload, subjects, variables)


def _release(payload: Mapping[str, Any]) -> Delivery | None:
    if payload["action"] not in RELEASES:
        return None
    tag = payload["release"]["tag_name"]
    subjects = {"TAG_NAME": (tag,), "RELEASE_NAME": (payload["release"].get("name") or "",)}
    return _delivery(RELEASES[payload["action"]], f"tag/{tag}", f"refs/tags/{tag}", payload, subjects, {})


def _delivery(
    event: str,
    trigger: str,
    version: str,
    payload: Mapping[str, Any],
    subjects: Mapping[str, tuple[str, ...]],
    variables: Mapping[str, str],
) -> Delivery:
    actor = str((payload.get("sender") or {}).get("id", ""))
    repository = (payload.get("repository") or {}).get("name", "")
    known = {"EVENT": (event,), "ACTOR_ACCOUNT_ID": (actor,), "REPOSITORY_NAME": (repository,)}
    told = {
        "CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID": actor,
        "CODEBUILD_WEBHOOK_EVENT": event,
        "CODEBUILD_WEBHOOK_TRIGGER": trigger,
    }
    return Delivery(event, trigger, version, known | dict(subjects), told | dict(variables))


def wanted(delivery: Delivery, groups: Iterable[Iterable[Mapping[str, Any]]], branch_filter: str | None) -> bool:
    """Whether it starts a build: when every filter of any group is met. Without groups, the branch filter decides."""
    groups = list(groups)
    if not groups:
        return delivery.event in USUAL_EVENTS and bool(re.search(branch_filter or "", delivery.branch))
    return any(all(_met(delivery, one) for one in group) for group in groups)


def _met(delivery: Delivery, given: Mapping[str, Any]) -> bool:
    if given["type"] == "EVENT":
        found = delivery.event in _events(given["pattern"])
    else:
        found = any(re.search(given["pattern"], one) for one in delivery.subjects.get(given["type"], ()))
    return found != bool(given.get("excludeMatchedPattern", False))


def check(groups: Iterable[Iterable[Mapping[str, Any]]], branch_filter: str | None) -> None:
    """Raises BadFilter for filter groups that can't be."""
    groups = list(groups)
    if groups and branch_filter:
        raise BadFilter("Cannot specify both filterGroups and branchFilter.")
    for group in groups:
        events = [one for one in group if one["type"] == "EVENT"]
        if len(events) != 1:
            raise BadFilter("Each filter group has exactly one filter of the type EVENT.")
        unknown = [one for one in _events(events[0]["pattern"]) if one not in EVENTS]
        if unknown:
            raise BadFilter(f"The event {unknown[0]} is none of {', '.join(EVENTS)}.")
        for one in group:
            _check_pattern(one["pattern"], one["type"])
    _check_pattern(branch_filter or "", "branchFilter")


def _check_pattern(pattern: str, what: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadFilter(f"The pattern {pattern!r} of {what} is no regular expression: {error}.") from None


def _events(pattern: str) -> list[str]:
    return [one.strip() for one in pattern.split(",")]
