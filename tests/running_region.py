# SPDX-License-Identifier: GPL-3.0-or-later
"""A local region in processes of its own, as tests use it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
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

    def faults(self) -> list[dict]:
        """The faults that are active."""
        return self._control("faults")["active"]

    def fault(self, name: str, seconds: float | None = None, **given: str | int | float) -> InjectedFault:
        """Injects a fault, for so many service seconds or until it is cleared; see docs/faults.md."""
        asked = {"name": name, "given": given, "seconds": seconds}
        return InjectedFault(self, self._control("faults/inject", asked)["id"])

    def clear(self, fault: str = "all") -> list[str]:
        """Clears a fault by its id, or all; returns the ids."""
        return self._control("faults/clear", {"identifier": fault})["cleared"]

    def _control(self, what: str, data: dict | None = None) -> dict:
        body = None if data is None else json.dumps(data).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/_local_region/{what}", body, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise FaultRefused(json.load(error)["error"]) from None

    def run_on(self, instance_id: str, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command on an instance's host, as root."""
        return self.command("exec", instance_id, "--", *argv, check=check)

    def stop(self) -> None:
        self.command("stop")


class FaultRefused(Exception):
    """The region refused to inject or clear a fault; the message has its sentence."""


@dataclass(frozen=True)
class InjectedFault:
    """A fault in a running region. As a context manager it is cleared at the end, if it is still active then."""

    region: RunningRegion
    id: str

    def clear(self) -> None:
        self.region.clear(self.id)

    @property
    def active(self) -> bool:
        return any(fault["id"] == self.id for fault in self.region.faults())

    def __enter__(self) -> InjectedFault:
        return self

    def __exit__(self, *_exc) -> None:
        if self.active:
            self.clear()


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
