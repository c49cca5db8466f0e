# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading, starting, stopping and retrying builds and batches of builds: the calls, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .common import codebuild

BATCH = 100  # BatchGetBuilds and BatchGetBuildBatches take at most 100 ids
OF_FORMER = 10  # newest builds among which a successful one tells how long a build takes

Build = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A build or a batch, and how the API calls what belongs to it."""

    noun: str  # in messages
    member: str  # of answers; the operations are start_<member> and so on
    get: str  # the operation that reads many
    entries: str  # their member in its answer
    list: str  # the operation that lists those of a project
    status: str
    complete: str

    def ended(self, build: Build) -> bool:
        return bool(build.get(self.complete)) or (build.get(self.status) or "IN_PROGRESS") != "IN_PROGRESS"


BUILD = Kind(
    "build",
    "build",
    "batch_get_builds",
    "builds",
    "list_builds_for_project",
    "build_status",
    "build_complete",
)
BUILD_BATCH = Kind(
    "batch",
    "build_batch",
    "batch_get_build_batches",
    "build_batches",
    "list_build_batches_for_project",
    "build_batch_status",
    "complete",
)


def read(context, kind: Kind, ids: list[str]) -> list[Build]:
    """Builds (or batches) in the order of their ids or ARNs; those that CodeBuild does not know are left out."""
    found = codebuild(context).batches(kind.get, ("ids", ids), kind.entries, BATCH, doing=f"read {kind.noun}s")
    order = {identity: place for place, identity in enumerate(ids)}
    return sorted(found, key=lambda one: order.get(one["id"], order.get(one.get("arn"), len(order))))


def read_builds(context, ids: list[str]) -> list[Build]:
    """Builds as BatchGetBuilds tells them; ids (or ARNs) that CodeBuild does not know are left out."""
    return read(context, BUILD, ids)


def read_build(context, identity: str) -> Build | None:
    """One build, by its id (``storefront:3f...``) or ARN; None when CodeBuild does not know it."""
    return next(iter(read_builds(context, [identity])), None)


def newest_ids(context, kind: Kind, project: str) -> list[str]:
    """The ids of the project's newest builds (or batches), at most 100; none when there is no such project."""
    answer = codebuild(context).call(
        kind.list,
        doing=f"list the {kind.noun}s of project {project}",
        absent=("ResourceNotFoundException",),
        project_name=project,
        sort_order="DESCENDING",
    )
    return (answer or {}).get("ids") or []


def start(context, kind: Kind, request: dict[str, Any]) -> Build:
    """StartBuild or StartBuildBatch."""
    doing = f"start a {kind.noun} of project {request['project_name']}"
    return codebuild(context).call(f"start_{kind.member}", doing=doing, **request)[kind.member]


def stop(context, kind: Kind, identity: str) -> Build:
    """StopBuild or StopBuildBatch."""
    return codebuild(context).call(f"stop_{kind.member}", doing=f"stop {kind.noun} {identity}", id=identity)[
        kind.member
    ]


def retry(context, kind: Kind, identity: str, **request) -> Build:
    """RetryBuild, which starts another build, or RetryBuildBatch, which goes on with the same batch."""
    doing = f"retry {kind.noun} {identity}"
    return codebuild(context).call(f"retry_{kind.member}", doing=doing, id=identity, **request)[kind.member]
