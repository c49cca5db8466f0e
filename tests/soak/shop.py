# SPDX-License-Identifier: GPL-3.0-or-later
"""One environment in a region of its own, and releases to it by the playbooks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running_region import ROOT, RunningRegion, boot

STOREFRONT = ROOT / "examples" / "storefront"
TIME_SCALE = 20.0
FLEET = 3
GROUP = {"applicationName": "storefront", "deploymentGroupName": "production"}
PATIENCE = 120.0  # real seconds until a fleet is whole again
# New hosts of a blue/green release that a fault let fail.
REMOVE = ("-e", "release_orphaned_auto_scaling_groups=remove")

# Alternating, and four of them: the fault of every fifth release meets each in turn.
STRATEGIES = {
    "rolling": ("-e", "delivery_strategy=rolling"),
    "rolling 50%": ("-e", "delivery_strategy=rolling", "-e", "release_batch=50%"),
    "rolling zonal": ("-e", "delivery_strategy=rolling", "-e", "release_zonal=true"),
    "blue/green": ("-e", "delivery_strategy=blue_green", "-e", "release_termination_wait_minutes=1"),
}


class SoakFailed(Exception):
    """The soak cannot go on; the text says why."""


@dataclass(frozen=True)
class Shop:
    """The environment. Its folder holds the sources, and the playbooks' output in ``log``."""

    region: RunningRegion
    folder: Path

    def build(self) -> None:
        if self._start("site").wait():
            raise SoakFailed("The playbook site failed.")

    def release(self, version: str, strategy: str, meanwhile: Callable[[], None] = lambda: None) -> dict:
        """Releases, and does something else once CodeDeploy is at work; the report of the release."""
        arguments = ["-e", f"release_version={version}", "-e", f"release_source={self._source(version)}"]
        before = self._newest()
        process = self._start("release", *arguments, *STRATEGIES[strategy])
        while process.poll() is None and self._newest() == before:
            time.sleep(0.1)
        if process.poll() is None:
            meanwhile()
        process.wait()
        report = self.region.state_dir / "reports" / f"{version}-production.json"
        if not report.exists():
            raise SoakFailed(f"Release {version} wrote no report.")
        return json.loads(report.read_text())

    def hosts(self) -> list[str]:
        """The instances of the Auto Scaling group that CodeDeploy deploys to, those in service."""
        info = self.region.client("codedeploy").get_deployment_group(**GROUP)["deploymentGroupInfo"]
        names = [group["name"] for group in info["autoScalingGroups"]]
        groups = self.region.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
        members = [one for group in groups["AutoScalingGroups"] for one in group["Instances"]]
        return sorted(one["InstanceId"] for one in members if one["LifecycleState"] == "InService")

    def settle(self) -> None:
        """Waits until no deployment runs, the fleet is whole, and every host of it answers."""
        deadline = time.monotonic() + PATIENCE
        while not self._is_whole():
            if time.monotonic() > deadline:
                raise SoakFailed(f"The fleet was not whole {PATIENCE:.0f} s after a release.")
            time.sleep(0.5)

    @property
    def log(self) -> Path:
        return self.folder / "playbooks.log"

    def _is_whole(self) -> bool:
        codedeploy, elbv2 = self.region.client("codedeploy"), self.region.client("elbv2")
        active = ["Created", "Queued", "InProgress", "Baking", "Ready"]
        if codedeploy.list_deployments(**GROUP, includeOnlyStatuses=active)["deployments"]:
            return False
        [group] = elbv2.describe_target_groups(Names=["storefront-production"])["TargetGroups"]
        answer = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
        states = [one["TargetHealth"]["State"] for one in answer["TargetHealthDescriptions"]]
        running = [host for host in self.region.status()["hosts"] if host["state"] == "running"]
        return states == ["healthy"] * FLEET and len(running) == len(self.region.status()["hosts"]) == FLEET

    def _newest(self) -> str | None:
        found = self.region.client("codedeploy").list_deployments(**GROUP)["deployments"]
        return found[0] if found else None

    def _start(self, playbook: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = ["-m", "ansible", "playbook", "-i", "inventories/local", f"convoy.delivery.{playbook}"]
        environment = os.environ | {"LOCAL_REGION_STATE_DIR": str(self.region.state_dir), "ANSIBLE_NOCOLOR": "true"}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command, "--limit", "production", "-e", f"fleet_size={FLEET}", *REMOVE, *arguments],
                cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def _source(self, version: str) -> Path:
        folder = self.folder / "source"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(STOREFRONT, folder, ignore=shutil.ignore_patterns("releases", "tests", "__pycache__"))
        (folder / "VERSION").write_text(f"{version}\n")
        return folder


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """A region with the environment built in it; it ends with the block."""
    region = boot(folder / "region", TIME_SCALE)
    try:
        shop = Shop(region, folder)
        shop.build()
        yield shop
    finally:
        region.stop()
