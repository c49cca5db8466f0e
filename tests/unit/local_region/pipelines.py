# SPDX-License-Identifier: GPL-3.0-or-later
"""A pipeline of the engine that tests drive by the names of its stages and actions."""

from __future__ import annotations

from itertools import count

from local_region.engine import pipeline_operations as operations
from local_region.engine.pipeline import Action, Changed, Failure, Pipeline, Stage, StartAction, StartRule

BROKEN = Failure("JobFailed", "broken")


def stage(name: str, *actions: str | Action, **conditions) -> Stage:
    """A stage of actions that run one after the other where they are given by name."""
    declared = [Action(one, order) if isinstance(one, str) else one for order, one in enumerate(actions, 1)]
    return Stage(name, tuple(declared), **conditions)


class Driver:
    """Source, Build and Deploy with one action each, of the stage's name in small letters, unless stages are given."""

    def __init__(self, *stages: Stage, mode: str = "SUPERSEDED"):
        numbers = count(1)
        self.stages = stages or (stage("Source", "source"), stage("Build", "build"), stage("Deploy", "deploy"))
        self.pipeline = Pipeline(lambda: f"run-{next(numbers)}", self.stages, mode)
        self.now = 0.0
        self.decisions: list = []

    def start(self, name: str) -> None:
        self.take(operations.start(self.pipeline, name, self.now))

    def take(self, decisions: list) -> list:
        self.decisions += decisions
        return decisions

    def complete(self, execution: str, what: str, failure: Failure | None = None) -> list:
        """Ends the action or rule `what` of an execution."""
        run_id = next(run.id for owner, run in self.pipeline.running.values() if self._is(owner, run, execution, what))
        return self.take(operations.complete(self.pipeline, run_id, failure, self.now))

    def fail(self, execution: str, what: str) -> list:
        return self.complete(execution, what, BROKEN)

    def to(self, execution: str, *actions: str) -> None:
        """Starts an execution and lets these actions succeed."""
        self.start(execution)
        for action in actions:
            self.complete(execution, action)

    def stop(self, execution: str, abandon: bool = False) -> None:
        self.take(operations.stop(self.pipeline, execution, abandon, self.now))

    def retry(self, stage_name: str, execution: str, mode: str = "FAILED_ACTIONS") -> list:
        return self.take(operations.retry(self.pipeline, stage_name, execution, mode, self.now))

    def roll_back(self, stage_name: str, target: str, execution: str) -> list:
        return self.take(operations.roll_back(self.pipeline, stage_name, target, execution, self.now))

    def expire(self, now: float) -> list:
        self.now = now
        return self.take(operations.expire(self.pipeline, now))

    @property
    def running(self) -> list[tuple[str, str]]:
        """(execution, action or rule) of all that is being performed, sorted."""
        return sorted((owner.execution.id, run.what.name) for owner, run in self.pipeline.running.values())

    def status(self, execution: str, stage_name: str | None = None) -> str:
        one = self.pipeline.executions[execution]
        return one.runs[stage_name].status if stage_name else one.status

    def started(self, execution: str) -> list[str]:
        """The actions and rules of an execution in the order in which they were started."""
        mine = [one for one in self.decisions if isinstance(one, StartAction | StartRule)]
        return [
            one.action if isinstance(one, StartAction) else one.rule for one in mine if one.execution_id == execution
        ]

    def changes(self, execution: str, stage_name: str | None = None) -> list[str]:
        """The states that an execution, or its run of a stage, went through."""
        return [
            one.state
            for one in self.decisions
            if isinstance(one, Changed) and (one.execution_id, one.stage, one.action) == (execution, stage_name, None)
        ]

    @staticmethod
    def _is(owner, run, execution: str, what: str) -> bool:
        return (owner.execution.id, run.what.name) == (execution, what)
