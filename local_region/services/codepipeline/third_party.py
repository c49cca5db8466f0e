# SPDX-License-Identifier: GPL-3.0-or-later
"""What partners of AWS and their tools use. The region has no partner, so there is no third-party action and no job of
one; and no tool that a webhook could be registered with."""

from __future__ import annotations

from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services.codepipeline.actions.registry import key_of
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.records import Store


class ThirdParty(Base):
    """PollForThirdPartyJobs and its relatives, RegisterWebhookWithThirdParty."""

    @operation
    def poll_for_third_party_jobs(self, store: Store, params: dict) -> dict:
        category, owner, provider, version = key_of(params["actionTypeId"])
        message = f"There is no third-party action type {category} {owner} {provider} {version}."
        raise ServiceError("ActionTypeNotFoundException", message)

    @operation
    def acknowledge_third_party_job(self, store: Store, params: dict) -> dict:
        raise _no_job(params)

    @operation
    def get_third_party_job_details(self, store: Store, params: dict) -> dict:
        raise _no_job(params)

    @operation
    def put_third_party_job_success_result(self, store: Store, params: dict) -> dict:
        raise _no_job(params)

    @operation
    def put_third_party_job_failure_result(self, store: Store, params: dict) -> dict:
        raise _no_job(params)

    @operation
    def register_webhook_with_third_party(self, store: Store, params: dict) -> dict:
        name = _webhook(store, params).definition["name"]
        raise NotImplementedInLocalRegion(
            f"The local region reaches no GitHub to register the webhook {name} with: call the webhook's url yourself."
        )

    @operation
    def deregister_webhook_with_third_party(self, store: Store, params: dict) -> None:
        """None is registered, so that there is nothing to undo."""
        _webhook(store, params)


def _no_job(params: dict) -> ServiceError:
    return ServiceError("JobNotFoundException", f"There is no third-party job {params['jobId']}.")


def _webhook(store: Store, params: dict):
    name = params.get("webhookName", "")
    if name not in store.webhooks:
        raise ServiceError("WebhookNotFoundException", f"There is no webhook {name!r}.")
    return store.webhooks[name]
