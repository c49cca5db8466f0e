# SPDX-License-Identifier: GPL-3.0-or-later
"""The storefront's build: its buildspec is one that runs, and its bundle is complete."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from local_region.world.build import buildspec, outputs

STOREFRONT = Path(__file__).resolve().parents[3] / "examples" / "storefront"
SPEC = buildspec.parse((STOREFRONT / "buildspec.yml").read_text())


@pytest.fixture
def bundle() -> set[str]:
    """The files of the bundle."""
    artifact = SPEC.artifacts[""]
    return set(outputs.pick(artifact.files, artifact.base_directory, artifact.exclude_paths, False, STOREFRONT, print))


def test_the_buildspec_has_nothing_that_would_have_no_effect():
    assert SPEC.warnings == ()
    assert SPEC.exported == ("VERSION",)


def test_the_bundle_has_all_that_the_appspec_installs_and_runs(bundle):
    appspec = yaml.safe_load((STOREFRONT / "appspec.yml").read_text())
    scripts = {hook["location"] for hooks in appspec["hooks"].values() for hook in hooks}

    assert {"appspec.yml"} | scripts <= bundle
    for source in (file["source"] for file in appspec["files"]):
        assert any(name == source or name.startswith(f"{source}/") for name in bundle), source
    package = {f"storefront/{file.name}" for file in (STOREFRONT / "storefront").glob("*.py")}
    assert package <= bundle


def test_the_bundle_has_neither_tests_nor_tools(bundle):
    assert not {name for name in bundle if name.startswith(("tests", "ci", "releases", "requirements", "buildspec"))}


@pytest.mark.parametrize(("release", "passes"), [("2.1", False), ("2.1-again", True)])
def test_the_first_2_1_fails_its_unit_tests_and_the_second_passes_them(tmp_path, release, passes):
    source = tmp_path / "source"
    shutil.copytree(STOREFRONT, source, ignore=shutil.ignore_patterns("releases", "__pycache__"))
    shutil.copytree(STOREFRONT / "releases" / release, source, dirs_exist_ok=True)
    (command,) = SPEC.phases["build"].commands

    words = [sys.executable, "-m", *command.split()]
    done = subprocess.run(words, cwd=source, capture_output=True, text=True)

    assert (done.returncode == 0) == passes, done.stdout
    assert (source / "reports" / "unit-tests.xml").exists()
