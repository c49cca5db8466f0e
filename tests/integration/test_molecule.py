# SPDX-License-Identifier: GPL-3.0-or-later
"""One molecule scenario, as a user runs it. `make molecule` runs those of all roles."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running_region import ROOT

STEPS = ("create", "check", "converge", "idempotence", "check", "verify", "side_effect", "cleanup", "destroy")


@pytest.mark.thorough
def test_a_scenario_takes_an_empty_region_and_leaves_an_empty_region(start_region, tmp_path):
    region = start_region()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LOCAL_REGION_STATE_DIR": str(region.state_dir),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path / "molecule"),
        "NO_COLOR": "1",
    }

    run = subprocess.run(
        ["molecule", "test", "--scenario-name", "source"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout + run.stderr
    position = 0
    for step in STEPS:
        position = run.stderr.index(f"[source > {step}] Executed: Successful", position) + 1
    assert region.writes()["codecommit:CreateRepository"] == 1
    assert region.inventory() == {}
