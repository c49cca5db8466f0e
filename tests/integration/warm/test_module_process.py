# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a module does to the process it runs in, the warm controller gives the result that a module gives."""

from __future__ import annotations

import json
import os
import re
import signal
import textwrap
from pathlib import Path

import pytest

from .conftest import SECRET, Playbooks

HEAD = """
import atexit, os, signal, sys, threading
from ansible.module_utils.basic import AnsibleModule

CALLS = []

def main():
"""
# {name of a module: the body of its main()}
BODIES = {
    "answers": """
        module = AnsibleModule(dict(word=dict(), secret=dict(no_log=True)), supports_check_mode=True)
        diff = dict(before="a", after="b")
        module.exit_json(changed=True, word=module.params["word"], check=module.check_mode, diff=diff)
    """,
    "raises": "raise ValueError('nobody catches this')",
    "raises_from": """
        try:
            {}["key"]
        except KeyError as error:
            raise RuntimeError("first one, then the other") from error
    """,
    "returns": "AnsibleModule(dict())",
    "exits_at_once": "os._exit(3)",
    "exits_with_text": "sys.exit('gone')",
    "kills_itself": "os.kill(os.getpid(), signal.SIGKILL)",
    "says_more": """
        print("something before the result")
        sys.stderr.write("something to the side")
        AnsibleModule(dict()).exit_json(changed=False)
    """,
    "writes_bytes": r"""
        sys.stdout.buffer.write(b"\\xff\\xfe not text\\n")
        sys.stdout.buffer.flush()
        AnsibleModule(dict()).exit_json(changed=False)
    """,
    "answers_nonsense": "print('{ this is not JSON }', flush=True); os._exit(0)",
    "warns": """
        module = AnsibleModule(dict())
        module.warn("this is odd")
        module.deprecate("this will go", version="9.0.0", collection_name="testing.warm")
        module.exit_json(changed=False)
    """,
    "remembers": """
        CALLS.append(1)
        os.environ["REMEMBERED"] = os.environ.get("REMEMBERED", "") + "x"
        os.chdir("/")
        AnsibleModule(dict(item=dict())).exit_json(calls=len(CALLS), environment=os.environ["REMEMBERED"])
    """,
    "fails_at_first": """
        module = AnsibleModule(dict(file=dict(type="path")))
        if not os.path.exists(module.params["file"]):
            open(module.params["file"], "w").close()
            module.fail_json(msg="not yet", calls=len(CALLS))
        module.exit_json(changed=True)
    """,
    "leaves_late": """
        module = AnsibleModule(dict(file=dict(type="path")))
        def late():
            with open(module.params["file"], "a") as file:
                file.write("exit function\\n")
        atexit.register(late)
        thread = threading.Timer(0.2, lambda: open(module.params["file"], "a").write("thread\\n"))
        thread.start()
        module.exit_json(changed=False)
    """,
    "uses_tmpdir": """
        module = AnsibleModule(dict())
        open(os.path.join(module.tmpdir, "scratch"), "w").close()
        module.exit_json(directory=module.tmpdir, name=os.path.basename(module.tmpdir)[:12])
    """,
    "tells_environment": """
        AnsibleModule(dict()).exit_json(number=os.environ["NUMBER"], truth=os.environ["TRUTH"], input=sys.stdin.read())
    """,
    "listens_to_signals": """
        names = [signal.getsignal(number) == signal.SIG_DFL for number in (signal.SIGTERM, signal.SIGALRM)]
        AnsibleModule(dict()).exit_json(default=names, interactive=sys.stdin.isatty())
    """,
    "starts_a_daemon": """
        daemon = os.fork()
        if daemon == 0:
            os.setsid()
            signal.pause()
        AnsibleModule(dict()).exit_json(changed=True, daemon=daemon)
    """,
    "sleeps": "signal.pause()",
}


@pytest.fixture(scope="module")
def collections(tmp_path_factory) -> Path:
    """The directory of a collection testing.warm with one module for each body."""
    directory = tmp_path_factory.mktemp("collections")
    modules = directory / "ansible_collections/testing/warm/plugins/modules"
    modules.mkdir(parents=True)
    for name, body in BODIES.items():
        text = HEAD + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        (modules / f"{name}.py").write_text(f"#!/usr/bin/python\n{text}\n\nif __name__ == '__main__':\n    main()\n")
    return directory


@pytest.fixture(scope="module")
def settings(collections):
    """The environment in which the warm controller is enabled for all these modules."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CALLBACKS_ENABLED": "convoy.delivery.warm_controller",
        "CONVOY_WARM_MODULES": ",".join(f"testing.warm.{name}" for name in BODIES),
    }


TASKS = {
    "answers": {"testing.warm.answers": {"word": "yes"}},
    "in check mode": {"testing.warm.answers": {"word": "yes"}, "check_mode": True},
    "without diff": {"testing.warm.answers": {"word": "yes"}, "diff": False},
    "no_log": {"testing.warm.answers": {"word": "yes"}, "no_log": True},
    "a secret comes back": {"testing.warm.answers": {"word": SECRET, "secret": SECRET}},
    "an unknown option": {"testing.warm.answers": {"colour": "red"}},
    "raises": {"testing.warm.raises": {}},
    "raises from another": {"testing.warm.raises_from": {}},
    "returns without a result": {"testing.warm.returns": {}},
    "exits at once": {"testing.warm.exits_at_once": {}},
    "exits with text": {"testing.warm.exits_with_text": {}},
    "says more": {"testing.warm.says_more": {}},
    "writes bytes": {"testing.warm.writes_bytes": {}},
    "answers nonsense": {"testing.warm.answers_nonsense": {}},
    "warns": {"testing.warm.warns": {}},
    "a loop does not remember": {"testing.warm.remembers": {"item": "{{ item }}"}, "loop": [1, 2, 3]},
    "environment is text": {"testing.warm.tells_environment": {}, "environment": {"NUMBER": 3, "TRUTH": True}},
    "signals are those of a new process": {"testing.warm.listens_to_signals": {}},
    "failed_when": {"testing.warm.answers": {"word": "no"}, "failed_when": "answer.word == 'no'", "register": "answer"},
    "changed_when": {"testing.warm.answers": {"word": "no"}, "changed_when": False},
}


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory, shared_api, settings):
    """The results of all tasks: in the controller, and as a module."""
    playbooks = Playbooks(tmp_path_factory.mktemp("both"), shared_api.url)
    tasks = [{"name": name, **task} for name, task in TASKS.items()]
    return [dict(zip(TASKS, playbooks.results(tasks, warm, **settings), strict=True)) for warm in (True, False)]


@pytest.mark.parametrize("task", TASKS)
def test_the_result_is_that_of_a_module(both_ways, task):
    warm, module = ({key: value for key, value in way[task].items() if key != "duration"} for way in both_ways)
    assert warm == module


def test_the_results_are_what_the_modules_did(both_ways):
    warm, _ = both_ways
    assert warm["answers"]["word"] == "yes" and not warm["answers"]["check"] and warm["in check mode"]["check"]
    assert "nobody catches this" in warm["raises"]["msg"] and warm["raises"]["failed"]
    assert warm["exits at once"]["rc"] == 3 and warm["exits at once"]["failed"]
    assert warm["says more"]["changed"] is False
    assert warm["warns"]["warnings"] == ["this is odd"]
    assert warm["warns"]["deprecations"][0]["msg"] == "this will go"
    assert [item["calls"] for item in warm["a loop does not remember"]["results"]] == [1, 1, 1]
    assert warm["environment is text"]["number"] == "3" and warm["environment is text"]["input"] == ""
    assert warm["signals are those of a new process"]["default"] == [True, True]


def test_all_of_them_ran_in_the_controller(playbooks, settings):
    output = playbooks.output([{**task, "ignore_errors": True} for task in TASKS.values()], "-vvv", **settings)
    assert "Using module file" in output and "EXEC" not in output and "runs as a module" not in output


def test_attempts_are_repeated_until_one_succeeds(playbooks, settings, tmp_path):
    task = {"testing.warm.fails_at_first": {"file": str(tmp_path / "seen")}, "register": "it", "until": "it is success"}
    output = playbooks.output([{**task, "retries": 3, "delay": 0}], "-vvv", **settings)
    assert "changed=1" in output and "FAILED - RETRYING" in output and "EXEC" not in output


def test_exit_functions_and_threads_come_to_their_end(playbooks, settings, tmp_path):
    output = playbooks.output([{"testing.warm.leaves_late": {"file": str(tmp_path / "late")}}], **settings)
    assert "ok=1" in output
    assert (tmp_path / "late").read_text() == "thread\nexit function\n"


def test_the_temporary_directory_is_private_and_goes_away(playbooks, settings):
    (result,) = playbooks.results([{"testing.warm.uses_tmpdir": {}}], warm=True, **settings)
    assert result["name"] == "ansible-tmp-" and not Path(result["directory"]).exists()
    assert "warnings" not in result


def test_a_module_that_is_killed_is_a_failed_task(playbooks, settings):
    (result,) = playbooks.results([{"testing.warm.kills_itself": {}}], warm=True, **settings)
    assert result["failed"] and result["rc"] == -9


def test_a_module_that_exceeds_the_task_s_time_limit_is_ended(playbooks, settings, tmp_path):
    (result,) = playbooks.results([{"testing.warm.sleeps": {}, "timeout": 1}], warm=True, **settings)
    assert result["failed"] and "timed out" in json.dumps(result).lower()


def test_a_daemon_that_a_module_starts_outlives_the_task_and_does_not_hold_it_up(playbooks, settings):
    (result,) = playbooks.results([{"testing.warm.starts_a_daemon": {}}], warm=True, **settings)
    os.kill(result["daemon"], signal.SIGKILL)  # fails where there is none


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({"async": 30, "poll": 1}, "it is asynchronous"),
        ({"environment": {"PYTHONDONTWRITEBYTECODE": "1"}}, "Python reads PYTHONDONTWRITEBYTECODE when it starts"),
        ({"vars": {"convoy_warm": False}}, "convoy_warm is false"),
    ],
)
def test_in_doubt_it_runs_as_a_module(playbooks, settings, task, reason):
    output = playbooks.output([{"testing.warm.answers": {"word": "yes"}, **task}], "-vvv", **settings)
    assert f"testing.warm.answers runs as a module: {reason}" in output
    assert "EXEC" in output


def test_where_ansible_would_search_for_an_interpreter_it_runs_as_a_module(playbooks, settings):
    tasks = [{"testing.warm.answers": {"word": "yes"}}]
    output = playbooks.output(tasks, "-vvv", "-e", "ansible_python_interpreter=auto_silent", **settings)
    assert "runs as a module: ansible would search for an interpreter" in output and "EXEC" in output


def test_a_module_that_nobody_declared_safe_runs_as_a_module(playbooks, settings):
    tasks = [{"testing.warm.answers": {"word": "yes"}}]
    output = playbooks.output(tasks, "-vvv", **{**settings, "CONVOY_WARM_MODULES": ""})
    assert "its module is not prepared" in output and re.search(r"EXEC .*AnsiballZ_answers", output)


def test_left_out_everything_is_stock(playbooks, settings, tmp_path):
    configuration = tmp_path / "ansible.cfg"
    configuration.write_text("[defaults]\n")
    environment = {name: value for name, value in settings.items() if name != "ANSIBLE_CALLBACKS_ENABLED"}
    environment["ANSIBLE_CONFIG"] = str(configuration)
    output = playbooks.output([{"testing.warm.answers": {"word": "yes"}}], "-vvv", **environment)
    assert "runs as a module" not in output and re.search(r"EXEC .*AnsiballZ_answers", output) and "changed=1" in output


def test_switched_off_everything_is_stock(playbooks, settings):
    output = playbooks.output([{"testing.warm.answers": {"word": "yes"}}], "-vvv", CONVOY_WARM="false", **settings)
    assert "runs as a module" not in output and re.search(r"EXEC .*AnsiballZ_answers", output) and "changed=1" in output


def test_a_playbook_s_own_action_normal_has_the_right_of_way(playbooks, settings, tmp_path):
    plugins = tmp_path / "action_plugins"
    plugins.mkdir()
    (plugins / "normal.py").write_text(
        "from ansible.plugins.action import ActionBase\n\n\n"
        "class ActionModule(ActionBase):\n"
        "    def run(self, tmp=None, task_vars=None):\n"
        "        return {'changed': True, 'msg': 'the project has an action of its own'}\n"
    )
    output = playbooks.output([{"testing.warm.answers": {"word": "yes"}}], "-vvv", **settings)
    assert "the project has an action of its own" in output
    assert f"The warm controller is off: {plugins / 'normal.py'} takes the place of its action." in output


def test_other_strategies_fork_prepared_workers_too(playbooks, settings):
    environment = {**settings, "ANSIBLE_STRATEGY": "ansible.builtin.free"}
    output = playbooks.output([{"testing.warm.answers": {"word": "yes"}}], "-vvv", **environment)
    assert "changed=1" in output and "EXEC" not in output
