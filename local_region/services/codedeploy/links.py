# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeDeploy has from elsewhere: GitHub accounts, CloudFormation's resources, Lambda functions that are hooks.

The region has none of the three, and says so in CodeDeploy's own words.
"""

from __future__ import annotations

from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codedeploy.base import Base, operation
from local_region.services.codedeploy.records import Store

HOOK_STATUSES = ("Succeeded", "Failed")


class Links(Base):
    """GitHub tokens, external ids, and the answers of hook functions."""

    @operation
    def list_git_hub_account_token_names(self, store: Store, params: dict) -> dict:
        """A token comes to an account in the console of AWS, by GitHub's leave; here none does."""
        return paging.page([], params, "tokenNameList")

    @operation
    def delete_git_hub_account_token(self, store: Store, params: dict) -> None:
        name = params.get("tokenName")
        if not name:
            raise ServiceError("GitHubAccountTokenNameRequiredException", "tokenName is required.")
        raise ServiceError("GitHubAccountTokenDoesNotExistException", f"No GitHub account token found for name: {name}")

    @operation
    def delete_resources_by_external_id(self, store: Store, params: dict) -> None:
        """Only CloudFormation's blue/green deployments link resources to such an id; without them nothing is to do."""

    @operation
    def put_lifecycle_event_hook_execution_status(self, store: Store, params: dict) -> None:
        """Functions that are hooks of Lambda and ECS deployments say here how they ended. None runs in the region."""
        if not params.get("deploymentId"):
            raise ServiceError("DeploymentIdRequiredException", "deploymentId is required.")
        record = store.deployment(params["deploymentId"])
        if record.info["computePlatform"] == "Server":
            raise ServiceError(
                "UnsupportedActionForDeploymentTypeException",
                f"The deployment {record.id} is to servers, whose hooks are scripts and answered for by the agent.",
            )
        if params.get("status") not in HOOK_STATUSES:
            raise ServiceError(
                "InvalidLifecycleEventHookExecutionStatusException",
                f"status must be one of {', '.join(HOOK_STATUSES)}, not {params.get('status')}.",
            )
        raise ServiceError(
            "InvalidLifecycleEventHookExecutionIdException",
            f"{params.get('lifecycleEventHookExecutionId')} is no execution of a hook of the deployment {record.id}.",
        )
