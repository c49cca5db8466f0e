# SPDX-License-Identifier: GPL-3.0-or-later
"""A local region in processes of its own, as tests use it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
TIME_SCALE = 20.0
# Not secrets: the region takes any key.
ACCESS_KEY, SECRET_KEY = "AKIALOCALREGION00000", "local-region"


_session, _making = boto3.session.Session(), threading.Lock()


def make_client(url: str, service: str, region_name: str = "us-east-1", **options):
    """A boto3 client of the region at `url`. `options` go to boto3; retries are off unless `config` says otherwise."""
    options.setdefault("config", Config(retries={"total_max_attempts": 1}, read_timeout=120))
    keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    with _making:  # a session may be used by one thread at a time; its clients by all
        return _session.client(service, endpoint_url=url, region_name=region_name, **(keys | options))


@dataclass(frozen=True)
class RunningRegion:
    """A region that runs in processes of its own."""

    url: str
    time_scale: float
    state_dir: Path

    def client(self, service: str, **options):
        return make_client(self.url, service, **options)

    def command(self, *argv: str, check: bool = True, **options) -> subprocess.CompletedProcess[str]:
        """`python -m local_region VERB ...` with this region's state directory."""
        verb, *rest = argv
        return run_cli(verb, "--state-dir", str(self.state_dir), *rest, check=check, **options)

    def status(self) -> dict:
        return json.loads(self.command("status", "--json").stdout)

    def inventory(self) -> dict[str, list[str]]:
        return json.loads(self.command("inventory", "--json").stdout)

    def writes(self) -> dict[str, int]:
        """How many calls of each writing operation there were since the start."""
        return self.status()["calls"]["writes_by_operation"]

    def run_on(self, instance_id: str, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command on an instance's host, as root."""
        return self.command("exec", instance_id, "--", *argv, check=check)

    def stop(self) -> None:
        self.command("stop")


def run_cli(*argv: str, check: bool = True, **options) -> subprocess.CompletedProcess[str]:
    """Runs `python -m local_region` to its end; its output is in the failure when it must not fail."""
    command = [sys.executable, "-m", "local_region", *argv]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, **options)
    if check and done.returncode != 0:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def boot(state_dir: Path, time_scale: float) -> RunningRegion:
    run_cli("start", "--state-dir", str(state_dir), "--port", "0", "--time-scale", str(time_scale))
    info = json.loads((state_dir / "region.json").read_text())
    return RunningRegion(info["url"], time_scale, state_dir)
