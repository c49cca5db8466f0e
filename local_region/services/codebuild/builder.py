# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeBuild needs of whoever runs its builds: an order goes in, a build says how it goes, a result comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

# Asked for the buildspec's parameters and secrets: kind is PARAMETER_STORE or SECRETS_MANAGER, name as written there
# (of a secret `id:json-key:version-stage:version-id`). Raises LookupError, with a sentence, for what is not there.
Resolve = Callable[[str, str], str]


@dataclass(frozen=True)
class Source:
    """The files of a build, by one of the three: a zip, a git repository at a commit, or none.

    `subject` is what the build calls its source version (CODEBUILD_RESOLVED_SOURCE_VERSION). `credentials` are user and
    password for the repository.
    """

    archive: bytes | None = None
    git_url: str | None = None
    commit: str | None = None
    clone_depth: int = 0
    submodules: bool = False
    subject: str = ""
    credentials: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Order:
    """A build that is to run. Times are in real seconds.

    `buildspec` is its text; without it `buildspec_path` names a file in the source. `variables` are the environment,
    parameters and secrets resolved; `secrets` are values that logs must not show. `artifacts` are the identifiers of
    those that are wanted ("" is the primary's), None means all of the buildspec's. `cache` is what a build before has
    left; with `keeps_cache` the files at the buildspec's cache paths are wanted back.
    """

    id: str
    arn: str
    account: str
    region: str
    project: str
    source: Source
    secondary_sources: Mapping[str, Source] = field(default_factory=dict)
    buildspec: str | None = None
    buildspec_path: str = "buildspec.yml"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)
    resolve: Resolve | None = None
    timeout: float = 3600.0
    artifacts: frozenset[str] | None = None
    cache: bytes | None = None
    keeps_cache: bool = False
    role_arn: str | None = None
    privileged: bool = False


@dataclass(frozen=True)
class Phase:
    """A phase that has ended. `name` and `status` are CodeBuild's (INSTALL, SUCCEEDED ...), `code` of the failure's
    context such as COMMAND_EXECUTION_ERROR, `message` what it says. Times are seconds since 1970."""

    name: str
    status: str
    began: float
    ended: float
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Output:
    """The files of one artifact, already picked as the buildspec says: path in the artifact -> content, and its mode.

    `name` and `s3_prefix` are the buildspec's, where it gives them. `archive` is the zip of them.
    """

    archive: bytes
    files: int
    name: str | None = None
    s3_prefix: str | None = None


@dataclass(frozen=True)
class ReportFiles:
    """The files of one report group of the buildspec: path -> content. `format` is CodeBuild's (JUNITXML ...)."""

    group: str
    format: str
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Result:
    """A build's end. `status` is CodeBuild's: SUCCEEDED, FAILED, FAULT, TIMED_OUT or STOPPED.

    `artifacts` are by identifier, the primary's is "". `exported` are the variables that the buildspec exports.
    """

    status: str
    exported: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, Output] = field(default_factory=dict)
    reports: tuple[ReportFiles, ...] = ()
    cache: bytes | None = None


class Listener(Protocol):
    """Hears how a build goes, from one thread, in order; `ended` is last.

    The phases are PROVISIONING to UPLOAD_ARTIFACTS, in which artifacts, reports and the cache are picked; those before
    and after are the service's. It stores what was picked, so UPLOAD_ARTIFACTS may still fail after it was told of.
    """

    def begun(self, phase: str) -> None:
        """A phase begins."""

    def phase(self, phase: Phase) -> None:
        """A phase has ended."""

    def log(self, lines: list[str]) -> None:
        """What the build has printed since; secrets are masked."""

    def ended(self, result: Result) -> None:
        """The build is over and its host gone."""


class Running(Protocol):
    """A build under way."""

    def stop(self) -> None:
        """Ends it soon, with the status STOPPED. Does nothing when it is over."""


class Builder(Protocol):
    """Runs builds."""

    def start(self, order: Order, listener: Listener) -> Running:
        """Begins at once and returns."""
