# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of artifacts: each is put out once, and before it is taken in."""

from __future__ import annotations

import re

from ..engine.errors import Failure
from .declaration import actions, ended_before

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,100}")


def check_artifacts(stages):
    """Outputs have names of their own; inputs are the outputs of actions that have ended by then."""
    makers = _makers(stages)
    for stage, action in actions(stages):
        where = f"stage {stage['name']}, action {action['name']}"
        taken = [one["name"] for one in action.get("input_artifacts", [])]
        for name in taken:
            if taken.count(name) > 1:
                raise Failure(f"{where}: input_artifacts names {name} twice. Drop one of the two.")
            _check_input(stages, stage, action, name, makers)


def check_rule_inputs(stages, stage, kind, rule):
    """A rule takes in what actions before it have put out: those of the stage itself, unless it guards the entry."""
    where = f"stage {stage['name']}, {kind} rule {rule['name']}"
    first, last = stages.index(stage), stages.index(stage) + (kind != "before_entry")
    known = {one["name"] for _stage, action in actions(stages[:last]) for one in action.get("output_artifacts", [])}
    for wanted in (one["name"] for one in rule.get("input_artifacts", [])):
        if wanted not in known:
            until = "before" if last == first else "up to"
            raise Failure(
                f"{where}: input artifact {wanted} is the output of no action {until} this stage. {_choice(known)}"
            )


def _makers(stages):
    """C({artifact: (stage, action)}) of all outputs."""
    makers = {}
    for stage, action in actions(stages):
        where = f"stage {stage['name']}, action {action['name']}"
        for name in (one["name"] for one in action.get("output_artifacts", [])):
            if not _NAME.fullmatch(name):
                raise Failure(
                    f"{where}: output artifact {name!r} is not a valid name. Use 1 to 100 letters, digits, _ and -"
                )
            if name in makers:
                other_stage, other = makers[name]
                raise Failure(
                    f"{where}: output artifact {name} is put out by stage {other_stage['name']}, action "
                    f"{other['name']} already. Give it a name of its own."
                )
            makers[name] = stage, action
    return makers


def _check_input(stages, stage, action, name, makers):
    where = f"stage {stage['name']}, action {action['name']}"
    if name not in makers:
        raise Failure(f"{where}: input artifact {name} is the output of no action. {_choice(makers)}")
    maker_stage, maker = makers[name]
    if any(other is maker for _stage, other in ended_before(stages, stage, action)):
        return
    made = f"input artifact {name} is put out by stage {maker_stage['name']}, action {maker['name']}"
    if maker is action:
        raise Failure(f"{where}: input artifact {name} is an output of the action itself. Give the output a new name.")
    if maker_stage is stage:
        raise Failure(
            f"{where}: {made}, which has run_order {maker['run_order']} and this action {action['run_order']}. "
            "Give this action the greater one."
        )
    raise Failure(f"{where}: {made}, which comes later. Move one of the two.")


def _choice(names):
    return f"Use one of {', '.join(sorted(names))}, or add the output." if names else "Add it as an output."
