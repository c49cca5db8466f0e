# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which execution is meant: the one with an id, the one that a revision started, or the newest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.errors import Failure
from ..engine.wait import Pace, WaitTimeout, wait_until
from .execution_calls import UNDER_WAY, Executions

SHORTEST_PREFIX = 7  # of a commit's id, as git shortens it
APPEARS = Pace(shortest=0.5, longest=3.0)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Summary = Mapping[str, Any]


def find(context, executions: Executions) -> str:
    """The id of the execution that the task's options mean; waits for the one that ``source_revision`` starts.

    Raises Failure, with what there is instead, when there is none.
    """
    options = context.options
    if options["pipeline_execution_id"]:
        return options["pipeline_execution_id"]
    if options["source_revision"]:
        return _of_revision(context, executions, options["source_revision"])["pipeline_execution_id"]
    summaries = executions.newest(1)
    if not summaries:
        raise Failure(
            f"{executions.pipeline}: it has no execution yet. Start one with state=started, or push to its source."
        )
    return summaries[0]["pipeline_execution_id"]


def check_id(option: str, value: str | None) -> None:
    """Refuse what cannot be an execution's id. Source: PipelineExecutionId in the service's model."""
    if value is not None and not _ID.fullmatch(value):
        raise Failure(
            f"{option}: {value!r} is not the id of an execution. It looks like 3fa85f64-5717-4562-b3fc-2c963f66afa6, "
            "in small letters; convoy.delivery.codepipeline_execution_info lists them."
        )


def check_revision(value: str | None) -> None:
    """Refuse a beginning of a commit's id that is too short to mean one."""
    if value is not None and len(value) < SHORTEST_PREFIX:
        raise Failure(
            f"source_revision: {value!r} is too short. Give a whole revision, or at least {SHORTEST_PREFIX} "
            "characters of a commit's id."
        )


def of_revision(summaries: Sequence[Summary], revision: str) -> Summary | None:
    """The newest execution of a source revision: its whole id, or the beginning of a commit's. Pure.

    An execution that rolls back is of the revision of its target, but no push has started it: it is left out.
    """
    for one in summaries:
        if one.get("execution_type") == "ROLLBACK":
            continue
        if any(matches(source.get("revision_id", ""), revision) for source in one.get("source_revisions") or []):
            return one
    return None


def matches(revision_id: str, wanted: str) -> bool:
    """Whether a revision is the wanted one, whose id may be shortened as git does."""
    return revision_id == wanted or (len(wanted) >= SHORTEST_PREFIX and revision_id.startswith(wanted))


def under_way(summaries: Sequence[Summary]) -> list[Summary]:
    """Those that have not ended, the newest first."""
    return [one for one in summaries if one.get("status") in UNDER_WAY]


def told(summary: Summary) -> str:
    """``3fa85f64-... of 9d81c0de (InProgress)``: an execution, for messages."""
    revisions = ", ".join(source.get("revision_id", "") for source in summary.get("source_revisions") or [])
    of = f" of {revisions}" if revisions else ""
    return f"{summary['pipeline_execution_id']}{of} ({summary.get('status')})"


def _of_revision(context, executions: Executions, revision: str) -> Summary:
    """The execution of a revision; a push starts it some seconds later, by an event."""
    seen: list[Summary] = []
    waits = {"told": False}

    def look() -> Summary | None:
        seen[:] = executions.newest()
        found = of_revision(seen, revision)
        if found is None and not waits["told"]:
            waits["told"] = True
            context.progress.say(executions.pipeline, f"waits for the execution that {revision} starts")
        return found

    try:
        return wait_until(
            look,
            lambda found: found is not None,
            0 if context.check_mode else context.options["appear_timeout"],
            what=f"an execution of {revision}",
            clock=context.clock,
            pace=APPEARS,
        )
    except WaitTimeout as error:
        newest = f"The newest execution is {told(seen[0])}" if seen else "It has no execution at all"
        raise Failure(
            f"{executions.pipeline}: no execution of {revision} has appeared within appear_timeout "
            f"({context.options['appear_timeout']} s). {newest}. Look whether the revision is on the branch that the "
            "pipeline follows, whether a newer one was pushed right after it, and whether the EventBridge rule or the "
            "trigger of the pipeline is enabled; or start one with state=started."
        ) from error
