# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Do two declarations mean the same? What AWS fills in, and what only looks different, makes no new version."""

from __future__ import annotations

import json

from ..engine.compare import canonical
from .declaration import ACTION_MEMBERS, CONDITIONS, RULE_MEMBERS, content, places, provider

# What an action does when its configuration does not say. Source: user guide, the references of the actions.
DEFAULTS = {
    ("Source", "CodeCommit"): {"PollForSourceChanges": "true", "OutputArtifactFormat": "CODE_ZIP"},
    ("Source", "S3"): {"PollForSourceChanges": "true", "AllowOverrideForS3ObjectKey": "false"},
    ("Source", "GitHub"): {"PollForSourceChanges": "true"},
    ("Source", "ECR"): {"ImageTag": "latest"},
    ("Source", "CodeStarSourceConnection"): {"DetectChanges": "true", "OutputArtifactFormat": "CODE_ZIP"},
    ("Build", "CodeBuild"): {"BatchEnabled": "false", "CombineArtifacts": "false"},
    ("Test", "CodeBuild"): {"BatchEnabled": "false", "CombineArtifacts": "false"},
}

# Lists whose order says nothing, by the option that holds them.
UNORDERED = {
    "variables": ("variables",),
    "triggers": (
        "triggers",
        "triggers.git_configuration.push",
        "triggers.git_configuration.pull_request",
        "triggers.git_configuration.pull_request.events",
        *(
            f"triggers.git_configuration.{event}.{criterion}.{side}"
            for event in ("push", "pull_request")
            for criterion in ("tags", "branches", "file_paths")
            for side in ("includes", "excludes")
        ),
    ),
}


def same(option, one, other, home):
    """Do two values of an option of a pipeline mean the same?

    :arg home: the pipeline's region, in which an action without a region acts.
    """
    if option == "stages":
        return [_stage(stage, home) for stage in one or []] == [_stage(stage, home) for stage in other or []]
    unordered = UNORDERED.get(option, ())
    return (canonical(one, unordered, option) or None) == (canonical(other, unordered, option) or None)


def same_action(one, other, home):
    """Do two actions mean the same?"""
    return _action(one, home) == _action(other, home)


def merged_stages(current, wanted, home):
    """The wanted stages, with what AWS has filled in where it means the same: it is not fought over."""
    there = places(current)

    def merged(stage, action):
        old = there.get((stage["name"], action["name"]))
        if old is None or provider(old) != provider(action):
            return action
        return old if same_action(old, action, home) else _with_defaults_of(old, action)

    return [{**stage, "actions": [merged(stage, action) for action in stage["actions"]]} for stage in wanted]


def _with_defaults_of(old, action):
    """The action with those values of the old one that it would have anyway."""
    given, defaults = action.get("configuration", {}), DEFAULTS.get(provider(action), {})
    filled = {
        key: value
        for key, value in old.get("configuration", {}).items()
        if key not in given and defaults.get(key) == value
    }
    return {**action, "configuration": {**given, **filled}} if filled else action


def _stage(stage, home):
    """A form in which stages that mean the same are equal. The order of actions says nothing: run_order does."""
    form = {"name": stage["name"], "actions": _sorted(_action(action, home) for action in stage["actions"])}
    for kind in CONDITIONS:
        if kind in stage:
            form[kind] = _conditions(stage[kind], home)
    return form


def _conditions(given, home):
    """With what goes without saying: failing actions are retried, and a condition that is not met fails the stage."""
    form = {**given, "conditions": [_condition(one, home) for one in given.get("conditions", [])]}
    if given.get("result") == "RETRY":
        form["retry_configuration"] = {"retry_mode": "FAILED_ACTIONS", **given.get("retry_configuration", {})}
    return form


def _action(action, home):
    defaults = DEFAULTS.get(provider(action), {})
    form = _declaration(action, home)
    form["configuration"] = {
        key: value for key, value in form["configuration"].items() if action["configuration"][key] != defaults.get(key)
    }
    for name in ("environment_variables", "output_variables"):
        if name in action:
            form[name] = _sorted(action[name])
    return form


def _condition(condition, home):
    return {"result": "FAIL", **condition, "rules": _sorted(_declaration(rule, home) for rule in condition["rules"])}


def _declaration(declaration, home):
    """What actions and rules have in common: configurations by their content, no region where it is the pipeline's."""
    form = {name: declaration[name] for name in (*ACTION_MEMBERS, *RULE_MEMBERS) if name in declaration}
    if form.get("region") == home:
        del form["region"]
    form["configuration"] = {key: content(value) for key, value in declaration.get("configuration", {}).items()}
    return form


def _sorted(entries):
    return sorted(entries, key=lambda entry: json.dumps(entry, sort_keys=True))
