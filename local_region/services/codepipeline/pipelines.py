# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines: create, get, list, update and delete."""

from __future__ import annotations

from local_region.engine import pipeline_operations as operations
from local_region.engine.pipeline import Pipeline
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services import paging
from local_region.services.codepipeline import declarations, structure
from local_region.services.codepipeline.actions.performer import Info, Performer
from local_region.services.codepipeline.actions.registry import Registry, key_of
from local_region.services.codepipeline.base import Base, operation
from local_region.services.codepipeline.records import PipelineRecord, Store, new_id
from local_region.services.codepipeline.secret_values import masked, unmasked
from local_region.services.codepipeline.tagging import checked_tags, shown_tags

MOST_PIPELINES = 1000


class Pipelines(Base):
    """CreatePipeline and its relatives."""

    @operation
    def create_pipeline(self, store: Store, params: dict) -> dict:
        name = params["pipeline"]["name"]
        if name in store.pipelines:
            raise ServiceError("PipelineNameInUseException", f"A pipeline with the name '{name}' already exists")
        if len(store.pipelines) >= MOST_PIPELINES:
            raise ServiceError("LimitExceededException", f"An account may have {MOST_PIPELINES} pipelines in a region.")
        tags = checked_tags(params.get("tags", []))
        declaration = self._checked(store, params["pipeline"]) | {"version": 1}
        now = self.clock.now()
        engine = Pipeline(new_id, self._stages(store, declaration), declaration["executionMode"])
        pipeline = PipelineRecord(name, store.account, store.region, now, now, engine, {1: declaration}, tags)
        store.pipelines[name] = pipeline
        self._declared(store, declaration)
        self.start_execution(pipeline, {"triggerType": "CreatePipeline", "triggerDetail": self.user(store)})
        return {"pipeline": masked(declaration, store, self.actions), "tags": shown_tags(tags)}

    @operation
    def get_pipeline(self, store: Store, params: dict) -> dict:
        pipeline = store.pipeline(params["name"])
        version = params.get("version", pipeline.version)
        if version not in pipeline.declarations:
            message = (
                f"Pipeline '{pipeline.name}' does not have a version {version}; its version is {pipeline.version}."
            )
            raise ServiceError("PipelineVersionNotFoundException", message)
        metadata = {"pipelineArn": pipeline.arn, "created": pipeline.created, "updated": pipeline.updated}
        return {"pipeline": masked(pipeline.declarations[version], store, self.actions), "metadata": metadata}

    @operation
    def list_pipelines(self, store: Store, params: dict) -> dict:
        found = [_summary(pipeline) for _, pipeline in sorted(store.pipelines.items())]
        return paging.page(found, params, "pipelines", most=1000)

    @operation
    def update_pipeline(self, store: Store, params: dict) -> dict:
        name = params["pipeline"]["name"]
        if name not in store.pipelines:
            # The operation declares no PipelineNotFoundException.
            message = f"The account with id '{store.account}' does not include a pipeline with the name '{name}'"
            raise ServiceError("InvalidStructureException", message)
        pipeline = store.pipelines[name]
        given = unmasked(params["pipeline"], pipeline.declaration, store, self.actions)
        declaration = self._checked(store, given) | {"version": pipeline.version + 1}
        decided = operations.update(
            pipeline.engine, self._stages(store, declaration), declaration["executionMode"], self.clock.seconds()
        )
        pipeline.declarations[pipeline.version] = declaration
        self._declared(store, declaration)
        pipeline.updated = self.clock.now()
        self.runner.carry_out(pipeline, decided)
        return {"pipeline": masked(declaration, store, self.actions)}

    @operation
    def delete_pipeline(self, store: Store, params: dict) -> None:
        pipeline = store.pipelines.pop(params["name"], None)
        if pipeline:
            self.runner.forget(pipeline)
            store.webhooks = {
                name: one for name, one in store.webhooks.items() if one.definition["targetPipeline"] != pipeline.name
            }

    def _checked(self, store: Store, given: Info) -> Info:
        declaration = structure.completed({name: value for name, value in given.items() if name != "version"})
        declarations.check(
            declaration,
            store.region,
            lambda type_id: self._required(store, type_id),
            self._required_rule,
        )
        return declaration

    def _declared(self, store: Store, declaration: Info) -> None:
        """Tells the performers, as sources are watched from now on and not from the first execution on."""
        for stage in declaration["stages"]:
            for action in stage["actions"]:
                self._required(store, action["actionTypeId"]).declared(action)

    def _stages(self, store: Store, declaration: Info) -> tuple:
        return structure.stages(declaration, lambda type_id: self._required(store, type_id), self._required_rule)

    def _required(self, store: Store, type_id: Info) -> Performer:
        """What performs an action type. An own type that does not exist is AWS's error, the rest the region's."""
        found = performer_of(store, self.actions, type_id)
        if found:
            return found
        category, owner, provider, version = key_of(type_id)
        if owner == "Custom":
            named = f"Category: '{category}', Provider: '{provider}', Owner: 'Custom', Version: '{version}'"
            message = f"ActionType ({named}) in region '{store.region}' is not available"
            raise ServiceError("InvalidActionDeclarationException", message)
        known = ", ".join(_named(one) for one in self.actions.all())
        raise NotImplementedInLocalRegion(
            f"The local region cannot run the action type {category} {owner} {provider} {version}. It runs {known}, "
            "and custom actions with job workers."
        )

    def _required_rule(self, type_id: Info) -> Performer:
        found = self.rules.find(type_id)
        if found is None:
            known = ", ".join(one.type.provider for one in self.rules.all())
            raise NotImplementedInLocalRegion(
                f"The local region cannot evaluate the rule {type_id['provider']}. It evaluates {known}."
            )
        return found


def performer_of(store: Store, actions: Registry, type_id: Info) -> Performer | None:
    """What performs an action type in an account: a custom action type of its own, or one of the region's."""
    category, owner, provider, version = key_of(type_id)
    if owner == "Custom":
        return store.action_types.get((category, provider, version))
    return actions.find(type_id)


def _named(performer: Performer) -> str:
    return f"{performer.type.category} {performer.type.provider}"


def _summary(pipeline: PipelineRecord) -> Info:
    return {
        "name": pipeline.name,
        "version": pipeline.version,
        "pipelineType": pipeline.declaration["pipelineType"],
        "executionMode": pipeline.declaration["executionMode"],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }
