# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a group has its instances in service, and why not: launches that failed, with the instance's last words."""

from __future__ import annotations

import re
from typing import Any

from ..engine.errors import ApiError, Failure
from ..engine.progress import Event
from ..engine.wait import Pace, WaitTimeout, wait_until
from .common import autoscaling, read_group

Health = dict[str, Any]

PACE = Pace(shortest=0.5, longest=10.0, share=0.1)
TAIL = 15  # lines of a console
_INSTANCE = re.compile(r"\bi-[0-9a-f]+\b")
# What user data says of its own end; cloud-init puts times and its name before each line.
_LAST_WORDS = re.compile(r"user data: .+")


def look(context) -> dict[str, Any]:
    """The result of the module: how it is, or how it is at the end of the wait. Raises Failure when that is in vain."""
    options = context.options
    group = _Group(context, options["auto_scaling_group_name"], options["in_service"])
    if not options["wait"]:
        return _result(group.health(failures=True))
    group.health(failures=True)
    group.remember()

    def done(health: Health) -> bool:
        failed = health["failed_launches"]
        if len(failed) >= options["failed_launches"]:
            raise Failure(_failed(health, failed, context), auto_scaling_group_health=health)
        return health["in_service"] >= health["wanted"]

    try:
        found = wait_until(
            lambda: group.health(failures=True),
            done,
            options["wait_timeout"],
            f"{group.name} to have its instances in service",
            on_change=lambda before, seen, seconds: _tell(context.progress, before, seen, seconds),
            describe=described,
            clock=context.clock,
            pace=PACE,
        )
    except WaitTimeout as error:
        words = last_words(context, [one["instance_id"] for one in error.last["instances"]])
        raise Failure(" ".join([str(error), *words]), auto_scaling_group_health=error.last) from error
    return _result(found)


class _Group:
    def __init__(self, context, name: str, wanted: int | None):
        self._context, self.name, self._wanted = context, name, wanted
        self._client = autoscaling(context)
        self._known: set[str] = set()

    def remember(self) -> None:
        """Launches that have failed until now are the past."""
        self._known = {one["activity_id"] for one in self._failed()}

    def health(self, failures: bool) -> Health:
        group = read_group(self._context, self.name)
        instances = [_instance(one) for one in group.get("instances") or []]
        wanted = group["desired_capacity"] if self._wanted is None else self._wanted
        in_service = sum(one["lifecycle_state"] == "InService" for one in instances)
        failed = self._failed() if failures and in_service < wanted else []
        return {
            "auto_scaling_group_name": self.name,
            "desired_capacity": group["desired_capacity"],
            "wanted": wanted,
            "in_service": in_service,
            "instances": sorted(instances, key=lambda one: one["instance_id"]),
            "failed_launches": [one for one in failed if one["activity_id"] not in self._known],
        }

    def _failed(self) -> list[dict[str, str]]:
        try:
            answer = self._client.call(
                "describe_scaling_activities",
                doing=f"read the scaling activities of {self.name}",
                auto_scaling_group_name=self.name,
                max_records=50,
            )
        except ApiError:  # may not be permitted, and is only of help
            return []
        return [failed_launch(one) for one in answer.get("activities") or [] if is_failed_launch(one)]


def last_words(context, instance_ids: list[str]) -> list[str]:
    """What the first of these instances that says anything said last on its console, as sentences; at most one."""
    for instance_id in instance_ids[:3]:
        lines = console_tail(_console(context, instance_id))
        if lines:
            return [f"The last words of {instance_id}: {last_word(lines)}"]
    return []


def _console(context, instance_id: str) -> str:
    client = context.client("ec2")
    for latest in (True, None):  # the latest is only told of some instance types
        try:
            asked = {"instance_id": instance_id, "latest": latest}
            answer = client.call("get_console_output", doing=f"read the console of {instance_id}", **asked)
        except ApiError:  # may not be permitted, and is only of help
            continue
        if answer.get("output"):
            return answer["output"]
    return ""


def is_failed_launch(activity: dict[str, Any]) -> bool:
    launch = str(activity.get("description", "")).startswith("Launching")
    return launch and activity.get("status_code") in ("Failed", "Cancelled")


def failed_launch(activity: dict[str, Any]) -> dict[str, str]:
    """The instance, empty where none came to be, and why it failed."""
    found = _INSTANCE.search(activity.get("description", ""))
    reason = activity.get("status_message") or ""
    return {
        "activity_id": activity["activity_id"],
        "instance_id": found.group() if found else "",
        "reason": " ".join(reason.split()),
    }


def console_tail(output: str) -> list[str]:
    """The last lines that say something."""
    return [line.strip() for line in output.splitlines() if line.strip()][-TAIL:]


def last_word(lines: list[str]) -> str:
    """What the user data says of its end, or else the last line."""
    own = [found.group() for line in lines if (found := _LAST_WORDS.search(line))]
    failed = [word for word in own if "FAILED" not in word]
    return (failed or own or lines)[-1]


def described(health: Health) -> str:
    states = ", ".join(f"{one['instance_id']} {one['lifecycle_state']}" for one in health["instances"])
    return f"{health['in_service']} of {health['wanted']} in service" + (f" ({states})" if states else "")


def _instance(told: dict[str, Any]) -> dict[str, str]:
    names = ("instance_id", "availability_zone", "lifecycle_state", "health_status")
    version = (told.get("launch_template") or {}).get("version", "")
    return {**{name: told.get(name, "") for name in names}, "launch_template_version": str(version)}


def _failed(health: Health, failed: list[dict[str, str]], context) -> str:
    newest = failed[0]
    name = newest["instance_id"] or "no instance"
    reasons = [f"{health['auto_scaling_group_name']}: {len(failed)} launches failed, the newest of {name}."]
    words = last_words(context, [one["instance_id"] for one in failed if one["instance_id"]])
    reasons += words or [newest["reason"]] if newest["reason"] or words else []
    return " ".join(reasons)


def _tell(progress, before: Health | None, seen: Health, seconds: float) -> None:
    text = described(seen)
    if before is None or described(before) != text:
        progress.emit(Event(seen["auto_scaling_group_name"], text, seconds, {"in_service": seen["in_service"]}))


def _result(health: Health) -> dict[str, Any]:
    return {"changed": False, "auto_scaling_group_health": health}
