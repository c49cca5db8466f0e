# SPDX-License-Identifier: GPL-3.0-or-later
"""The Git server, with the ordinary git client."""

import pytest
from botocore.exceptions import ClientError


def test_what_is_pushed_is_what_the_next_clone_holds(forge):
    work = forge.copy()
    commit = work.commit("First", index__html="one")
    work.push()
    other = forge.clone("other")
    assert other.git("rev-parse", "HEAD") == commit
    assert (other.path / "index.html").read_text() == "one"


def test_the_first_branch_becomes_the_default(forge):
    work = forge.copy()
    work.git("checkout", "--quiet", "-b", "trunk")
    work.commit()
    work.push()
    found = forge.codecommit.get_repository(repositoryName=forge.name)["repositoryMetadata"]
    assert found["defaultBranch"] == "trunk"
    assert forge.clone("other").git("branch", "--show-current") == "trunk"


def test_an_event_tells_of_each_reference_that_a_push_moves(forge):
    listener = forge.listen()
    work = forge.copy()
    first = work.commit()
    work.push("HEAD:refs/heads/main", "HEAD:refs/heads/release")
    second = work.commit()
    work.git("tag", "v1")
    work.push("HEAD:refs/heads/main", "v1", ":refs/heads/release")
    told = [one["detail"] for one in listener.until(5)]
    assert [(one["event"], one["referenceFullName"], one.get("oldCommitId"), one.get("commitId")) for one in told] == [
        ("referenceCreated", "refs/heads/main", None, first),
        ("referenceCreated", "refs/heads/release", None, first),
        ("referenceUpdated", "refs/heads/main", first, second),
        ("referenceDeleted", "refs/heads/release", first, None),
        ("referenceCreated", "refs/tags/v1", None, second),
    ]
    assert {(one["referenceType"], one["referenceName"]) for one in told[2:]} == {
        ("branch", "main"),
        ("branch", "release"),
        ("tag", "v1"),
    }
    assert told[0]["repositoryName"] == forge.name
    assert listener.got[0]["resources"] == [forge.arn]


def test_a_repository_that_is_not_there_is_not_found(forge):
    forge.create()
    done = forge.clone().run("ls-remote", f"{forge.url}-other")
    assert done.returncode != 0
    assert "not found" in done.stderr
    with pytest.raises(ClientError, match="RepositoryDoesNotExistException"):
        forge.codecommit.get_repository(repositoryName=f"{forge.name}-other")
