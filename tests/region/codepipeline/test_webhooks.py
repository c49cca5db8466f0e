# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: registered through the API, called over plain HTTP."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from tests.region.codepipeline.workshop import probe, stage

SECRET = "a shared secret"


def define(shop, authentication: str = "UNAUTHENTICATED", configuration=None, filters=()) -> dict:
    return {
        "name": shop.name,
        "targetPipeline": shop.name,
        "targetAction": "S3",
        "filters": list(filters) or [{"jsonPath": "$.ref"}],
        "authentication": authentication,
        "authenticationConfiguration": configuration or {},
    }


def register(shop, **more) -> str:
    """Makes the pipeline and its webhook. Returns the webhook's address."""
    shop.create(stage("Test", probe()))
    return shop.pipelines.put_webhook(webhook=define(shop, **more))["webhook"]["url"]


def call(url: str, payload: dict, headers=None) -> tuple[int, dict]:
    request = urllib.request.Request(url, json.dumps(payload).encode(), headers or {}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def signature(payload: dict, secret: str) -> dict:
    digest = hmac.new(secret.encode(), json.dumps(payload).encode(), hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def test_a_signed_request_that_passes_the_filter_starts_the_pipeline(shop):
    filters = [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{S3ObjectKey}"}]
    url = register(shop, authentication="GITHUB_HMAC", configuration={"SecretToken": SECRET}, filters=filters)
    payload = {"ref": f"refs/heads/{shop.key}"}
    status, answer = call(url, payload, signature(payload, SECRET))
    assert status == 200
    newest = shop.executions()[0]
    assert (newest["pipelineExecutionId"], newest["trigger"]["triggerType"]) == (
        answer["pipelineExecutionId"],
        "Webhook",
    )
    (listed,) = [one for one in shop.pipelines.list_webhooks()["webhooks"] if one["definition"]["name"] == shop.name]
    assert "lastTriggered" in listed
    assert SECRET not in str(listed)


@pytest.mark.parametrize(
    ("payload", "secret", "status"),
    [({"ref": "refs/heads/main"}, "wrong", 403), ({"ref": "refs/heads/other"}, SECRET, 400), ({}, SECRET, 400)],
    ids=["wrong signature", "other branch", "nothing to match"],
)
def test_a_request_that_is_not_meant_starts_nothing(shop, payload, secret, status):
    filters = [{"jsonPath": "$.ref", "matchEquals": "refs/heads/main"}]
    url = register(shop, authentication="GITHUB_HMAC", configuration={"SecretToken": SECRET}, filters=filters)
    assert call(url, payload, signature(payload, secret))[0] == status
    assert len(shop.executions()) == 1


def test_a_delivery_that_comes_twice_starts_two_executions_of_which_the_newer_goes_on(shop):
    url = register(shop)
    first, second = (call(url, {"ref": "main"})[1]["pipelineExecutionId"] for _ in range(2))
    assert [one["pipelineExecutionId"] for one in shop.executions()[:2]] == [second, first]
    shop.until(first, "Superseded")
    assert shop.status(second) == "InProgress"


@pytest.mark.parametrize(("allowed", "status"), [("127.0.0.0/8", 200), ("192.0.2.0/24", 403)])
def test_a_webhook_can_be_held_to_addresses(shop, allowed, status):
    url = register(shop, authentication="IP", configuration={"AllowedIPRange": allowed})
    assert call(url, {"ref": "main"})[0] == status


def test_a_deleted_webhook_answers_404(shop):
    url = register(shop)
    shop.pipelines.delete_webhook(name=shop.name)
    assert call(url, {"ref": "main"})[0] == 404


def test_a_webhook_goes_with_its_pipeline(shop):
    url = register(shop)
    shop.pipelines.delete_pipeline(name=shop.name)
    assert call(url, {"ref": "main"})[0] == 404


def test_a_webhook_that_is_put_again_keeps_its_address(shop):
    url = register(shop)
    changed = define(shop, filters=[{"jsonPath": "$.after"}])
    assert shop.pipelines.put_webhook(webhook=changed)["webhook"]["url"] == url
    assert call(url, {"ref": "main"})[0] == 400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"authentication": "GITHUB_HMAC"}, "InvalidWebhookAuthenticationParametersException"),
        ({"authentication": "IP", "configuration": {"AllowedIPRange": "everybody"}},
         "InvalidWebhookAuthenticationParametersException"),
        ({"filters": [{"jsonPath": "$.[["}]}, "InvalidWebhookFilterPatternException"),
    ],
)  # fmt: skip
def test_a_definition_is_checked(shop, changes, code):
    shop.create(stage("Test", probe()))
    with pytest.raises(ClientError) as refused:
        shop.pipelines.put_webhook(webhook=define(shop, **changes))
    assert refused.value.response["Error"]["Code"] == code
