# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of GitHub's deliveries start a build."""

import pytest

from local_region.engine.build_webhook import BadFilter, check, read, wanted

PUSH = {
    "ref": "refs/heads/main",
    "before": "a" * 40,
    "after": "b" * 40,
    "commits": [{"added": ["src/new.py"], "modified": ["README.md"], "removed": []}],
    "head_commit": {"message": "Fix the door [skip ci]"},
    "sender": {"id": 42},
    "repository": {"name": "shop"},
}
REQUEST = {
    "action": "opened",
    "pull_request": {
        "number": 12,
        "title": "A door",
        "merged": False,
        "head": {"ref": "door", "sha": "c" * 40},
        "base": {"ref": "main"},
    },
    "sender": {"id": 7},
}


def one(kind: str, pattern: str, exclude: bool = False) -> dict:
    return {"type": kind, "pattern": pattern, "excludeMatchedPattern": exclude}


def test_a_push_says_what_to_build_and_who_pushed():
    found = read("push", PUSH)
    assert (found.event, found.trigger, found.version) == ("PUSH", "branch/main", "b" * 40)
    assert found.variables == {
        "CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID": "42",
        "CODEBUILD_WEBHOOK_EVENT": "PUSH",
        "CODEBUILD_WEBHOOK_TRIGGER": "branch/main",
        "CODEBUILD_WEBHOOK_HEAD_REF": "refs/heads/main",
        "CODEBUILD_WEBHOOK_PREV_COMMIT": "a" * 40,
    }


@pytest.mark.parametrize(
    ("action", "merged", "event"),
    [
        ("opened", False, "PULL_REQUEST_CREATED"),
        ("synchronize", False, "PULL_REQUEST_UPDATED"),
        ("reopened", False, "PULL_REQUEST_REOPENED"),
        ("closed", True, "PULL_REQUEST_MERGED"),
        ("closed", False, "PULL_REQUEST_CLOSED"),
    ],
)
def test_the_action_of_a_pull_request_is_its_event(action, merged, event):
    found = read(
        "pull_request", REQUEST | {"action": action, "pull_request": REQUEST["pull_request"] | {"merged": merged}}
    )
    assert (found.event, found.trigger, found.version) == (event, "pr/12", "c" * 40)
    assert found.variables["CODEBUILD_WEBHOOK_BASE_REF"] == "refs/heads/main"


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("push", PUSH | {"deleted": True}),
        ("push", PUSH | {"after": "0" * 40}),
        ("pull_request", REQUEST | {"action": "labeled"}),
        ("ping", {"zen": "Keep it logically awesome."}),
    ],
)
def test_what_leaves_nothing_to_build_is_none(event, payload):
    assert read(event, payload) is None


@pytest.mark.parametrize(
    ("groups", "is_wanted"),
    [
        ([[one("EVENT", "PUSH")]], True),
        ([[one("EVENT", "PULL_REQUEST_CREATED, PUSH")]], True),
        ([[one("EVENT", "PULL_REQUEST_CREATED")]], False),
        ([[one("EVENT", "PUSH"), one("HEAD_REF", "^refs/heads/main$")]], True),
        ([[one("EVENT", "PUSH"), one("HEAD_REF", "^refs/heads/dev")]], False),
        ([[one("EVENT", "PUSH"), one("HEAD_REF", "^refs/heads/main$", exclude=True)]], False),
        ([[one("EVENT", "PUSH"), one("HEAD_REF", "dev")], [one("EVENT", "PUSH"), one("HEAD_REF", "main")]], True),
        ([[one("EVENT", "PUSH"), one("FILE_PATH", "^src/")]], True),
        ([[one("EVENT", "PUSH"), one("FILE_PATH", "^docs/")]], False),
        ([[one("EVENT", "PUSH"), one("COMMIT_MESSAGE", r"\[skip ci\]", exclude=True)]], False),
        ([[one("EVENT", "PUSH"), one("ACTOR_ACCOUNT_ID", "^42$")]], True),
        ([[one("EVENT", "PUSH"), one("BASE_REF", "main")]], False),
        ([[one("EVENT", "PUSH"), one("TAG_NAME", "v", exclude=True)]], True),
        ([], True),
    ],
)
def test_a_push_is_wanted_when_every_filter_of_a_group_is_met(groups, is_wanted):
    assert wanted(read("push", PUSH), groups, None) is is_wanted


@pytest.mark.parametrize(("branches", "is_wanted"), [("^main$", True), ("dev", False), (None, True)])
def test_without_groups_the_branch_filter_decides(branches, is_wanted):
    assert wanted(read("push", PUSH), [], branches) is is_wanted
    assert wanted(read("pull_request", REQUEST), [], branches) is is_wanted


def test_releases_are_wanted_only_by_name():
    release = read("release", {"action": "released", "release": {"tag_name": "v1", "name": "One"}})
    assert not wanted(release, [], None)
    assert wanted(release, [[one("EVENT", "RELEASED"), one("TAG_NAME", "^v1$")]], None)


@pytest.mark.parametrize(
    ("groups", "branches", "said"),
    [
        ([[one("HEAD_REF", "main")]], None, "exactly one filter of the type EVENT"),
        ([[one("EVENT", "PUSHED")]], None, "The event PUSHED is none of PUSH, "),
        ([[one("EVENT", "PUSH"), one("HEAD_REF", "(")]], None, "no regular expression"),
        ([[one("EVENT", "PUSH")]], "main", "Cannot specify both"),
        ([], "(", "no regular expression"),
    ],
)
def test_filters_that_cannot_be_are_refused(groups, branches, said):
    with pytest.raises(BadFilter, match=said):
        check(groups, branches)
