# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of builds work with: projects in few words, a scripted builder, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from tests.conftest import Api
from tests.region.codebuild.scripted import Script, ScriptedBuilder

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/codebuild"
SOURCES, ARTIFACTS = "build-sources", "build-artifacts"
PATIENCE = 30.0
BUILDSPEC = "version: 0.2\nphases:\n  build:\n    commands: [make]\n"
ENVIRONMENT = {
    "type": "LINUX_CONTAINER",
    "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
    "computeType": "BUILD_GENERAL1_SMALL",
}


def eventually(question: Callable[[], Any], what: str) -> Any:
    """The first true answer; a test that waits in vain fails."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"in vain: {what}")


@cache
def client(api: Api, service: str):
    """One client of a service for all tests of an API: making one takes longer than most calls."""
    return api.client(service)


class Yard:
    """One test's project, and all that is around it."""

    def __init__(self, api: Api, name: str):
        self.api, self.name = api, name
        self.builds, self.s3 = client(api, "codebuild"), client(api, "s3")
        self.builder = ScriptedBuilder()
        self.store = api.region.codebuild
        self.store.builder = self.builder

    @staticmethod
    def furnish(api: Api) -> None:
        """Buckets that all tests of a file use."""
        s3 = api.client("s3")
        for bucket in (SOURCES, ARTIFACTS):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=SOURCES, VersioningConfiguration={"Status": "Enabled"})

    def declare(self, **more) -> dict:
        """CreateProject's members for the test's project: no source, no artifacts, unless said otherwise."""
        declared = {
            "name": self.name,
            "source": {"type": "NO_SOURCE", "buildspec": BUILDSPEC},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": ENVIRONMENT,
            "serviceRole": ROLE,
        }
        return declared | more

    def create(self, **more) -> dict:
        return self.builds.create_project(**self.declare(**more))["project"]

    def will(self, **script) -> None:
        """What the builds of the test's project do from now on."""
        self.builder.scripts[self.name] = Script(**script)

    def start(self, **more) -> str:
        """Starts a build; returns its id."""
        return self.builds.start_build(projectName=self.name, **more)["build"]["id"]

    def look(self, build_id: str) -> dict:
        return self.builds.batch_get_builds(ids=[build_id])["builds"][0]

    def finished(self, build_id: str) -> dict:
        """The build, when it is over."""

        def question() -> dict | None:
            build = self.look(build_id)
            return build if build["buildComplete"] else None

        return eventually(question, f"{build_id} to end")

    def in_phase(self, build_id: str, phase: str) -> dict:
        def question() -> dict | None:
            build = self.look(build_id)
            return build if build["currentPhase"] == phase else None

        return eventually(question, f"{build_id} to be in {phase}")

    def build(self, **more) -> dict:
        """A build from its start to its end."""
        return self.finished(self.start(**more))

    @property
    def order(self):
        """What the builder was last asked for this project."""
        return [one for one in self.builder.orders if one.project == self.name][-1]


def statuses(build: dict) -> dict[str, str | None]:
    """The phases of a build in order, with their status."""
    return {one["phaseType"]: one.get("phaseStatus") for one in build["phases"]}
