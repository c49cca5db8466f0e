# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The targets of one deployment, followed with few requests while it runs.

A target that has ended is not asked for again. A small deployment's open targets are read in one request; in a large
one CodeDeploy is first asked which targets are in progress, so that the cost of a look follows the number of hosts that
are out, not the number of hosts.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from .common import codedeploy
from .report import ENDED, body_of

BATCH = 25  # BatchGetDeploymentTargets takes at most 25 ids
OVER = ("Succeeded", "Failed", "Skipped")
NOT_STARTED = ("DeploymentNotStartedException", "DeploymentTargetDoesNotExistException")


class Targets:
    """The targets of one deployment as they were last seen; C(look) and C(refresh) bring them up to date."""

    def __init__(self, context, deployment_id: str):
        self._client = codedeploy(context)
        self._id = deployment_id
        self._ids: list[str] = []
        self._seen: dict[str, dict[str, Any]] = {}
        self._deployment: tuple | None = None
        self._listed = -1

    @property
    def many(self) -> bool:
        """Whether there are more than one request tells of: then GetDeployment counts them better than we do."""
        return len(self._ids) > BATCH

    def running(self) -> int:
        """How many targets were in progress when they were last seen."""
        return sum(_status(target) == "InProgress" for target in self._seen.values())

    def refresh(self) -> list[dict[str, Any]]:
        """All targets, those read again that may have changed; [] while there are none."""
        if not self._ids:
            self._ids = self._list()
            self._listed = len(self._ids)
        self._read(self._moving())
        return self._all()

    def look(self, deployment: dict[str, Any], fresh: bool = False) -> list[dict[str, Any]]:
        """All targets, given GetDeployment's answer from just before; [] while there are none.

        Nothing is read when the deployment stands where it stood and none of them was in progress, nor, with C(fresh),
        when they were read just before and none is in progress now.
        """
        overview = deployment.get("deployment_overview") or {}
        stands = (deployment["status"], deployment.get("instance_termination_wait_time_started"), overview)
        total = sum(overview.values())
        new = not self._ids or total != self._listed
        if new:
            self._ids, self._listed = self._list(), total
        if deployment["status"] in ENDED or (new and _has_labels(deployment)):
            self._read(self._open())
        elif overview.get("in_progress") if fresh else (stands != self._deployment or self.running()):
            self._read(self._moving())
        self._deployment = stands
        return self._all()

    def overview(self) -> dict[str, int]:
        """How many targets have which status, as C(deployment_overview) tells it."""
        counts = Counter(_status(self._seen.get(one)) or "Pending" for one in self._ids)
        return {"in_progress" if name == "InProgress" else name.lower(): count for name, count in counts.items()}

    def _all(self) -> list[dict[str, Any]]:
        return [self._seen[identity] for identity in self._ids if identity in self._seen]

    def _moving(self) -> list[str]:
        """The targets that may have changed since the last look."""
        still_open = self._open()
        if len(still_open) <= BATCH:
            return still_open
        in_progress = self._list({"TargetStatus": ["InProgress"]})
        before = [one for one in still_open if _status(self._seen.get(one)) == "InProgress"]
        return sorted({*in_progress, *before})

    def _open(self) -> list[str]:
        return [one for one in self._ids if _status(self._seen.get(one)) not in OVER]

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
            self._seen[body_of(target)["target_id"]] = target


class Zones:
    """The availability zones of instances; on-premises instances and what may not be read have none."""

    def __init__(self, context):
        self._ec2 = context.client("ec2")
        self._known: dict[str, str] = {}

    def of(self, targets: list[dict[str, Any]]) -> dict[str, str]:
        ids = [body_of(target)["target_id"] for target in targets]
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


def _status(target: dict[str, Any] | None) -> str:
    return body_of(target).get("status", "") if target else ""


def _has_labels(deployment: dict[str, Any]) -> bool:
    """Whether its targets are blue and green ones: which is which is told by reading them, not by listing them."""
    return (deployment.get("deployment_style") or {}).get("deployment_type") == "BLUE_GREEN"
