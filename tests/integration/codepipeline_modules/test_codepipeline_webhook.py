# SPDX-License-Identifier: GPL-3.0-or-later
"""codepipeline_webhook and its info module, over HTTP; and the requests that the webhooks take."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request

import pytest

from tests.integration.codepipeline_modules.pipelines import storefront

MODULE = "codepipeline_webhook"
INFO = "codepipeline_webhook_info"
OLD, NEW = "old-secret-1", "new-secret-2"
FILTERS = [{"json_path": "$.ref", "match_equals": "refs/heads/main"}]


def hook(secret: str | None = OLD, **changes) -> dict:
    """Options of a webhook of the storefront; signed with this secret."""
    given = {"name": "push", "target_pipeline": "storefront", "target_action": "Bundle", "filters": FILTERS}
    if secret:
        given |= {"authentication": "GITHUB_HMAC", "authentication_configuration": {"secret_token": secret}}
    return given | changes


def call(url: str, secret: str) -> int:
    """The status that a request to a webhook is answered with."""
    body = json.dumps({"ref": "refs/heads/main"}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(url, body, {"X-Hub-Signature-256": f"sha256={signature}"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def storefronts(modules):
    """The modules, with the pipeline that webhooks start."""
    modules.run("codepipeline", **storefront())
    return modules


def test_a_webhook_is_made_as_predicted_and_starts_the_pipeline_when_it_is_signed_right(storefronts):
    predicted, real = storefronts.predicted_and_real(MODULE, **hook(tags={"Team": "web"}))
    assert predicted["changed"] and real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["webhook"].items() >= predicted["webhook"].items()
    assert real["diff"]["after"]["authentication_configuration"] == {"secret_token": "****"}
    assert OLD not in json.dumps([predicted, real])
    assert call(real["webhook"]["url"], OLD) == 200
    assert call(real["webhook"]["url"], "wrong") == 403


def test_a_second_run_asks_once_and_writes_nothing(storefronts):
    storefronts.run(MODULE, **hook())
    before = storefronts.calls()
    assert not storefronts.run(MODULE, **hook())["changed"]
    assert not storefronts.run(MODULE, name="push")["changed"]
    assert storefronts.calls() - before == {"all": 2}


def test_a_change_keeps_the_address_and_what_is_not_given(storefronts):
    url = storefronts.run(MODULE, **hook())["webhook"]["url"]
    filters = [*FILTERS, {"json_path": "$.after"}]
    predicted, real = storefronts.predicted_and_real(MODULE, **hook(filters=filters))
    assert predicted["diff"] == real["diff"]
    assert real["webhook"]["url"] == url
    assert not storefronts.run(MODULE, **hook(filters=filters[::-1]))["changed"]


def test_the_authentication_changes_with_what_goes_with_it(storefronts):
    storefronts.run(MODULE, **hook())
    allowed = {"authentication": "IP", "authentication_configuration": {"allowed_ip_range": "192.0.2.0/24"}}
    predicted, real = storefronts.predicted_and_real(MODULE, **hook(None, **allowed))
    assert predicted["diff"] == real["diff"]
    assert call(real["webhook"]["url"], OLD) == 403
    open_to_all = {"name": "push", "authentication": "UNAUTHENTICATED"}
    assert storefronts.run(MODULE, **open_to_all)["webhook"]["authentication_configuration"] == {}
    assert not storefronts.run(MODULE, **open_to_all)["changed"]


def test_another_secret_alone_is_sent_only_where_it_always_is(storefronts):
    url = storefronts.run(MODULE, **hook())["webhook"]["url"]
    assert not storefronts.run(MODULE, **hook(NEW))["changed"]
    assert call(url, OLD) == 200
    predicted, real = storefronts.predicted_and_real(MODULE, **hook(NEW), update_secret="always")
    assert predicted["changed"] and real["changed"]
    assert predicted["diff"] == real["diff"]
    assert real["progress"] == ["push  gets its secret again, as update_secret=always says"]
    assert NEW not in json.dumps(real)
    assert (call(url, OLD), call(url, NEW)) == (403, 200)


def test_a_signed_webhook_changes_only_with_its_secret(storefronts):
    storefronts.run(MODULE, **hook())
    before = storefronts.calls()
    refusal = storefronts.refusal(MODULE, name="push", filters=[{"json_path": "$.after"}])
    assert "authentication_configuration.secret_token: webhook push is to be written, and CodePipeline" in refusal
    assert (storefronts.calls() - before)["writes"] == 0


def test_tags_are_changed_without_the_secret(storefronts):
    storefronts.run(MODULE, **hook(tags={"Team": "web", "Stage": "test"}))
    predicted, real = storefronts.predicted_and_real(MODULE, name="push", tags={"Team": "api"})
    assert predicted["diff"] == real["diff"]
    assert storefronts.run(INFO)["webhooks"][0]["tags"] == {"Team": "api"}


def test_a_webhook_is_deleted_once(storefronts):
    storefronts.run(MODULE, **hook())
    predicted, real = storefronts.predicted_and_real(MODULE, name="push", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = storefronts.calls()
    assert not storefronts.run(MODULE, name="push", state="absent")["changed"]
    assert storefronts.calls() - before == {"all": 1}


def test_a_webhook_that_cannot_be_registered_is_not_left_behind(storefronts):
    refusal = storefronts.refusal(MODULE, **hook(register_with_third_party=True))
    assert "Could not register webhook push with its source's provider" in refusal
    assert storefronts.run(INFO)["webhooks"] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (hook(name="my hook"), "name: 'my hook' is not a valid name."),
        (hook(filters=[{"json_path": "ref"}]), "filters: json_path 'ref' is none. Use one of 1 to 150 characters such"),
        (hook(filters=FILTERS * 6), "filters: 6 were given, a webhook has at most 5."),
        (hook(filters=[{"json_path": "$.ref", "match_equals": ""}]), "match_equals of $.ref has 0 characters."),
        (hook(authentication="IP"), "authentication_configuration: IP needs allowed_ip_range. Give it"),
        (
            hook(authentication_configuration={"secret_token": OLD, "allowed_ip_range": "10.0.0.0/8"}),
            "does not go with",
        ),
        (
            hook(None, authentication="IP", authentication_configuration={"allowed_ip_range": "home"}),
            "authentication_configuration.allowed_ip_range: 'home' is no range of addresses. Use one such as 192.",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(modules, options, sentence):
    before = modules.calls()
    assert sentence in modules.refusal(MODULE, **options)
    assert modules.calls() == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"name": "new"},
            "target_pipeline, target_action, filters: required to create webhook new, which does not exist",
        ),
        (
            hook("****"),
            "webhook push is to be written, and CodePipeline takes it only as a whole, with its secret. Give",
        ),
        (hook(target_pipeline="nowhere"), "Could not create webhook push"),
        (hook(target_action="Deploy"), "Could not create webhook push"),
    ],
)
def test_what_cannot_be_made_is_refused(storefronts, options, sentence):
    assert sentence in storefronts.refusal(MODULE, **options)


def test_info_tells_the_wanted_ones_and_no_secret(storefronts):
    storefronts.run("codepipeline", **storefront(name="library"))
    storefronts.run(MODULE, **hook(name="b"))
    storefronts.run(MODULE, **hook(name="a", target_pipeline="library"))

    def told(**filters):
        return [one["name"] for one in storefronts.run(INFO, **filters)["webhooks"]]

    assert told() == ["a", "b"]
    assert told(names=["b", "unknown"]) == ["b"]
    assert told(target_pipeline="library") == ["a"]
    assert told(names=["b"], target_pipeline="library") == []
    assert OLD not in json.dumps(storefronts.run(INFO))


def test_what_info_tells_can_be_given_back(storefronts):
    storefronts.run(MODULE, **hook(tags={"Team": "web"}))
    (told,) = storefronts.run(INFO)["webhooks"]
    options = {name: value for name, value in told.items() if name not in ("arn", "url")}
    assert not storefronts.run(MODULE, **options)["changed"]
