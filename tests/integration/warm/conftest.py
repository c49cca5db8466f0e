# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks with the real ansible-playbook against the API in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import open_api

SECRET = "s3cr3t-that-nobody-may-see"


class Playbooks:
    """Runs plays of tasks on localhost. C(connection) reaches our modules through the action group."""

    def __init__(self, directory: Path, url: str):
        self._directory = directory
        self.connection = {
            "endpoint_url": url,
            "region": "eu-central-1",
            "access_key": "AKIATEST",
            "secret_key": SECRET,
        }

    def command(self, tasks: list[dict], *arguments: str, host: str = "localhost") -> list[str]:
        """The command line that runs these tasks, with the controller's own Python on a local connection."""
        play = {
            "hosts": host,
            "gather_facts": False,
            "module_defaults": {"group/convoy.delivery.aws": self.connection},
            "tasks": tasks,
        }
        file = self._directory / "play.json"
        file.write_text(json.dumps([play]))
        inventory = ["-i", f"{host},", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
        return [sys.executable, "-m", "ansible", "playbook", *inventory, str(file), *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        settings = {
            "ANSIBLE_HOME": str(self._directory / "home"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
        }
        return {**os.environ, **settings, **more}

    def output(self, tasks: list[dict], *arguments: str, **environment: str) -> str:
        """What ansible-playbook prints."""
        command = self.command(tasks, *arguments)
        done = subprocess.run(command, env=self.environment(**environment), capture_output=True, text=True, timeout=300)
        return done.stdout + done.stderr

    def results(self, tasks: list[dict], warm: bool, **environment: str) -> list[dict]:
        """The result of each task, as callbacks see it."""
        settings = {
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_INJECT_INVOCATION": "true",
            "CONVOY_WARM": str(warm),
            **environment,
        }
        command = self.command([{**task, "ignore_errors": True} for task in tasks], "--diff")
        done = subprocess.run(command, env=self.environment(**settings), capture_output=True, text=True, timeout=300)
        assert SECRET not in done.stdout + done.stderr
        plays = json.loads(done.stdout)["plays"]
        return [task["hosts"]["localhost"] for task in plays[0]["tasks"]]


@pytest.fixture(scope="module")
def shared_api():
    with open_api() as opened:
        yield opened


@pytest.fixture
def playbooks(tmp_path, shared_api):
    return Playbooks(tmp_path, shared_api.url)


@pytest.fixture
def empty(shared_api):
    """A function that deletes all applications."""
    client = shared_api.client("codedeploy", region_name="eu-central-1")

    def delete():
        for name in client.list_applications()["applications"]:
            client.delete_application(applicationName=name)

    delete()
    return delete
