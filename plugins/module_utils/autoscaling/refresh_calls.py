# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The calls about the instance refreshes of one Auto Scaling group."""

from __future__ import annotations

from typing import Any

from ..engine import naming
from ..engine.errors import ApiError, Failure
from ..engine.times import epoch
from .common import autoscaling, read_group
from .group_health import failed_launch, last_words

Refresh = dict[str, Any]

ENDED = ("Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed")
IN_PROGRESS = "InstanceRefreshInProgress"
NOT_FOUND = "ActiveInstanceRefreshNotFound"


class Refreshes:
    def __init__(self, context, group_name: str):
        self._context, self._client, self.name = context, autoscaling(context), group_name

    def group(self) -> dict[str, Any]:
        return read_group(self._context, self.name)

    def instances(self, group: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of the group and of its warm pool, which is refreshed with it."""
        found = list(group.get("instances") or [])
        if group.get("warm_pool_configuration"):
            found += self._client.pages(
                "describe_warm_pool",
                "instances",
                doing=f"read the warm pool of {self.name}",
                auto_scaling_group_name=self.name,
            )
        return found

    def newest(self) -> Refresh | None:
        """Only the newest can be under way."""
        answer = self._client.call(
            "describe_instance_refreshes",
            doing=f"read the instance refreshes of {self.name}",
            auto_scaling_group_name=self.name,
            max_records=1,
        )
        return next(iter(answer.get("instance_refreshes") or []), None)

    def active(self) -> Refresh | None:
        newest = self.newest()
        return newest if newest and newest["status"] not in ENDED else None

    def get(self, identity: str) -> Refresh:
        answer = self._client.call(
            "describe_instance_refreshes",
            doing=f"read instance refresh {identity}",
            auto_scaling_group_name=self.name,
            instance_refresh_ids=[identity],
        )
        if not answer.get("instance_refreshes"):
            raise Failure(f"{self.name}: instance refresh {identity} cannot be found any more. Was the group deleted?")
        return answer["instance_refreshes"][0]

    def request(self, options: dict[str, Any]) -> dict[str, Any]:
        """Options as StartInstanceRefresh takes them. Raises Failure where it has no such member."""
        request = {"auto_scaling_group_name": self.name, **options}
        try:
            naming.to_api(self._client.model.operation_model("StartInstanceRefresh").input_shape, request)
        except ValueError as error:
            raise Failure(f"{error}. Correct the name.") from error
        return request

    def start(self, request: dict[str, Any]) -> str | None:
        """The new refresh's id; None when another one has been started in the meantime."""
        answer = self._client.call(
            "start_instance_refresh",
            doing=f"start an instance refresh of {self.name}",
            absent=(IN_PROGRESS,),
            **request,
        )
        return answer and answer["instance_refresh_id"]

    def cancel(self, waits_for_transitions: bool | None = None) -> bool:
        """Whether there was one to cancel."""
        answer = self._client.call(
            "cancel_instance_refresh",
            doing=f"cancel the instance refresh of {self.name}",
            absent=(NOT_FOUND,),
            auto_scaling_group_name=self.name,
            wait_for_transitioning_instances=waits_for_transitions,
        )
        return answer is not None

    def roll_back(self) -> None:
        self._client.call(
            "rollback_instance_refresh",
            doing=f"roll the instance refresh of {self.name} back",
            auto_scaling_group_name=self.name,
        )

    def failed_launch(self, since: str | None) -> str | None:
        """Why an instance could not be launched or terminated since then, as the newest failed activity says."""
        try:
            answer = self._client.call(
                "describe_scaling_activities",
                doing=f"read the scaling activities of {self.name}",
                auto_scaling_group_name=self.name,
                max_records=20,
            )
        except ApiError:  # may not be permitted, and is only of help
            return None
        failed = [
            one
            for one in answer.get("activities") or []
            if one.get("status_code") == "Failed" and (not since or epoch(one["start_time"]) >= epoch(since))
        ]
        if not failed:
            return None
        ids = [one["instance_id"] for one in map(failed_launch, failed) if one["instance_id"]]
        told = failed[0].get("status_message") or failed[0].get("description")
        return " ".join(last_words(self._context, ids) or [told])


def list_refreshes(context, group_name: str, identities: list[str] | None = None) -> list[Refresh]:
    """The group's refreshes of the last six weeks, the newest first; only those of these ids when they are given."""
    read_group(context, group_name)  # an unknown group is told in our words
    return autoscaling(context).pages(
        "describe_instance_refreshes",
        "instance_refreshes",
        doing=f"list the instance refreshes of {group_name}",
        auto_scaling_group_name=group_name,
        instance_refresh_ids=identities,
    )
