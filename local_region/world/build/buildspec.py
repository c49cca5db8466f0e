# SPDX-License-Identifier: GPL-3.0-or-later
"""The build specification: YAML in, checked values out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from .reading import BuildspecError, Section

PHASES = ("install", "pre_build", "build", "post_build")
SHELLS = {"sh": "/bin/sh", "/bin/sh": "/bin/sh", "bash": "/bin/bash", "/bin/bash": "/bin/bash"}
REPORT_FORMATS = (
    *("CLOVERXML", "COBERTURAXML", "CUCUMBERJSON", "JACOCOXML", "JUNITXML", "NUNITXML", "NUNIT3XML"),
    *("SIMPLECOV", "TESTNGXML", "VISUALSTUDIOTRX"),
)
RETRIES = 3  # of on-failure: RETRY without a count
MOST_RETRIES = 100
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RETRY = re.compile(r"RETRY(?:-(\d+))?(?:-(.+))?", re.DOTALL)


@dataclass(frozen=True)
class OnFailure:
    """What follows when a phase fails. `action` is ABORT, CONTINUE, RETRY, or None: as the phase transitions say.

    `retries` and `pattern` (a regular expression that the error must match) are RETRY's.
    """

    action: str | None = None
    retries: int = 0
    pattern: str = ".*"


@dataclass(frozen=True)
class PhaseSpec:
    """The commands of one phase."""

    commands: tuple[str, ...] = ()
    finally_commands: tuple[str, ...] = ()
    on_failure: OnFailure = field(default_factory=OnFailure)
    run_as: str | None = None


@dataclass(frozen=True)
class ArtifactSpec:
    """The files of one artifact: glob patterns below `base_directory`, which is a pattern, too."""

    files: tuple[str, ...] = ()
    base_directory: str | None = None
    discard_paths: bool = False
    exclude_paths: tuple[str, ...] = ()
    name: str | None = None
    enable_symlinks: bool = False
    s3_prefix: str | None = None


@dataclass(frozen=True)
class ReportSpec:
    """The report files that go to one report group, by name or ARN."""

    files: tuple[str, ...]
    base_directory: str | None = None
    format: str = "JUNITXML"
    discard_paths: bool = False


@dataclass(frozen=True)
class Buildspec:
    """A whole specification. `warnings` are sentences about what is in it and has no effect."""

    version: str
    shell: str = SHELLS["sh"]
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    git_credential_helper: bool = False
    runtime_versions: Mapping[str, str] = field(default_factory=dict)
    phases: Mapping[str, PhaseSpec] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactSpec] = field(default_factory=dict)  # the primary one's identifier is ""
    reports: Mapping[str, ReportSpec] = field(default_factory=dict)
    cache_paths: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def one_shell(self) -> bool:
        """Whether all commands share a shell; version 0.1 runs each in its own."""
        return self.version != "0.1"


def parse(text: str) -> Buildspec:
    """Raises `BuildspecError` for what CodeBuild, or this runner, cannot run."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"The buildspec is no YAML: {' '.join(str(error).split())}") from None
    if document is None:
        raise BuildspecError("The buildspec is empty: it needs at least a version and phases.")
    warnings: list[str] = []
    top = Section("", document, warnings)
    version = top.text("version")
    if version not in ("0.1", "0.2"):
        raise BuildspecError(f"The buildspec's version is {version or 'missing'}: it must be 0.1 or 0.2.")
    top.get("batch")  # the service's: each build of a batch is one build here
    _refuse_proxy(top.section("proxy"))
    run_as = top.text("run-as")
    phases = top.section("phases")
    runtimes = _runtime_versions(phases)
    spec = Buildspec(
        version=version,
        **_env(top.section("env")),
        runtime_versions=runtimes,
        phases=_phases(phases, run_as, warnings),
        artifacts=_artifacts(top.section("artifacts"), warnings),
        reports=_reports(top.section("reports"), warnings),
        cache_paths=_cache_paths(top.section("cache")),
        warnings=(),
    )
    top.warn_of_the_rest()
    return Buildspec(**{**vars(spec), "warnings": tuple(warnings)})


def _refuse_proxy(section: Section) -> None:
    for key in ("upload-artifacts", "logs"):
        if section.flag(key):
            raise BuildspecError(f"proxy/{key} is yes: the local region has no proxy server for builds. Set it to no.")
    section.warn_of_the_rest()


def _env(section: Section) -> dict:
    shell = section.text("shell")
    if shell is not None and shell not in SHELLS:
        raise BuildspecError(f"env/shell is {shell}: on Linux it must be bash or /bin/sh.")
    given = {
        "shell": SHELLS[shell or "sh"],
        "variables": section.pairs("variables"),
        "parameters": section.pairs("parameter-store"),
        "secrets": section.pairs("secrets-manager"),
        "exported": section.texts("exported-variables"),
        "git_credential_helper": section.flag("git-credential-helper"),
    }
    for name in (*given["variables"], *given["parameters"], *given["secrets"], *given["exported"]):
        if not _NAME.fullmatch(name):
            raise BuildspecError(f"env has a variable {name!r}: a name is letters, digits and _, no digit first.")
    section.warn_of_the_rest()
    return given


def _runtime_versions(phases: Section) -> Mapping[str, str]:
    install = phases.section("install") if "install" in phases else Section("phases/install", None, [])
    return install.pairs("runtime-versions")


def _phases(section: Section, run_as: str | None, warnings: list[str]) -> dict[str, PhaseSpec]:
    for name in section.keys():  # noqa: SIM118  (a method of ours)
        if name not in PHASES:
            raise BuildspecError(
                f"Invalid buildspec phase name found: {name}. Expecting: build,install,post_build,pre_build"
            )
    found = {name: _phase(name, section.section(name), run_as) for name in PHASES if name in section}
    if not any(phase.commands for phase in found.values()):
        warnings.append("The buildspec has no commands.")
    return found


def _phase(name: str, section: Section, run_as: str | None) -> PhaseSpec:
    section.get("runtime-versions")
    phase = PhaseSpec(
        commands=section.texts("commands"),
        finally_commands=section.texts("finally"),
        on_failure=on_failure(section.text("on-failure"), f"phases/{name}/on-failure"),
        run_as=section.text("run-as") or run_as,
    )
    section.warn_of_the_rest()
    return phase


def on_failure(text: str | None, called: str = "on-failure") -> OnFailure:
    """ABORT, CONTINUE, RETRY, RETRY-count, RETRY-regex or RETRY-count-regex."""
    if text is None:
        return OnFailure()
    if text in ("ABORT", "CONTINUE"):
        return OnFailure(text)
    match = _RETRY.fullmatch(text)
    if match is None:
        raise BuildspecError(f"{called} is {text}: it must be ABORT, CONTINUE, RETRY or RETRY-count, such as RETRY-2.")
    retries, pattern = int(match[1]) if match[1] else RETRIES, match[2] or ".*"
    if retries > MOST_RETRIES:
        raise BuildspecError(f"{called} is {text}: the count must be between 0 and {MOST_RETRIES}.")
    try:
        re.compile(pattern)
    except re.error as error:
        raise BuildspecError(f"{called} is {text}: {pattern} is no regular expression ({error}).") from None
    return OnFailure("RETRY", retries, pattern)


def _artifacts(section: Section, warnings: list[str]) -> dict[str, ArtifactSpec]:
    secondary = section.section("secondary-artifacts")
    found = {}
    if "files" in section:
        found[""] = _artifact(section, "artifacts")
    elif section.keys() and not secondary.keys():
        raise BuildspecError("artifacts has no files: name at least one, such as '**/*'.")
    for identifier in secondary.keys():  # noqa: SIM118  (a method of ours)
        one = secondary.section(identifier)
        found[identifier] = _artifact(one, f"artifacts/secondary-artifacts/{identifier}")
        one.warn_of_the_rest()
    section.get("secondary-artifacts")
    section.warn_of_the_rest()
    return found


def _artifact(section: Section, called: str) -> ArtifactSpec:
    artifact = ArtifactSpec(
        files=section.texts("files"),
        base_directory=section.text("base-directory"),
        discard_paths=section.flag("discard-paths"),
        exclude_paths=section.texts("exclude-paths"),
        name=section.text("name"),
        enable_symlinks=section.flag("enable-symlinks"),
        s3_prefix=section.text("s3-prefix"),
    )
    if not artifact.files:
        raise BuildspecError(f"{called} has no files: name at least one, such as '**/*'.")
    return artifact


def _reports(section: Section, warnings: list[str]) -> dict[str, ReportSpec]:
    found = {}
    for group in section.keys():  # noqa: SIM118  (a method of ours)
        one = section.section(group)
        form = (one.text("file-format") or "JUNITXML").upper()
        if form not in REPORT_FORMATS:
            raise BuildspecError(
                f"reports/{group}/file-format is {form}: it must be one of {', '.join(REPORT_FORMATS)}."
            )
        report = ReportSpec(one.texts("files"), one.text("base-directory"), form, one.flag("discard-paths"))
        if not report.files:
            raise BuildspecError(f"reports/{group} has no files: name at least one, such as '**/*'.")
        one.warn_of_the_rest()
        found[group] = report
    return found


def _cache_paths(section: Section) -> tuple[str, ...]:
    paths = section.texts("paths")
    section.warn_of_the_rest()
    return paths
