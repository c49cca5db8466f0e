# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which approvals wait, and for which execution. Pure, over GetPipelineState's answer and the declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Waiting:
    """An approval that is waited for. The token answers this very attempt: who has it may answer, so it is shown to
    nobody. ``action_id`` is "" where CodePipeline does not tell it."""

    pipeline: str
    stage: str
    action: str
    execution_id: str
    action_id: str = ""
    since: str = ""
    link: str = ""
    token: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        return f"{self.stage}/{self.action}"


def waiting_in(state: Mapping[str, Any]) -> list[Waiting]:
    """The approvals that a pipeline waits for, as its state shows them: an action with a token is one."""
    found = []
    for stage in state.get("stage_states") or []:
        execution = (stage.get("latest_execution") or {}).get("pipeline_execution_id", "")
        for action in stage.get("action_states") or []:
            latest = action.get("latest_execution") or {}
            if latest.get("token") and latest.get("status") == "InProgress":
                found.append(
                    Waiting(
                        pipeline=state["pipeline_name"],
                        stage=stage["stage_name"],
                        action=action["action_name"],
                        execution_id=execution,
                        action_id=latest.get("action_execution_id", ""),
                        since=latest.get("last_status_change", ""),
                        link=action.get("entity_url", ""),
                        token=latest["token"],
                    )
                )
    return found


def selected(waiting: Sequence[Waiting], stage: str | None, action: str | None) -> list[Waiting]:
    """Those of a stage and an action, where these are named."""
    return [one for one in waiting if stage in (None, one.stage) and action in (None, one.action)]


def approvals_of(declaration: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The (stage, action) of every approval that a pipeline declares."""
    return [
        (stage["name"], action["name"])
        for stage in declaration.get("stages") or []
        for action in stage.get("actions") or []
        if (action.get("action_type_id") or {}).get("category") == "Approval"
    ]
