# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as a user runs them, against a region of their own: two environments with two hosts each.

Building takes longer than all else, so the tests share a site; tests/order.py says which and in what order.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.running_region import ROOT, RunningRegion, boot

STOREFRONT = ROOT / "examples" / "storefront"
ENVIRONMENTS = ("staging", "production")
# What hosts ask for is no doing of a playbook: their agents, and new hosts that say when they are ready.
BACKGROUND = ("codedeploy-commands:", "autoscaling:CompleteLifecycleAction")


@dataclass(frozen=True)
class Run:
    """A playbook's end: its exit status, its output, and from its recap {environment: {"changed": 0, ...}}."""

    status: int
    output: str

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        lines = re.findall(r"^(\w+) +: (ok=.*)$", self.output, re.MULTILINE)
        return {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", rest)} for host, rest in lines}

    @property
    def changed(self) -> dict[str, int]:
        return {host: counts["changed"] for host, counts in self.recap.items()}

    @property
    def text(self) -> str:
        """The output with its line breaks taken out, to look for sentences in."""
        return re.sub(r"\s+", " ", self.output)


@dataclass(frozen=True)
class Site:
    """A region, and the playbooks to be run against it."""

    region: RunningRegion
    folder: Path

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        """Starts a playbook, of the collection or a file, in a process group of its own."""
        name = name if name.endswith(".yml") else f"convoy.delivery.{name}"
        playbook = ["-m", "ansible", "playbook", "-i", "inventories/local", name]
        return subprocess.Popen(
            [sys.executable, *playbook, "-e", "fleet_size=2", *arguments],
            cwd=ROOT, env=self.environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, name: str, *arguments: str) -> Run:
        process = self.start(name, *arguments)
        output, _ = process.communicate(timeout=300)
        return Run(process.returncode, output)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LOCAL_REGION_STATE_DIR": str(self.region.state_dir),
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ANSIBLE_NOCOLOR": "true",
        }

    def release_arguments(self, version: str) -> list[str]:
        return ["-e", f"release_version={version}", "-e", f"release_source={self.source(version)}"]

    def source(self, version: str) -> Path:
        """The storefront of one release: the example with that release's files laid over it."""
        folder = self.folder / version
        if not folder.exists():
            shutil.copytree(STOREFRONT, folder, ignore=shutil.ignore_patterns("releases", "tests", "__pycache__"))
            shutil.copytree(STOREFRONT / "releases" / version, folder, dirs_exist_ok=True)
        return folder

    def report(self, version: str, environment: str) -> dict:
        return json.loads((self.region.state_dir / "reports" / f"{version}-{environment}.json").read_text())

    def url(self, environment: str) -> str:
        balancers = {one["name"]: one for one in self.region.status()["load_balancers"]}
        balancer = balancers[f"storefront-{environment}"]
        return f"http://{balancer['address']}:{balancer['ports'][0]}"

    def versions(self, environment: str, times: int = 8) -> set[str]:
        """The versions that answer, asked so often that every host has its turn."""
        url = f"{self.url(environment)}/version"
        answers = [urllib.request.urlopen(url, timeout=10) for _ in range(times)]
        return {json.load(answer)["version"] for answer in answers}

    def deployments(self, environment: str) -> list[dict]:
        """The deployments of an environment, the newest first."""
        client = self.region.client("codedeploy")
        group = {"applicationName": "storefront", "deploymentGroupName": environment}
        ids = client.list_deployments(**group)["deployments"]
        found = [client.get_deployment(deploymentId=one)["deploymentInfo"] for one in ids]
        return sorted(found, key=lambda one: one["createTime"], reverse=True)

    def writes(self) -> dict[str, int]:
        """The calls that changed something, without those that hosts make by themselves."""
        return {name: count for name, count in self.region.writes().items() if not name.startswith(BACKGROUND)}


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory):
    region = boot(tmp_path_factory.mktemp("site") / "region", 20.0)
    yield Site(region, tmp_path_factory.mktemp("storefront"))
    region.stop()


@pytest.fixture(scope="session")
def foreseen(empty_site: Site) -> tuple[Run, dict[str, int]]:
    """`site --check` on the empty region, and what it wrote. Asked for by the first test, before there is a site."""
    run = empty_site.run("site", "--check")
    return run, empty_site.writes()


@pytest.fixture(scope="session")
def site(empty_site: Site) -> Site:
    """The site after the playbook `site`."""
    run = empty_site.run("site")
    assert run.status == 0, run.output
    return empty_site
