# SPDX-License-Identifier: GPL-3.0-or-later
"""codebuild_webhook, over HTTP."""

import json

import pytest

from tests.integration.codebuild_modules.shop import ROLE

MODULE = "codebuild_webhook"


def only(kind, pattern, **more):
    return {"type": kind, "pattern": pattern, **more}


PUSHES = [only("EVENT", "PUSH"), only("HEAD_REF", "^refs/heads/main$")]
REQUESTS = [
    only("EVENT", "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED"),
    only("FILE_PATH", "^docs/", exclude_matched_pattern=True),
]
HOOK = {"project_name": "shop", "filter_groups": [PUSHES, REQUESTS]}


@pytest.fixture
def hooks(modules):
    """The modules; the project shop is built from GitHub, for which there is a credential."""
    client = modules.client("codebuild")
    client.create_project(
        name="shop",
        source={"type": "GITHUB", "location": "https://github.com/example/shop.git"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=ROLE,
    )
    client.import_source_credentials(serverType="GITHUB", authType="PERSONAL_ACCESS_TOKEN", token="not-a-real-token")
    return modules


CASES = {
    "least": {"project_name": "shop"},
    "groups": HOOK,
    "branches": {"project_name": "shop", "branch_filter": "^main$"},
    "by_hand": {**HOOK, "manual_creation": True, "build_type": "BUILD_BATCH"},
    "policy": {**HOOK, "pull_request_build_policy": {"requires_comment_approval": "DISABLED"}},
}


@pytest.mark.parametrize("case", CASES)
def test_a_webhook_is_made_as_predicted_and_then_left_alone(hooks, case):
    options = CASES[case]
    predicted, real = hooks.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert real["webhook"]["payload_url"]
    before = hooks.calls()
    again = hooks.run(MODULE, **options)
    assert not again["changed"]
    assert again["diff"]["before"] == again["diff"]["after"]
    assert hooks.calls() - before == {"all": 1}


CHANGES = {
    "groups": (HOOK, {"filter_groups": [PUSHES]}),
    "no_groups": (HOOK, {"filter_groups": []}),
    "to_branches": (HOOK, {"branch_filter": "^main$"}),
    "from_branches": (CASES["branches"], {"filter_groups": [REQUESTS]}),
    "no_branches": (CASES["branches"], {"branch_filter": ""}),
    "build_type": (HOOK, {"build_type": "BUILD_BATCH"}),
    "policy": (HOOK, {"pull_request_build_policy": {"requires_comment_approval": "DISABLED"}}),
    "anew": (HOOK, {**HOOK, "manual_creation": True, "replace": True}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_check_mode_predicts_the_change_and_a_second_run_does_nothing(hooks, change):
    before, wanted = CHANGES[change]
    hooks.run(MODULE, **before)
    options = {"project_name": "shop", **wanted}
    predicted, real = hooks.predicted_and_real(MODULE, **options)
    assert real["changed"]
    assert predicted["diff"] == real["diff"]
    assert not hooks.run(MODULE, **options)["changed"]


def test_the_order_of_groups_and_filters_means_nothing(hooks):
    hooks.run(MODULE, **HOOK)
    other = [list(reversed(REQUESTS)), list(reversed(PUSHES))]
    assert not hooks.run(MODULE, project_name="shop", filter_groups=other)["changed"]


def secret_of(api):
    return next(iter(api.region.codebuild.stores.values())).projects["shop"].webhook.secret


def test_a_secret_is_rotated_each_time_and_told_only_where_that_is_asked_for(hooks, shared_api):
    hooks.run(MODULE, **HOOK)
    first = secret_of(shared_api)
    predicted, real = hooks.predicted_and_real(MODULE, project_name="shop", rotate_secret=True)
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"]["secret"] == "rotated"
    second = secret_of(shared_api)
    assert second != first
    assert second not in json.dumps(real)
    told = hooks.run(MODULE, project_name="shop", rotate_secret=True, return_secret=True)
    assert told["webhook"]["secret"] == secret_of(shared_api)


def test_the_secret_of_a_webhook_made_by_hand_is_told_where_that_is_asked_for(hooks, shared_api):
    told = hooks.run(MODULE, **CASES["by_hand"], return_secret=True)["webhook"]
    assert told["secret"] == secret_of(shared_api)


def test_what_aws_cannot_change_is_refused_with_what_to_do(hooks):
    hooks.run(MODULE, **HOOK)
    refusal = hooks.refusal(MODULE, **HOOK, manual_creation=True)
    assert "AWS cannot change it: manual_creation is not set, wanted True. Set replace=true" in refusal


def test_a_webhook_is_deleted_once(hooks):
    hooks.run(MODULE, **HOOK)
    predicted, real = hooks.predicted_and_real(MODULE, project_name="shop", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = hooks.calls()
    assert not hooks.run(MODULE, project_name="shop", state="absent")["changed"]
    assert hooks.calls() - before == {"all": 1}


def test_a_project_tells_its_webhook_without_the_secret(hooks, shared_api):
    hooks.run(MODULE, **HOOK)
    told = hooks.run("codebuild_project_info")["projects"][0]
    assert told["webhook"]["payload_url"] and "secret" not in told["webhook"]
    assert secret_of(shared_api) not in json.dumps(told)


def test_check_mode_passes_while_the_project_is_not_there_yet(hooks):
    assert hooks.run(MODULE, check_mode=True, project_name="later")["changed"]
    assert "Could not make the webhook of project later" in hooks.refusal(MODULE, project_name="later")


def test_a_source_without_webhooks_is_refused_with_what_to_do(hooks):
    hooks.client("codebuild").update_project(
        name="shop", source={"type": "CODECOMMIT", "location": "https://example.com/v1/repos/shop"}
    )
    refusal = hooks.refusal(MODULE, **HOOK)
    assert "the source of shop is CODECOMMIT, which has no webhooks. Start its builds by an EventBridge rule" in refusal


BAD = {
    "name": ({"project_name": "two words"}, "project_name: 'two words' is not a valid name."),
    "both": ({**HOOK, "branch_filter": "main"}, "branch_filter and filter_groups exclude each other."),
    "no_event": ({"filter_groups": [[PUSHES[1]]]}, "filter_groups, group 1 has no filter of type EVENT"),
    "event": ({"filter_groups": [PUSHES, [only("EVENT", "PUSHED")]]}, "filter_groups, group 2: event PUSHED is not"),
    "type": ({"filter_groups": [[only("BRANCH", "main")]]}, "type BRANCH is not known. Use one of EVENT, BASE_REF"),
    "member": ({"filter_groups": [[only("EVENT", "PUSH", regex=True)]]}, "is not a filter. A filter has type, pattern"),
    "flat": ({"filter_groups": [["PUSH"]]}, "'PUSH' is not a filter. A group is a list of filters"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_asked(hooks, case):
    options, sentence = BAD[case]
    before = hooks.calls()
    assert sentence in hooks.refusal(MODULE, **{"project_name": "shop", **options})
    assert hooks.calls() == before
