# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that is killed in the middle of a deployment, and the one that takes over."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.integration.deployments.conftest import GROUP, REGION
from tests.running_region import ACCESS_KEY, SECRET_KEY

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")


@pytest.fixture
def playbook(shop, source, tmp_path):
    """A playbook that makes a revision and deploys it."""
    connection = dict(endpoint_url=shop.api.url, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY)
    tasks = [
        {
            "convoy.delivery.codedeploy_revision": {
                "application_name": shop.application,
                "path": str(source("1.0")),
                "bucket": shop.bucket,
            },
            "register": "made",
        },
        {
            "convoy.delivery.codedeploy_deployment": {
                "application_name": shop.application,
                "deployment_group_name": GROUP,
                "revision": "{{ made.revision }}",
                "wait_timeout": 90,
            },
            "register": "deployed",
        },
        {"ansible.builtin.copy": {"content": "{{ deployed | to_json }}", "dest": str(tmp_path / "result.json")}},
    ]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/convoy.delivery.aws": connection},
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": tasks,
    }
    path = tmp_path / "release.yml"
    path.write_text(json.dumps([play]))
    return path


def start(playbook):
    return subprocess.Popen(
        [ANSIBLE_PLAYBOOK, "-i", "localhost,", "-c", "local", playbook],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def questions(shop) -> int:
    """How often somebody has asked for the group's deployments, which a run does before it adopts or makes one."""
    return shop.api.region.calls.by_operation()["codedeploy:ListDeployments"]


def test_a_killed_controllers_deployment_is_adopted_by_the_next_run(shop, playbook, tmp_path):
    opened = threading.Event()
    shop.agents.script = lambda instance, event: opened.wait(120) and None
    killed = start(playbook)
    deadline = time.monotonic() + 120
    while not shop.deployments() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    (running,) = shop.deployments()

    asked = questions(shop)
    second = start(playbook)
    while questions(shop) == asked and time.monotonic() < deadline:
        time.sleep(0.1)
    opened.set()
    output, _ = second.communicate(timeout=120)
    assert "failed=0" in output
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["adopted"], result["deployment"]["deployment_id"]) == (True, running)
    assert result["deployment"]["status"] == "Succeeded"
    assert shop.deployments() == [running]


@pytest.mark.skipif(os.environ.get("CONVOY_WARM") == "false", reason="progress is shown by the warm controller alone")
def test_the_lines_of_a_deployment_are_shown_while_it_runs(shop, playbook):
    opened = threading.Event()
    shop.agents.script = lambda instance, event: opened.wait(120) and None if event == "ValidateService" else None
    run = start(playbook)
    seen = []
    for line in run.stdout:
        seen.append(line)
        if "ValidateService" in line:
            break
    assert run.poll() is None
    assert any("ValidateService" in line and "running" in line for line in seen), "".join(seen)
    assert any("  production  in place  d-" in line and "in progress" in line for line in seen), "".join(seen)
    opened.set()
    rest, _ = run.communicate(timeout=120)
    assert "succeeded  4 of 4 hosts" in rest, "".join(seen) + rest
