# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A pipeline's declaration in one form, whether a task wrote it or CodePipeline told it.

The form is the one that tasks write, with the defaults of the API filled in, with the values of configurations as the
text that CodePipeline keeps, and without what says nothing (empty lists, empty configurations). What a later API tells
of a stage, an action or a rule stays in it, so that a change of something else does not take it away.
"""

from __future__ import annotations

import json

from .common import MASK

CONDITIONS = ("before_entry", "on_success", "on_failure")

# Where a list of words is separated by commas and not written as JSON. Source: user guide, "AWS CloudFormation deploy
# action reference".
COMMA_SEPARATED = ("Capabilities",)

# Configuration values that are secret: CodePipeline shows **** in their place. Source: user guide, the references of
# the actions; custom action types say it of their own.
SECRETS = {
    ("Source", "GitHub"): ("OAuthToken",),
    ("Deploy", "AlexaSkillsKit"): ("ClientSecret", "RefreshToken"),
}

# What is compared.
ACTION_MEMBERS = (
    "name",
    "action_type_id",
    "run_order",
    "configuration",
    "commands",
    "environment_variables",
    "input_artifacts",
    "output_artifacts",
    "output_variables",
    "namespace",
    "region",
    "role_arn",
    "timeout_in_minutes",
)
RULE_MEMBERS = (
    "name",
    "rule_type_id",
    "configuration",
    "commands",
    "input_artifacts",
    "region",
    "role_arn",
    "timeout_in_minutes",
)


def text(value, key=""):
    """A configuration value as CodePipeline keeps it: text. Lists and maps become JSON, always the same way."""
    if isinstance(value, str):
        return value
    if key in COMMA_SEPARATED and isinstance(value, list):
        return ",".join(map(str, value))
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content(value):
    """What a configuration value says: the list or the map where it is JSON of one, else the text itself."""
    if value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def declared(pipeline):
    """Those parts of a pipeline that are there, in the one form. Other members stay as they are."""
    form = dict(pipeline)
    if "stages" in pipeline:
        form["stages"] = [_stage(stage) for stage in pipeline["stages"]]
    if "artifact_store" in pipeline:
        form["artifact_store"] = _store(pipeline["artifact_store"])
    if "artifact_stores" in pipeline:
        form["artifact_stores"] = {region: _store(store) for region, store in pipeline["artifact_stores"].items()}
    return form


def actions(stages):
    """C((stage, action)) of every action."""
    for stage in stages:
        for action in stage.get("actions") or []:
            yield stage, action


def ended_before(stages, stage, action):
    """C((stage, action)) of the actions that have ended when this one begins: by stage, then by run_order."""
    for other_stage, other in actions(stages):
        if other_stage["name"] == stage["name"]:
            if other["run_order"] < action["run_order"]:
                yield other_stage, other
        elif _index(stages, other_stage) < _index(stages, stage):
            yield other_stage, other


def rules(stage):
    """C((kind, condition, rule)) of every rule of a stage's conditions."""
    for kind in CONDITIONS:
        for condition in (stage.get(kind) or {}).get("conditions") or []:
            for rule in condition.get("rules") or []:
                yield kind, condition, rule


def provider(action):
    """C((category, provider)) of an action."""
    return action["action_type_id"]["category"], action["action_type_id"]["provider"]


def places(stages):
    """C({(stage, action): action}): where the secrets of an action are found again."""
    return {(stage["name"], action["name"]): action for stage, action in actions(stages)}


def with_configuration(stages, change):
    """The stages with C(change((stage, action), key, value)) in the place of every configuration value of an action."""

    def changed(stage, action):
        if not action.get("configuration"):
            return action
        place = (stage["name"], action["name"])
        return {**action, "configuration": {k: change(place, k, v) for k, v in action["configuration"].items()}}

    return [{**stage, "actions": [changed(stage, action) for action in stage["actions"]]} for stage in stages]


def masked_keys(action):
    """The keys whose values CodePipeline keeps to itself."""
    return {key for key, value in (action.get("configuration") or {}).items() if value == MASK}


def _index(stages, stage):
    return next(index for index, other in enumerate(stages) if other["name"] == stage["name"])


def _stage(stage):
    form = {"name": stage["name"]}
    for kind in CONDITIONS[:1]:
        form.update(_conditions(stage, kind))
    form["actions"] = [_action(action) for action in stage.get("actions") or []]
    for kind in CONDITIONS[1:]:
        form.update(_conditions(stage, kind))
    return {**form, **_others(stage, ("name", "actions", *CONDITIONS))}


def _action(action):
    type_id = action["action_type_id"]
    form = {
        "name": action["name"],
        "action_type_id": {
            "category": type_id["category"],
            "owner": type_id.get("owner") or "AWS",
            "provider": type_id["provider"],
            "version": type_id.get("version") or "1",
        },
        "run_order": 1 if action.get("run_order") is None else action["run_order"],
        **_configuration(action),
        **_others(action, ("name", "action_type_id", "run_order", "configuration")),
    }
    if "environment_variables" in form:
        form["environment_variables"] = [
            {"name": one["name"], "value": one["value"], "type": one.get("type") or "PLAINTEXT"}
            for one in form["environment_variables"]
        ]
    if "output_artifacts" in form:
        form["output_artifacts"] = [{"name": one["name"], **_said(one, ("files",))} for one in form["output_artifacts"]]
    return form


def _conditions(stage, kind):
    given = stage.get(kind)
    if not given:
        return {}
    form = _said(given, ("result", "retry_configuration"))
    if given.get("conditions"):
        form["conditions"] = [
            {**_said(one, ("result",)), "rules": [_rule(rule) for rule in one.get("rules") or []]}
            for one in given["conditions"]
        ]
    return {kind: form} if form else {}


def _rule(rule):
    type_id = rule["rule_type_id"]
    return {
        "name": rule["name"],
        "rule_type_id": {
            "category": type_id.get("category") or "Rule",
            "owner": type_id.get("owner") or "AWS",
            "provider": type_id["provider"],
            "version": type_id.get("version") or "1",
        },
        **_configuration(rule),
        **_others(rule, ("name", "rule_type_id", "configuration")),
    }


def _configuration(declaration):
    given = {key: value for key, value in (declaration.get("configuration") or {}).items() if value is not None}
    return {"configuration": {str(key): text(value, key) for key, value in given.items()}} if given else {}


def _store(store):
    if not isinstance(store, dict):
        return store
    form = {**store, "type": store.get("type") or "S3"}
    key = form.pop("encryption_key", None)
    if key:
        form["encryption_key"] = {**key, "type": key.get("type") or "KMS"} if isinstance(key, dict) else key
    return form


def _said(declaration, members):
    return {name: declaration[name] for name in members if declaration.get(name) not in (None, "", [], {})}


def _others(declaration, handled):
    return _said(declaration, [name for name in declaration if name not in handled])
