# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An instance refresh in words: the lines of its progress, and why it failed. Pure."""

from __future__ import annotations

from typing import Any

from ..engine.progress import Event as Line

Refresh = dict[str, Any]

# What to do, by a word of the reason that Auto Scaling gives; the first that is found counts.
REMEDIES = (
    ("alarm", "Find out why the alarm rings before you start again."),
    (
        "scale-in protection",
        "Remove the protection, or set preferences.scale_in_protected_instances to Refresh or Ignore.",
    ),
    ("standby", "Return the instances to service, or set preferences.standby_instances to Terminate or Ignore."),
    (
        "health",
        "Look at a new instance: its user data, its lifecycle hooks and the health checks of its load balancer.",
    ),
    ("launch", "Correct the launch template, and start again with the new version."),
)
REMEDY = "The group's scaling activities tell more (aws autoscaling describe-scaling-activities)."


def headline(refresh: Refresh) -> tuple:
    """What a line of progress tells: a line is printed when it changes."""
    back = refresh.get("rollback_details") or {}
    rolls_back = refresh["status"].startswith("Rollback")
    percent = back.get("percentage_complete_on_rollback") if rolls_back else refresh.get("percentage_complete")
    left = back.get("instances_to_update_on_rollback") if rolls_back else refresh.get("instances_to_update")
    return refresh["status"], percent or 0, left, refresh.get("status_reason") or ""


def line(refresh: Refresh, seconds: float) -> Line:
    """C(web  instance refresh 08b91cf7  InProgress  50 %  2 instances left  1m 12s)"""
    status, percent, left, reason = headline(refresh)
    columns = ["instance refresh " + refresh["instance_refresh_id"][:8], status, f"{percent} %"]
    if left:
        columns.append(f"{_instances(left)} left")
    if reason:
        columns.append(" ".join(reason.split()))
    facts = {"instance_refresh_id": refresh["instance_refresh_id"], "status": status, "percentage_complete": percent}
    return Line(refresh["auto_scaling_group_name"], "  ".join(columns), seconds, facts)


def described(refresh: Refresh) -> str:
    """Where it stands, for a time-out's message."""
    status, percent, left, reason = headline(refresh)
    told = f"{status}, {percent} %" + (f", {_instances(left)} left" if left else "")
    return told + (f" ({_sentence(reason)})" if reason else "")


def explanation(refresh: Refresh, failed_launch: str | None = None) -> str:
    """Why a refresh did not come to its end, and what to do. ``failed_launch`` as the group's activities tell it."""
    status, percent, left, reason = headline(refresh)
    back = (refresh.get("rollback_details") or {}).get("rollback_reason") or ""
    name = f"{refresh['auto_scaling_group_name']}: instance refresh {refresh['instance_refresh_id']}"
    if status == "Cancelled":
        return (
            f"{name} was cancelled at {percent} %. What has been replaced stays so: run the task again to replace "
            "the rest."
        )
    reasons = list(dict.fromkeys(_sentence(one) for one in (back, reason, failed_launch) if one))
    why = "; ".join(reasons) or "Auto Scaling gives no reason"
    remaining = f", with {_instances(left)} not replaced" if left else ""
    if status == "RollbackSuccessful":
        told = f"{name} was rolled back, the group is as it was before: {why}."
    elif status == "RollbackFailed":
        told = f"{name} failed and so did its rollback at {percent} %{remaining}, so instances differ: {why}."
    else:
        told = f"{name} failed at {percent} %{remaining}: {why}."
    return f"{told} {_remedy(why)}"


def _instances(count: int) -> str:
    return f"{count} instance{'' if count == 1 else 's'}"


def _remedy(why: str) -> str:
    return next((remedy for word, remedy in REMEDIES if word in why.lower()), REMEDY)


def _sentence(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
