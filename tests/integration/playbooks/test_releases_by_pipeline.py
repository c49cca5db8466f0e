# SPDX-License-Identifier: GPL-3.0-or-later
"""release and approve by the pipeline: what is pushed with Git, with real builds on real hosts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.playbooks.conftest import ENVIRONMENTS, Site

# The storefront's own build takes its tools from a package index; the demonstration runs that one.
BUILDSPEC = """
version: 0.2
env:
  exported-variables: [VERSION]
phases:
  build:
    commands:
      - export VERSION=$(cat VERSION)
      - test -f storefront/$(sed -n 's/.*"catalogue"[^"]*"\\(.*\\)".*/\\1/p' settings.json) || exit 3
artifacts:
  files: ["**/*"]
"""


@dataclass(frozen=True)
class Checkout:
    """A developer's checkout of the storefront, which is pushed into the region's repository."""

    site: Site
    folder: Path

    def push(self, version: str) -> str:
        """Pushes the storefront as of a release; the commit's id."""
        shutil.copytree(self.site.source(version), self.folder, dirs_exist_ok=True)
        (self.folder / "buildspec.yml").write_text(BUILDSPEC)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Storefront {version}")
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=A developer", "-c", "user.email=developer@example.com", "-c", "http.proxy=")
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
        command = ["git", *who, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout


@pytest.fixture(scope="module")
def checkout(site, tmp_path_factory) -> Checkout:
    """An empty checkout. Whatever was released before, production's hosts are updated in place."""
    group = {"applicationName": "storefront", "currentDeploymentGroupName": "production"}
    style = {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
    site.region.client("codedeploy").update_deployment_group(**group, deploymentStyle=style)
    made = Checkout(site, tmp_path_factory.mktemp("checkout"))
    made.git("init", "--quiet")
    repository = site.region.client("codecommit").get_repository(repositoryName="storefront")["repositoryMetadata"]
    made.git("remote", "add", "origin", repository["cloneUrlHttp"])
    return made


def follow(site: Site, commit: str):
    return site.run("release", "-e", "release_by=pipeline", "-e", f"pipeline_commit={commit}")


def execution(site: Site, commit: str) -> dict:
    """The report on the execution of a commit."""
    reports = [json.loads(file.read_text()) for file in (site.region.state_dir / "reports" / "pipeline").glob("*")]
    return next(report for report in reports if report["commit"] == commit)


def stages(report: dict) -> dict[str, str]:
    return {stage["name"]: stage["status"] for stage in report["stages"]}


def test_a_push_reaches_staging_and_after_its_approval_production(site, checkout):
    before = site.deployments("production")
    commit = checkout.push("2.0")

    followed = follow(site, commit)

    assert followed.status == 0, followed.output
    assert "storefront 2.0 waits for approval" in followed.text
    waiting = execution(site, commit)
    assert (waiting["release"], waiting["outcome"]) == ("2.0", "waits_for_approval")
    assert all(stage["seconds"] >= 0 for stage in waiting["stages"][:3])
    assert site.versions("staging") == {"2.0"}
    assert site.deployments("production") == before

    other = site.run("approve", "-e", "decision=approve", "-e", "execution_id=00000000-another")

    assert other.status != 0
    assert "No approval waits in storefront for execution 00000000-another." in other.text
    assert f"waits Approval of {waiting['execution_id']}" in other.text

    approved = site.run("approve", "-e", "decision=approve", "-e", f"execution_id={waiting['execution_id']}")

    assert approved.status == 0, approved.output
    assert f"{commit[:8]} Storefront 2.0" in approved.text
    assert "Change storefront/production" in approved.text
    assert site.versions("production") == {"2.0"}
    assert set(stages(execution(site, commit)).values()) == {"Succeeded"}
    # Staging may have been done before anybody asked for it: nothing that takes time is built here.
    report = site.report("2.0", "production")
    assert (report["strategy"], report["status"], report["hosts"]) == ("pipeline", "Succeeded", 2)
    assert report["lost"] == 0 < report["requests"]


def test_a_push_whose_build_fails_reaches_nothing_and_says_why(site, checkout):
    before = {environment: site.deployments(environment) for environment in ENVIRONMENTS}
    commit = checkout.push("2.1")

    followed = follow(site, commit)

    assert followed.status != 0
    assert "BUILD failed: exit status 3" in followed.text
    assert stages(execution(site, commit))["Build"] == "Failed"
    assert {environment: site.deployments(environment) for environment in ENVIRONMENTS} == before
