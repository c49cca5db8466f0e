# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The evidence for an approval, for people to read: one fact a line, the same facts as the data. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.progress import duration
from .approval_waiting import Waiting
from .report import SHORT_ID, Revision, shortened

LABEL = 10  # width of the first column
LONGEST = 100
NAMED_TESTS = 5


def text(waiting: Waiting, evidence: Mapping[str, Any], configuration: Mapping[str, str]) -> str:
    """Several lines: what waits, then a line for each fact, what speaks against it at the end."""
    return "\n".join(_lines(waiting, evidence, configuration))


def _lines(waiting: Waiting, evidence: Mapping[str, Any], configuration: Mapping[str, str]) -> Iterator[str]:
    since = f" since {_time(waiting.since)}" if waiting.since else ""
    yield f"{waiting.pipeline}: execution {waiting.execution_id} waits for {waiting.place}{since}"
    if configuration.get("CustomData"):
        yield from _labelled("Asked", [configuration["CustomData"]])
    if waiting.link:
        yield from _labelled("See", [waiting.link])
    yield from _labelled("Revision", (line for one in evidence["revisions"] for line in _revision(one)))
    yield from _labelled("Build", (line for one in evidence["builds"] for line in _build(one)))
    yield from _labelled("Deployed", (_deployment(one) for one in evidence["deployments"]))
    yield from _labelled("Done", (_action(one) for one in evidence["actions"] if not _is_told(one, evidence)))
    yield from _labelled("Alarm", (_alarm(one) for one in evidence["alarms"]))
    yield from _labelled("Change", (line for one in evidence["changes"] for line in _change(one)))
    yield from _labelled("Unknown", evidence["unread"])
    yield from _labelled("Beware", evidence["concerns"])


def _labelled(label: str, lines) -> Iterator[str]:
    for line in lines:
        yield f"  {label:<{LABEL}}{line}".rstrip()
        label = ""


def _revision(one: Mapping[str, Any]) -> Iterator[str]:
    yield _named(one["action_name"], _told(one))
    about = one["about"]
    author = about.get("AuthorDisplayName") or about.get("AuthorId") or about.get("AuthorEmail")
    told = [f"by {author}" if author else "", about.get("AuthorDate", "")]
    told.append(f"on {about['BranchName']}" if about.get("BranchName") else "")
    if any(told):
        yield "  " + " ".join(filter(None, told))
    if one["url"]:
        yield f"  {one['url']}"


def _build(one: Mapping[str, Any]) -> Iterator[str]:
    yield _named(f"{one['stage_name']}/{one['action_name']}", one["status"].lower(), _seconds(one["seconds"]))
    for tests in one["tests"]:
        if tests["type"] == "CODE_COVERAGE":
            yield f"  {tests['name']}: {tests.get('line_coverage', 0):g} % of lines covered"
            continue
        skipped = f", {tests['skipped']} skipped" if tests["skipped"] else ""
        yield f"  {tests['name']}: {tests['passed']} of {tests['total']} tests passed{skipped}"
        for case in tests["failures"][:NAMED_TESTS]:
            name = f"{case['suite']}.{case['name']}" if case["suite"] else case["name"]
            yield f"    failed: {name}  {shortened(case['message'], LONGEST)}".rstrip()


def _deployment(one: Mapping[str, Any]) -> str:
    total = sum(one["counts"].values())
    hosts = f"{one['counts'].get('Succeeded', 0)} of {total} hosts" if total else ""
    group = f"{one['application_name']}/{one['deployment_group_name']}"
    return _named(group, one["deployment_id"], one["status"].lower(), hosts, _seconds(one["seconds"]))


def _action(one: Mapping[str, Any]) -> str:
    place = f"{one['stage_name']}/{one['action_name']}"
    return _named(place, one["status"].lower(), shortened(one["summary"], LONGEST), _seconds(one["seconds"]))


def _alarm(one: Mapping[str, Any]) -> str:
    reason = shortened(one["reason"], LONGEST) if one["state"] != "OK" else ""
    return _named(one["name"], one["state"], reason)


def _change(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"{one['application_name']}/{one['deployment_group_name']}, by {one['stage_name']}/{one['action_name']}"
    now, then = one["now"], one["then"]
    if not one["known"]:
        yield "  now   not known"
    elif not now["revision"]:
        yield "  now   nothing, nothing has been deployed yet"
    else:
        when = f", deployed {_time(now['deployed_at'])}" if now["deployed_at"] else ""
        execution = now["pipeline_execution_id"]
        by = f" (execution {execution[:SHORT_ID]}{when})" if execution else f" (not by a known execution{when})"
        yield f"  now   {_sources(now)}{by}"
    yield f"  then  {_sources(then)} (execution {then['pipeline_execution_id'][:SHORT_ID]})"


def _sources(side: Mapping[str, Any]) -> str:
    return ", ".join(_told(one) for one in side["source_revisions"]) or side["revision_name"] or "not known"


def _is_told(action: Mapping[str, Any], evidence: Mapping[str, Any]) -> bool:
    """Whether an action has its line among the builds or the deployments already."""
    place = (action["stage_name"], action["action_name"])
    told = [*evidence["builds"], *evidence["deployments"]]
    return place in [(one["stage_name"], one["action_name"]) for one in told]


def _told(revision: Mapping[str, Any]) -> str:
    return Revision("", revision["revision_id"], revision["message"]).told(LONGEST)


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def _time(iso: str) -> str:
    """``2026-01-15 10:30:00+00:00``: to the second."""
    day, _separator, rest = iso.partition("T")
    zone = next((rest[rest.rindex(sign) :] for sign in "+-Z" if sign in rest), "")
    return f"{day} {rest[:8]}{zone}".strip()


def _named(*columns: str) -> str:
    return "  ".join(column for column in columns if column)
