# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How an Auto Scaling group scales: what C(autoscaling_group) cannot say, or not without writing on every run."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from ..engine.resource import Resource
from .common import autoscaling, read_group
from .group_parts import KINDS, Kind, declared

State = dict[str, Any]

OF_THE_GROUP = ("default_instance_warmup", "termination_policies", "new_instances_protected_from_scale_in")
NO_WARMUP = -1
"""What UpdateAutoScalingGroup takes for no default warm-up."""
PROCESSES = (
    "AZRebalance",
    "AddToLoadBalancer",
    "AlarmNotification",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
)


class GroupSettings(Resource):
    noun = "auto_scaling_group_settings"
    key = ("auto_scaling_group_name",)
    settings = (*OF_THE_GROUP, "suspended_processes", *KINDS)

    def __init__(self, context):
        super().__init__(context)
        self._name = self.options["auto_scaling_group_name"]
        self._client = autoscaling(context)
        self._kinds: dict[str, Kind] = {option: kind(self._client, self._name) for option, kind in KINDS.items()}

    def wanted(self) -> State:
        wanted = {name: self.options[name] for name in (*self.key, *OF_THE_GROUP) if self.options[name] is not None}
        for option, kind in self._kinds.items():
            if self.options[option] is not None:
                wanted[option] = declared(option, self.options[option], kind)
        if self.options["suspended_processes"] is not None:
            wanted["suspended_processes"] = sorted(set(self.options["suspended_processes"]))
        return wanted

    def check(self, wanted: State) -> None:
        warmup = wanted.get("default_instance_warmup", 0)
        if warmup < NO_WARMUP:
            raise Failure(f"default_instance_warmup: {warmup} is no number of seconds. Give 0 or more, or -1 for none.")

    def find(self, wanted: State) -> State:
        group = read_group(self.context, self._name)
        suspended = sorted(one["process_name"] for one in group.get("suspended_processes") or [])
        return {
            "auto_scaling_group_name": self._name,
            "default_instance_warmup": group.get("default_instance_warmup", NO_WARMUP),
            "termination_policies": group.get("termination_policies") or ["Default"],
            "new_instances_protected_from_scale_in": bool(group.get("new_instances_protected_from_scale_in")),
            "suspended_processes": suspended,
            **{option: kind.read() for option, kind in self._kinds.items() if option in wanted},
        }

    def after(self, current: State, wanted: State) -> State:
        return {**current, **wanted}

    def same(self, setting: str, one: Any, other: Any) -> bool:
        return one == other  # both have been brought into one form; a size of 0 is a size

    def update(self, current: State, changes: State) -> None:
        of_group = {name: changes[name] for name in OF_THE_GROUP if name in changes}
        if of_group:
            self._group_call("update_auto_scaling_group", "change", **of_group)
        if "suspended_processes" in changes:
            self._suspend(set(current["suspended_processes"]), set(changes["suspended_processes"]))
        for option, kind in self._kinds.items():
            if option in changes:
                kind.converge(current[option], changes[option])

    def _suspend(self, before: set[str], after: set[str]) -> None:
        if before - after:
            self._group_call("resume_processes", "resume processes of", scaling_processes=sorted(before - after))
        if after - before:
            self._group_call("suspend_processes", "suspend processes of", scaling_processes=sorted(after - before))

    def _group_call(self, operation: str, verb: str, **options: Any) -> None:
        doing = f"{verb} Auto Scaling group {self._name}"
        self._client.call(operation, doing=doing, auto_scaling_group_name=self._name, **options)
