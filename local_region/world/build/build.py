# SPDX-License-Identifier: GPL-3.0-or-later
"""One build: source, phases, artifacts; what happens is told to the region as it does."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import buildspec, environment, outputs, phases, runtimes
from . import source as sources
from .buildspec import Buildspec, PhaseSpec
from .log import Log, Masker
from .phases import Failure
from .reading import BuildspecError
from .shell import Shell, UnknownUser
from .wire import Wire

TOP = Path("/codebuild")


class Build:
    """Runs an order, whose keys are those of the region's `Order`; `blobs` are the archives by name, as files."""

    def __init__(self, order: Mapping[str, Any], blobs: Mapping[str, Path], wire: Wire, top: Path = TOP):
        self._order, self._blobs, self._wire, self._top = order, blobs, wire, top
        self._masker = Masker(order["secrets"])
        self._log = Log(lambda lines: wire.send({"log": lines}), self._masker)
        self._output = top / "output" / f"src{random.randint(1, 2**31)}"
        self._source = self._output / "src"
        self._work = top / "output" / "tmp"
        self._spec: Buildspec | None = None
        self._shell: Shell | None = None
        self._exported: dict[str, str] = {}
        self._succeeding, self._last = True, 0
        self._phase_began = time.time()

    def run(self) -> None:
        """From DOWNLOAD_SOURCE to UPLOAD_ARTIFACTS; the last message says how it ended."""
        self._begin("DOWNLOAD_SOURCE", "Phase is DOWNLOAD_SOURCE")
        if self._end("DOWNLOAD_SOURCE", self._prepare()):
            for ended in phases.run_all(self._spec, self._run_command, self._begin_phase):
                self._end(ended.name, ended.failure)
            self._exported = self._shell.values(self._spec.exported)
            self._begin("UPLOAD_ARTIFACTS")
            self._end("UPLOAD_ARTIFACTS", self._upload())
            self._shell.close()
        status = "SUCCEEDED" if self._succeeding else "FAILED"
        self._wire.send({"ended": {"status": status, "exported": self._exported}})

    # --- phases

    def _begin(self, name: str, said: str | None = None) -> None:
        self._phase_began = time.time()
        self._wire.send({"begun": name})
        if said:
            self._log.say(said)

    def _begin_phase(self, name: str, attempt: int) -> None:
        self._begin(name, f"Entering phase {name}" + (f" (retry {attempt})" if attempt else ""))

    def _end(self, name: str, failure: Failure | None) -> bool:
        status = "FAILED" if failure else "SUCCEEDED"
        self._succeeding = self._succeeding and failure is None
        code, message = (failure.code, self._masker(failure.message)) if failure else ("", "")
        self._log.say(f"Phase complete: {name} State: {status}")
        self._log.say(f"Phase context status code: {code} Message: {message}")
        ended = {"name": name, "status": status, "began": self._phase_began, "ended": time.time()}
        self._wire.send({"phase": {**ended, "code": code, "message": message}})
        return failure is None

    # --- DOWNLOAD_SOURCE

    def _prepare(self) -> Failure | None:
        try:
            self._copy_files()
            self._fetch_sources()
            self._spec = self._read_buildspec()
            self._make_shell(self._spec)
            self._restore_cache()
        except BuildspecError as error:
            return Failure("YAML_FILE_ERROR", str(error))
        except environment.Unresolved as error:
            return Failure(error.code, error.message)
        except sources.SourceError as error:
            return Failure("CLIENT_ERROR", str(error))
        return None

    def _copy_files(self) -> None:
        """Certificates of the machine, at the places where its variables look for them."""
        for name, content in self._order["files"].items():
            path = Path(name)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)

    def _directories(self) -> dict[str, Path]:
        """Identifier of a source -> its directory; the primary's is ""."""
        below = {name: self._output / "secondary" / name for name in self._order["secondary_sources"]}
        return {"": self._source} | below

    def _fetch_sources(self) -> None:
        self._output.mkdir(parents=True)
        described = {"": self._order["source"], **self._order["secondary_sources"]}
        for identifier, directory in self._directories().items():
            directory.parent.mkdir(exist_ok=True)
            sources.fetch(
                described[identifier], self._blobs.get(f"source:{identifier}"), directory, self._order["environment"]
            )
            suffix = f"_{identifier}" if identifier else ""
            self._log.say(f"CODEBUILD_SRC_DIR{suffix}={directory}")

    def _read_buildspec(self) -> Buildspec:
        text = self._order["buildspec"]
        path = self._top / "readonly" / "buildspec.yml"
        if text is None:
            path = self._source / self._order["buildspec_path"]
            try:
                text = path.read_text()
            except FileNotFoundError:
                raise BuildspecError(f"stat {path}: no such file or directory") from None
            except (OSError, UnicodeDecodeError) as error:
                raise BuildspecError(f"{path} cannot be read: {error}") from None
        self._log.say(f"YAML location is {path}")
        spec = buildspec.parse(text)
        for warning in spec.warnings:
            self._log.say(warning)
        return spec

    def _make_shell(self, spec: Buildspec) -> None:
        self._log.say("Processing environment variables")
        given = self._order["variables"]
        variables, secrets = environment.resolve(spec, given, self._ask)
        self._masker.add(secrets)
        merged = {**self._order["environment"], **self._built_in(), **variables, **given, **self._source_variables()}
        self._choose_runtimes(spec, merged)
        if not os.access(spec.shell, os.X_OK):
            raise BuildspecError(f"env/shell is {spec.shell}, which the build environment does not have.")
        self._log.say(f"Moving to directory {self._source}")
        self._shell = Shell(spec.shell, self._work, self._source, merged, self._log.output)
        if spec.git_credential_helper:
            self._help_git(merged)
        self._log.say(f"Phases found in YAML: {len(spec.phases)}")
        for name, phase in spec.phases.items():
            self._log.say(f" {name.upper()}: {len(phase.commands)} commands")

    def _built_in(self) -> dict[str, str]:
        """What every build has; the order's variables have more of it."""
        return {
            "CODEBUILD_BUILD_ARN": self._order["arn"],
            "CODEBUILD_BUILD_ID": self._order["id"],
            "CODEBUILD_CI": "true",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": self._order["source"]["subject"],
            "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
            "AWS_REGION": self._order["region"],
            "AWS_DEFAULT_REGION": self._order["region"],
        }

    def _source_variables(self) -> dict[str, str]:
        directories = self._directories().items()
        return {f"CODEBUILD_SRC_DIR{f'_{name}' if name else ''}": str(directory) for name, directory in directories}

    def _choose_runtimes(self, spec: Buildspec, variables: dict[str, str]) -> None:
        path, directories = variables["PATH"], [Path(one) for one in self._order["python_directories"]]
        pythons = runtimes.pythons(spec.runtime_versions.get("python"), directories, path)
        chosen = runtimes.select(spec.runtime_versions, lambda runtime: runtimes.installed(runtime, path, pythons))
        for runtime, version in chosen.items():
            self._log.say(f"Selecting '{runtime}' runtime version '{version}' based on manual selections...")
        if pythons:
            # Where nothing is selected, the first: the one that the region itself runs with.
            version = chosen.get("python") or next(iter(pythons))
            variables["PATH"] = f"{runtimes.commands_of(version, pythons[version], self._top / 'bin')}:{path}"

    def _help_git(self, variables: Mapping[str, str]) -> None:
        """git-credential-helper: the commands of the build may use the source's credentials, too."""
        credentials = self._order["source"].get("credentials")
        if not credentials:
            return
        helper = self._work / "git-credentials"
        helper.touch(0o600)
        helper.write_text(f"#!/bin/sh\ncat <<'END'\nusername={credentials[0]}\npassword={credentials[1]}\nEND\n")
        helper.chmod(0o700)
        home = Path(variables["HOME"])
        (home / ".gitconfig").write_text(f"[credential]\n\thelper = {helper}\n\tUseHttpPath = true\n")

    def _ask(self, kind: str, name: str) -> str:
        self._wire.send({"ask": [kind, name]})
        answer = self._wire.receive()
        if "error" in answer:
            raise LookupError(answer["error"])
        return answer["value"]

    def _restore_cache(self) -> None:
        if archive := self._blobs.get("cache"):
            self._log.say("Restoring the cache")
            outputs.restore_cache(archive, self._source)

    # --- commands

    def _run_command(self, command: str, phase: PhaseSpec) -> Failure | None:
        self._log.say(f"Running command {command}")
        self._log.forget_tail()
        if not self._spec.one_shell:
            self._shell.forget()
        try:
            self._last = self._shell.run(command, phase.run_as, self._succeeding, self._last)
        except UnknownUser as error:
            return Failure("CLIENT_ERROR", str(error))
        self._log.end_of_output()
        if self._last == 0:
            return None
        self._succeeding = False
        shown = command.strip()
        self._log.say(f"Command did not exit successfully {shown} exit status {self._last}")
        message = f"Error while executing command: {shown}. Reason: exit status {self._last}"
        return Failure("COMMAND_EXECUTION_ERROR", message, self._log.tail())

    # --- UPLOAD_ARTIFACTS

    def _upload(self) -> Failure | None:
        """Attempted whatever happened before: reports of failed tests are worth the most."""
        failures = [*self._upload_reports(), *self._upload_artifacts()]
        if self._order["keeps_cache"]:
            self._save_cache()
        return Failure("CLIENT_ERROR", "; ".join(failures)) if failures else None

    def _upload_artifacts(self) -> list[str]:
        failures, wanted = [], self._order["artifacts"]
        for identifier, spec in self._spec.artifacts.items():
            if wanted is not None and identifier not in wanted:
                continue
            archive = self._work / "artifact.zip"
            try:
                files = outputs.artifact(spec, self._source, archive, self._log.say)
            except outputs.NothingFound as error:
                failures.append(f"{error}" + (f" for the secondary artifact {identifier}" if identifier else ""))
                continue
            names = {"name": self._expanded(spec.name), "s3_prefix": self._expanded(spec.s3_prefix)}
            self._wire.send({"artifact": {"identifier": identifier, "files": files, **names}}, archive)
            archive.unlink()
        return failures

    def _expanded(self, text: str | None) -> str | None:
        """A name of the buildspec in which the shell fills in what is to be: $(date +%Y-%m-%d), $CODEBUILD_..."""
        if text is None or not set(text) & set("$`"):
            return text
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        with suppress(UnknownUser):
            self._shell.run(f'codebuild_name="{quoted}"')
            return self._shell.values(["codebuild_name"])["codebuild_name"].strip() or None

    def _upload_reports(self) -> list[str]:
        failures = []
        for group, spec in self._spec.reports.items():
            self._log.say(f"Preparing to copy report {group}")
            try:
                files = outputs.report(spec, self._source, self._log.say)
            except outputs.NothingFound as error:
                failures.append(f"Error in UPLOAD_ARTIFACTS phase: [{group}: [{error}]]")
                continue
            for name, path in files.items():
                self._wire.send({"report": {"group": group, "format": spec.format, "path": name}}, path)
        return failures

    def _save_cache(self) -> None:
        paths = self._spec.cache_paths
        if not paths:
            self._log.say("Unable to initialize cache upload: no paths specified to be cached")
            return
        archive = self._work / "cache.tar.gz"
        if outputs.save_cache(paths, self._source, archive, self._log.say):
            self._wire.send({"cache": True}, archive)
