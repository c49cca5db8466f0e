# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an execution would be made of if it were started now, and the overrides that say otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..engine.errors import ApiError, Failure

# The revision type that names a revision of a source, by its provider (API reference, SourceRevisionOverride).
REVISION_TYPES = {
    "CodeCommit": ("COMMIT_ID",),
    "CodeStarSourceConnection": ("COMMIT_ID",),
    "ECR": ("IMAGE_DIGEST",),
    "S3": ("S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"),
}
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def overrides(declaration: Mapping[str, Any], options: Mapping[str, Any]) -> list[dict[str, str]]:
    """The source revision overrides of a task: ``source_revisions``, or ``source_revision`` of the only source.

    Raises Failure for what does not go with the pipeline's sources. Pure.
    """
    pipeline, sources = declaration["name"], source_actions(declaration)
    if options["source_revision"]:
        return [_only(pipeline, sources, options["source_revision"])]
    for one in options["source_revisions"] or []:
        action = sources.get(one["action_name"])
        if action is None:
            raise Failure(
                f"source_revisions: {pipeline} has no source action {one['action_name']} (it has {', '.join(sources)})."
            )
        provider = action["action_type_id"]["provider"]
        allowed = REVISION_TYPES.get(provider, ())
        if one["revision_type"] not in allowed:
            raise Failure(
                f"source_revisions: {one['action_name']} is a source of {provider}, which takes "
                f"{' or '.join(allowed) or 'no override'}, not {one['revision_type']}."
            )
    return options["source_revisions"] or []


def source_actions(declaration: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The source actions of a pipeline, by name."""
    return {action["name"]: action for action in declaration["stages"][0]["actions"]}


def newest_revisions(context, declaration: Mapping[str, Any], given: list[dict[str, str]]) -> dict[str, str | None]:
    """The revision of each source that an execution started now would have; None where it cannot be read."""
    named = {one["action_name"]: one["revision_value"] for one in given}
    return {name: named.get(name) or _newest(context, action) for name, action in source_actions(declaration).items()}


def _newest(context, action: Mapping[str, Any]) -> str | None:
    provider, configuration = action["action_type_id"]["provider"], action.get("configuration") or {}
    read = {"S3": _newest_object, "CodeCommit": _newest_commit}.get(provider)
    if read is None or action.get("region", context.client("codepipeline").region) != (
        context.client("codepipeline").region
    ):
        return None
    try:
        return read(context, configuration)
    except ApiError:
        return None  # whoever may start a pipeline may not read its sources: then nobody knows


def _newest_object(context, configuration: Mapping[str, str]) -> str | None:
    bucket, key = configuration.get("S3Bucket", ""), configuration.get("S3ObjectKey", "")
    answer = context.client("s3").call("head_object", doing=f"look at s3://{bucket}/{key}", bucket=bucket, key=key)
    return answer.get("version_id")


def _newest_commit(context, configuration: Mapping[str, str]) -> str | None:
    repository, branch = configuration.get("RepositoryName", ""), configuration.get("BranchName", "")
    answer = context.client("codecommit").call(
        "get_branch",
        doing=f"look at branch {branch} of {repository}",
        repository_name=repository,
        branch_name=branch,
    )
    return (answer.get("branch") or {}).get("commit_id")


def _only(pipeline: str, sources: Mapping[str, Mapping[str, Any]], revision: str) -> dict[str, str]:
    if len(sources) != 1:
        raise Failure(
            f"source_revision: {pipeline} has the sources {', '.join(sources)}. "
            "Say in source_revisions which one is meant."
        )
    ((name, action),) = sources.items()
    provider = action["action_type_id"]["provider"]
    allowed = REVISION_TYPES.get(provider, ())
    if not allowed:
        raise Failure(f"source_revision: {name} is a source of {provider}, which takes no revision. Leave it out.")
    if allowed[0] == "COMMIT_ID" and not _COMMIT.fullmatch(revision):
        raise Failure(f"source_revision: {revision!r} is not a whole commit id, which it takes to start an execution.")
    return {"action_name": name, "revision_type": allowed[0], "revision_value": revision}
