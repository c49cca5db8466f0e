# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeBuild remembers: one `Store` per account and region.

`Info` is the API's own structure, member names included: a Project, a Build ... is kept as it is shown.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_region.services.codebuild import errors
from local_region.services.codebuild.builder import Output, Running
from local_region.services.codebuild.report_records import GroupRecord, ReportRecord

if TYPE_CHECKING:
    from local_region.services.codebuild.batch_records import BatchRecord

Info = dict[str, Any]


# Deliveries that a webhook remembers.
MOST_DELIVERIES = 1000


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(eq=False)
class WebhookRecord:
    """A project's webhook. `info` is its Webhook without addresses and secret; `token` is the part of its address that
    nobody guesses. `deliveries` are the last ones by their number, with the id of what each has started."""

    info: Info
    secret: str = field(default_factory=lambda: secrets.token_hex(20))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    deliveries: dict[str, str | None] = field(default_factory=dict)

    def remember(self, number: str, started: str | None) -> None:
        """A delivery that comes again starts nothing again."""
        self.deliveries[number] = started
        for oldest in list(self.deliveries)[:-MOST_DELIVERIES]:
            del self.deliveries[oldest]


@dataclass(frozen=True)
class CredentialRecord:
    """What was imported for a server. `info` is its SourceCredentialsInfo."""

    info: Info
    token: str = field(repr=False)
    username: str | None = None


@dataclass(eq=False)
class ProjectRecord:
    """A project. `info` is its Project, `builds` and `batches` are the numbers of its last build and batch.

    `tokens` are the idempotency tokens of its builds: what was asked, the id of what came of it, and when, in service
    seconds. `cache_key` changes when the cache is invalidated.
    """

    info: Info
    builds: int = 0
    batches: int = 0
    tokens: dict[str, tuple[Info, str, float]] = field(default_factory=dict)
    cache_key: str = field(default_factory=new_id)
    webhook: WebhookRecord | None = None

    @property
    def name(self) -> str:
        return self.info["name"]

    def forget_cache(self) -> None:
        self.cache_key = new_id()


@dataclass(frozen=True)
class Handover:
    """What a pipeline's action gives a build, and takes from it, by identifier; the primary's is "".

    `wanted` are the identifiers of the artifacts that it takes. `put(identifier, zip)` stores one and returns where; it
    raises LookupError, with a sentence, for one that nobody wants.
    """

    sources: Mapping[str, bytes]
    versions: Mapping[str, str]
    wanted: frozenset[str]
    put: Callable[[str, bytes], str]


@dataclass(frozen=True)
class Origin:
    """Where a build comes from: who began it, and what it is given beside its settings.

    `own_uuid` is of a build that the API and events do not show. `retries` counts automatic retries, `of` is the ARN of
    the build that this one retries. Builds of a batch have `batch_arn`; those that `collect` keep their artifacts for
    the batch to put together. `variables` are further ones of the build environment.
    """

    initiator: str
    handover: Handover | None = None
    own_uuid: str | None = None
    retries: int = 0
    of: str | None = None
    batch_arn: str | None = None
    collects: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class BuildRecord:
    """A build. `info` is its Build, `settings` the project's as the build's overrides have changed them.

    `queued` is when it came, in service seconds. `asked` is what StartBuild got. `running` is None until the builder
    has it and after its end; `finished` are called, without the lock, when it is over. `archives` are the artifacts of
    one that collects them.
    """

    info: Info
    settings: Info
    project: ProjectRecord
    asked: Info
    queued: float
    origin: Origin
    stopping: bool = False
    running: Running | None = None
    archives: dict[str, Output] = field(default_factory=dict)
    finished: list[Callable[[BuildRecord], None]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.info["id"]

    @property
    def handover(self) -> Handover | None:
        return self.origin.handover

    @property
    def hidden(self) -> bool:
        return self.origin.own_uuid is not None

    @property
    def uuid(self) -> str:
        return self.id.rpartition(":")[2]

    @property
    def complete(self) -> bool:
        return self.info["buildComplete"]


@dataclass(eq=False)
class Store:
    """CodeBuild in one account and region. Builds are in the order in which they came; policies are by ARN,
    credentials by server type, fleets by name."""

    account: str
    region: str
    projects: dict[str, ProjectRecord] = field(default_factory=dict)
    builds: dict[str, BuildRecord] = field(default_factory=dict)
    batches: dict[str, BatchRecord] = field(default_factory=dict)
    report_groups: dict[str, GroupRecord] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    credentials: dict[str, CredentialRecord] = field(default_factory=dict)
    fleets: dict[str, Info] = field(default_factory=dict)

    def arn(self, resource: str) -> str:
        """`arn:aws:codebuild:<region>:<account>:<resource>`."""
        return f"arn:aws:codebuild:{self.region}:{self.account}:{resource}"

    def project(self, name: str) -> ProjectRecord:
        """The project of a name or an ARN; raises ResourceNotFoundException."""
        name = name.rpartition(":project/")[2]
        if name not in self.projects:
            raise errors.not_found(f"Project cannot be found: {self.arn(f'project/{name}')}")
        return self.projects[name]

    def find_build(self, build_id: str) -> BuildRecord | None:
        """The build of an id or an ARN."""
        return self.builds.get(build_id.rpartition(":build/")[2])

    def build(self, build_id: str) -> BuildRecord:
        """As `find_build`; raises InvalidInputException or ResourceNotFoundException."""
        if ":" not in build_id:
            raise errors.invalid("Invalid build ID provided")
        found = self.find_build(build_id)
        if found is None:
            raise errors.not_found(f"Build {build_id} does not exist")
        return found

    def find_batch(self, batch_id: str) -> BatchRecord | None:
        """The batch of an id or an ARN."""
        return self.batches.get(batch_id.rpartition(":build-batch/")[2])

    def batch(self, batch_id: str) -> BatchRecord:
        """As `find_batch`; raises ResourceNotFoundException."""
        found = self.find_batch(batch_id)
        if found is None:
            raise errors.not_found(f"Build batch {batch_id} does not exist")
        return found

    def find_report_group(self, arn: str) -> GroupRecord | None:
        group = self.report_groups.get(arn.rpartition(":report-group/")[2])
        return group if group and group.info["arn"] == arn else None

    def report_group(self, arn: str) -> GroupRecord:
        """Raises ResourceNotFoundException."""
        found = self.find_report_group(arn)
        if found is None:
            raise errors.not_found(f"Report group {arn} does not exist")
        return found

    def find_report(self, arn: str) -> ReportRecord | None:
        return next((group.reports[arn] for group in self.report_groups.values() if arn in group.reports), None)
