# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a PipelineDeclaration one that CodePipeline takes? Stages, artifacts, namespaces; actions and conditions apart.

Sources: user guide, "CodePipeline pipeline structure reference", "Quotas", "Variables".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from local_region.engine.pipeline_variables import CODEPIPELINE, PIPELINE_VARIABLES, RESERVED, references
from local_region.protocol import NotImplementedInLocalRegion, ServiceError
from local_region.services.codepipeline import declared_actions, declared_conditions
from local_region.services.codepipeline.actions.performer import Info, bad_action
from local_region.services.codepipeline.structure import Find

LEAST_STAGES, MOST_STAGES = 2, 50
MOST_ACTIONS_IN_STAGE, MOST_ACTIONS = 50, 500
OF_TYPE_V2 = ("variables", "triggers")


def check(declaration: Info, region: str, action: Find, rule: Find) -> None:
    """Raises the API's error for the first thing that is wrong. The declaration is completed with its defaults."""
    _check_stages(declaration)
    _check_type(declaration)
    _check_stores(declaration, region)
    for stage in declaration["stages"]:
        for one in stage["actions"]:
            declared_actions.check(one, stage["name"], region, action(one["actionTypeId"]))
        declared_conditions.check(stage, declaration, rule)
    _check_artifacts(declaration)
    _check_namespaces(declaration)
    _check_references(declaration)
    _check_triggers(declaration)


def _check_stages(declaration: Info) -> None:
    stages = declaration["stages"]
    if not LEAST_STAGES <= len(stages) <= MOST_STAGES:
        raise _structure(
            f"Pipeline has {len(stages)} stage(s). There should be a minimum of {LEAST_STAGES} stages in a pipeline, "
            f"and {MOST_STAGES} at most."
        )
    _require_unique((stage["name"] for stage in stages), "stage names in a pipeline")
    for stage in stages:
        _check_stage(stage, first=stage is stages[0])
    if sum(len(stage["actions"]) for stage in stages) > MOST_ACTIONS:
        raise ServiceError("LimitExceededException", f"A pipeline may have {MOST_ACTIONS} actions.")


def _check_stage(stage: Info, first: bool) -> None:
    name, actions = stage["name"], stage["actions"]
    if stage.get("blockers"):
        raise ServiceError("InvalidBlockerDeclarationException", f"Stage {name}: blockers are reserved for future use.")
    if not 1 <= len(actions) <= MOST_ACTIONS_IN_STAGE:
        message = f"Stage {name} has {len(actions)} actions. There should be 1 to {MOST_ACTIONS_IN_STAGE} in a stage."
        raise ServiceError("InvalidStageDeclarationException", message)
    repeated = _repeated(action["name"] for action in actions)
    if repeated:
        message = f"Stage {name} has two actions with the name {repeated}. Action names must be unique within a stage."
        raise ServiceError("InvalidStageDeclarationException", message)
    for action in actions:
        is_source = action["actionTypeId"]["category"] == "Source"
        if first and not is_source:
            raise _structure(f"The first stage, {name}, can contain source actions only; {action['name']} is not one.")
        if is_source and not first:
            raise _structure(f"Only the first stage can contain source actions; {action['name']} of {name} is one.")


def _check_type(declaration: Info) -> None:
    """What only pipelines of the type V2 have."""
    if declaration["pipelineType"] == "V2":
        return
    used = [name for name in OF_TYPE_V2 if declaration.get(name)]
    if declaration["executionMode"] != "SUPERSEDED":
        used.append(f"executionMode {declaration['executionMode']}")
    for stage in declaration["stages"]:
        used += [f"{kind} in stage {stage['name']}" for kind in declared_conditions.KINDS if kind in stage]
    if used:
        raise _structure(f"A pipeline of the type V1 cannot have {', '.join(used)}: set pipelineType to V2.")


def _check_stores(declaration: Info, region: str) -> None:
    if ("artifactStore" in declaration) == ("artifactStores" in declaration):
        raise _structure("A pipeline must have either artifactStore or artifactStores, not both.")
    used = {action.get("region", region) for _, action in _actions(declaration)}
    if "artifactStore" in declaration:
        if used != {region}:
            others = ", ".join(sorted(used - {region}))
            raise _structure(f"The pipeline has actions in {others}: it needs artifactStores, one for each region.")
        return
    missing = sorted((used | {region}) - set(declaration["artifactStores"]))
    if missing:
        raise _structure(f"artifactStores has no artifact store for {', '.join(missing)}.")


def _check_artifacts(declaration: Info) -> None:
    """Output names are unique; what an action takes in was put out by one that has run before it."""
    _require_unique(
        (one["name"] for _, action in _actions(declaration) for one in action["outputArtifacts"]),
        "output artifact names in a pipeline",
    )
    for stage, action in _actions(declaration):
        before = {one["name"] for _, other in _before(declaration, stage, action) for one in other["outputArtifacts"]}
        for wanted in (one["name"] for one in action["inputArtifacts"]):
            if wanted not in before:
                raise bad_action(
                    f"Input Artifact Bundle {wanted} in action {action['name']} is not declared as Output Artifact "
                    "Bundle in any of the preceding actions"
                )
    for stage in declaration["stages"]:
        _check_rule_artifacts(declaration, stage)


def _check_rule_artifacts(declaration: Info, stage: Info) -> None:
    known = {one["name"] for _, action in _actions(declaration) for one in action["outputArtifacts"]}
    for rule in declared_conditions.rules(stage):
        for wanted in (one["name"] for one in rule["inputArtifacts"]):
            if wanted not in known:
                message = f"Input Artifact Bundle {wanted} in rule {rule['name']} is the output of no action."
                raise ServiceError("InvalidStageDeclarationException", message)


def _check_namespaces(declaration: Info) -> None:
    namespaces = [action["namespace"] for _, action in _actions(declaration) if "namespace" in action]
    _require_unique(namespaces, "namespaces in a pipeline")
    for name in namespaces:
        if name in RESERVED:
            raise bad_action(f"The namespace {name} is reserved. Reserved are {', '.join(RESERVED)}.")
    _require_unique((one["name"] for one in declaration.get("variables", [])), "names of pipeline variables")


def _check_references(declaration: Info) -> None:
    """Every reference is of the form namespace.key and leads to something that is there by then."""
    variables = {one["name"] for one in declaration.get("variables", [])}
    for stage, action in _actions(declaration):
        before = {other.get("namespace") for _, other in _before(declaration, stage, action)}
        for key, text in action["configuration"].items():
            for reference, namespace, name in references(text):
                where = (
                    f"StageName=[{stage['name']}], ActionName=[{action['name']}], ActionConfigurationKey=[{key}], "
                    f"VariableReferenceText=[{reference}]"
                )
                _check_reference(namespace, name, before, variables, where)


def _check_reference(namespace: str, key: str, before: set[str | None], variables: set[str], where: str) -> None:
    if not namespace or not key:
        raise bad_action(
            "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period "
            f"(.). The following pipeline execution variables are not in that format. {where}"
        )
    known = {CODEPIPELINE: key == "PipelineExecutionId", PIPELINE_VARIABLES: key in variables}
    if not known.get(namespace, namespace in before):
        raise bad_action(
            "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period "
            "(.). The following pipeline execution variables are referencing a namespace that does not exist. " + where
        )


def _check_triggers(declaration: Info) -> None:
    sources = {action["name"]: action["actionTypeId"]["provider"] for action in declaration["stages"][0]["actions"]}
    for trigger in declaration.get("triggers", []):
        name = trigger["gitConfiguration"]["sourceActionName"]
        if sources.get(name) != trigger["providerType"]:
            raise _structure(f"The trigger's source action {name} is not a source action of {trigger['providerType']}.")
        if "pullRequest" in trigger["gitConfiguration"]:
            raise NotImplementedInLocalRegion(
                f"The local region starts pipelines on pushes, not on pull requests (trigger of {name}): the folder of "
                "repositories that stands in for a provider has none."
            )


def _actions(declaration: Info) -> Iterator[tuple[Info, Info]]:
    """(stage, action) of every action."""
    for stage in declaration["stages"]:
        for action in stage["actions"]:
            yield stage, action


def _before(declaration: Info, stage: Info, action: Info) -> Iterator[tuple[Info, Info]]:
    """(stage, action) of the actions that have ended when this one begins."""
    for other_stage, other in _actions(declaration):
        if other_stage is stage:
            if other["runOrder"] < action["runOrder"]:
                yield other_stage, other
        elif declaration["stages"].index(other_stage) < declaration["stages"].index(stage):
            yield other_stage, other


def _require_unique(names: Iterable[str], what: str) -> None:
    repeated = _repeated(names)
    if repeated:
        raise _structure(f"All {what} must be unique; {repeated} is there twice.")


def _repeated(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _structure(message: str) -> ServiceError:
    return ServiceError("InvalidStructureException", message)
