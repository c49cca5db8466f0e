# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against HTTP servers that answer as AWS does on a bad day. The waits between attempts are left out."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.run_module import run_module


class BadDay(http.server.ThreadingHTTPServer):
    """Answers the given (status, headers, body) in turn, the last one again and again; remembers what was asked."""

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.asked: list[tuple[str, dict]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: BadDay

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.server.asked.append((operation, json.loads(body or "{}")))
        answers = self.server.answers
        status, kind, content = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("x-amzn-RequestId", "4f1b2c3d")
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *arguments):
        pass


def said(content, status=200):
    return status, "application/x-amz-json-1.1", json.dumps(content)


def error(code, message, status=400):
    return said({"__type": code, "message": message}, status)


@pytest.fixture
def bad_day(monkeypatch) -> Iterator:
    """A function that starts a server with these answers."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    servers = []

    def start(*answers) -> BadDay:
        servers.append(BadDay(*answers))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(url, module="codedeploy_application", **options):
    keys = {"region": "eu-central-1", "access_key": "AKIATESTTESTTESTTEST", "secret_key": "not-a-real-secret"}
    return run_module(module, {"endpoint_url": url, **keys, **options})


APPLICATION = said({"application": {"applicationName": "shop", "computePlatform": "Server"}})
THROTTLED = error("ThrottlingException", "Rate exceeded")


def test_a_throttled_request_is_sent_again_until_it_is_answered(bad_day):
    server = bad_day(*[THROTTLED] * 12, APPLICATION)
    assert not ask(server.url, name="shop")["changed"]
    assert len(server.asked) == 13


def test_throttling_that_does_not_end_is_told_as_such(bad_day):
    server = bad_day(THROTTLED)
    message = ask(server.url, name="shop")["msg"]
    assert "Could not read application shop: " in message and "AWS is limiting the rate of requests" in message
    assert len(server.asked) <= 50


def test_a_refusal_is_not_repeated(bad_day):
    server = bad_day(error("AccessDeniedException", "User: x is not authorized"))
    assert "(CodeDeploy AccessDeniedException, request id 4f1b2c3d)" in ask(server.url, name="shop")["msg"]
    assert len(server.asked) == 1


def test_what_the_local_region_does_not_do_is_told_at_once(bad_day):
    server = bad_day(error("NotImplementedInLocalRegion", "GetApplication is not built.", status=501))
    assert "GetApplication is not built. Rehearse this part against AWS" in ask(server.url, name="shop")["msg"]
    assert len(server.asked) == 1


def test_a_failure_inside_aws_is_tried_again(bad_day):
    server = bad_day(error("InternalFailure", "oops", status=500), APPLICATION)
    assert not ask(server.url, name="shop")["changed"]


def test_a_web_server_at_the_endpoint_is_recognised(bad_day):
    server = bad_day((404, "text/html", "<html><body>Not Found</body></html>"))
    message = ask(server.url, name="shop")["msg"]
    assert f"{server.url} answered" in message and "not as CodeDeploy does" in message
    assert "Check endpoint_url." in message


def test_a_region_that_is_not_running_is_told_in_one_sentence_after_one_attempt(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    result = ask(url, name="shop")
    assert result["msg"] == (
        f"Could not read application shop: nothing answers at {url}. "
        "Start the region (for the local one: python -m local_region start), or correct endpoint_url."
    )
    assert pauses == []


def test_all_pages_of_a_list_are_read(bad_day):
    server = bad_day(
        said({"applications": ["a"], "nextToken": "more"}),
        said({"applications": ["b"]}),
        said({"applicationsInfo": []}),
    )
    ask(server.url, module="codedeploy_application_info")
    assert [operation for operation, _ in server.asked] == [
        "ListApplications",
        "ListApplications",
        "BatchGetApplications",
    ]
    assert server.asked[1][1] == {"nextToken": "more"}
    assert server.asked[2][1] == {"applicationNames": ["a", "b"]}


def test_large_batches_are_split(bad_day):
    names = [f"a{number:03}" for number in range(250)]
    server = bad_day(said({"applications": names}), said({"applicationsInfo": []}))
    ask(server.url, module="codedeploy_application_info")
    sizes = [len(body["applicationNames"]) for operation, body in server.asked if operation == "BatchGetApplications"]
    assert sizes == [100, 100, 50]


ROLE = "arn:aws:iam::123456789012:role/new"
GROUP = {"application_name": "shop", "name": "production", "service_role_arn": ROLE}
NO_GROUP = error("DeploymentGroupDoesNotExistException", "No Deployment Group found")
NO_ROLE = error("InvalidRoleException", "Cannot assume role provided")
MADE = said({"deploymentGroupId": "1"})
THE_GROUP = said(
    {"deploymentGroupInfo": {"applicationName": "shop", "deploymentGroupName": "production", "serviceRoleArn": ROLE}}
)


def test_a_role_that_was_just_made_is_waited_for(bad_day):
    server = bad_day(NO_GROUP, NO_ROLE, NO_ROLE, MADE, THE_GROUP)
    result = ask(server.url, module="codedeploy_deployment_group", **GROUP)
    assert result["changed"]
    assert [operation for operation, _ in server.asked].count("CreateDeploymentGroup") == 3
    assert result["progress"] == [f"{ROLE}  cannot be assumed yet, waiting for IAM to make it known"]


def test_a_role_that_cannot_be_assumed_at_all_is_told_with_what_to_do(bad_day):
    server = bad_day(NO_GROUP, NO_ROLE)
    message = ask(server.url, module="codedeploy_deployment_group", role_timeout=0, **GROUP)["msg"]
    assert "Cannot assume role provided. Check that service_role_arn names a role" in message


def test_lifecycle_hooks_that_codedeploy_left_behind_are_told(bad_day):
    server = bad_day(THE_GROUP, said({"hooksNotCleanedUp": [{"name": "web", "hook": "CodeDeploy-managed-1"}]}))
    shop = {"state": "absent", "application_name": "shop", "name": "production"}
    result = ask(server.url, module="codedeploy_deployment_group", **shop)
    assert [warning["event"]["msg"] for warning in result["warnings"]] == [
        "deployment group shop/production: CodeDeploy could not remove its lifecycle hook CodeDeploy-managed-1 "
        "from the Auto Scaling group web. Remove it there."
    ]
