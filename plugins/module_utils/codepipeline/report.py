# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an execution of a pipeline did, as data: its stages, their actions with times, what it waits for, what failed.

Pure. ``report_make`` makes it from CodePipeline's answers; what is printed from it is in ``follow_lines`` (while it
runs) and ``failure`` (when it went wrong).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.times import seconds_between

ENDED = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
NOT_REACHED = "Pending"  # of a stage that the execution has not come to: ours, the API has no word for it
SHORT_ID = 8  # of a commit or an execution, where people read it


@dataclass(frozen=True)
class Action:
    """The last attempt of an execution at one action. ``end`` is None until it ended, texts are "" when not told.

    ``configuration`` is the resolved one. ``attempts`` counts this one and those before it.
    """

    stage: str
    name: str
    status: str
    id: str = ""
    category: str = ""
    provider: str = ""
    start: str | None = None
    end: str | None = None
    external_id: str = ""
    external_url: str = ""
    summary: str = ""
    error_code: str = ""
    error_message: str = ""
    log_stream_arn: str = ""
    updated_by: str = ""
    region: str = ""
    attempts: int = 1
    configuration: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Mapping[str, Any], ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()

    @property
    def running(self) -> bool:
        return self.status == "InProgress"

    @property
    def seconds(self) -> float | None:
        return seconds_between(self.start, self.end)

    @property
    def waits_for_approval(self) -> bool:
        return self.running and self.category == "Approval"


@dataclass(frozen=True)
class Rule:
    """A rule of a stage's condition that failed. ``kind`` is "before entry", "on success", "on failure" or, where it is
    not known, ""."""

    stage: str
    kind: str
    name: str
    message: str


@dataclass(frozen=True)
class Stage:
    """A stage of the execution. ``status`` is a StageExecutionStatus, or NOT_REACHED.

    ``held`` says why the execution waits in front of it: "disabled" (its transition), "occupied" (by another
    execution), "unanswered" (by another that waits in it for an approval), or "" when it does not; ``held_by`` is the
    reason of the first, the execution of the others.
    """

    name: str
    status: str
    actions: tuple[Action, ...] = ()
    held: str = ""
    held_by: str = ""
    failed_rules: tuple[Rule, ...] = ()

    @property
    def start(self) -> str | None:
        return min((action.start for action in self.actions if action.start), default=None)

    @property
    def end(self) -> str | None:
        if self.status in ("InProgress", "Stopping", NOT_REACHED):
            return None
        return max((action.end for action in self.actions if action.end), default=None)

    @property
    def seconds(self) -> float | None:
        return seconds_between(self.start, self.end)


@dataclass(frozen=True)
class Revision:
    """What a source action found. ``summary`` is a commit's message; "" where it is not told."""

    action: str
    id: str
    summary: str = ""
    url: str = ""

    @property
    def short(self) -> str:
        """As people read it: a commit's first characters, else the whole id."""
        is_commit = len(self.id) >= 40 and all(one in "0123456789abcdef" for one in self.id)
        return self.id[:SHORT_ID] if is_commit else self.id

    def told(self, longest: int) -> str:
        """``9d81c0de  Show prices with tax``: the message's first line, left out where it names the id."""
        line = self._message(longest)
        return f"{self.short}  {line}" if line else self.short

    def named(self, longest: int) -> str:
        """``9d81c0de (Show prices with tax)``: the same within a sentence."""
        line = self._message(longest)
        return f"{self.short} ({line})" if line else self.short

    def _message(self, longest: int) -> str:
        if self.id in self.summary:
            return ""
        return shortened(next(iter(self.summary.strip().splitlines()), ""), longest)


@dataclass(frozen=True)
class Report:
    """One execution of a pipeline. ``facts`` is GetPipelineExecution's answer, for what is only passed on."""

    pipeline: str
    id: str
    status: str
    mode: str = ""
    type: str = ""
    summary: str = ""
    trigger: str = ""
    rolls_back_to: str = ""
    stages: tuple[Stage, ...] = ()
    revisions: tuple[Revision, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def short_id(self) -> str:
        return self.id[:SHORT_ID]

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(action for stage in self.stages for action in stage.actions)

    @property
    def running(self) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if action.running)

    @property
    def failed(self) -> tuple[Action, ...]:
        """The failed actions, the earliest first."""
        return tuple(sorted((one for one in self.actions if one.status == "Failed"), key=lambda one: one.end or "~"))

    @property
    def failed_rules(self) -> tuple[Rule, ...]:
        return tuple(rule for stage in self.stages for rule in stage.failed_rules)

    @property
    def approvals(self) -> tuple[Action, ...]:
        """The approvals that it waits for."""
        return tuple(action for action in self.running if action.waits_for_approval)

    @property
    def held(self) -> Stage | None:
        """The stage in front of which it waits."""
        return next((stage for stage in self.stages if stage.held), None)

    @property
    def needs_somebody(self) -> bool:
        """Whether it goes on only when somebody acts: answers an approval, its own or that of the execution in front
        of it, or enables a transition."""
        if self.ended:
            return False
        if self.running:
            return all(action.waits_for_approval for action in self.running)
        return bool(self.held and self.held.held in ("disabled", "unanswered"))

    @property
    def outcome(self) -> str:
        """succeeded, failed, stopped, superseded, cancelled, waits_for_approval, waits_for_transition, in_progress."""
        if self.ended:
            return self.status.lower()
        if self.needs_somebody:
            return "waits_for_transition" if self.held and self.held.held == "disabled" else "waits_for_approval"
        return "in_progress"

    @property
    def seconds(self) -> float | None:
        """From the start of its first action to the end of its last."""
        starts = [action.start for action in self.actions if action.start]
        ends = [action.end for action in self.actions if action.end]
        return seconds_between(min(starts, default=None), max(ends, default=None)) if self.ended else None


def shortened(text: str, longest: int) -> str:
    """The text on one line, its first so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[:longest].rstrip() + " ..."
