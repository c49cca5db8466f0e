# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret configuration values of actions: nobody gets to see them once they are stored.

Source: ActionConfigurationProperty of the API (secret: hidden from all calls except GetJobDetails, PollForJobs ...).
"""

from __future__ import annotations

from local_region.services.codepipeline.actions.performer import Info, Performer
from local_region.services.codepipeline.actions.registry import Registry, key_of
from local_region.services.codepipeline.records import Store

MASK = "****"


def masked(declaration: Info, store: Store, actions: Registry) -> Info:
    """The declaration as GetPipeline shows it."""

    def hidden(stage: Info, action: Info) -> Info:
        secret = _secret(action, store, actions)
        shown = {key: MASK if key in secret else value for key, value in action["configuration"].items()}
        return action | {"configuration": shown}

    return _each_action(declaration, hidden)


def unmasked(given: Info, current: Info, store: Store, actions: Registry) -> Info:
    """A declaration that was edited in its masked form, with the secret values that the current one has."""
    known = {(stage["name"], action["name"]): action for stage in current["stages"] for action in stage["actions"]}

    def restored(stage: Info, action: Info) -> Info:
        old = known.get((stage["name"], action["name"]), {}).get("configuration", {})
        secret = _secret(action, store, actions)
        configuration = {
            key: old.get(key, value) if key in secret and value == MASK else value
            for key, value in action.get("configuration", {}).items()
        }
        return action | ({"configuration": configuration} if configuration else {})

    return _each_action(given, restored)


def masked_configuration(
    action: Info, configuration: dict[str, str], store: Store, actions: Registry
) -> dict[str, str]:
    """A (resolved) configuration as ListActionExecutions shows it."""
    secret = _secret(action, store, actions)
    return {key: MASK if key in secret else value for key, value in configuration.items()}


def _secret(action: Info, store: Store, actions: Registry) -> set[str]:
    category, owner, provider, version = key_of(action["actionTypeId"])
    performer: Performer | None = (
        store.action_types.get((category, provider, version))
        if owner == "Custom"
        else actions.find(action["actionTypeId"])
    )
    return {one.name for one in performer.type.properties if one.secret} if performer else set()


def _each_action(declaration: Info, change) -> Info:
    stages = [
        stage | {"actions": [change(stage, action) for action in stage["actions"]]} for stage in declaration["stages"]
    ]
    return declaration | {"stages": stages}
