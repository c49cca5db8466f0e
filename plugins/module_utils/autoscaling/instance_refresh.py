# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replacing the instances of an Auto Scaling group, so that running the same task again replaces none of them twice.

A refresh to the same configuration that is under way, perhaps started by a controller that was killed, is adopted and
followed; where every instance is as wanted already none is started. Without skipping those that match a refresh is an
act, not a state: it is done by every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..engine import compare
from ..engine.errors import Failure
from ..engine.naming import snake
from ..engine.wait import Pace, WaitTimeout, wait_until
from . import configuration, refresh_report
from .configuration import Configuration, Templates
from .refresh_calls import ENDED, Refresh, Refreshes
from .refresh_checks import check_desired, check_preferences, check_strategy

ATTEMPTS = 3
# Instances come and go in minutes: what is news in a refresh may be some seconds old.
PACE = Pace(shortest=1.0, longest=30.0, share=0.15)

UNDER_WAY = ("Pending", "InProgress", "Baking")  # and neither being cancelled nor on the way back


@dataclass(frozen=True)
class Plan:
    """What a task wants of a group. Configurations are resolved; ``outdated`` are the ids of what is replaced."""

    present: Configuration
    wanted: Configuration
    outdated: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return not self.outdated and configuration.covers(self.present, self.wanted)

    def diff(self) -> dict[str, Any]:
        after = self.present if configuration.covers(self.present, self.wanted) else self.wanted
        return {
            "diff": {
                "before": {"configuration": self.present, "outdated_instances": list(self.outdated)},
                "after": {"configuration": after, "outdated_instances": []},
            }
        }


def start(context) -> dict[str, Any]:
    """Refresh the group as the task's options ask for, or adopt the refresh that does; the result.

    Raises Failure when it did not succeed: the message says why, ``instance_refresh`` has the facts.
    """
    options = context.options
    desired, preferences = _given(options)
    check_desired(desired)
    check_strategy(options["strategy"], desired)
    check_preferences(preferences, desired)
    refreshes = Refreshes(context, options["auto_scaling_group_name"])
    asked = {"strategy": options["strategy"], "desired_configuration": desired, "preferences": preferences}
    request = refreshes.request(compare.given(asked))
    for _attempt in range(ATTEMPTS):
        group = refreshes.group()
        resolve = Templates(context, group).resolve
        running = refreshes.active()
        plan = _plan(refreshes, group, desired, preferences, resolve)
        if running and _does(running, plan, resolve):
            context.progress.say(refreshes.name, f"adopts instance refresh {running['instance_refresh_id']}")
            return _finish(context, refreshes, running, {"adopted": True, **plan.diff()})
        if running:
            _make_way(context, refreshes, running)
            if not context.check_mode:
                continue  # the group is another one now
        if plan.nothing and preferences["skip_matching"]:
            return {"changed": False, "adopted": False, **plan.diff()}
        if context.check_mode:
            predicted = {**request, "status": "Pending", "instances_to_update": len(plan.outdated)}
            return {"changed": True, "adopted": False, **plan.diff(), "instance_refresh": predicted}
        identity = refreshes.start(request)
        if identity:
            return _finish(context, refreshes, refreshes.get(identity), {"adopted": False, **plan.diff()})
    raise Failure(
        f"{refreshes.name}: other instance refreshes of this group are started all the time, {ATTEMPTS} attempts "
        "failed. Find out who else refreshes it."
    )


def cancel(context) -> dict[str, Any]:
    """Cancel the refresh that is under way; the result. Nothing to cancel is no change."""
    refreshes = Refreshes(context, context.options["auto_scaling_group_name"])
    refreshes.group()
    running = refreshes.active()
    if running is None:
        return {"changed": False}
    already = running["status"] == "Cancelling"
    result = _status_diff(running, "Cancelled")
    if context.check_mode:
        return {"changed": not already, **result, "instance_refresh": {**running, "status": "Cancelled"}}
    changed = not already and refreshes.cancel(context.options["wait_for_transitioning_instances"])
    return {"changed": changed, **result, **_end(context, refreshes, running, ENDED)}


def roll_back(context) -> dict[str, Any]:
    """Roll the refresh that is under way back; the result. One that has been rolled back is left alone."""
    refreshes = Refreshes(context, context.options["auto_scaling_group_name"])
    refreshes.group()
    newest = refreshes.newest()
    status = newest["status"] if newest else None
    if status == "RollbackSuccessful":
        return {"changed": False, "instance_refresh": newest}
    if status not in (*UNDER_WAY, "RollbackInProgress"):
        told = f"the newest, {newest['instance_refresh_id']}, is {status}" if newest else "there was none so far"
        raise Failure(
            f"{refreshes.name}: no instance refresh is under way that could be rolled back; {told}. "
            "Start one with the earlier launch template version as desired_configuration."
        )
    already = status == "RollbackInProgress"
    result = {"changed": not already, **_status_diff(newest, "RollbackSuccessful")}
    if context.check_mode:
        return {**result, "instance_refresh": {**newest, "status": "RollbackSuccessful"}}
    if not already:
        refreshes.roll_back()
    return {**result, **_end(context, refreshes, newest, ("RollbackSuccessful",))}


def _given(options: dict[str, Any]) -> tuple[Configuration | None, dict[str, Any]]:
    """The desired configuration (None: the group's own) and the preferences, without what was not given."""
    desired = options["desired_configuration"]
    desired = None if desired is None else _snake(compare.given(desired))
    preferences = compare.given(options["preferences"] or {})
    return desired, {"skip_matching": True, **preferences}


def _snake(value: Any) -> Any:
    """A mixed instances policy may be spelt as the API spells it, too."""
    if isinstance(value, dict):
        return {snake(key): _snake(entry) for key, entry in value.items()}
    return [_snake(entry) for entry in value] if isinstance(value, list) else value


def _plan(refreshes: Refreshes, group, desired: Configuration | None, preferences, resolve) -> Plan:
    present = configuration.resolved(configuration.of_group(group), resolve)
    wanted = configuration.resolved(desired, resolve) if desired else present
    wanted = {name: compare.merge(present.get(name), entry) for name, entry in wanted.items()}
    found = configuration.outdated(refreshes.instances(group), wanted, preferences, preferences["skip_matching"])
    return Plan(present, wanted, tuple(found))


def _does(running: Refresh, plan: Plan, resolve) -> bool:
    """Whether the refresh that is under way brings about what is wanted."""
    if running["status"] not in UNDER_WAY:
        return False
    desired = running.get("desired_configuration")
    brings = configuration.resolved(desired, resolve) if desired else plan.present
    return configuration.covers(brings, plan.wanted)


def _make_way(context, refreshes: Refreshes, running: Refresh) -> None:
    """Another refresh is under way: fail, wait for its end, or cancel it, as on_conflict says."""
    options, identity = context.options, running["instance_refresh_id"]
    told = f"{refreshes.name}: instance refresh {identity} to another configuration is {running['status']}"
    if options["on_conflict"] == "fail":
        raise Failure(
            f"{told}. Wait for it or cancel it, or set on_conflict to wait or cancel.", instance_refresh=running
        )
    if context.check_mode:
        return
    context.progress.say(refreshes.name, f"{options['on_conflict']}s: instance refresh {identity} is under way")
    if options["on_conflict"] == "cancel" and running["status"] != "Cancelling":
        refreshes.cancel(options["wait_for_transitioning_instances"])
    follow(context, refreshes, identity)


def _finish(context, refreshes: Refreshes, refresh: Refresh, result: dict[str, Any]) -> dict[str, Any]:
    """Follow a refresh as far as the task waits, and tell how it went."""
    return {"changed": True, **result, **_end(context, refreshes, refresh, ("Successful",), result)}


def _end(context, refreshes: Refreshes, refresh: Refresh, good: tuple[str, ...], facts=None) -> dict[str, Any]:
    """C({"instance_refresh": ...}) at its end, or as it is where the task does not wait. Bad ends raise Failure."""
    identity = refresh["instance_refresh_id"]
    if context.check_mode:
        return {"instance_refresh": refresh}
    if not context.options["wait"]:
        return {"instance_refresh": refreshes.get(identity)}
    ended = follow(context, refreshes, identity)
    if ended["status"] not in good:
        launch = None if ended["status"] == "Cancelled" else refreshes.failed_launch(ended.get("start_time"))
        message = refresh_report.explanation(ended, launch)
        raise Failure(message, **(facts or {}), changed=True, instance_refresh=ended)
    return {"instance_refresh": ended}


def follow(context, refreshes: Refreshes, identity: str) -> Refresh:
    """Wait for the end of a refresh, printing what changes; raises Failure when the time-out is over."""

    def tell(before: Refresh | None, now: Refresh, seconds: float) -> None:
        if before is None or refresh_report.headline(before) != refresh_report.headline(now):
            context.progress.emit(refresh_report.line(now, seconds))

    try:
        return wait_until(
            lambda: refreshes.get(identity),
            lambda now: now["status"] in ENDED,
            context.options["wait_timeout"],
            what=f"instance refresh {identity} to end",
            on_change=tell,
            describe=refresh_report.described,
            clock=context.clock,
            pace=PACE,
        )
    except WaitTimeout as error:
        raise Failure(f"{refreshes.name}: {error}", changed=True, instance_refresh=error.last) from error


def _status_diff(refresh: Refresh, status: str) -> dict[str, Any]:
    return {"diff": {"before": {"status": refresh["status"]}, "after": {"status": status}}}
