# SPDX-License-Identifier: GPL-3.0-or-later
"""Where deployments lie on the host, and which of them are kept.

``<root>/<group id>/<deployment id>/`` holds ``bundle.tar`` (whatever its type), ``deployment-archive/`` and
``logs/scripts.log``; ``<root>/deployment-instructions/`` what was installed, by group id.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from .envelope import Specification


@dataclass(frozen=True)
class Deployment:
    """The directory of one deployment."""

    directory: Path

    @property
    def bundle(self) -> Path:
        return self.directory / "bundle.tar"

    @property
    def archive(self) -> Path:
        return self.directory / "deployment-archive"

    @property
    def script_log(self) -> Path:
        return self.directory / "logs/scripts.log"

    def appspec_text(self, name: str, other_names: tuple[str, ...] = ()) -> str:
        """The AppSpec file of the revision; raises FileNotFoundError that says where it was looked for."""
        for candidate in (name, *other_names):
            path = self.archive / candidate
            if path.is_file():
                return path.read_text()
        raise FileNotFoundError(
            f"There is no {name} in the top directory of the revision (unpacked to {self.archive}). "
            "Put the AppSpec file there and make a new revision."
        )


class Revisions:
    """The deployment root of the agent. `keep` revisions of a group stay on the host, the current one counted."""

    def __init__(self, root: Path, keep: int):
        self._root = root
        self._keep = keep

    @property
    def instructions(self) -> Path:
        return self._root / "deployment-instructions"

    def of(self, spec: Specification) -> Deployment:
        """The deployment's own directory, whether it exists or not."""
        return Deployment(self._root / spec.group_id / spec.deployment_id)

    def last_successful(self, group_id: str) -> Deployment | None:
        """The deployment whose Install was the last to succeed on this host."""
        return self._noted(group_id, "last_successful_install")

    def most_recent(self, group_id: str) -> Deployment | None:
        """The deployment whose bundle was the last to be downloaded."""
        return self._noted(group_id, "most_recent_install")

    def note_last_successful(self, spec: Specification) -> None:
        self._note(spec, "last_successful_install")

    def note_most_recent(self, spec: Specification) -> None:
        self._note(spec, "most_recent_install")

    def remove_old(self, spec: Specification) -> None:
        """Makes room for the deployment: the group's oldest go, the last successful one never does."""
        current = self.of(spec).directory
        others = [entry for entry in current.parent.iterdir() if entry != current]
        surplus = len(others) + 1 - self._keep
        last = self.last_successful(spec.group_id)
        removable = sorted(
            (entry for entry in others if last is None or entry != last.directory), key=lambda one: one.stat().st_mtime
        )
        for entry in removable[: max(0, surplus)]:
            shutil.rmtree(entry)

    def _noted(self, group_id: str, what: str) -> Deployment | None:
        try:
            return Deployment(Path((self.instructions / f"{group_id}_{what}").read_text().strip()))
        except FileNotFoundError:
            return None

    def _note(self, spec: Specification, what: str) -> None:
        self.instructions.mkdir(parents=True, exist_ok=True)
        (self.instructions / f"{spec.group_id}_{what}").write_text(str(self.of(spec).directory))
