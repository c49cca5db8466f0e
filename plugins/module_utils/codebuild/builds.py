# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading builds and batches of builds."""

from __future__ import annotations

from typing import Any

from .common import codebuild

BATCH = 100  # BatchGetBuilds and BatchGetBuildBatches take at most 100 ids


def read_builds(context, ids: list[str]) -> list[dict[str, Any]]:
    """Builds as BatchGetBuilds tells them; ids (or ARNs) that CodeBuild does not know are left out."""
    return codebuild(context).batches("batch_get_builds", ("ids", ids), "builds", BATCH, doing="read builds")


def read_build(context, identity: str) -> dict[str, Any] | None:
    """One build, by its id (``storefront:3f...``) or ARN; None when CodeBuild does not know it."""
    return next(iter(read_builds(context, [identity])), None)


def read_batches(context, ids: list[str]) -> list[dict[str, Any]]:
    """Batches as BatchGetBuildBatches tells them; unknown ids are left out."""
    return codebuild(context).batches(
        "batch_get_build_batches", ("ids", ids), "build_batches", BATCH, doing="read batches of builds"
    )
