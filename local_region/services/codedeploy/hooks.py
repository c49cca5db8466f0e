# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle hooks by which a deployment group hears of its Auto Scaling groups' instances.

Source: user guide, "Integrating CodeDeploy with Amazon EC2 Auto Scaling". A hook that somebody deletes is not put back,
there as here, until the Auto Scaling group leaves the deployment group and comes again.
"""

from __future__ import annotations

from local_region.services.codedeploy.auto_scaling import AutoScaling
from local_region.services.codedeploy.records import Group, Info, Store, new_id

LAUNCH, TERMINATION = "hook", "terminationHook"
NAMES = {LAUNCH: "launch", TERMINATION: "termination"}


def keep(auto_scaling: AutoScaling, store: Store, info: Info, before: Info | None = None) -> None:
    """Puts the hooks on the Auto Scaling groups of a deployment group's `info`, and notes their names there; takes them
    off those that were `before` and are no more."""
    had = {found["name"]: found for found in (before or {}).get("autoScalingGroups", [])}
    kinds = (LAUNCH, TERMINATION) if info.get("terminationHookEnabled") else (LAUNCH,)
    entries = []
    for name in (found["name"] for found in info["autoScalingGroups"]):
        old = had.pop(name, {})
        entry = {"name": name}
        for kind in kinds:
            entry[kind] = old.get(kind) or _put(auto_scaling, store, info, name, kind)
        _delete(auto_scaling, store, {"name": name} | {kind: old[kind] for kind in old if kind not in entry})
        entries.append(entry)
    for gone in had.values():
        _delete(auto_scaling, store, gone)
    info["autoScalingGroups"] = entries


def remove(auto_scaling: AutoScaling, store: Store, group: Group) -> None:
    """Takes off all hooks of a group that is deleted."""
    for entry in group.info["autoScalingGroups"]:
        _delete(auto_scaling, store, entry)


def _put(auto_scaling: AutoScaling, store: Store, info: Info, name: str, kind: str) -> str:
    hook = f"CodeDeploy-managed-automatic-{NAMES[kind]}-deployment-hook-{info['deploymentGroupName']}-{new_id()}"
    auto_scaling.put_hook((store.account, store.region), name, hook, launching=kind == LAUNCH)
    return hook


def _delete(auto_scaling: AutoScaling, store: Store, entry: Info) -> None:
    for kind in (LAUNCH, TERMINATION):
        if kind in entry:
            auto_scaling.delete_hook((store.account, store.region), entry["name"], entry[kind])
