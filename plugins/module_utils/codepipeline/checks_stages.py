# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of stages and actions: how many, their names, their order, and what each kind of action takes."""

from __future__ import annotations

import re

from ..engine.errors import Failure
from .checks_kinds import check_kind
from .common import check_name
from .declaration import actions

LEAST_STAGES, MOST_STAGES = 2, 50
MOST_ACTIONS_IN_STAGE, MOST_ACTIONS = 50, 500
HIGHEST_RUN_ORDER = 999
LONGEST_KEY, LONGEST_VALUE = 50, 1000

_PROVIDER = re.compile(r"[0-9A-Za-z_-]{1,35}")
_VERSION = re.compile(r"[0-9A-Za-z_-]{1,9}")


def check_stages(stages):
    """What is wrong with stages and their actions, each by itself."""
    if not LEAST_STAGES <= len(stages) <= MOST_STAGES:
        raise Failure(
            f"stages: {len(stages)} {'was' if len(stages) == 1 else 'were'} given, a pipeline has {LEAST_STAGES} to "
            f"{MOST_STAGES}: one with sources, and at least one that does something with them."
        )
    check_unique("stages", "stage", (stage["name"] for stage in stages))
    for stage in stages:
        _check_stage(stage, is_first=stage is stages[0])
    count = len(list(actions(stages)))
    if count > MOST_ACTIONS:
        raise Failure(f"stages: have {count} actions together, a pipeline has at most {MOST_ACTIONS}. Split it.")


def check_unique(option, what, names):
    """Refuse names that are there twice."""
    seen = set()
    for name in names:
        if name in seen:
            raise Failure(f"{option}: two {what}s are called {name}. Rename one of them.")
        seen.add(name)


def check_configuration(where, configuration, longest=LONGEST_VALUE):
    """Keys and lengths of a configuration. The values themselves are not told."""
    for key, value in configuration.items():
        if not 1 <= len(key) <= LONGEST_KEY:
            raise Failure(f"{where}: configuration has the key {key!r}. Use keys of 1 to {LONGEST_KEY} characters.")
        if not value:
            raise Failure(f"{where}: configuration.{key} is empty, which CodePipeline refuses. Leave the key out.")
        if len(value) > longest:
            raise Failure(
                f"{where}: configuration.{key} has {len(value)} characters, CodePipeline takes at most {longest}. "
                "Keep long values elsewhere, such as in the build project or in a file of the source."
            )


def check_commands(where, commands):
    """Source: CommandList of the model; ActionDeclaration of the API reference (no multi-line commands)."""
    if len(commands) > 50:
        raise Failure(f"{where}: {len(commands)} commands were given, CodePipeline takes at most 50. Use a script.")
    for command in commands:
        if not 1 <= len(command) <= 1000:
            raise Failure(f"{where}: commands has one of {len(command)} characters. Use 1 to 1000, or a script.")
        if "\n" in command.strip("\n"):
            raise Failure(
                f"{where}: commands has one of several lines, beginning {command.splitlines()[0]!r}. CodePipeline "
                "takes single lines: make each line a command, or join them with &&."
            )


def _check_stage(stage, is_first):
    check_name("stages.name", stage["name"])
    where = f"stage {stage['name']}"
    if not 1 <= len(stage["actions"]) <= MOST_ACTIONS_IN_STAGE:
        raise Failure(
            f"{where}: has {len(stage['actions'])} actions. A stage has 1 to {MOST_ACTIONS_IN_STAGE}: "
            + ("split it." if stage["actions"] else "give it one, or drop the stage.")
        )
    check_unique(where, "action", (action["name"] for action in stage["actions"]))
    for action in stage["actions"]:
        _check_place(stage, action, is_first)
        _check_action(f"{where}, action {action['name']}", action)


def _check_place(stage, action, is_first):
    """Sources are in the first stage, and nothing else is."""
    where = f"stage {stage['name']}, action {action['name']}: category {action['action_type_id']['category']}"
    is_source = action["action_type_id"]["category"] == "Source"
    if is_first and not is_source:
        raise Failure(f"{where} is not possible in the first stage, which holds sources only. Move it to a later one.")
    if is_source and not is_first:
        raise Failure(f"{where} is possible in the first stage only. Move the source there.")


def _check_action(where, action):
    check_name(f"{where}: name", action["name"])
    type_id = action["action_type_id"]
    if not _PROVIDER.fullmatch(type_id["provider"]):
        raise Failure(f"{where}: action_type_id.provider {type_id['provider']!r} is none. Use one such as CodeBuild.")
    if not _VERSION.fullmatch(type_id["version"]):
        raise Failure(f"{where}: action_type_id.version {type_id['version']!r} is none. AWS's own actions have '1'.")
    if not 1 <= action["run_order"] <= HIGHEST_RUN_ORDER:
        raise Failure(f"{where}: run_order {action['run_order']} is not possible. Use 1 to {HIGHEST_RUN_ORDER}.")
    check_configuration(where, action.get("configuration", {}))
    check_commands(where, action.get("commands", []))
    check_kind(where, action)
