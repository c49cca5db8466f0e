# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of variables: C(#{variables.name}), C(#{codepipeline.PipelineExecutionId}) and C(#{namespace.key}).

Source: user guide, "Variables reference".
"""

from __future__ import annotations

import re

from ..engine.errors import Failure
from .checks_kinds import COMMANDS
from .checks_stages import check_unique
from .declaration import actions, ended_before, provider, rules

RESERVED = ("codepipeline", "variables")
MOST_VARIABLES = 50

_REFERENCE = re.compile(r"#\{([^{}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z0-9@_-]{1,128}")
_NAMESPACE = re.compile(r"[A-Za-z0-9@_-]{1,100}")


def check_variables(pipeline):
    """Variables and namespaces have fitting names, and what refers to them finds them."""
    variables = pipeline.get("variables") or []
    _check_declared(variables)
    _check_namespaces(pipeline["stages"])
    names = {variable["name"] for variable in variables}
    namespaces = {action["namespace"]: (stage, action) for stage, action in _named(pipeline["stages"])}
    for stage, action in actions(pipeline["stages"]):
        ended = [other for _stage, other in ended_before(pipeline["stages"], stage, action)]
        where = f"stage {stage['name']}, action {action['name']}"
        _check_references(where, action, names, namespaces, ended)
    for index, stage in enumerate(pipeline["stages"]):
        for kind, _condition, rule in rules(stage):
            until = pipeline["stages"][: index + (kind != "before_entry")]
            ended = [action for _stage, action in actions(until)]
            where = f"stage {stage['name']}, {kind} rule {rule['name']}"
            _check_references(where, rule, names, namespaces, ended)


def references(text):
    """C((reference, namespace, key)) of each reference in a text; the key is empty where there is no period."""
    for found in _REFERENCE.finditer(text):
        namespace, _period, key = found[1].partition(".")
        yield found[0], namespace, key


def _check_declared(variables):
    if len(variables) > MOST_VARIABLES:
        raise Failure(f"variables: {len(variables)} were given, a pipeline has at most {MOST_VARIABLES}.")
    check_unique("variables", "variable", (variable["name"] for variable in variables))
    for variable in variables:
        where = f"variable {variable['name']}"
        if not _VARIABLE.fullmatch(variable["name"]):
            raise Failure(
                f"variables: {variable['name']!r} is not a valid name. Use 1 to 128 letters, digits and @ _ -"
            )
        default = variable.get("default_value")
        if default is not None and not 1 <= len(default) <= 1000:
            raise Failure(
                f"{where}: default_value has {len(default)} characters. Use 1 to 1000; leave it out where each "
                "execution must bring a value."
            )
        if len(variable.get("description") or "") > 200:
            raise Failure(f"{where}: description has {len(variable['description'])} characters, 200 are the most.")


def _check_namespaces(stages):
    check_unique("stages", "namespace", (action["namespace"] for _stage, action in _named(stages)))
    artifacts = {one["name"] for _stage, action in actions(stages) for one in action.get("output_artifacts", [])}
    for stage, action in _named(stages):
        name = action["namespace"]
        where = f"stage {stage['name']}, action {action['name']}: namespace {name}"
        if not _NAMESPACE.fullmatch(name):
            raise Failure(f"{where} is not a valid name. Use 1 to 100 letters, digits and @ _ -")
        if name in RESERVED:
            raise Failure(f"{where} is CodePipeline's own. Choose another than {' and '.join(RESERVED)}.")
        if name in artifacts:
            raise Failure(f"{where} is the name of an artifact too. Choose another.")


def _named(stages):
    """C((stage, action)) of the actions that have a namespace."""
    return [(stage, action) for stage, action in actions(stages) if "namespace" in action]


def _check_references(where, declaration, names, namespaces, ended):
    for key, value in (declaration.get("configuration") or {}).items():
        for reference, namespace, name in references(value):
            _check_reference(f"{where}: configuration.{key}: {reference}", namespace, name, names, namespaces, ended)


def _check_reference(where, namespace, name, names, namespaces, ended):
    if not namespace or not name:
        raise Failure(f"{where} is not a reference. Write #{{namespace.key}}, such as #{{variables.version}}.")
    if namespace == "variables":
        if name not in names:
            known = f"It has {', '.join(sorted(names))}. Use one of them" if names else "It has none. Correct it"
            raise Failure(f"{where} refers to no variable of the pipeline. {known}, or add {name} to variables.")
        return
    if namespace == "codepipeline":
        if name != "PipelineExecutionId":
            raise Failure(f"{where} refers to nothing. CodePipeline tells #{{codepipeline.PipelineExecutionId}} only.")
        return
    if namespace not in namespaces:
        known = f"There are {', '.join(sorted(namespaces))}. " if namespaces else ""
        raise Failure(
            f"{where} refers to a namespace that no action has. {known}Correct it, or give the action that puts the "
            f"variable out the namespace {namespace}."
        )
    stage, action = namespaces[namespace]
    teller = f"stage {stage['name']}, action {action['name']}"
    if not any(other is action for other in ended):
        raise Failure(f"{where} comes from {teller}, which has not ended by then. Let it run earlier.")
    if provider(action) == COMMANDS and name not in action.get("output_variables", []):
        raise Failure(f"{where} comes from {teller}, which does not put it out. Add {name} to its output_variables.")
