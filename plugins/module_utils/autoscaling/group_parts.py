# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What hangs on an Auto Scaling group and has a name of its own: lifecycle hooks, scaling policies, scheduled actions.

Each kind is read as a list in option names, sorted by name and without what is not set, so that two lists that mean
the same are equal. Those of others are left out where they are read, and so are never removed.
"""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure

Part = dict[str, Any]

# CodeDeploy hears of new instances by hooks of its own; without them nothing is deployed to these.
OF_CODEDEPLOY = "CodeDeploy-managed-"
TARGET_TRACKING = "TargetTrackingScaling"
TRANSITIONS = {
    "launching": "autoscaling:EC2_INSTANCE_LAUNCHING",
    "terminating": "autoscaling:EC2_INSTANCE_TERMINATING",
}
REQUESTS = "ALBRequestCountPerTarget"


class Kind:
    """One kind of part. ``identity`` is the option that a name is given by."""

    identity = "name"
    noun = ""

    def __init__(self, client, group: str):
        self._client, self._group = client, group

    def check(self, part: Part) -> None:
        """Refuse what AWS would refuse later, with a Failure."""

    def complete(self, part: Part) -> Part:
        """A declared part with what AWS fills in."""
        return part

    def read(self) -> list[Part]:
        raise NotImplementedError

    def put(self, part: Part) -> None:
        raise NotImplementedError

    def delete(self, part: Part) -> None:
        raise NotImplementedError

    def converge(self, before: list[Part], after: list[Part]) -> None:
        """Removes what is not wanted, then writes what is new or differs."""
        names = {part[self.identity] for part in after}
        for part in before:
            if part[self.identity] not in names:
                self.delete(part)
        for part in after:
            if part not in before:
                self.put(part)

    def _doing(self, verb: str, part: Part) -> str:
        return f"{verb} {self.noun} {part[self.identity]} of {self._group}"

    def _all(self, operation: str, entries: str, **options: Any) -> list[Part]:
        doing = f"read the {self.noun}s of {self._group}"
        return self._client.pages(operation, entries, doing=doing, auto_scaling_group_name=self._group, **options)


class Hooks(Kind):
    noun = "lifecycle hook"
    members = ("heartbeat_timeout", "default_result", "notification_target_arn", "role_arn", "notification_metadata")

    def check(self, part: Part) -> None:
        if part["name"].startswith(OF_CODEDEPLOY):
            raise Failure(
                f"lifecycle_hooks: {part['name']} is named as CodeDeploy names its own, which it keeps itself. "
                "Choose another name."
            )
        if not 30 <= part.get("heartbeat_timeout", 3600) <= 7200:
            raise Failure(
                f"lifecycle_hooks: heartbeat_timeout of {part['name']} is {part['heartbeat_timeout']}. "
                "Give 30 to 7200 seconds; who needs longer sends heartbeats."
            )

    def complete(self, part: Part) -> Part:
        return {"heartbeat_timeout": 3600, "default_result": "ABANDON", **part}

    def read(self) -> list[Part]:
        answer = self._client.call(
            "describe_lifecycle_hooks",
            doing=f"read the lifecycle hooks of {self._group}",
            auto_scaling_group_name=self._group,
        )
        of_api = {name: option for option, name in TRANSITIONS.items()}
        return _sorted(
            {
                "name": one["lifecycle_hook_name"],
                "transition": of_api.get(one["lifecycle_transition"], one["lifecycle_transition"]),
                **_given(one, self.members),
            }
            for one in answer.get("lifecycle_hooks") or []
            if not one["lifecycle_hook_name"].startswith(OF_CODEDEPLOY)
        )

    def put(self, part: Part) -> None:
        self._client.call(
            "put_lifecycle_hook",
            doing=self._doing("put", part),
            auto_scaling_group_name=self._group,
            lifecycle_hook_name=part["name"],
            lifecycle_transition=TRANSITIONS[part["transition"]],
            **_given(part, self.members),
        )

    def delete(self, part: Part) -> None:
        self._client.call(
            "delete_lifecycle_hook",
            doing=self._doing("delete", part),
            auto_scaling_group_name=self._group,
            lifecycle_hook_name=part["name"],
        )


class Policies(Kind):
    """Target tracking policies with a predefined metric. All other policies belong to others."""

    noun = "scaling policy"

    def check(self, part: Part) -> None:
        name, metric, label = part["name"], part["metric"], part.get("resource_label")
        if (metric == REQUESTS) != bool(label):
            more = "needs one" if metric == REQUESTS else "has none"
            raise Failure(
                f"target_tracking_policies: {metric} of {name} {more}, resource_label. "
                "It is app/LOAD-BALANCER/ID/targetgroup/TARGET-GROUP/ID."
            )
        if part["target_value"] <= 0:
            raise Failure(
                f"target_tracking_policies: target_value of {name} is {part['target_value']}. Give more than 0."
            )

    def complete(self, part: Part) -> Part:
        return {"disable_scale_in": False, **part, "target_value": float(part["target_value"])}

    def read(self) -> list[Part]:
        found = self._all("describe_policies", "scaling_policies", policy_types=[TARGET_TRACKING])
        return _sorted(_policy(one) for one in found if _is_ours(one))

    def put(self, part: Part) -> None:
        self._client.call(
            "put_scaling_policy",
            doing=self._doing("put", part),
            auto_scaling_group_name=self._group,
            policy_name=part["name"],
            policy_type=TARGET_TRACKING,
            target_tracking_configuration={
                "predefined_metric_specification": {
                    "predefined_metric_type": part["metric"],
                    "resource_label": part.get("resource_label"),
                },
                "target_value": part["target_value"],
                "disable_scale_in": part["disable_scale_in"],
            },
            estimated_instance_warmup=part.get("estimated_instance_warmup"),
        )

    def delete(self, part: Part) -> None:
        self._client.call(
            "delete_policy",
            doing=self._doing("delete", part),
            auto_scaling_group_name=self._group,
            policy_name=part["name"],
        )


class Schedule(Kind):
    """Scheduled actions that recur. Those that happen once are made by people, and left to them."""

    noun = "scheduled action"
    members = ("recurrence", "time_zone", "min_size", "max_size", "desired_capacity")

    def check(self, part: Part) -> None:
        if all(part.get(name) is None for name in ("min_size", "max_size", "desired_capacity")):
            raise Failure(
                f"scheduled_actions: {part['name']} says no size. Give min_size, max_size or desired_capacity."
            )

    def read(self) -> list[Part]:
        found = self._all("describe_scheduled_actions", "scheduled_update_group_actions")
        return _sorted(
            {"name": one["scheduled_action_name"], **_given(one, self.members)}
            for one in found
            if one.get("recurrence")
        )

    def put(self, part: Part) -> None:
        self._client.call(
            "put_scheduled_update_group_action",
            doing=self._doing("put", part),
            auto_scaling_group_name=self._group,
            scheduled_action_name=part["name"],
            **_given(part, self.members),
        )

    def delete(self, part: Part) -> None:
        self._client.call(
            "delete_scheduled_action",
            doing=self._doing("delete", part),
            auto_scaling_group_name=self._group,
            scheduled_action_name=part["name"],
        )


KINDS = {"lifecycle_hooks": Hooks, "target_tracking_policies": Policies, "scheduled_actions": Schedule}


def declared(option: str, parts: list[Part], kind: Kind) -> list[Part]:
    """The option's value, checked, completed and sorted. Raises Failure for a name that is given twice."""
    given = [{name: value for name, value in part.items() if value is not None} for part in parts]
    names = [part["name"] for part in given]
    for part in given:
        if names.count(part["name"]) > 1:
            raise Failure(f"{option}: {part['name']} is given twice. Each {kind.noun} has a name of its own.")
        kind.check(part)
    return _sorted(kind.complete(part) for part in given)


def _policy(told: Part) -> Part:
    configuration = told["target_tracking_configuration"]
    metric = configuration["predefined_metric_specification"]
    part = {
        "name": told["policy_name"],
        "metric": metric["predefined_metric_type"],
        "target_value": float(configuration["target_value"]),
        "disable_scale_in": bool(configuration.get("disable_scale_in")),
    }
    if metric.get("resource_label"):
        part["resource_label"] = metric["resource_label"]
    if told.get("estimated_instance_warmup") is not None:
        part["estimated_instance_warmup"] = int(told["estimated_instance_warmup"])
    return part


def _is_ours(policy: Part) -> bool:
    return bool((policy.get("target_tracking_configuration") or {}).get("predefined_metric_specification"))


def _given(part: Part, names: tuple[str, ...]) -> Part:
    return {name: part[name] for name in names if part.get(name) is not None}


def _sorted(parts) -> list[Part]:
    return sorted(parts, key=lambda part: part["name"])
