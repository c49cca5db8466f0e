# SPDX-License-Identifier: GPL-3.0-or-later
"""Are the conditions of a stage such as CodePipeline takes?

Sources: user guide, "Configure conditions for a stage" and its considerations; "Set or change the execution mode".
"""

from __future__ import annotations

from collections.abc import Iterator

from local_region.protocol import ServiceError
from local_region.services.codepipeline.actions.performer import Info
from local_region.services.codepipeline.declared_actions import check_configuration
from local_region.services.codepipeline.structure import Find

RESULTS = {"beforeEntry": ("FAIL", "SKIP"), "onSuccess": ("FAIL", "ROLLBACK"), "onFailure": ("ROLLBACK", "FAIL")}
KINDS = tuple(RESULTS)
OF_FAILURE = ("FAIL", "RETRY", "ROLLBACK")
MAY_SKIP = ("VariableCheck", "LambdaInvoke")


def rules(stage: Info) -> Iterator[Info]:
    """All RuleDeclarations of a stage."""
    for kind in KINDS:
        for condition in stage.get(kind, {}).get("conditions", []):
            yield from condition.get("rules", [])


def check(stage: Info, declaration: Info, rule: Find) -> None:
    """Raises the API's error for the first thing that is wrong with a stage's conditions."""
    for kind in KINDS:
        for condition in stage.get(kind, {}).get("conditions", []):
            _check_condition(stage, kind, condition, rule)
    _check_failure(stage)
    if _rolls_back(stage):
        if stage is declaration["stages"][0]:
            raise _bad_stage(stage, "a source stage cannot be rolled back")
        if declaration["executionMode"] == "PARALLEL":
            raise _bad_stage(stage, "a stage of a pipeline in PARALLEL mode cannot be rolled back")


def _check_condition(stage: Info, kind: str, condition: Info, rule: Find) -> None:
    result = condition.get("result", "FAIL")
    if result not in RESULTS[kind]:
        raise _bad_stage(stage, f"a condition {kind} has one of the results {', '.join(RESULTS[kind])}, not {result}")
    if not condition.get("rules"):
        raise _bad_stage(stage, f"the condition {kind} has no rules")
    names = [one["name"] for one in condition["rules"]]
    if len(set(names)) < len(names):
        raise _bad_stage(stage, f"the names of the rules of the condition {kind} must be unique")
    for one in condition["rules"]:
        performer = rule(one["ruleTypeId"])
        if result == "SKIP" and performer.type.provider not in MAY_SKIP:
            raise _bad_stage(stage, f"a condition with the result SKIP has rules of {' or '.join(MAY_SKIP)} only")
        check_configuration(f"rule '{one['name']}'", one["configuration"], performer.type)
        performer.check(one)


def _check_failure(stage: Info) -> None:
    declared = stage.get("onFailure", {})
    result = declared.get("result")
    if result is not None and result not in OF_FAILURE:
        raise _bad_stage(stage, f"onFailure has one of the results {', '.join(OF_FAILURE)}, not {result}")
    if result == "RETRY" and declared.get("conditions"):
        raise _bad_stage(stage, "automatic retry cannot be used together with conditions onFailure")
    if "retryConfiguration" in declared and result != "RETRY":
        raise _bad_stage(stage, "retryConfiguration is for the result RETRY")


def _rolls_back(stage: Info) -> bool:
    results = [stage.get("onFailure", {}).get("result")]
    results += [one.get("result") for kind in KINDS for one in stage.get(kind, {}).get("conditions", [])]
    return "ROLLBACK" in results


def _bad_stage(stage: Info, why: str) -> ServiceError:
    return ServiceError("InvalidStageDeclarationException", f"Stage {stage['name']}: {why}.")
