# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodePipeline remembers: one `Store` per account and region.

`Info` is the API's own structure, member names included: stored and returned as it was given. How things stand (the
statuses of executions, stages and actions) is the engine's; here is what the engine has no use for.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_region.engine.pipeline import Execution, Pipeline, Run
from local_region.services.codepipeline import errors
from local_region.services.codepipeline.actions.performer import Artifact, Job, Revision

Info = dict[str, Any]


@dataclass(eq=False)
class RunRecord:
    """One attempt at an action or a rule. `declaration` is its ActionDeclaration or RuleDeclaration.

    `run` is the engine's. `job` is what its performer got, None when its configuration could not be resolved. `kind` is
    the kind of the condition that a rule belongs to. `begun` is set when the performer's `start` has returned.
    """

    id: str
    execution: ExecutionRecord
    stage: str
    declaration: Info
    run: Run
    started: datetime
    updated: datetime
    kind: str | None = None
    job: Job | None = None
    begun: bool = False
    updated_by: str | None = None
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.declaration["name"]

    @property
    def type_id(self) -> Info:
        return self.declaration.get("actionTypeId") or self.declaration["ruleTypeId"]


@dataclass(eq=False)
class ExecutionRecord:
    """One execution. `variables` are the pipeline's, resolved; `namespaces` the actions' output variables.

    `overrides` are the source revisions it was started with, by action; `revisions` those that it found.
    """

    id: str
    pipeline: PipelineRecord
    version: int
    trigger: Info
    started: datetime
    updated: datetime
    variables: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, Info] = field(default_factory=dict)
    revisions: dict[str, Revision] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    actions: list[RunRecord] = field(default_factory=list)
    rules: list[RunRecord] = field(default_factory=list)
    stop_reason: str | None = None

    @property
    def declaration(self) -> Info:
        return self.pipeline.declarations[self.version]

    @property
    def state(self) -> Execution:
        """How it stands."""
        return self.pipeline.engine.executions[self.id]


@dataclass(frozen=True)
class Transition:
    """The last change of a stage's inbound transition."""

    enabled: bool
    by: str
    at: datetime
    reason: str | None = None


@dataclass(eq=False)
class PipelineRecord:
    """A pipeline. `declarations` are all versions of its PipelineDeclaration, by number.

    `runs` are all attempts by id; `latest_actions` is the last at each (stage, action), `latest_rules` at each (stage,
    kind of condition, rule); `tokens` the executions by their clientRequestToken;
    `seen` the revision of each polled or reported source, by its action.
    """

    name: str
    account: str
    region: str
    created: datetime
    updated: datetime
    engine: Pipeline
    declarations: dict[int, Info]
    tags: dict[str, str] = field(default_factory=dict)
    executions: dict[str, ExecutionRecord] = field(default_factory=dict)
    runs: dict[str, RunRecord] = field(default_factory=dict)
    latest_actions: dict[tuple[str, str], RunRecord] = field(default_factory=dict)
    latest_rules: dict[tuple[str, str, str], RunRecord] = field(default_factory=dict)
    transitions: dict[str, Transition] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:codepipeline:{self.region}:{self.account}:{self.name}"

    @property
    def version(self) -> int:
        return self.engine.version

    @property
    def declaration(self) -> Info:
        return self.declarations[self.version]

    def stage(self, name: str) -> Info:
        """The declaration of a stage, as the pipeline is now."""
        found = next((one for one in self.declaration["stages"] if one["name"] == name), None)
        if found is None:
            raise errors.no_stage(self.name, name)
        return found

    def action(self, stage: str, name: str) -> Info:
        """The declaration of an action, as the pipeline is now."""
        found = next((one for one in self.stage(stage)["actions"] if one["name"] == name), None)
        if found is None:
            raise errors.no_action(stage, name)
        return found

    def execution(self, execution_id: str) -> ExecutionRecord:
        if execution_id not in self.executions:
            raise errors.no_execution(self.name, execution_id)
        return self.executions[execution_id]


@dataclass
class Store:
    """All of one account in one region. `action_types` are the custom ones by (category, provider, version)."""

    account: str
    region: str
    pipelines: dict[str, PipelineRecord] = field(default_factory=dict)
    action_types: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    webhooks: dict[str, Any] = field(default_factory=dict)

    def pipeline(self, name: str) -> PipelineRecord:
        if name not in self.pipelines:
            raise errors.no_pipeline(self.account, name)
        return self.pipelines[name]


def new_id() -> str:
    return str(uuid.uuid4())
