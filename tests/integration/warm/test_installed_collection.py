# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, installed elsewhere, and run from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GALAXY = [sys.executable, "-m", "ansible", "galaxy", "collection"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The directory with the installed collection's ansible_collections."""
    directory = tmp_path_factory.mktemp("installed")
    environment = {**os.environ, "ANSIBLE_HOME": str(directory / "home"), "ANSIBLE_NOCOLOR": "1"}
    run = {"env": environment, "check": True, "capture_output": True, "text": True, "timeout": 120}
    subprocess.run([*GALAXY, "build", str(ROOT), "--output-path", str(directory)], **run)
    (archive,) = directory.glob("convoy-delivery-*.tar.gz")
    install = ["install", str(archive), "-p", str(directory), "--offline", "--no-deps", "--force"]
    subprocess.run([*GALAXY, *install], **run)
    return directory


def test_the_links_of_the_action_plugins_survive(installed):
    plugins = installed / "ansible_collections/convoy/delivery/plugins"
    links = sorted((plugins / "action").glob("*.py"))
    assert [link.name for link in links] == sorted(path.name for path in (plugins / "modules").glob("*.py"))
    for link in links:
        assert link.resolve() == (plugins / "plugin_utils/warm_action.py").resolve()


def test_an_installed_module_runs_in_the_warm_controller_and_as_a_module(installed, playbooks, empty):
    tasks = [{"convoy.delivery.codedeploy_application": {"name": "shop"}}]
    paths = {"ANSIBLE_COLLECTIONS_PATH": str(installed)}
    warm = playbooks.output(tasks, "-vvv", **paths)
    assert "changed=1" in warm and "EXEC" not in warm
    module = playbooks.output(tasks, "-vvv", CONVOY_WARM="false", **paths)
    file = "ansible_collections/convoy/delivery/plugins/modules/codedeploy_application.py"
    assert f"Using module file {installed / file}" in module and "ok=1" in module
