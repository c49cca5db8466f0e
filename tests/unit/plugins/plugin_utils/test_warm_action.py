# SPDX-License-Identifier: GPL-3.0-or-later
"""When a task may run inside the controller, and when it has to be a module."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.action import codedeploy_application as action
from ansible_collections.convoy.delivery.plugins.plugin_utils import warm_execution
from ansible_collections.convoy.delivery.plugins.plugin_utils.warm_execution import WarmExecution

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"


@pytest.fixture(autouse=True)
def threads_of_the_test_alone(monkeypatch):
    """Threads that earlier tests left in this process are none of a worker's."""
    count = threading.active_count
    left_over = count() - 1
    monkeypatch.setattr(threading, "active_count", lambda: count() - left_over)


def why_not(transport="local", become=None, task_vars=None, environment=None, kind=action.ActionModule, **task):
    plugin = kind.__new__(kind)
    shell = SimpleNamespace(env_prefix=lambda **names: "")
    plugin._connection = SimpleNamespace(transport=transport, become=become, _shell=shell)
    plugin._play_context = SimpleNamespace(become=bool(become))
    plugin._task = SimpleNamespace(**{"async_val": 0, "delegate_to": None, "environment": [environment], **task})
    plugin._templar = SimpleNamespace(template=lambda value: value)
    return plugin.why_not_warm(task_vars or {})


class Official(WarmExecution):
    """What runs modules of other collections: nothing is known about it but the module."""

    def module(self):
        return action.MODULE


@pytest.mark.parametrize("transport", ["local", "ansible.builtin.local"])
@pytest.mark.parametrize("interpreter", [None, "auto", "auto_silent", sys.executable])
def test_a_local_task_runs_in_the_controller(transport, interpreter):
    assert why_not(transport, task_vars={"ansible_python_interpreter": interpreter}) is None


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"transport": "ssh"}, "its connection is ssh"),
        ({"transport": "community.docker.docker"}, "its connection is community.docker.docker"),
        ({"become": object()}, "it becomes another user"),
        ({"async_val": 30}, "it is asynchronous"),
        ({"task_vars": {"convoy_warm": False}}, "convoy_warm is false"),
        ({"task_vars": {"convoy_warm": "no"}}, "convoy_warm is false"),
        ({"task_vars": {"ansible_python_interpreter": "/opt/python/bin/python"}}, "its interpreter is /opt/python"),
        ({"environment": {"PYTHONPATH": "/opt/patched"}}, "Python reads PYTHONPATH when it starts"),
        ({"environment": {"AWS_REGION": "eu-west-1", "TZ": "UTC"}}, "Python reads TZ when it starts"),
        ({"environment": {"LD_PRELOAD": "/opt/patched.so"}}, "Python reads LD_PRELOAD when it starts"),
    ],
)
def test_any_other_task_is_a_module(case, reason):
    assert why_not(**case).startswith(reason)


def test_files_that_are_to_be_kept_are_a_module_s(monkeypatch):
    monkeypatch.setattr(warm_execution.C, "DEFAULT_KEEP_REMOTE_FILES", True)
    assert why_not() == "ansible keeps the files of modules"


def test_beside_another_thread_nothing_is_forked():
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert why_not() == "another thread runs in the worker"
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("interpreter", [None, "auto", "auto_silent"])
def test_where_ansible_would_search_for_an_interpreter_only_our_own_modules_are_sure(interpreter):
    task_vars = {"ansible_python_interpreter": interpreter}
    assert why_not(kind=Official, task_vars=task_vars) == "ansible would search for an interpreter"
    assert why_not(kind=Official, task_vars={"ansible_python_interpreter": sys.executable}) is None


def test_the_base_python_of_a_virtual_environment_is_another_interpreter(tmp_path):
    link = tmp_path / "python"
    link.symlink_to(Path(sys.executable).resolve())
    assert why_not(task_vars={"ansible_python_interpreter": str(link)}).startswith("its interpreter is")


def test_another_name_in_the_same_directory_is_the_same_interpreter():
    other = Path(sys.executable).with_name("python3")
    assert why_not(task_vars={"ansible_python_interpreter": str(other)}) is None


def test_a_delegated_task_has_the_interpreter_of_its_delegate():
    task_vars = {
        "ansible_python_interpreter": sys.executable,
        "ansible_delegated_vars": {"build": {"ansible_python_interpreter": "/usr/bin/other"}},
    }
    assert why_not(delegate_to="build", task_vars=task_vars) == "its interpreter is /usr/bin/other"


def test_without_boto3_in_the_controller_it_is_a_module(monkeypatch):
    monkeypatch.setattr(action, "MODULE", None)
    assert why_not() == "the controller's Python has no boto3"


def test_every_module_has_a_link_to_the_action_plugin_and_every_link_a_module():
    links = {path.stem: path for path in (PLUGINS / "action").glob("*.py")}
    assert set(links) == {path.stem for path in (PLUGINS / "modules").glob("*.py")}
    for path in links.values():
        assert path.is_symlink() and str(path.readlink()) == "../plugin_utils/warm_action.py"
