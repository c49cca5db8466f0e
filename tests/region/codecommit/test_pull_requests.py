# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull requests, merges and comments, with boto3 and git."""

import pytest
from botocore.exceptions import ClientError

NOWHERE = "0123456789" * 4


def refused(code: str):
    return pytest.raises(ClientError, match=code)


@pytest.fixture
def git(forge):
    """A repository with a commit on main and one more on feature, cloned."""
    work = forge.copy()
    work.commit("First", app__py="one\n")
    work.push("HEAD:main")
    work.commit("Feature", feature__py="new\n")
    work.push("HEAD:refs/heads/feature")
    return work


@pytest.fixture
def request_id(forge, git) -> str:
    targets = [{"repositoryName": forge.name, "sourceReference": "feature"}]
    made = forge.codecommit.create_pull_request(title="Add a feature", targets=targets)["pullRequest"]
    assert made["pullRequestTargets"][0]["mergeMetadata"] == {"isMerged": False}
    return made["pullRequestId"]


def diverge(forge, git, **files: str) -> str:
    """A further commit on main."""
    git.git("checkout", "--quiet", "-B", "main", "origin/main")
    commit = git.commit("Meanwhile", **files)
    git.push("HEAD:main")
    return commit


def merge(forge, how: str, request_id: str, **more) -> dict:
    operation = getattr(forge.codecommit, f"merge_pull_request_by_{how}")
    return operation(pullRequestId=request_id, repositoryName=forge.name, **more)["pullRequest"]


def test_a_pull_request_is_merged_by_fast_forward_and_told_of(forge, git, request_id):
    listener = forge.listen()
    feature = forge.tip("feature")
    merged = merge(forge, "fast_forward", request_id, sourceCommitId=feature)
    assert (merged["pullRequestStatus"], forge.tip()) == ("CLOSED", feature)
    metadata = merged["pullRequestTargets"][0]["mergeMetadata"]
    assert (metadata["isMerged"], metadata["mergeCommitId"]) == (True, feature)
    told = {one["detail"]["event"]: one for one in listener.until(3)}
    assert told.keys() == {"referenceUpdated", "pullRequestMergeStatusUpdated", "pullRequestStatusChanged"}
    closed = told["pullRequestStatusChanged"]
    assert closed["detail-type"] == "CodeCommit Pull Request State Change"
    assert (closed["detail"]["isMerged"], closed["detail"]["pullRequestStatus"]) == ("True", "Closed")
    events = forge.codecommit.describe_pull_request_events(pullRequestId=request_id)["pullRequestEvents"]
    kinds = [one["pullRequestEventType"].removeprefix("PULL_REQUEST_") for one in events]
    assert kinds == ["CREATED", "MERGE_STATE_CHANGED", "STATUS_CHANGED"]


@pytest.mark.parametrize(("how", "parents"), [("squash", 1), ("three_way", 2)])
def test_branches_that_have_diverged_are_merged_into_a_commit(forge, git, request_id, how, parents):
    newest = diverge(forge, git, other__py="other\n")
    with refused("ManualMergeRequiredException"):
        merge(forge, "fast_forward", request_id)
    merge(forge, how, request_id, authorName="Ada", email="ada@example.com", commitMessage="Merged")
    git.git("pull", "--quiet", "origin", "main")
    assert git.git("ls-files").split() == ["app.py", "feature.py", "other.py"]
    found = git.git("log", "-1", "--format=%P %an %s").split()
    assert (found[0], len(found[:-2]), found[-2:]) == (newest, parents, ["Ada", "Merged"])


def test_what_conflicts_has_to_be_merged_by_hand(forge, git, request_id):
    before = diverge(forge, git, feature__py="another\n")
    for how in ("squash", "three_way"):
        with refused("ManualMergeRequiredException"):
            merge(forge, how, request_id)
    with refused("resolves no conflicts"):
        merge(forge, "three_way", request_id, conflictResolutionStrategy="ACCEPT_SOURCE")
    options = {"sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main"}
    assert forge.codecommit.get_merge_options(repositoryName=forge.name, **options)["mergeOptions"] == []
    assert forge.tip() == before


def test_a_pull_request_follows_its_source(forge, git, request_id):
    before = forge.codecommit.get_pull_request(pullRequestId=request_id)["pullRequest"]
    old = forge.tip("feature")
    new = git.commit("More", more__py="")
    git.push("HEAD:refs/heads/feature")
    after = forge.codecommit.get_pull_request(pullRequestId=request_id)["pullRequest"]
    assert after["pullRequestTargets"][0]["sourceCommit"] == new
    assert after["revisionId"] != before["revisionId"]
    with refused("TipOfSourceReferenceIsDifferentException"):
        merge(forge, "fast_forward", request_id, sourceCommitId=old)


def test_pull_requests_are_listed_changed_and_closed_for_good(forge, git, request_id):
    codecommit = forge.codecommit
    codecommit.update_pull_request_title(pullRequestId=request_id, title="Another title")
    codecommit.update_pull_request_description(pullRequestId=request_id, description="Why")
    changed = codecommit.get_pull_request(pullRequestId=request_id)["pullRequest"]
    assert (changed["title"], changed["description"]) == ("Another title", "Why")
    codecommit.update_pull_request_status(pullRequestId=request_id, pullRequestStatus="CLOSED")
    with refused("PullRequestAlreadyClosedException"):
        merge(forge, "fast_forward", request_id)
    with refused("InvalidPullRequestStatusUpdateException"):
        codecommit.update_pull_request_status(pullRequestId=request_id, pullRequestStatus="OPEN")
    target = [{"repositoryName": forge.name, "sourceReference": "feature", "destinationReference": "main"}]
    again = [codecommit.create_pull_request(title="Again", targets=target, clientRequestToken="once") for _ in range(2)]
    (other,) = {one["pullRequest"]["pullRequestId"] for one in again}
    listed = {
        status: codecommit.list_pull_requests(repositoryName=forge.name, pullRequestStatus=status)["pullRequestIds"]
        for status in ("OPEN", "CLOSED")
    }
    assert listed == {"OPEN": [other], "CLOSED": [request_id]}


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"sourceReference": "nowhere"}, "ReferenceDoesNotExistException"),
        ({"sourceReference": "main"}, "SourceAndDestinationAreSameException"),
        ({"sourceReference": "main", "repositoryName": "nowhere"}, "RepositoryDoesNotExistException"),
    ],
)
def test_a_pull_request_is_refused(forge, git, target, code):
    with refused(code):
        forge.codecommit.create_pull_request(title="x", targets=[{"repositoryName": forge.name} | target])


def test_comments_are_answered_changed_and_deleted(forge, git, request_id):
    codecommit = forge.codecommit
    place = {"beforeCommitId": forge.tip(), "afterCommitId": forge.tip("feature")}
    first = codecommit.post_comment_for_pull_request(
        pullRequestId=request_id, repositoryName=forge.name, content="Why?", **place
    )["comment"]["commentId"]
    answer = codecommit.post_comment_reply(inReplyTo=first, content="Because")["comment"]["commentId"]
    codecommit.update_comment(commentId=answer, content="Because!")
    codecommit.delete_comment_content(commentId=first)
    (thread,) = codecommit.get_comments_for_pull_request(pullRequestId=request_id)["commentsForPullRequestData"]
    assert thread["afterCommitId"] == place["afterCommitId"]
    assert [(one["content"], one["deleted"]) for one in thread["comments"]] == [("", True), ("Because!", False)]
    assert codecommit.get_comment(commentId=answer)["comment"]["inReplyTo"] == first
    with refused("CommentDeletedException"):
        codecommit.update_comment(commentId=first, content="x")
    with refused("CommentDoesNotExistException"):
        codecommit.get_comment(commentId="nowhere")


def test_branches_are_merged_without_a_pull_request(forge, git):
    feature = forge.tip("feature")
    between = {"sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main"}
    options = forge.codecommit.get_merge_options(repositoryName=forge.name, **between)["mergeOptions"]
    assert options == ["FAST_FORWARD_MERGE", "SQUASH_MERGE", "THREE_WAY_MERGE"]
    merged = forge.codecommit.merge_branches_by_fast_forward(repositoryName=forge.name, **between)
    assert merged["commitId"] == feature == forge.tip()
    with refused("InvalidTargetBranchException"):
        other = between | {"destinationCommitSpecifier": f"{feature}~1", "targetBranch": "main"}
        forge.codecommit.merge_branches_by_squash(repositoryName=forge.name, **other)


def test_approval_rules_are_refused_in_plain_words(forge, git, request_id):
    with refused("does not implement codecommit CreatePullRequestApprovalRule"):
        forge.codecommit.create_pull_request_approval_rule(
            pullRequestId=request_id, approvalRuleName="two", approvalRuleContent="{}"
        )
