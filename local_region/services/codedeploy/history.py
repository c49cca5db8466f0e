# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment leaves behind in its group: the last success, and how each host stands."""

from __future__ import annotations

from local_region.engine.rollback import AutoRollback
from local_region.services.codedeploy.records import DeploymentRecord, Info, revision_key


def settle(record: DeploymentRecord) -> None:
    """Notes the outcome of a deployment that has ended. Hosts on which nothing was installed stay what they were."""
    brings_back = record.change and record.is_rollback  # to a version, not to a revision
    if record.status == "Succeeded" and record.action is None and not brings_back:
        record.group.last_successful = record
    if record.run is None:
        return
    revision = revision_key(record.info["revision"])
    for target in record.run.targets.values():
        if record.run.terminating and target.label == "Blue":
            record.group.hosts.pop(target.id, None)
        if "Install" not in target.lifecycle:
            continue
        if target.status == "Succeeded":
            record.group.hosts[target.id] = (revision, True)
        elif target.status == "Failed":
            record.group.hosts[target.id] = (None, False)
        elif target.position:
            record.group.hosts[target.id] = (None, True)  # stopped on its way: nobody knows what it runs


def auto_rollback(configuration: Info | None) -> AutoRollback | None:
    """The engine's form of an autoRollbackConfiguration."""
    if configuration is None:
        return None
    return AutoRollback(configuration.get("enabled", False), tuple(configuration.get("events", ())))
