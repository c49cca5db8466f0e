# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one pipeline: its structure, its executions, and where each of them is. Nothing here decides anything.

`pipeline_flow` moves executions between stages, `pipeline_stage` inside one, `pipeline_operations` is what a user and
the performers of actions may ask for. All times are service seconds; statuses are the API's own words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

SUPERSEDED, QUEUED, PARALLEL = "SUPERSEDED", "QUEUED", "PARALLEL"
STANDARD, ROLLBACK = "STANDARD", "ROLLBACK"

# Executions of a QUEUED or PARALLEL pipeline that may be under way or waiting at once (user guide, "Quotas").
MOST_CONCURRENT = 50

BEFORE_ENTRY, ON_SUCCESS, ON_FAILURE = "beforeEntry", "onSuccess", "onFailure"


@dataclass(frozen=True, slots=True)
class Action:
    """What the engine needs to know of a declared action. `timeout` is in service seconds."""

    name: str
    run_order: int = 1
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A declared rule of a condition. `timeout` is in service seconds."""

    name: str
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Rules that must all succeed, and what is done when one does not: FAIL, SKIP or ROLLBACK."""

    result: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class OnFailure:
    """What follows a failed action: FAIL, RETRY (once, `retry_mode`) or ROLLBACK; `condition` decides on the result."""

    result: str = "FAIL"
    retry_mode: str = "FAILED_ACTIONS"
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A declared stage."""

    name: str
    actions: tuple[Action, ...]
    before_entry: Condition | None = None
    on_success: Condition | None = None
    on_failure: OnFailure = OnFailure()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action or a rule failed: errorDetails of the API."""

    code: str
    message: str


@dataclass(slots=True, eq=False)
class Run:
    """One attempt at an action or a rule: InProgress, then Succeeded, Failed or Abandoned."""

    id: str
    what: Action | Rule
    started: float
    status: str = "InProgress"
    ended: float | None = None
    failure: Failure | None = None

    @property
    def deadline(self) -> float | None:
        return None if self.what.timeout is None else self.started + self.what.timeout


@dataclass(slots=True, eq=False)
class ConditionRun:
    """One evaluation of a condition: InProgress, then Succeeded, Failed, Abandoned or Overridden."""

    condition: Condition
    rules: list[Run]
    started: float
    status: str = "InProgress"
    changed: float | None = None


@dataclass(slots=True, eq=False)
class StageRun:
    """An execution in a stage. `runs` is the latest attempt at each action that was begun, by the action's name.

    `status` is a StageExecutionStatus; `stage_lock` holds while it is InProgress or Stopping.
    `rolls_back` is set when the failure of this run asks for a rollback.
    """

    stage: Stage
    execution: Execution
    started: float
    status: str = "InProgress"
    runs: dict[str, Run] = field(default_factory=dict)
    conditions: dict[str, ConditionRun] = field(default_factory=dict)
    automatic_retries: int = 0
    manual_retries: int = 0
    latest_retry: str | None = None
    rolls_back: bool = False

    @property
    def under_way(self) -> bool:
        return self.status in ("InProgress", "Stopping")

    @property
    def running(self) -> list[Run]:
        """The actions that are being performed."""
        return [run for run in self.runs.values() if run.status == "InProgress"]

    @property
    def evaluating(self) -> str | None:
        """The kind of the condition that is being evaluated."""
        return next((kind for kind, one in self.conditions.items() if one.status == "InProgress"), None)


@dataclass(slots=True, eq=False)
class Execution:
    """One execution. While `waiting` it is inbound: in front of the stage at `position`, not in it.

    `stages`, `version` and `mode` are those of the pipeline when it began. `outdated` is set when the pipeline has been
    updated under it. `target` is the execution that a rollback goes back to.
    """

    id: str
    number: int
    stages: tuple[Stage, ...]
    version: int
    mode: str
    type: str = STANDARD
    target: str | None = None
    status: str = "InProgress"
    position: int = 0
    waiting: bool = True
    outdated: bool = False
    runs: dict[str, StageRun] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        """The stage it is in, or waits for."""
        return self.stages[self.position]

    @property
    def run(self) -> StageRun:
        """Its run of the stage it is in, or was in last."""
        return self.runs[self.stage.name]

    @property
    def finished(self) -> bool:
        return self.status not in ("InProgress", "Stopping")


@dataclass(slots=True, eq=False)
class Pipeline:
    """A pipeline. `executions` is in the order in which they began; `active` are those that have not ended.

    `latest` is the run that entered each stage last; `disabled` are the stages whose inbound transition is disabled.
    `running` finds the runs of actions and rules that are under way by their ids. `new_id` makes ids.
    """

    new_id: Callable[[], str]
    stages: tuple[Stage, ...]
    mode: str = SUPERSEDED
    version: int = 1
    executions: dict[str, Execution] = field(default_factory=dict)
    active: dict[str, Execution] = field(default_factory=dict)
    latest: dict[str, StageRun] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    running: dict[str, tuple[StageRun, Run]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """True when no further execution may begin. SUPERSEDED pipelines are never full: the newer one takes over."""
        return self.mode != SUPERSEDED and len(self.active) >= MOST_CONCURRENT


@dataclass(frozen=True, slots=True)
class StartAction:
    """Have this action performed; report to `pipeline_operations.complete` with the id."""

    execution_id: str
    stage: str
    action: str
    id: str


@dataclass(frozen=True, slots=True)
class StartRule:
    """Have this rule of the condition `kind` evaluated; report to `pipeline_operations.complete` with the id."""

    execution_id: str
    stage: str
    kind: str
    rule: str
    id: str


@dataclass(frozen=True, slots=True)
class Abandon:
    """Nobody waits any longer for the action or rule with this id."""

    id: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Something is in a new state, in the words of the EventBridge events: STARTED, SUCCEEDED, FAILED, ...

    A change of the pipeline's execution has neither stage nor action, one of a stage has no action.
    """

    state: str
    execution_id: str
    stage: str | None = None
    action: str | None = None
    action_id: str | None = None


@dataclass(frozen=True, slots=True)
class RollbackBegan:
    """A failure has begun a rollback execution that nobody asked for by hand."""

    execution_id: str
    target_id: str
    stage: str
    failed_id: str


Decision = StartAction | StartRule | Abandon | Changed | RollbackBegan
