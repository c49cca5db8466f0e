# SPDX-License-Identifier: GPL-3.0-or-later
"""Action types and rule types: what the region can run, and the account's custom actions; revisions they report."""

from __future__ import annotations

from local_region.engine.pipeline_operations import Refused
from local_region.protocol import ServiceError
from local_region.services import paging
from local_region.services.codepipeline.actions.custom import CustomAction, custom_type
from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.errors import invalid
from local_region.services.codepipeline.records import Store
from local_region.services.codepipeline.tagging import checked_tags, shown_tags

MOST_CUSTOM_ACTIONS = 50


class ActionTypes(Base):
    """CreateCustomActionType, ListActionTypes, ListRuleTypes, PutActionRevision and their relatives."""

    @operation
    def create_custom_action_type(self, store: Store, params: dict) -> dict:
        key = (params["category"], params["provider"], params["version"])
        if key in store.action_types:
            raise invalid(f"The custom action type {'/'.join(key)} exists already. Give it another version.")
        if len(store.action_types) >= MOST_CUSTOM_ACTIONS:
            raise ServiceError("LimitExceededException", f"An account may have {MOST_CUSTOM_ACTIONS} custom actions.")
        for member in ("inputArtifactDetails", "outputArtifactDetails"):
            if params[member]["minimumCount"] > params[member]["maximumCount"]:
                raise invalid(f"{member}: minimumCount is greater than maximumCount.")
        names = [one["name"] for one in params.get("configurationProperties", [])]
        if len(set(names)) < len(names):
            raise invalid("Configuration properties must have different names.")
        if sum(one.get("queryable", False) for one in params.get("configurationProperties", [])) > 1:
            raise invalid("Only one configuration property may be queryable.")
        tags = checked_tags(params.get("tags", []))
        custom = CustomAction(custom_type(params), tags)
        store.action_types[key] = custom
        return {"actionType": custom.type.shown(), "tags": shown_tags(tags)}

    @operation
    def delete_custom_action_type(self, store: Store, params: dict) -> None:
        store.action_types.pop((params["category"], params["provider"], params["version"]), None)

    @operation
    def list_action_types(self, store: Store, params: dict) -> dict:
        found = [one.type for one in self.actions.all()]
        found += [one.type for _, one in sorted(store.action_types.items())]
        owner = params.get("actionOwnerFilter")
        shown = [one.shown() for one in found if owner in (None, one.owner)]
        return paging.page(shown, params, "actionTypes")

    @operation
    def get_action_type(self, store: Store, params: dict) -> dict:
        raise _no_external_type(params)

    @operation
    def update_action_type(self, store: Store, params: dict) -> dict:
        raise _no_external_type(params["actionType"]["id"])

    @operation
    def list_rule_types(self, store: Store, params: dict) -> dict:
        shown = []
        for one in self.rules.all():
            shown.append(
                {
                    "id": one.type.id,
                    "ruleConfigurationProperties": [known.shown() for known in one.type.properties],
                    "inputArtifactDetails": {"minimumCount": one.type.inputs[0], "maximumCount": one.type.inputs[1]},
                }
            )
        return {"ruleTypes": shown}

    @operation
    def put_action_revision(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["pipelineName"])
        action = pipeline.action(params["stageName"], params["actionName"])
        if action["actionTypeId"]["category"] != "Source":
            raise invalid(f"The action '{action['name']}' is not a source action.")
        revision = params["actionRevision"]["revisionId"]
        latest = next(reversed(pipeline.executions))
        if pipeline.seen.get(action["name"]) == revision:
            return {"newRevision": False, "pipelineExecutionId": latest}
        try:
            trigger = {"triggerType": "PutActionRevision", "triggerDetail": action["name"]}
            execution = self.start_execution(pipeline, trigger)
        except Refused as refusal:
            raise ServiceError(refusal.code, refusal.message) from None
        pipeline.seen[action["name"]] = revision
        return {"newRevision": True, "pipelineExecutionId": execution.id}


def _no_external_type(type_id: Info) -> ServiceError:
    """Types that were made for external providers; neither AWS's own types nor custom ones are among them."""
    asked = " ".join(type_id[name] for name in ("category", "owner", "provider", "version"))
    return ServiceError("ActionTypeNotFoundException", f"There is no action type {asked} of an external provider.")
