# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a deployment did not succeed, in words: the most useful first.

The hosts, the event, the script, its exit code and the end of its log; then what CodeDeploy decided; then what became
of the rollback.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..engine.progress import duration
from .report import Event, Host, Report, exit_code

LOG_LINES = 20
NAMED_HOSTS = 3
SILENT = "not able to receive the lifecycle event"
ROLLBACK_REASON = {"ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM", "MANUAL_STOP": "DEPLOYMENT_STOP_ON_REQUEST"}


def explain(report: Report, rollback: Report | None = None) -> str:
    """The message for a deployment that ended as Failed or Stopped; several lines.

    ``rollback`` is the report of the deployment that rolled it back, once that ended or as far as it is known.
    """
    lines = []
    for hosts in _alike(report.hosts):
        lines += _what_failed(hosts, first=not lines, group=report.group)
    lines.append(_decision(report, first=not lines))
    if report.total:
        lines.append(
            f"{report.noun.title()}: " + ", ".join(f"{count} {name.lower()}" for name, count in _counts(report)) + "."
        )
    lines += _rollback(report, rollback)
    return "\n".join(lines)


def is_silent(event: Event) -> bool:
    """Whether an event failed since no agent took it up, which CodeDeploy reports as a failure of the event."""
    return event.error_code == "UnknownError" and SILENT in event.message


def _alike(hosts: Sequence[Host]) -> list[list[Host]]:
    """Failed hosts, those that failed in the same way together; the earliest failure first."""
    groups: dict[tuple, list[Host]] = {}
    failed = [host for host in hosts if host.failed_event]
    for host in sorted(failed, key=lambda one: one.failed_event.end or "~"):
        event = host.failed_event
        groups.setdefault((event.name, event.error_code, event.script, exit_code(event.message)), []).append(host)
    return list(groups.values())


def _what_failed(hosts: list[Host], first: bool, group: str) -> list[str]:
    event = hosts[0].failed_event
    prefix = f"{group}: " if first else ""
    if is_silent(event):
        the = "the" if first else "The"
        subject = f"{the} CodeDeploy agent on {_names(hosts)} is"
        if len(hosts) > 1:
            subject = f"{the} CodeDeploy agents on {_names(hosts)} are"
        return [
            f"{prefix}{subject} silent: {event.name} was not taken up in time. "
            "See that the agent is installed and runs (systemctl status codedeploy-agent), that the host reaches "
            "CodeDeploy and S3, and that its instance profile allows both."
        ]
    lines = [f"{prefix}{event.name} failed on {_names(hosts)}: {_reason(event)}"]
    log = event.log_tail.rstrip("\n").splitlines()
    if len(hosts) > 1 and log:
        lines.append(f"  log of {hosts[0].id}:")
    return lines + [f"  | {line}" for line in log[-LOG_LINES:]]


def _reason(event: Event) -> str:
    script, code = event.script or "the script", exit_code(event.message)
    if event.error_code == "ScriptFailed" and code is not None:
        return f"{script} ended with exit code {code}."
    if event.error_code == "ScriptMissing":
        return f"{script} is not in the revision."
    if event.error_code == "ScriptNotExecutable":
        return f"{script} is not executable and could not be made so."
    if event.error_code == "ScriptTimedOut":
        return f"{script} ran into its time-out ({event.message.rstrip('.')})."
    message = " ".join(event.message.split()) or f"{event.error_code or 'no reason was given'}"
    return message if message.endswith(".") else message + "."


def _names(hosts: list[Host]) -> str:
    shown = [f"{host.id} ({host.zone})" if host.zone else host.id for host in hosts[:NAMED_HOSTS]]
    if len(hosts) > NAMED_HOSTS:
        return f"{', '.join(shown)} and {len(hosts) - NAMED_HOSTS} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _decision(report: Report, first: bool) -> str:
    start = f"{report.group}: deployment" if first else "Deployment"
    reason = " ".join(report.error_message.split()).rstrip(".")
    if not reason:
        return f"{start} {report.deployment_id} {report.status.lower()}; CodeDeploy gives no reason."
    return f"{start} {report.deployment_id} {report.status.lower()}: {reason} ({report.error_code})."


def _counts(report: Report) -> list[tuple[str, int]]:
    order = ("Succeeded", "Failed", "Skipped", "InProgress", "Pending", "Ready")
    named = {"InProgress": "in progress"}
    return [(named.get(name, name), report.counts[name]) for name in order if (report.counts or {}).get(name)]


def _rollback(report: Report, rollback: Report | None) -> list[str]:
    if rollback is not None:
        took = f" in {duration(rollback.seconds)}" if rollback.seconds is not None else ""
        hosts = f"{rollback.succeeded} of {rollback.total} {rollback.noun}{took}."
        if rollback.status == "Succeeded":
            return [f"Rolled back by deployment {rollback.deployment_id}: {hosts}"]
        if not rollback.ended:
            return [f"The rollback, deployment {rollback.deployment_id}, still runs ({rollback.status})."]
        failed = f"The rollback, deployment {rollback.deployment_id}, {rollback.status.lower()} too: {hosts}"
        return [failed, *(f"  {line}" for line in explain(rollback).splitlines())]
    if report.rollback_id:
        return [f"CodeDeploy rolls it back with deployment {report.rollback_id}."]
    if report.rollback_message:
        return [f"Not rolled back: {report.rollback_message.rstrip('.')}."]
    event = ROLLBACK_REASON.get(report.error_code, "DEPLOYMENT_FAILURE")
    if report.creator != "codeDeployRollback" and event not in (report.auto_rollback or ()):
        return [f"Not rolled back: automatic rollback on {event} is off."]
    return []
