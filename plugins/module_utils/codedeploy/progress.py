# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is printed while a deployment runs: a line for what changed, none when nothing did."""

from __future__ import annotations

from ..engine.progress import Event as Line
from .failure import is_silent
from .report import Host, Report, exit_code

STYLES = {"IN_PLACE": "in place", "BLUE_GREEN": "blue/green"}
LONGEST_EVENT = len("BeforeAllowTraffic")


def changes(before: Report | None, now: Report, seconds: float) -> list[Line]:
    """The lines for what differs between two reports of one deployment, the hosts' first.

    ``seconds`` is the time since the wait began. Hosts that wait for their turn are not mentioned.
    """
    earlier = {host.id: host for host in before.hosts} if before else {}
    width = max((len(host.id) for host in now.hosts), default=0)
    lines = []
    for host in now.hosts:
        if _said(host) and _said(host) != _said(earlier.get(host.id)):
            lines.append(_host_line(host, width))
    if before is None or _headline(before) != _headline(now):
        lines.append(_deployment_line(now, seconds))
    return lines


def _said(host: Host | None) -> tuple | None:
    """What a line tells about a host; None while there is nothing to tell."""
    if host is None or (host.current is None and host.status in ("Pending", "Unknown")):
        return None
    event = host.current
    return (host.status, event.name if event else "", event.status if event else "", host.traffic)


def _host_line(host: Host, width: int) -> Line:
    event = host.current
    if host.status == "Failed" and host.failed_event:
        event = host.failed_event
        status, seconds = f"failed: {_why(host)}", event.seconds
    elif host.status in ("Succeeded", "Ready") or event is None:
        name = "all events" if event else ""
        return _line(host, width, name, _words(host.status), host.seconds)
    else:
        status, seconds = _words(event.status, running="running"), event.seconds
    return _line(host, width, event.name, status, seconds)


def _line(host: Host, width: int, event: str, status: str, seconds: float | None) -> Line:
    columns = [host.zone, host.label, f"{event:<{LONGEST_EVENT}}" if event else "", status, host.traffic]
    text = "  ".join(column for column in columns if column)
    facts = {"host": host.id, "zone": host.zone, "event": event, "status": status}
    return Line(f"  {host.id:<{width}}", text, seconds, facts)


def _why(host: Host) -> str:
    event = host.failed_event
    if is_silent(event):
        return "the agent is silent"
    code = exit_code(event.message)
    if event.script and code is not None:
        return f"{event.script}, exit code {code}"
    return " ".join(filter(None, (event.script, event.error_code))) or "no reason given"


def _headline(report: Report) -> tuple:
    return (_state(report), *_count(report))


def _deployment_line(report: Report, seconds: float) -> Line:
    kind = STYLES.get(report.style, "")
    if report.creator == "codeDeployRollback":
        kind = "rollback"
    elif report.mode == "RESTART":
        kind = "restart"
    columns = [kind, report.deployment_id, _state(report), *_count(report)]
    facts = {"deployment_id": report.deployment_id, "status": report.status, "phase": report.phase}
    return Line(report.group, "  ".join(column for column in columns if column), seconds, facts)


def _state(report: Report) -> str:
    """The deployment's status, or where a blue/green deployment is."""
    if report.phase == "ready" and report.waits_for_us:
        return "ready, waits to be continued"
    if report.phase == "terminating":
        wait = f" in {report.termination_minutes} min" if report.termination_minutes else ""
        return f"rerouted, original {report.noun} end{wait}"
    return report.phase if report.phase in ("ready", "rerouting") else _words(report.status)


def _count(report: Report) -> tuple[str, str]:
    """How many hosts are done and how many failed, in words; of a blue/green deployment the new and the old apart."""
    failed = (report.counts or {}).get("Failed", 0)
    green, blue = report.labelled("Green"), report.labelled("Blue")
    if not green:
        hosts = f"{report.succeeded} of {report.total} {report.noun}" if report.total else ""
    else:
        ready = sum(host.status in ("Ready", "Succeeded") for host in green)
        hosts = f"{ready} of {len(green)} green"
        if blue and report.phase != "installing" and report.phase != "ready":
            hosts += f", {sum(host.status == 'Succeeded' for host in blue)} of {len(blue)} blue out"
    return hosts, f"{failed} failed" if failed else ""


def _words(status: str, running: str = "in progress") -> str:
    return running if status == "InProgress" else status.lower()
