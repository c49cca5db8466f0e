# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The targets of one deployment, followed with few requests while it runs.

A target that has ended is not asked for again. A small deployment's open targets are read in one request; in a large
one CodeDeploy is first asked which targets are in progress, so that the cost of a look follows the number of hosts that
are out, not the number of hosts.
"""

from __future__ import annotations

from typing import Any

from .common import codedeploy
from .report import ENDED, TARGET_KINDS

BATCH = 25  # BatchGetDeploymentTargets takes at most 25 ids
OVER = ("Succeeded", "Failed", "Skipped")
NOT_STARTED = ("DeploymentNotStartedException", "DeploymentTargetDoesNotExistException")


class Targets:
    """The targets of one deployment as they were last seen; C(look) brings them up to date."""

    def __init__(self, context, deployment_id: str):
        self._client = codedeploy(context)
        self._id = deployment_id
        self._ids: list[str] = []
        self._seen: dict[str, dict[str, Any]] = {}
        self._fresh = False

    def news(self) -> bool:
        """Reads the targets that may have changed: has one, or is none left that could? True while none is known."""
        asked = self._moving() if self._ids else []
        before = {one: self._seen.get(one) for one in asked}
        self._read(asked)
        self._fresh = bool(asked)
        return not asked or any(self._seen.get(one) != before[one] for one in asked)

    def look(self, deployment: dict[str, Any]) -> list[dict[str, Any]]:
        """All targets, given GetDeployment's answer from just before; [] while there are none."""
        ended = deployment["status"] in ENDED
        total = sum((deployment.get("deployment_overview") or {}).values())
        if not self._ids or len(self._ids) != total:
            self._ids = self._list()
        if ended or not self._fresh:
            self._read(self._open() if ended else self._moving())
        self._fresh = False
        return [self._seen[identity] for identity in self._ids if identity in self._seen]

    def _moving(self) -> list[str]:
        """The targets that may have changed since the last look."""
        still_open = self._open()
        if len(still_open) <= BATCH:
            return still_open
        in_progress = self._list({"TargetStatus": ["InProgress"]})
        before = [one for one in still_open if _body(self._seen.get(one, {})).get("status") == "InProgress"]
        return sorted({*in_progress, *before})

    def _open(self) -> list[str]:
        return [one for one in self._ids if _body(self._seen.get(one, {})).get("status") not in OVER]

    def _list(self, filters=None) -> list[str]:
        return self._client.pages(
            "list_deployment_targets",
            "target_ids",
            doing=f"list the targets of deployment {self._id}",
            absent=NOT_STARTED,
            deployment_id=self._id,
            target_filters=filters,
        )

    def _read(self, ids: list[str]) -> None:
        found = self._client.batches(
            "batch_get_deployment_targets",
            ("target_ids", ids),
            "deployment_targets",
            BATCH,
            doing=f"read the targets of deployment {self._id}",
            deployment_id=self._id,
        )
        for target in found:
            self._seen[_body(target)["target_id"]] = target


class Zones:
    """The availability zones of instances; on-premises instances and what may not be read have none."""

    def __init__(self, context):
        self._ec2 = context.client("ec2")
        self._known: dict[str, str] = {}

    def of(self, targets: list[dict[str, Any]]) -> dict[str, str]:
        ids = [_body(target)["target_id"] for target in targets]
        new = [one for one in ids if one.startswith("i-") and one not in self._known]
        for start in range(0, len(new), 200):  # a filter takes at most 200 values
            chunk = new[start : start + 200]
            self._known.update(dict.fromkeys(chunk, ""))
            reservations = self._ec2.pages(
                "describe_instances",
                "reservations",
                doing="read the zones of instances",
                absent=("UnauthorizedOperation", "AccessDenied"),
                filters=[{"name": "instance-id", "values": chunk}],
            )
            for reservation in reservations:
                for instance in reservation["instances"]:
                    self._known[instance["instance_id"]] = instance.get("placement", {}).get("availability_zone", "")
        return self._known


def _body(target: dict[str, Any]) -> dict[str, Any]:
    return next((target[kind] for kind in TARGET_KINDS if target.get(kind)), target)
