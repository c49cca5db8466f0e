# SPDX-License-Identifier: GPL-3.0-or-later
"""What performs an action of a pipeline, or evaluates a rule of a condition.

A new kind of action is a subclass of `Performer` that is added to the service's registry:

    codepipeline.actions.add(CodeBuildAction(codebuild))

Performers are called outside the service's lock and may take their time in `start`. `poll` of a job is called by one
thread only, after `start` has returned; `abandon` comes once, at any time after that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_region.protocol import ServiceError

Info = dict[str, Any]

HOUR, DAY = 3600.0, 86400.0


@dataclass(frozen=True)
class Property:
    """A key of an action's configuration."""

    name: str
    required: bool = False
    secret: bool = False
    key: bool = False
    queryable: bool = False
    description: str | None = None
    type: str | None = None

    def shown(self) -> Info:
        """ActionConfigurationProperty, or RuleConfigurationProperty."""
        optional = {"description": self.description, "type": self.type}
        return {
            "name": self.name,
            "required": self.required,
            "key": self.key,
            "secret": self.secret,
            "queryable": self.queryable,
        } | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True)
class Type:
    """An action type, or a rule type (category Rule). `timeout` is the default, in service seconds.

    `inputs` and `outputs` are the least and the greatest number of artifacts. With `open_properties` the configuration
    may have keys that are not among the properties.
    """

    category: str
    provider: str
    properties: tuple[Property, ...] = ()
    inputs: tuple[int, int] = (0, 0)
    outputs: tuple[int, int] = (0, 0)
    owner: str = "AWS"
    version: str = "1"
    timeout: float = HOUR
    settings: Mapping[str, str] = field(default_factory=dict)
    open_properties: bool = False

    @property
    def id(self) -> Info:
        return {"category": self.category, "owner": self.owner, "provider": self.provider, "version": self.version}

    def shown(self) -> Info:
        """ActionType of the API."""
        return {
            "id": self.id,
            "settings": dict(self.settings),
            "actionConfigurationProperties": [one.shown() for one in self.properties],
            "inputArtifactDetails": counts(self.inputs),
            "outputArtifactDetails": counts(self.outputs),
        }


def counts(limits: tuple[int, int]) -> Info:
    """ArtifactDetails of the API."""
    return {"minimumCount": limits[0], "maximumCount": limits[1]}


@dataclass(frozen=True)
class Revision:
    """What a source action found."""

    id: str
    summary: str | None = None
    url: str | None = None
    change_id: str | None = None


@dataclass(frozen=True)
class Artifact:
    """A zip in an artifact bucket."""

    name: str
    bucket: str
    key: str
    revision: Revision | None = None


@dataclass(frozen=True)
class Succeeded:
    """The action has succeeded. `revision` is for source actions, `variables` are the action's output variables."""

    variables: Mapping[str, str] = field(default_factory=dict)
    revision: Revision | None = None


@dataclass(frozen=True)
class Failed:
    """The action has failed. `code` is a FailureType of the API (JobFailed, ConfigurationError, ...)."""

    message: str
    code: str = "JobFailed"


Outcome = Succeeded | Failed


@dataclass(eq=False)
class Job:
    """One attempt at an action or rule, as its performer gets it. `id` is the actionExecutionId or ruleExecutionId.

    `configuration` is resolved: no references are left. `account` and `region` are where the action acts. `inputs` are
    the artifacts it is given, `outputs` where those it makes belong, both in the order of the declaration.
    `source_revision` is the override that the execution was started with (revisionType, revisionValue). `deadline` is
    in service seconds.

    The performer may say at any time how it goes: `external_id`, `external_url`, `summary`, `percent`, `log_stream`.
    `memory` is its own. `read(artifact)` gives an artifact's bytes, `write(artifact, data)` stores one.
    """

    id: str
    account: str
    region: str
    pipeline: str
    pipeline_region: str
    execution_id: str
    stage: str
    declaration: Info
    role_arn: str
    configuration: dict[str, str]
    inputs: list[Artifact]
    outputs: list[Artifact]
    read: Callable[[Artifact], bytes]
    write: Callable[[Artifact, bytes], None]
    encryption_key: Info | None = None
    source_revision: Info | None = None
    deadline: float | None = None
    external_id: str | None = None
    external_url: str | None = None
    summary: str | None = None
    percent: int | None = None
    log_stream: str | None = None
    token: str | None = None
    memory: Info = field(default_factory=dict)

    @property
    def action(self) -> str:
        return self.declaration["name"]


class Performer:
    """Base of all performers; `type` says which actions it performs."""

    type: Type

    def check(self, declaration: Info) -> None:
        """Refuses, as the pipeline is made, an ActionDeclaration that can't be performed: raises ServiceError."""

    def declared(self, declaration: Info) -> None:
        """A pipeline with this ActionDeclaration has been made or updated. The service's lock is held."""

    def start(self, job: Job) -> Outcome | None:
        """Begins. None: it is under way, and either `poll` will tell or the outcome comes through the API."""
        raise NotImplementedError

    def poll(self, job: Job) -> Outcome | None:
        """How it stands, asked every now and then; None while it is under way."""
        return None

    def abandon(self, job: Job) -> None:
        """Nobody waits for it any more. What it has set in motion elsewhere goes on, as on AWS."""

    def current_revision(self, account: str, region: str, declaration: Info) -> str | None:
        """For polled sources: the revision that is there now; None where nothing is, or nobody wants polling."""
        return None


def bad_action(message: str) -> ServiceError:
    return ServiceError("InvalidActionDeclarationException", message)
