# -*- coding: utf-8 -*-

# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The transition into a stage: open, or closed for a reason."""

from __future__ import annotations

import re

from ..engine.errors import Failure
from ..engine.resource import Resource
from .execution_calls import codepipeline

# DisabledReason of the service's model.
_REASON = re.compile(r"[a-zA-Z0-9!@ ().*?-]{1,300}")


class Transition(Resource):
    """A stage's transition. It is there as long as its stage: it can only be found and updated."""

    noun = "stage_transition"
    key = ("pipeline_name", "stage_name", "transition_type")
    settings = ("enabled", "disabled_reason")

    def wanted(self):
        enabled = self.options["state"] == "enabled"
        named = {name: self.options[name] for name in self.key}
        reason = "" if enabled else self.options["reason"]
        return {**named, "enabled": enabled, "disabled_reason": reason}

    def check(self, wanted):
        reason = self.options["reason"]
        if reason is not None and not _REASON.fullmatch(reason):
            raise Failure(
                f"reason: {reason!r} is not possible. "
                "CodePipeline takes 1 to 300 letters, digits, spaces and ! @ ( ) . * ? -"
            )

    def find(self, wanted):
        name = wanted["pipeline_name"]
        stages = codepipeline(self.context).call(
            "get_pipeline_state", doing=f"read the transitions of {name}", name=name
        )["stage_states"]
        state = _inbound_of(stages, wanted).get("inbound_transition_state") or {}
        told = {name: state[name] for name in ("last_changed_by", "last_changed_at") if name in state}
        return {
            **{name: wanted[name] for name in self.key},
            "enabled": state.get("enabled", True),
            "disabled_reason": state.get("disabled_reason", ""),
            **told,
        }

    def update(self, current, changes):
        enabled = changes.get("enabled", current["enabled"])
        named = {name: current[name] for name in self.key}
        stage = f"stage {current['stage_name']} of {current['pipeline_name']}"
        client = codepipeline(self.context)
        if enabled:
            client.call("enable_stage_transition", doing=f"enable the transition of {stage}", **named)
        else:
            reason = changes.get("disabled_reason", current["disabled_reason"])
            client.call("disable_stage_transition", doing=f"disable the transition of {stage}", reason=reason, **named)


def _inbound_of(stages, wanted):
    """The state of the stage that the transition leads into: the outbound one of a stage is the next one's inbound."""
    names = [stage["stage_name"] for stage in stages]
    pipeline, stage = wanted["pipeline_name"], wanted["stage_name"]
    if stage not in names:
        raise Failure(f"stage_name: {pipeline} has no stage {stage} (it has {', '.join(names)}).")
    place = names.index(stage)
    if wanted["transition_type"] == "Outbound":
        place += 1
        if place == len(names):
            raise Failure(
                f"transition_type: {stage} is the last stage of {pipeline}: nothing goes out of it. "
                "Leave transition_type out to close the way into it."
            )
    return stages[place]
