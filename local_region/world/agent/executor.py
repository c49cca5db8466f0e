# SPDX-License-Identifier: GPL-3.0-or-later
"""What each command does on the host."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import appspec, bundle, hooks, install
from .appspec import AppSpec, Script
from .envelope import Specification
from .errors import CommandFailed, ErrorCode
from .instructions import InstructionError
from .revisions import Deployment, Revisions

LAST_SUCCESSFUL, MOST_RECENT, NEW = "last successful", "most recent", "new"

HOOK_EVENTS = {  # event -> the revision whose scripts run
    "BeforeBlockTraffic": LAST_SUCCESSFUL,
    "AfterBlockTraffic": LAST_SUCCESSFUL,
    "ApplicationStop": LAST_SUCCESSFUL,
    "BeforeInstall": NEW,
    "AfterInstall": NEW,
    "ApplicationStart": NEW,
    "ValidateService": NEW,
    "BeforeAllowTraffic": NEW,
    "AfterAllowTraffic": NEW,
}
# The rollback of a blue/green deployment goes back to hosts that nothing new was installed on.
BLUE_GREEN_ROLLBACK = HOOK_EVENTS | {
    "BeforeBlockTraffic": MOST_RECENT,
    "AfterBlockTraffic": MOST_RECENT,
    "BeforeAllowTraffic": LAST_SUCCESSFUL,
    "AfterAllowTraffic": LAST_SUCCESSFUL,
}

_FAILURES = (
    appspec.AppSpecError,
    bundle.BundleError,
    install.InstallError,
    InstructionError,
    OSError,
    UnicodeDecodeError,
)


@dataclass(frozen=True)
class _Hook:
    """The scripts of an event and where they are."""

    archive: Path
    scripts: tuple[Script, ...]


class Executor:
    """Carries out commands. Commands of different deployments may run at the same time."""

    def __init__(self, revisions: Revisions, bucket: bundle.Bucket):
        self._revisions = revisions
        self._bucket = bucket

    def is_noop(self, command: str, spec: Specification) -> bool:
        """Whether nothing is to be done on this host for the command. Raises `CommandFailed`."""
        if command in ("DownloadBundle", "Install"):
            return False
        if command not in HOOK_EVENTS:
            return True
        try:
            hook = self._hook(command, spec)
        except _FAILURES as error:
            raise CommandFailed(str(error)) from error
        return hook is None or not hook.scripts

    def execute(self, command: str, spec: Specification) -> None:
        """Does the work of one command; raises `CommandFailed`."""
        work = {"DownloadBundle": self._download, "Install": self._install}.get(command)
        if work is None and command not in HOOK_EVENTS:
            raise CommandFailed(f"The agent does not know the command {command}.")
        try:
            self._revisions.of(spec).directory.mkdir(parents=True, exist_ok=True)
            if work:
                work(spec)
            else:
                self._run_hook(command, spec)
        except _FAILURES as error:
            raise CommandFailed(str(error), ErrorCode.UNKNOWN) from error

    def _download(self, spec: Specification) -> None:
        self._revisions.remove_old(spec)
        deployment = self._revisions.of(spec)
        kept = self._revisions.last_successful(spec.group_id) if spec.restart else None
        if kept and kept.bundle.exists():
            shutil.copyfile(kept.bundle, deployment.bundle)
        else:
            self._bucket.download(spec.revision, deployment.bundle)
        if deployment.archive.exists():
            shutil.rmtree(deployment.archive)
        bundle.unpack(deployment.bundle, spec.revision.bundle_type, deployment.archive)
        self._revisions.note_most_recent(spec)

    def _install(self, spec: Specification) -> None:
        deployment = self._revisions.of(spec)
        parsed = appspec.parse(deployment.appspec_text(spec.appspec_name, ("appspec.yaml", "appspec.yml")))
        _check_hook_names(parsed, spec)
        group = spec.group_id
        install.install(deployment.archive, parsed, spec.file_exists_behavior, self._revisions.instructions, group)
        self._revisions.note_last_successful(spec)

    def _run_hook(self, event: str, spec: Specification) -> None:
        hook = self._hook(event, spec)
        if hook is None or not hook.scripts:
            return
        log = hooks.ScriptLog(self._revisions.of(spec).script_log, spec.deployment_id)
        try:
            hooks.run(event, hook.scripts, hook.archive, environment(event, spec), log)
        finally:
            log.close()

    def _hook(self, event: str, spec: Specification) -> _Hook | None:
        deployment = self._deployment_of_hook(event, spec)
        if deployment is None:
            return None
        parsed = appspec.parse(deployment.appspec_text(spec.appspec_name))
        return _Hook(deployment.archive, parsed.hooks.get(event, ()))

    def _deployment_of_hook(self, event: str, spec: Specification) -> Deployment | None:
        current = self._revisions.of(spec)
        if current.archive.exists():
            return current
        rolls_back = spec.creator == "codeDeployRollback" and spec.deployment_type == "BLUE_GREEN"
        which = (BLUE_GREEN_ROLLBACK if rolls_back else HOOK_EVENTS)[event]
        if which == LAST_SUCCESSFUL:
            return self._revisions.last_successful(spec.group_id)
        if which == MOST_RECENT:
            return self._revisions.most_recent(spec.group_id)
        return current


def environment(event: str, spec: Specification) -> dict[str, str]:
    """What a script is told about its deployment."""
    revision = spec.revision
    return {
        "LIFECYCLE_EVENT": event,
        "DEPLOYMENT_ID": spec.deployment_id,
        "APPLICATION_NAME": spec.application,
        "DEPLOYMENT_GROUP_NAME": spec.group_name,
        "DEPLOYMENT_GROUP_ID": spec.group_id,
        "BUNDLE_BUCKET": revision.bucket,
        "BUNDLE_KEY": revision.key,
        "BUNDLE_VERSION": revision.version or "",
        "BUNDLE_ETAG": revision.etag or "",
    }


def _check_hook_names(parsed: AppSpec, spec: Specification) -> None:
    if spec.possible_events is None:
        return
    unknown = sorted(set(parsed.hooks) - set(spec.possible_events))
    if unknown:
        raise appspec.AppSpecError(f"The AppSpec's hooks name unknown lifecycle events: {', '.join(unknown)}.")
