# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a build did not succeed, in words: the phase, what its context says, the end of its log, the failed tests."""

from __future__ import annotations

from typing import Any

from .builds import read_builds
from .log import LAST_LINES, name_of, readable_last_lines
from .report import Summary, summaries

FAILED = ("FAILED", "FAULT", "TIMED_OUT")
NOT_ENDED = "IN_PROGRESS"
EXPLAINED_BUILDS = 3  # of a batch
LONGEST_MESSAGE = 300  # characters of a test's message

# What a user can do about a status code of a phase's context. Source: CodeBuild's user guide, "Troubleshooting".
REMEDIES = {
    "YAML_FILE_ERROR": "Check the buildspec, and that source.buildspec names it where the source has it.",
    "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE": "Check environment.image, and that the service role may pull it.",
    "ACCESS_DENIED": "Give the project's service role this permission.",
    "VPC_CLIENT_ERROR": "Check vpc_config: its subnets need a way to the Internet or to VPC endpoints.",
}


def failed_phase(build: dict[str, Any]) -> dict[str, Any] | None:
    """The phase of a build (or a batch) that failed first; None when none did."""
    return next((phase for phase in build.get("phases") or [] if phase.get("phase_status") in FAILED), None)


def status_of(build: dict[str, Any]) -> str:
    """The status of a build or a batch."""
    return build.get("build_status") or build.get("build_batch_status") or NOT_ENDED


def title_of(build: dict[str, Any]) -> str:
    """``storefront build 12``: for messages. ``build`` may be a batch."""
    if "build_batch_status" in build:
        number = build.get("build_batch_number")
        return f"{build.get('project_name')} batch {number if number is not None else build.get('id')}"
    number = build.get("build_number")
    return f"{build.get('project_name')} build {number if number is not None else build.get('id')}"


def explain(build: dict[str, Any], lines: list[str] = (), reports: list[Summary] = ()) -> str:
    """The message for a build that did not succeed; several lines. Pure.

    :arg build: as BatchGetBuilds tells it, in option names.
    :arg lines: the last lines of its log.
    :arg reports: what its test reports say.
    """
    told = [f"{title_of(build)}: {_reason(build)}"]
    told += [f"  | {line}" for line in lines]
    told += _tests(reports)
    place = name_of(build)
    if place:
        told.append(f"The whole log: {place}.")
    return "\n".join(told)


def explain_build(context, build: dict[str, Any], lines: int = LAST_LINES, reports: list[Summary] | None = None) -> str:
    """The message for a build that did not succeed, with the end of its log and its failed tests.

    :arg lines: how many of the log's last lines; 0 does not read it.
    :arg reports: what its reports say; None reads them.
    """
    phase = failed_phase(build)
    last = readable_last_lines(context, build, phase and phase.get("phase_type"), lines) if lines else []
    if reports is None:
        reports = summaries(context, build.get("report_arns") or [])
    return explain(build, last, reports)


def explain_batch(context, batch: dict[str, Any], lines: int = LAST_LINES, reports: list[Summary] | None = None) -> str:
    """The message for a batch that did not succeed: its own phase, or each of the first builds that failed."""
    summaries_of = [group.get("current_build_summary") or {} for group in batch.get("build_groups") or []]
    failed = [one["arn"] for one in summaries_of if one.get("build_status") in FAILED and one.get("arn")]
    if not failed:
        return explain(batch, reports=reports or [])
    count = f"{len(failed)} of {len(summaries_of)} builds did not succeed"
    told = [f"{title_of(batch)}: {count} ({status_of(batch)})."]
    for build in read_builds(context, failed[:EXPLAINED_BUILDS]):
        told.append(explain_build(context, build, lines))
    if len(failed) > EXPLAINED_BUILDS:
        told.append(f"and {len(failed) - EXPLAINED_BUILDS} more")
    return "\n".join(told)


def _reason(build: dict[str, Any]) -> str:
    status, phase = status_of(build), failed_phase(build)
    if status == "STOPPED":
        stopped = next((one for one in build.get("phases") or [] if one.get("phase_status") == "STOPPED"), None)
        return f"it was stopped{' in ' + stopped['phase_type'] if stopped else ''}."
    if phase is None:
        return f"it ended as {status}, and CodeBuild names no phase that failed."
    name, (code, message) = phase["phase_type"], _context(phase)
    if phase.get("phase_status") == "TIMED_OUT" or status == "TIMED_OUT":
        return f"{name} was not over in time ({_limit(build, name)}). Raise it if the build only needs longer."
    if code == "COMMAND_EXECUTION_ERROR" and ". Reason: " in message:
        command, _reason_is, reason = message.removeprefix("Error while executing command: ").rpartition(". Reason: ")
        return f"{name} failed: {_dotted(reason)} The command was: {command}"
    said = _dotted(message) if message else "CodeBuild gives no reason."
    remedy = REMEDIES.get(code, "")
    return " ".join(part for part in (f"{name} failed: {said}", remedy, f"({code})" if code else "") if part)


def _context(phase: dict[str, Any]) -> tuple[str, str]:
    """The status code and the message of a phase's context, both "" when there is none."""
    for context in phase.get("contexts") or []:
        code, message = context.get("status_code") or "", " ".join((context.get("message") or "").split())
        if code or message:
            return code, message
    return "", ""


def _limit(build: dict[str, Any], phase: str) -> str:
    option = "queued_timeout_in_minutes" if phase == "QUEUED" else "timeout_in_minutes"
    minutes = build.get(option) or build.get("build_timeout_in_minutes")
    return f"{option} is {minutes}" if minutes else option


def _tests(reports: list[Summary]) -> list[str]:
    lines = []
    for report in reports:
        if not report.failed:
            continue
        lines.append(f"Tests of {report.name}: {report.failed} of {report.total} failed.")
        for case in report.failures:
            message = _short(case.message)
            lines.append(f"  {case.full_name}{': ' + message if message else ''}")
        if report.failed > len(report.failures) > 0:
            lines.append(f"  and {report.failed - len(report.failures)} more")
    return lines


def _short(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + " ..."


def _dotted(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
