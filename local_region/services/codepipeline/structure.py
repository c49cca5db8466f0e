# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine needs to know of a PipelineDeclaration."""

from __future__ import annotations

from collections.abc import Callable

from local_region.engine.pipeline import Action, Condition, OnFailure, Rule, Stage
from local_region.services.codepipeline.actions.performer import Info, Performer

Find = Callable[[Info], Performer]


def stages(declaration: Info, action: Find, rule: Find) -> tuple[Stage, ...]:
    """The stages of a declaration that has been checked; `action` and `rule` find what performs a type id."""
    return tuple(_stage(one, action, rule) for one in declaration["stages"])


def completed(declaration: Info) -> Info:
    """A declaration with the defaults that GetPipeline shows."""
    shown = {"executionMode": "SUPERSEDED", "pipelineType": "V1"} | declaration
    return shown | {"stages": [_completed_stage(stage) for stage in declaration["stages"]]}


def _completed_stage(stage: Info) -> Info:
    empty = {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": []}
    shown = stage | {"actions": [empty | action for action in stage["actions"]]}
    for kind in ("beforeEntry", "onSuccess", "onFailure"):
        if "conditions" in stage.get(kind, {}):
            conditions = [_completed_condition(one) for one in stage[kind]["conditions"]]
            shown[kind] = stage[kind] | {"conditions": conditions}
    return shown


def _completed_condition(condition: Info) -> Info:
    defaults = {"configuration": {}, "inputArtifacts": []}
    owner = {"owner": "AWS", "version": "1"}
    rules = [defaults | one | {"ruleTypeId": owner | one["ruleTypeId"]} for one in condition.get("rules", [])]
    return condition | {"rules": rules}


def _stage(stage: Info, action: Find, rule: Find) -> Stage:
    return Stage(
        stage["name"],
        tuple(
            Action(one["name"], one["runOrder"], _limit(one, action(one["actionTypeId"]))) for one in stage["actions"]
        ),
        before_entry=_condition(stage.get("beforeEntry"), rule),
        on_success=_condition(stage.get("onSuccess"), rule),
        on_failure=_on_failure(stage.get("onFailure", {}), rule),
    )


def _condition(conditions: Info | None, rule: Find) -> Condition | None:
    """At most one condition is declared of each kind (ConditionList of the API)."""
    declared = (conditions or {}).get("conditions", [])
    if not declared:
        return None
    rules = tuple(Rule(one["name"], _limit(one, rule(one["ruleTypeId"]))) for one in declared[0]["rules"])
    return Condition(declared[0].get("result", "FAIL"), rules)


def _on_failure(declared: Info, rule: Find) -> OnFailure:
    mode = declared.get("retryConfiguration", {}).get("retryMode", "FAILED_ACTIONS")
    return OnFailure(declared.get("result", "FAIL"), mode, _condition(declared, rule))


def _limit(declared: Info, performer: Performer) -> float:
    minutes = declared.get("timeoutInMinutes")
    return minutes * 60.0 if minutes else performer.type.timeout
