# SPDX-License-Identifier: GPL-3.0-or-later
"""The same task inside the warm controller and as a module: one result, whatever happens."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading

import pytest

from .conftest import SECRET

APPLICATION = "convoy.delivery.codedeploy_application"
CONFIG = "convoy.delivery.codedeploy_deployment_config"
GROUP = "convoy.delivery.codedeploy_deployment_group"

TASKS = {
    "predicted": {APPLICATION: {"name": "shop", "tags": {"Team": "web"}}, "check_mode": True},
    "made": {APPLICATION: {"name": "shop", "tags": {"Team": "web"}}},
    "left alone": {APPLICATION: {"application_name": "shop"}},
    "without diff": {APPLICATION: {"name": "shop", "tags": {"Team": "api"}}, "diff": False},
    "a secret comes back": {APPLICATION: {"name": "shop", "tags": {"Key": SECRET}}},
    "no_log": {APPLICATION: {"name": "shop"}, "no_log": True},
    "a loop": {APPLICATION: {"name": "{{ item }}"}, "loop": ["one", "two"]},
    "numbers become text": {APPLICATION: {"name": 42, "state": "absent"}},
    "another region from the environment": {
        APPLICATION: {"name": "far", "region": "{{ omit }}"},
        "environment": {"AWS_REGION": "us-west-2"},
    },
    "changed_when": {APPLICATION: {"name": "shop"}, "changed_when": True},
    "delegated to the controller": {APPLICATION: {"name": "shop"}, "delegate_to": "localhost"},
    "refused by the module": {APPLICATION: {"name": "sh op"}},
    "refused by AWS": {
        GROUP: {
            "application_name": "none",
            "name": "production",
            "service_role_arn": "arn:aws:iam::123456789012:role/codedeploy",
        }
    },
    "an unknown option": {APPLICATION: {"name": "shop", "colour": "red"}},
    "a missing option": {APPLICATION: {"state": "absent"}},
    "a wrong choice": {APPLICATION: {"name": "shop", "state": "perhaps"}},
    "a wrong type in a suboption": {
        CONFIG: {"name": "careful", "minimum_healthy_hosts": {"type": "HOST_COUNT", "value": "many"}}
    },
    "info": {"convoy.delivery.codedeploy_application_info": {}},
    "nothing listens": {APPLICATION: {"name": "shop", "endpoint_url": "http://127.0.0.1:9"}},
    "deleted": {APPLICATION: {"name": "shop", "state": "absent"}},
}
# What the service makes anew each time, and what the callback adds about time and place.
VOLATILE = {"application_id", "create_time", "request_id", "duration"}


def stable(value):
    """The value without what differs between any two runs; a request id inside a sentence is left out too."""
    if isinstance(value, dict):
        return {key: stable(entry) for key, entry in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [stable(entry) for entry in value]
    return value.partition(", request id ")[0] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory, shared_api):
    """The results of all tasks: [(name, in the controller, as a module)]."""
    from .conftest import Playbooks

    playbooks = Playbooks(tmp_path_factory.mktemp("both"), shared_api.url)
    tasks = [{"name": name, **task} for name, task in TASKS.items()]
    found = []
    for warm in (True, False):
        for region in ("eu-central-1", "us-west-2"):
            client = shared_api.client("codedeploy", region_name=region)
            for name in client.list_applications()["applications"]:
                client.delete_application(applicationName=name)
        found.append(dict(zip(TASKS, playbooks.results(tasks, warm), strict=True)))
    return found


@pytest.mark.parametrize("task", TASKS)
def test_the_result_is_the_same_inside_the_controller_and_as_a_module(both_ways, task):
    warm, module = both_ways
    assert stable(warm[task]) == stable(module[task])


def test_the_results_are_what_the_tasks_mean(both_ways):
    warm, _ = both_ways
    assert warm["predicted"]["changed"] and warm["made"]["changed"] and not warm["left alone"]["changed"]
    assert "diff" in warm["made"]
    assert warm["no_log"]["censored"]
    assert warm["a secret comes back"]["application"]["tags"]["Key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    arguments = warm["made"]["invocation"]["module_args"]
    assert arguments["secret_key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert arguments["purge_tags"] is True and arguments["application_name"] == "shop"
    assert warm["another region from the environment"]["changed"]
    assert "value of state must be one of: present, absent" in warm["a wrong choice"]["msg"]
    assert (
        "Unsupported parameters for (convoy.delivery.codedeploy_application) module: colour"
        in (warm["an unknown option"]["msg"])
    )


TASK = [{APPLICATION: {"name": "shop"}}]


def test_inside_the_controller_nothing_is_executed(playbooks, empty):
    assert "EXEC" not in playbooks.output(TASK, "-vvv")


@pytest.mark.parametrize("switch", [{"arguments": ("-e", "convoy_warm=false")}, {"environment": {"CONVOY_WARM": "0"}}])
def test_the_switch_makes_it_a_module_and_says_so(playbooks, empty, switch):
    output = playbooks.output(TASK, "-vvv", *switch.get("arguments", ()), **switch.get("environment", {}))
    assert "runs as a module: convoy_warm is false" in output
    assert "AnsiballZ_codedeploy_application.py" in output
    assert "ok=1" in output


def test_an_asynchronous_task_runs_as_a_module(playbooks, empty):
    output = playbooks.output([{APPLICATION: {"name": "shop"}, "async": 60, "poll": 1}], "-vvv")
    assert "runs as a module: it is asynchronous" in output and "changed=1" in output


class SlowIam(http.server.ThreadingHTTPServer):
    """CodeDeploy that refuses the role until somebody says that the progress line was seen."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SlowIamHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.refused, self.seen, self.made = False, threading.Event(), False


class SlowIamHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        server, operation = self.server, self.headers["X-Amz-Target"].rpartition(".")[2]
        if operation == "GetDeploymentGroup" and not server.made:
            self._say(400, {"__type": "DeploymentGroupDoesNotExistException", "message": "none"})
        elif operation == "GetDeploymentGroup":
            self._say(200, {"deploymentGroupInfo": {"applicationName": "shop", "deploymentGroupName": "production"}})
        elif not server.refused:
            server.refused = True
            self._say(400, {"__type": "InvalidRoleException", "message": "Cannot assume role provided"})
        else:
            server.made = server.seen.wait(timeout=60)
            self._say(200, {"deploymentGroupId": "1"})

    def _say(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def slow_iam():
    server = SlowIam()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.seen.set()
    server.shutdown()
    server.server_close()


ROLE = "arn:aws:iam::123456789012:role/new"


def waiting_task(url):
    options = {"application_name": "shop", "name": "production", "service_role_arn": ROLE, "endpoint_url": url}
    return [{GROUP: options}]


def test_progress_is_shown_while_the_task_still_waits(playbooks, slow_iam):
    command = playbooks.command(waiting_task(slow_iam.url), host="staging")
    with subprocess.Popen(command, env=playbooks.environment(), stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if "waiting for IAM" in line:
                assert line == f"staging  {ROLE}  cannot be assumed yet, waiting for IAM to make it known\n"
                assert not slow_iam.made
                slow_iam.seen.set()
        assert process.wait(timeout=60) == 0
    assert slow_iam.made


def test_a_task_with_no_log_shows_no_progress(playbooks, slow_iam):
    slow_iam.seen.set()
    tasks = [{**waiting_task(slow_iam.url)[0], "no_log": True}]
    output = playbooks.output(tasks)
    assert "changed=1" in output and "waiting for IAM" not in output
