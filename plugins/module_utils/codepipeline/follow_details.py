# Copyright: Contributors to the convoy.delivery project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What goes on inside an action: the phases and the log of a build, the hosts of a deployment.

A detail is looked at while its action runs and once more when it has ended; it prints what changes. Who may not read
CodeBuild, CodeDeploy or CloudWatch Logs can still follow the pipeline: then a warning says what is missing.
"""

from __future__ import annotations

from typing import Any

from ..codebuild.builds import BUILD, BUILD_BATCH, read
from ..codebuild.failure import FAILED, explain_batch, explain_build, failed_phase, status_of
from ..codebuild.log import LAST_LINES, LiveLog, readable_last_lines
from ..codebuild.log import name_of as log_of
from ..codedeploy import follow as deployments
from ..codedeploy import progress
from ..codedeploy.deployment_calls import Deployments
from ..engine.errors import ApiError
from ..engine.progress import Event as Line
from .report import Action

# The phases that run the buildspec; the others are told about only when they fail.
OF_THE_BUILDSPEC = ("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD")
SHORTEST, SHARE = 2.0, 0.2  # seconds between two looks at a build; of the time since its last news


def detail_of(context, action: Action, region: str, build_log: str, silent: bool = False) -> Detail | None:
    """The detail of an action, or None where there is none to be read (yet). A ``silent`` one prints nothing."""
    if silent and build_log == "live":
        build_log = "failed"
    if action.region not in ("", region):
        return None
    if action.provider == "CodeBuild" and action.external_id:
        return BuildDetail(context, action, silent, build_log)
    if action.provider == "CodeDeploy" and action.category == "Deploy" and action.external_id:
        return DeploymentDetail(context, action, silent)
    if action.provider == "Commands" and action.log_stream_arn:
        return CommandsDetail(context, action, silent, build_log)
    return None


class Detail:
    """What goes on inside one action. ``look`` returns something that differs when there is news."""

    def __init__(self, context, action: Action, silent: bool = False):
        self.context, self.action, self._silent = context, action, silent
        self.unread = ""  # why it cannot be looked into
        self._state: Any = None

    def look(self) -> Any:
        """Reads, prints what is new, and returns what was seen."""
        if not self.unread:
            try:
                self._state = self._look()
            except ApiError as error:
                self.unread = f"{self.action.stage}/{self.action.name} cannot be looked into: {error}"
                self.context.warn(self.unread)
        return self._state

    def due(self, quiet: float) -> float | None:
        """Seconds until the next look is worth its price; None when it has no opinion. ``quiet``: since news."""
        return None

    def result(self) -> dict[str, Any]:
        """What it adds to the action's result."""
        return {}

    def explanation(self, timeout: float) -> str:
        """Why the action failed; "" when it does not know. ``timeout``: seconds for a rollback to end.

        May raise ApiError.
        """
        return ""

    def _look(self) -> Any:
        raise NotImplementedError

    def _print(self, line: Line) -> None:
        if not self._silent:
            self.context.progress.emit(line)


class BuildDetail(Detail):
    """A build, or a batch of builds, of a CodeBuild action. ``build_log``: none, failed or live."""

    def __init__(self, context, action: Action, silent: bool, build_log: str):
        super().__init__(context, action, silent)
        self._build_log = build_log
        self._build: dict[str, Any] = {}
        self._told: set[str] = set()
        self._tail: list[str] | None = None
        self._log = LiveLog(context) if build_log == "live" else None

    def _look(self) -> Any:
        self._build = _build(self.context, self.action) or self._build
        for phase in self._build.get("phases") or []:
            self._tell(phase)
        lines = self._log.show(self._build) if self._log else 0
        return (self._build.get("current_phase"), status_of(self._build), len(self._told), lines)

    def due(self, quiet: float) -> float | None:
        return max(SHORTEST, SHARE * quiet) if not self.unread else None

    def result(self) -> dict[str, Any]:
        return {"build": build_result(self._build, self._lines())} if self._build else {}

    def explanation(self, timeout: float) -> str:
        if not self._build:
            return ""
        told = explain_batch if "build_batch_status" in self._build else explain_build
        return told(self.context, self._build, lines=0 if self._build_log == "none" else LAST_LINES)

    def _tell(self, phase: dict[str, Any]) -> None:
        name, status = phase.get("phase_type", ""), phase.get("phase_status")
        wanted = name in OF_THE_BUILDSPEC or status in FAILED
        if not status or status == "IN_PROGRESS" or not wanted or name in self._told:
            return
        self._told.add(name)
        seconds = phase.get("duration_in_seconds")
        facts = {"stage": self.action.stage, "action": self.action.name, "phase": name, "status": status}
        text = f"{name}  {status.lower().replace('_', ' ')}"
        self._print(Line(f"  {self.action.stage}/{self.action.name}", text, seconds, facts))

    def _lines(self) -> list[str]:
        if self._build_log == "none" or status_of(self._build) not in FAILED:
            return []
        if self._tail is None:
            phase = failed_phase(self._build)
            self._tail = readable_last_lines(self.context, self._build, phase and phase.get("phase_type"))
        return self._tail


class DeploymentDetail(Detail):
    """A deployment of a CodeDeploy action, with its hosts, told by CodeDeploy's own lines."""

    def __init__(self, context, action: Action, silent: bool):
        super().__init__(context, action, silent)
        self._looker = deployments.Look(context, action.external_id, None)
        self._began = context.clock.now()
        self._report = None
        self._followed: deployments.Followed | None = None

    def _look(self) -> Any:
        before, self._report = self._report, self._looker()
        for line in progress.changes(before, self._report, self.context.clock.now() - self._began):
            self._print(line)
        return self._report

    def due(self, quiet: float) -> float | None:
        return self._looker.pause(quiet) if self._report and not self.unread else None

    def result(self) -> dict[str, Any]:
        if self._followed:
            return self._followed.result()
        return deployments.Followed(self._looker.deployment, self._report).result() if self._report else {}

    def explanation(self, timeout: float) -> str:
        if not self._report:
            return ""
        if self._report.status in ("Failed", "Stopped"):
            # The rollback is CodeDeploy's: the pipeline knows nothing of it.
            scope = Deployments(self.context, self._report.application, self._report.group)
            self._followed = deployments.Followed(self._looker.deployment, self._report)
            deployments.follow_rollback(self.context, self._followed, timeout, scope.group())
            return self._followed.explanation().removeprefix(f"{self._report.group}: ")
        return ""


class CommandsDetail(Detail):
    """The log of a Commands action."""

    def __init__(self, context, action: Action, silent: bool, build_log: str):
        super().__init__(context, action, silent)
        self._build_log = build_log
        self._place = {"logs": place_of(action.log_stream_arn)}
        self._log = LiveLog(context) if build_log == "live" else None

    def _look(self) -> Any:
        return self._log.show(self._place) if self._log else None

    def explanation(self, timeout: float) -> str:
        lines = [] if self._build_log == "none" else readable_last_lines(self.context, self._place)
        told = [self.action.error_message or "a command failed.", *(f"  | {line}" for line in lines)]
        return "\n".join([*told, f"The whole log: {log_of(self._place)}."])


def build_result(build: dict[str, Any], log_tail: list[str]) -> dict[str, Any]:
    """A build as an action's result carries it."""
    phase = failed_phase(build)
    names = ("id", "build_number", "project_name", "current_phase", "report_arns")
    return {
        **{name: build[name] for name in names if build.get(name) is not None},
        "build_status": status_of(build),
        "phases": [
            {
                "phase_type": one.get("phase_type"),
                "phase_status": one.get("phase_status"),
                "duration_in_seconds": one.get("duration_in_seconds"),
            }
            for one in build.get("phases") or []
        ],
        **({"failed_phase": phase} if phase else {}),
        **({"log_tail": log_tail} if log_tail else {}),
        **({"log": log_of(build)} if log_of(build) else {}),
    }


def place_of(arn: str) -> dict[str, str]:
    """Group and stream of ``arn:aws:logs:REGION:ACCOUNT:log-group:GROUP:log-stream:STREAM``; {} for anything else."""
    _before, found, rest = arn.partition(":log-group:")
    group, found, stream = rest.partition(":log-stream:")
    return {"group_name": group, "stream_name": stream} if found else {}


def _build(context, action: Action) -> dict[str, Any] | None:
    is_batch = action.configuration.get("BatchEnabled", "").lower() == "true"
    return next(iter(read(context, BUILD_BATCH if is_batch else BUILD, [action.external_id])), None)
