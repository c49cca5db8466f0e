# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starting, following, stopping and retrying builds and batches of builds.

A build is an act, not a state: each run of a task starts one. What makes a task safe to repeat is its idempotency
token, for as long as CodeBuild remembers it (five minutes): the build that was started with it is adopted and followed.
"""

from __future__ import annotations

from typing import Any

from ..engine import compare
from ..engine.errors import Failure
from . import builds
from .build_checks import check_options, check_overrides
from .build_options import OVERRIDES
from .build_result import result_of, without_secrets
from .builds import BUILD, BUILD_BATCH, Build, Kind
from .buildspec import text_of
from .failure import NOT_ENDED, explain_batch, explain_build, status_of, title_of
from .follow import follow, usual_seconds
from .report import summaries
from .variables import typed, warn_of_secrets


def start(context) -> dict[str, Any]:
    """Start what the task's options ask for and follow it as far as the task waits; the result.

    Raises Failure when it does not succeed: the message says why, ``build`` has the facts.
    """
    options, kind = context.options, _kind(context)
    check_options(options)
    request = _request(context)
    result = {"changed": True, "adopted": False, **_diff({}, {"project_name": options["project_name"], **request})}
    if context.check_mode:
        predicted = {"project_name": options["project_name"], kind.status: NOT_ENDED}
        return {**result, "build": predicted}
    token = options["idempotency_token"]
    known = builds.newest_ids(context, kind, options["project_name"]) if token else []
    started = builds.start(
        context, kind, {"project_name": options["project_name"], "idempotency_token": token, **request}
    )
    if started["id"] in known:
        context.progress.say(title_of(started), f"was started with this token before ({status_of(started)})")
        result = {"changed": not kind.ended(started), "adopted": True, **_diff({}, {})}
    return _finish(context, kind, started, result)


def stop(context) -> dict[str, Any]:
    """Stop a build or a batch; the result. One that has ended is left alone."""
    options, kind = context.options, _kind(context)
    check_options(options)
    build = _existing(context, kind)
    if kind.ended(build):
        return {"changed": False, **_diff({}, {}), "build": result_of(build)}
    status = {"before": {kind.status: status_of(build)}, "after": {kind.status: "STOPPED"}}
    if context.check_mode:
        return {"changed": True, "diff": status, "build": result_of({**build, kind.status: "STOPPED"})}
    build = builds.stop(context, kind, build["id"])
    if options["wait"] and not kind.ended(build):
        build = follow(context, kind, build, options["wait_timeout"], live=False)
    return {"changed": True, "diff": status, "build": result_of(build)}


def retry(context) -> dict[str, Any]:
    """Run a build or a batch again that has ended, and follow it; the result."""
    options, kind = context.options, _kind(context)
    check_options(options)
    build = _existing(context, kind)
    if not kind.ended(build):
        raise Failure(f"{title_of(build)} still runs ({build.get('current_phase')}): wait for its end, or stop it.")
    result = {"changed": True, "adopted": False, **_diff({}, {"retry_of": build["id"]})}
    if context.check_mode:
        return {**result, "build": {"project_name": build.get("project_name"), kind.status: NOT_ENDED}}
    more = {"retry_type": options["retry_type"]} if kind is BUILD_BATCH else {}
    started = builds.retry(context, kind, build["id"], idempotency_token=options["idempotency_token"], **more)
    return _finish(context, kind, started, result)


def _kind(context) -> Kind:
    return BUILD_BATCH if context.options["batch"] else BUILD


def _existing(context, kind: Kind) -> Build:
    identity = context.options["build_id"]
    found = builds.read(context, kind, [identity])
    if not found:
        raise Failure(f"build_id: there is no {kind.noun} {identity}. Check the id, the region, and batch.")
    return found[0]


def _request(context) -> dict[str, Any]:
    """The overrides that are given, checked."""
    options = context.options
    given = compare.given({name: options[name] for name in OVERRIDES})
    variables = given.get("environment_variables_override")
    if variables is not None:
        given["environment_variables_override"] = typed(variables)
        warn_of_secrets(context, "environment_variables_override", variables)
    check_overrides(given)
    if "buildspec_override" in given:
        given["buildspec_override"] = text_of(given["buildspec_override"])
    return given


def _diff(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"diff": {"before": before, "after": without_secrets(after)}}


def _finish(context, kind: Kind, started: Build, result: dict[str, Any]) -> dict[str, Any]:
    """Follow a build as far as the task waits, and tell how it went."""
    options = context.options
    if not options["wait"]:
        return {**result, "build": result_of(started)}
    build = started
    if not kind.ended(started):
        usual = usual_seconds(context, started["project_name"]) if kind is BUILD else None
        build = follow(context, kind, started, options["wait_timeout"], options["build_log"] == "live", usual)
    reports = summaries(context, build.get("report_arns") or [])
    result = {**result, "build": result_of(build, reports)}
    if status_of(build) == "SUCCEEDED":
        return result
    lines = 0 if options["build_log"] == "none" else options["log_lines"]
    explain = explain_batch if kind is BUILD_BATCH else explain_build
    raise Failure(explain(context, build, lines, reports), **result)
