# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a push to a connected repository start a pipeline? Triggers and their filters.

Sources: CodePipeline user guide, "Automate starting pipelines using triggers and filtering", "Add trigger with code
push or pull request event types"; GitPushFilter of the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local_region.engine.globs import matches

Info = dict[str, Any]


@dataclass(frozen=True)
class Push:
    """A branch or a tag that has come to a commit. `files` are the paths that the push has changed.

    `connection` is the connection's ARN, `repository` its FullRepositoryId.
    """

    connection: str
    repository: str
    name: str
    commit: str
    is_tag: bool = False
    files: Sequence[str] = ()


def is_started(action: Info, triggers: Sequence[Info], push: Push) -> bool:
    """Whether a pipeline with these triggers is started by a push to the repository of its source action.

    With a trigger that has filters the action's BranchName does not matter. Without a trigger it is the branch to
    watch, unless DetectChanges is false.
    """
    configuration = action["configuration"]
    if (configuration["ConnectionArn"], configuration["FullRepositoryId"]) != (push.connection, push.repository):
        return False
    on_branch = not push.is_tag and push.name == configuration["BranchName"]
    own = [one["gitConfiguration"] for one in triggers if one["gitConfiguration"]["sourceActionName"] == action["name"]]
    if not own:
        return on_branch and configuration.get("DetectChanges", "true").lower() != "false"
    return any(_passes(one["push"], push) if "push" in one else on_branch for one in own)


def is_filtered(action: Info, triggers: Sequence[Info]) -> bool:
    """Whether the action has a trigger with filters."""
    own = (one["gitConfiguration"] for one in triggers if one["gitConfiguration"]["sourceActionName"] == action["name"])
    return any("push" in one for one in own)


def _passes(filters: Sequence[Info], push: Push) -> bool:
    """One of the filters is enough; of one, everything must apply."""
    return any(_passes_one(one, push) for one in filters)


def _passes_one(one: Info, push: Push) -> bool:
    if push.is_tag:
        return "tags" in one and chosen(one["tags"], push.name)
    if "branches" not in one and "filePaths" not in one:
        return "tags" not in one
    if not chosen(one.get("branches", {}), push.name):
        return False
    return "filePaths" not in one or any(chosen(one["filePaths"], path) for path in push.files)


def chosen(criteria: Info, name: str) -> bool:
    """Excludes go before includes; without includes everything is included."""
    if any(matches(pattern, name) for pattern in criteria.get("excludes", [])):
        return False
    includes = criteria.get("includes", [])
    return not includes or any(matches(pattern, name) for pattern in includes)
