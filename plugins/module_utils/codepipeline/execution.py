# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting and following executions, so that running the same task again releases nothing twice.

An execution is an act, not a state: one that has ended is no reason not to start another. But one of the same source
revision that is under way, perhaps started by the push itself or by a controller that was killed, is adopted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.errors import Failure
from . import execution_find
from .execution_calls import Executions
from .execution_sources import newest_revisions, overrides
from .follow import Followed, follow, result_of
from .report import ENDED

_TOKEN = re.compile(r"[A-Za-z0-9-]{1,128}")
_VARIABLE = re.compile(r"[A-Za-z0-9@_-]{1,128}")


def check(options: Mapping[str, Any]) -> None:
    """Refuse bad input of any state, before anything is asked. Source of the limits: the service's model."""
    execution_find.check_id("pipeline_execution_id", options["pipeline_execution_id"])
    execution_find.check_id("target_pipeline_execution_id", options["target_pipeline_execution_id"])
    execution_find.check_revision(options["source_revision"])
    token = options["client_request_token"]
    if token is not None and not _TOKEN.fullmatch(token):
        raise Failure(f"client_request_token: {token!r} is not valid. Use 1 to 128 letters, digits and -")
    for name, value in (options["variables"] or {}).items():
        if not _VARIABLE.fullmatch(str(name)):
            raise Failure(f"variables: {name!r} is not the name of a variable. Use 1 to 128 letters, digits and @ _ -")
        if not 1 <= len(str(value)) <= 1000:
            raise Failure(f"variables: the value of {name} has {len(str(value))} characters. It may have 1 to 1000.")
    if options["reason"] is not None and len(options["reason"]) > 200:
        raise Failure(f"reason: it has {len(options['reason'])} characters. At most 200 are possible.")
    for option in ("wait_timeout", "appear_timeout"):
        if options[option] < 0:
            raise Failure(f"{option}: {options[option]} is not possible. Give seconds, 0 or more.")


def start(context) -> dict[str, Any]:
    """Start an execution, or adopt the one that is under way for the same revision; the task's result."""
    options = context.options
    executions = Executions(context, options["pipeline_name"])
    declaration = executions.declaration()
    given = overrides(declaration, options)
    variables = {str(name): str(value) for name, value in (options["variables"] or {}).items()}
    _check_variables(declaration, variables)
    summaries = executions.newest()
    before = _revisions(summaries[0]) if summaries else {}
    wanted = {one["action_name"]: one["revision_value"] for one in given}
    if options["existing"] == "adopt" and execution_find.under_way(summaries):
        wanted = newest_revisions(context, declaration, given)
        adopted = _adoptable(executions, summaries, wanted, given, variables)
        if adopted:
            found = adopted["pipeline_execution_id"]
            context.progress.say(executions.pipeline, f"adopts execution {found}, which is under way")
            return _finish(context, executions, found, adopted=True, **_diff(_revisions(adopted), _revisions(adopted)))
    diff = _diff(before, {name: value for name, value in wanted.items() if value})
    if context.check_mode:
        predicted = {"pipeline_name": executions.pipeline, "status": "InProgress", "execution_type": "STANDARD"}
        predicted["variables"] = [{"name": name, "resolved_value": value} for name, value in sorted(variables.items())]
        return {"changed": True, "adopted": False, "execution": predicted, **diff}
    started = executions.start(
        variables=[{"name": name, "value": value} for name, value in variables.items()] or None,
        source_revisions=given or None,
        client_request_token=options["client_request_token"],
    )
    return _finish(context, executions, started, adopted=False, **diff)


def follow_one(context) -> dict[str, Any]:
    """Follow the execution that the task's options mean; the task's result. Nothing is changed by it."""
    executions = Executions(context, context.options["pipeline_name"])
    return finish(context, executions, execution_find.find(context, executions), {"changed": False})


def finish(context, executions: Executions, execution_id: str, result: dict[str, Any]) -> dict[str, Any]:
    """Follow an execution as far as the task waits, and add to the result how it went.

    Raises Failure with the explanation when it ended otherwise than Succeeded.
    """
    options = context.options
    if context.check_mode or not options["wait"]:
        followed = result_of(context, executions, execution_id)
    else:
        followed = follow(
            context,
            executions,
            execution_id,
            options["wait_timeout"],
            options["wait_for"],
            build_log(context),
        )
    result = {**result, **followed.result()}
    if options["wait"] and not context.check_mode and followed.report.ended:
        _fail_unless_succeeded(followed, result)
    return result


def build_log(context) -> str:
    """What of the logs of builds is shown: as the task says, else live with -v, and the end of failed ones without."""
    return context.options["build_log"] or ("live" if context.verbosity else "failed")


def _finish(context, executions, execution_id: str, adopted: bool, diff) -> dict[str, Any]:
    return finish(context, executions, execution_id, {"changed": True, "adopted": adopted, "diff": diff})


def _fail_unless_succeeded(followed: Followed, result: dict[str, Any]) -> None:
    if followed.report.status in ENDED and followed.report.status != "Succeeded":
        raise Failure(followed.explanation(), **result)


def _check_variables(declaration: Mapping[str, Any], given: Mapping[str, str]) -> None:
    declared = {one["name"]: one.get("default_value") for one in declaration.get("variables") or []}
    unknown = [name for name in given if name not in declared]
    if unknown:
        has = f"it has {', '.join(declared)}" if declared else "it has none"
        raise Failure(f"variables: {declaration['name']} has no variable {unknown[0]} ({has}).")
    missing = [name for name, default in declared.items() if default is None and name not in given]
    if missing:
        raise Failure(f"variables: {declaration['name']} needs a value for {missing[0]}, which has no default.")


def _adoptable(
    executions: Executions,
    summaries: Sequence[Mapping[str, Any]],
    wanted: Mapping[str, str | None],
    given: Sequence[Mapping[str, str]],
    variables: Mapping[str, str],
) -> Mapping[str, Any] | None:
    """The execution under way that is just what would be started.

    One that has not read its sources yet will find what a new one would find, unless a revision is asked for. Raises
    Failure where it cannot be known whether it is the same.
    """
    for one in execution_find.under_way(summaries):
        if one.get("execution_type") == "ROLLBACK" or one.get("status") != "InProgress":
            continue
        if variables and not _has_variables(executions, one, variables):
            continue
        found = _revisions(one)
        if not found:
            if given:
                continue
            return one
        known = {name: value for name, value in wanted.items() if value}
        if any(found.get(name) != value for name, value in known.items()):
            continue
        if len(known) < len(wanted):
            unknown = ", ".join(name for name, value in wanted.items() if not value)
            raise Failure(
                f"{executions.pipeline}: execution {execution_find.told(one)} is under way, and whether the source "
                f"{unknown} has changed since cannot be read. Name the revision (source_revision or source_revisions), "
                "follow the execution (state=followed), or start another one all the same (existing=new)."
            )
        return one
    return None


def _has_variables(executions: Executions, summary: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    told = executions.get(summary["pipeline_execution_id"]).get("variables") or []
    found = {one["name"]: one.get("resolved_value") for one in told}
    return all(found.get(name) == value for name, value in wanted.items())


def _revisions(summary: Mapping[str, Any]) -> dict[str, str]:
    return {one["action_name"]: one.get("revision_id", "") for one in summary.get("source_revisions") or []}


def _diff(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    return {"diff": {"before": {"source_revisions": dict(before)}, "after": {"source_revisions": dict(after)}}}
