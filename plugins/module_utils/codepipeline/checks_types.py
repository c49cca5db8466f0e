# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a pipeline of the type V1 cannot have. Source: user guide, "Pipeline types"."""

from __future__ import annotations

from ..engine.errors import Failure
from .checks_kinds import COMMANDS
from .declaration import CONDITIONS, actions, provider


def check_type(pipeline):
    """Refuse what only pipelines of the type V2 have in one of the type V1."""
    if pipeline.get("pipeline_type") == "V2":
        return
    used = _of_type_v2(pipeline)
    if used:
        raise Failure(f"{used}: only pipelines of the type V2 have that, this one is V1. Set pipeline_type to V2.")


def _of_type_v2(pipeline):
    """The first thing in it that is of the type V2."""
    for name in ("variables", "triggers"):
        if pipeline.get(name):
            return name
    if pipeline.get("execution_mode", "SUPERSEDED") != "SUPERSEDED":
        return f"execution_mode {pipeline['execution_mode']}"
    for stage in pipeline["stages"]:
        for kind in CONDITIONS:
            if kind in stage:
                return f"stage {stage['name']}: {kind}"
    for stage, action in actions(pipeline["stages"]):
        if provider(action) == COMMANDS:
            return f"stage {stage['name']}, action {action['name']}: Compute Commands"
    return None
