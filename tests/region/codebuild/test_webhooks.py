# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks over HTTP: deliveries in GitHub's form, to projects whose repository a connection leads to."""

import hashlib
import hmac
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.region.codebuild.test_webhook_filters import PUSH, one
from tests.region.codebuild.yard import eventually

IDENTITY = ["-c", "user.name=T", "-c", "user.email=t@example.com"]


def commit(folder: Path) -> str:
    """A repository acme/shop in the folder; returns the id of its one commit."""
    shop = folder / "acme" / "shop"
    shop.mkdir(parents=True)
    (shop / "index.html").write_text("one")
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*IDENTITY, "commit", "-q", "-m", "one"]):
        subprocess.run(["git", *command], cwd=shop, check=True)
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=shop, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def pushed(yard, tmp_path) -> str:
    """The commit of a repository that the test's project builds, through a connection."""
    connections = yard.api.client("codeconnections")
    arn = connections.create_connection(ProviderType="GitHub", ConnectionName=yard.name)["ConnectionArn"]
    head = commit(tmp_path)
    yard.api.region.connections.complete(arn, str(tmp_path))
    auth = {"type": "CODECONNECTIONS", "resource": arn}
    yard.create(source={"type": "GITHUB", "location": "https://github.com/acme/shop.git", "auth": auth})
    return head


def hook(yard, **more) -> dict:
    return yard.builds.create_webhook(projectName=yard.name, **more)["webhook"]


def deliver(webhook: dict, payload: dict, number: str = "", event: str = "push", secret: str | None = None) -> dict:
    """The answer to a delivery: its status, and what it has started."""
    body = json.dumps(payload).encode()
    signature = hmac.new((secret or webhook["secret"]).encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": number,
        "X-Hub-Signature-256": f"sha256={signature}",
        "User-Agent": "GitHub-Hookshot/1234",
    }
    request = urllib.request.Request(webhook["payloadUrl"], body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return {"status": answer.status, **json.load(answer)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, **json.load(error)}


def test_a_push_builds_its_commit(yard, pushed):
    answer = deliver(hook(yard), PUSH | {"after": pushed})
    build = yard.finished(answer["buildId"])
    assert (build["buildStatus"], build["initiator"]) == ("SUCCEEDED", "GitHub-Hookshot/1234")
    assert (build["sourceVersion"], build["resolvedSourceVersion"]) == (pushed, pushed)
    assert yard.order.source.commit == pushed
    assert yard.order.source.git_url.endswith("/acme/shop")
    assert yard.order.variables["CODEBUILD_WEBHOOK_TRIGGER"] == "branch/main"


def test_a_push_to_what_a_connection_leads_to_needs_no_delivery(yard, pushed, tmp_path):
    hook(yard, filterGroups=[[one("EVENT", "PUSH"), one("FILE_PATH", "^src/"), one("COMMIT_MESSAGE", "^two")]])
    shop = tmp_path / "acme" / "shop"
    (shop / "src").mkdir()
    (shop / "src" / "door.py").write_text("a door")
    for command in (["add", "."], [*IDENTITY, "commit", "-q", "-m", "two: a door"]):
        subprocess.run(["git", *command], cwd=shop, check=True)
    (build_id,) = eventually(lambda: yard.builds.list_builds_for_project(projectName=yard.name)["ids"], "a build")
    build = yard.finished(build_id)
    assert (build["initiator"], build["resolvedSourceVersion"] != pushed) == ("GitHub-Hookshot", True)
    assert yard.order.variables["CODEBUILD_WEBHOOK_TRIGGER"] == "branch/main"


def test_a_delivery_that_comes_twice_builds_once(yard, pushed):
    webhook = hook(yard)
    first, second = (deliver(webhook, PUSH | {"after": pushed}, number="72d3162e") for _ in range(2))
    third = deliver(webhook, PUSH | {"after": pushed}, number="72d3162f")
    assert first == second
    assert third["buildId"] != first["buildId"]
    assert len(yard.builds.list_builds_for_project(projectName=yard.name)["ids"]) == 2


def test_a_delivery_that_no_filter_wants_builds_nothing(yard, pushed):
    webhook = hook(yard, filterGroups=[[one("EVENT", "PUSH"), one("HEAD_REF", "^refs/heads/release$")]])
    assert deliver(webhook, PUSH | {"after": pushed}) == {"status": 200, "buildId": None}
    assert deliver(webhook, {"zen": "Speak like a human."}, event="ping")["status"] == 200


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_a_delivery_with_another_secret_is_refused(yard, pushed, secret):
    webhook = hook(yard)
    old = webhook["secret"]
    if not secret:  # the one before a rotation
        yard.builds.update_webhook(projectName=yard.name, rotateSecret=True)
    answer = deliver(webhook, PUSH | {"after": pushed}, secret=secret or old)
    assert answer["status"] == 403
    assert "signature" in answer["message"]


def test_the_secret_is_shown_once(yard, pushed):
    hook(yard, branchFilter="^main$")
    (project,) = yard.builds.batch_get_projects(names=[yard.name])["projects"]
    assert project["webhook"]["branchFilter"] == "^main$"
    assert "secret" not in project["webhook"]
    changed = yard.builds.update_webhook(projectName=yard.name, filterGroups=[[one("EVENT", "PUSH")]])["webhook"]
    assert ("secret" in changed, "branchFilter" in changed) == (False, False)
    yard.builds.delete_webhook(projectName=yard.name)
    assert "webhook" not in yard.builds.batch_get_projects(names=[yard.name])["projects"][0]
    with pytest.raises(yard.builds.exceptions.ResourceNotFoundException):
        yard.builds.delete_webhook(projectName=yard.name)


def test_a_webhook_needs_a_repository_outside_and_a_way_to_it(yard):
    yard.create()
    with pytest.raises(ClientError, match="not supported for source type NO_SOURCE"):
        hook(yard)
    yard.builds.update_project(name=yard.name, source={"type": "GITHUB", "location": "https://github.com/acme/shop"})
    with pytest.raises(ClientError, match="Could not find access token for server type github"):
        hook(yard)
    made = hook(yard, manualCreation=True)
    assert deliver(made, PUSH)["status"] == 501
    with pytest.raises(ClientError, match="already exists"):
        hook(yard)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"filterGroups": [[one("HEAD_REF", "main")]]}, "exactly one filter of the type EVENT"),
        ({"scopeConfiguration": {"name": "acme", "scope": "GITHUB_ORGANIZATION"}}, "no webhooks of organizations"),
        ({"buildType": "RUNNER_BUILDKITE_BUILD"}, "runs no RUNNER_BUILDKITE_BUILD"),
        ({"pullRequestBuildPolicy": {"requiresCommentApproval": "ALL_PULL_REQUESTS"}}, "hears no comments"),
    ],
)
def test_what_a_webhook_cannot_have_is_refused(yard, pushed, given, said):
    with pytest.raises(ClientError, match=said):
        hook(yard, **given)
