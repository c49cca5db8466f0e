# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The calls about the deployments of one application and group."""

from __future__ import annotations

from typing import Any

from ..engine.errors import Failure
from .common import codedeploy
from .report import ACTIVE
from .revision_location import name_of


class Deployments:
    """The deployments of one application and group."""

    def __init__(self, context, application: str, group: str):
        self._client = codedeploy(context)
        self._scope = {"application_name": application, "deployment_group_name": group}
        self.name = f"{application}/{group}"

    def group(self) -> dict[str, Any]:
        """deployment_group_info of GetDeploymentGroup."""
        doing = f"read deployment group {self.name}"
        return self._client.call("get_deployment_group", doing=doing, **self._scope)["deployment_group_info"]

    def get(self, deployment_id: str) -> dict[str, Any]:
        """deployment_info of GetDeployment."""
        return self._client.call(
            "get_deployment", doing=f"read deployment {deployment_id}", deployment_id=deployment_id
        )["deployment_info"]

    def active(self) -> dict[str, Any] | None:
        """The deployment of this group that has not ended, or None."""
        ids = self._client.pages(
            "list_deployments",
            "deployments",
            doing=f"list the deployments of {self.name}",
            include_only_statuses=list(ACTIVE),
            **self._scope,
        )
        return self.get(ids[0]) if ids else None

    def create(self, request: dict[str, Any]) -> str | None:
        """Start a deployment; its id, or None when another of the group was faster."""
        restarts = request.get("deployment_mode") == "RESTART"
        answer = self._client.call(
            "create_deployment",
            doing=f"restart {self.name}" if restarts else f"deploy {name_of(request['revision'])} to {self.name}",
            absent=("DeploymentLimitExceededException",),
            **request,
        )
        return answer and answer["deployment_id"]

    def stop(self, deployment_id: str, roll_back: bool | None) -> bool:
        """Ask CodeDeploy to stop; False when the deployment had ended already."""
        answer = self._client.call(
            "stop_deployment",
            doing=f"stop deployment {deployment_id}",
            absent=("DeploymentAlreadyCompletedException",),
            deployment_id=deployment_id,
            auto_rollback_enabled=roll_back,
        )
        return answer is not None

    def go_on(self, deployment_id: str, wait_type: str) -> bool:
        """ContinueDeployment; False when the deployment has gone on already."""
        answer = self._client.call(
            "continue_deployment",
            doing=f"continue deployment {deployment_id}",
            absent=("DeploymentAlreadyCompletedException", "DeploymentIsNotInReadyStateException"),
            deployment_id=deployment_id,
            deployment_wait_type=wait_type,
        )
        return answer is not None

    def chosen(self, options: dict[str, Any]) -> dict[str, Any] | None:
        """The deployment that a task means: the one of its deployment_id, else the one that runs for the group."""
        if not options["deployment_id"]:
            self.group()  # a group that does not exist is a mistake, not an idle one
            return self.active()
        found = self.get(options["deployment_id"])
        for option in ("application_name", "deployment_group_name"):
            if options[option] and found.get(option) not in (None, options[option]):
                raise Failure(
                    f"{option}: deployment {options['deployment_id']} belongs to {found[option]}, "
                    f"not to {options[option]}. Correct one of the two."
                )
        return found
