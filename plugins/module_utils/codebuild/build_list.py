# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listing builds and batches: by id, or the newest of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from . import builds
from .build_result import result_of
from .builds import BUILD, BUILD_BATCH, Build, Kind
from .common import NOT_THERE, batched, each
from .failure import failed_phase, status_of
from .log import readable_last_lines
from .report import summaries


def list_builds(context) -> list[dict[str, Any]]:
    """The builds, or batches, that the task's options ask for, the newest first."""
    options = context.options
    kind = BUILD_BATCH if options["batch"] else BUILD
    found = []
    for build in _wanted(context, kind):
        if options["statuses"] is None or status_of(build) in options["statuses"]:
            found.append(_told(context, build))
        if options["build_ids"] is None and 0 < options["limit"] <= len(found):
            break
    return sorted(found, key=lambda build: build.get("start_time") or "", reverse=True)


def _wanted(context, kind: Kind) -> Iterator[Build]:
    """The builds one after the other: those behind the limit are neither listed nor read."""
    options = context.options
    project = options["project_name"]
    ids: Iterable[str] = (
        options["build_ids"]
        if options["build_ids"] is not None
        else each(
            context,
            kind.list if project else kind.list.removesuffix("_for_project"),
            "ids",
            doing=f"list the {kind.noun}s",
            absent=NOT_THERE,
            sort_order="DESCENDING",
            **({"project_name": project} if project else {}),
        )
    )
    size = builds.BATCH if options["statuses"] or not options["limit"] else min(options["limit"], builds.BATCH)
    for some in batched(ids, size):
        yield from builds.read(context, kind, some)


def _told(context, build: Build) -> Build:
    options = context.options
    reports = summaries(context, build.get("report_arns") or []) if options["reports"] else None
    found = result_of(build, reports)
    if options["log_lines"] > 0 and not options["batch"]:
        phase = failed_phase(build)
        found["log"] = readable_last_lines(context, build, phase and phase["phase_type"], options["log_lines"])
    return found
