# SPDX-License-Identifier: GPL-3.0-or-later
"""A project whose builds do what a test says, and the module that starts them."""

from __future__ import annotations

import itertools
import threading

from tests.conftest import Api
from tests.region.codebuild.scripted import Script, ScriptedBuilder
from tests.region.codebuild.yard import eventually
from tests.running_modules import Modules

MODULE = "codebuild_build"
ROLE = "arn:aws:iam::123456789012:role/build"
BUILDSPEC = "version: 0.2\nphases:\n  build:\n    commands: [make]\n"
_numbers = itertools.count(1)


class Shop:
    """One test's project, and the builder that does what the test says."""

    def __init__(self, modules: Modules, api: Api):
        self.modules, self.name = modules, f"shop-{next(_numbers)}"
        self._calls = api.region.calls.by_operation
        self.builder = api.region.codebuild.builder = ScriptedBuilder()
        self.client = modules.client("codebuild")
        self.client.create_project(
            name=self.name,
            source={"type": "NO_SOURCE", "buildspec": BUILDSPEC},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=ROLE,
        )

    def is_changed(self, **members) -> None:
        """UpdateProject."""
        self.client.update_project(name=self.name, **members)

    def will(self, **script) -> None:
        """What the builds do from now on."""
        self.builder.scripts[self.name] = Script(**script)

    def run(self, **options) -> dict:
        """The result of codebuild_build, which must not fail."""
        return self.modules.run(MODULE, **{"project_name": self.name, **options})

    def refusal(self, **options) -> str:
        """The message of codebuild_build, which must fail."""
        return self.modules.refusal(MODULE, **{"project_name": self.name, **options})

    def goes_on_once_looked_at(self) -> None:
        """Lets the build that holds go on when the module has looked at it, so that it does see it running."""
        before = self._calls()["codebuild:BatchGetBuilds"]

        def let_go() -> None:
            eventually(lambda: self._calls()["codebuild:BatchGetBuilds"] > before, "a look at the build")
            self.builder.release()

        threading.Thread(target=let_go, daemon=True).start()

    def started(self) -> list[str]:
        """The ids of the builds, the newest first."""
        return self.client.list_builds_for_project(projectName=self.name)["ids"]

    def is_in(self, phase: str, build_id: str) -> None:
        """Waits until the build is in a phase."""

        def question() -> bool:
            return self.client.batch_get_builds(ids=[build_id])["builds"][0]["currentPhase"] == phase

        eventually(question, f"{build_id} to be in {phase}")


def lines_of(result: dict) -> list[str]:
    """The lines of the wait, columns one space apart."""
    return [" ".join(line.split()) for line in result["progress"]]
