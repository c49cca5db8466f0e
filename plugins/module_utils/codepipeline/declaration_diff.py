# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A pipeline as lines for a diff: each says by itself to which stage, action and option it belongs."""

from __future__ import annotations

from .declaration import CONDITIONS, content


def lines(pipeline):
    """C({"stage Build, action Compile, configuration.ProjectName": "shop"}) for all that a task can set."""
    told = {
        name: value for name, value in pipeline.items() if name not in ("stages", "variables", "triggers") and value
    }
    for variable in pipeline.get("variables") or []:
        more = {name: value for name, value in variable.items() if name != "name"}
        told[f"variable {variable['name']}"] = more or "without a default value"
    for trigger in pipeline.get("triggers") or []:
        git = trigger["git_configuration"]
        told[f"trigger of {git['source_action_name']}"] = {
            "provider_type": trigger["provider_type"],
            **{name: value for name, value in git.items() if name != "source_action_name"},
        }
    if pipeline.get("stages"):
        told["stages"] = [stage["name"] for stage in pipeline["stages"]]
    for stage in pipeline.get("stages") or []:
        told.update(_stage(stage))
    return told


def _stage(stage):
    where = f"stage {stage['name']}"
    told = {}
    for action in stage["actions"]:
        told.update(_declaration(f"{where}, action {action['name']}", action, "action_type_id"))
    for kind in CONDITIONS:
        given = stage.get(kind) or {}
        for name in ("result", "retry_configuration"):
            if name in given:
                told[f"{where}, {kind}.{name}"] = given[name]
        for condition in given.get("conditions") or []:
            if "result" in condition:
                told[f"{where}, {kind} condition, result"] = condition["result"]
            for rule in condition["rules"]:
                told.update(_declaration(f"{where}, {kind} rule {rule['name']}", rule, "rule_type_id"))
    return told


def _declaration(where, declaration, type_option):
    type_id = declaration[type_option]
    kind = " ".join(str(type_id[name]) for name in ("category", "owner", "provider", "version"))
    told = {f"{where}, {type_option}": kind}
    for name, value in declaration.items():
        if name not in ("name", type_option, "configuration"):
            told[f"{where}, {name}"] = value
    for key, value in (declaration.get("configuration") or {}).items():
        told[f"{where}, configuration.{key}"] = content(value)
    return told
