# SPDX-License-Identifier: GPL-3.0-or-later
"""The Git server, with the ordinary git client."""

import base64
import gzip
import os
import shutil
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from local_region.world import git
from tests.region.codecommit.forge import ACCOUNT


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


def test_two_pushes_at_once_are_each_told_of_with_their_own_commits(forge):
    base = forge.copy()
    first = base.commit("First")
    base.push()
    listener = forge.listen()
    copies = [forge.clone(name) for name in ("a", "b")]
    commits = [copy.commit(f"By {number}") for number, copy in enumerate(copies)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda copy: copy.push(f"HEAD:refs/heads/{copy.path.name}"), copies))
        # To the same branch one of them comes too late.
        codes = list(pool.map(lambda copy: copy.run("push", "origin", "HEAD:main").returncode, copies))
    assert sorted(codes) == [0, 1]
    told = [one["detail"] for one in listener.until(3)]
    assert {(one["referenceName"], one["commitId"]) for one in told[:2]} == set(zip("ab", commits, strict=True))
    assert (told[2]["oldCommitId"], told[2]["commitId"]) == (first, commits[codes.index(0)])
    assert len(told) == 3


def test_tens_of_megabytes_can_be_pushed_and_cloned(forge):
    work = forge.copy()
    work.git("config", "core.compression", "0")
    data = os.urandom(24 * 1024**2)
    work.commit("Large", large__bin=data)
    work.push()
    assert (forge.clone("other").path / "large.bin").read_bytes() == data


def test_a_body_may_be_compressed_and_the_second_protocol_version_is_spoken(forge):
    forge.copy().commit()
    work = forge.clone("work2")
    commit = work.commit()
    work.push("HEAD:main")
    command = b"0014command=ls-refs\n00010009peel\n0000"
    headers = {
        "Content-Type": "application/x-git-upload-pack-request",
        "Content-Encoding": "gzip",
        "Git-Protocol": "version=2",
    }
    request = urllib.request.Request(f"{forge.url}/git-upload-pack", gzip.compress(command), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert f"{commit} refs/heads/main".encode() in answer.read()


def test_who_pushes_is_who_an_event_names(forge):
    listener = forge.listen()
    work = forge.copy()
    work.commit()
    work.push("HEAD:refs/heads/nobodys")
    # Nobody asks git for a password, so it sends none by itself.
    header = f"http.extraHeader=Authorization: Basic {base64.b64encode(b'ada:secret').decode()}"
    work.git("-c", header, "push", "--quiet", "origin", "HEAD:refs/heads/hers")
    callers = [one["detail"]["callerUserArn"] for one in listener.until(2)]
    assert callers == [f"arn:aws:iam::{ACCOUNT}:{user}" for user in ("root", "user/ada")]


def test_without_git_repositories_are_refused_and_the_rest_works(forge, monkeypatch):
    monkeypatch.setattr(git.shutil, "which", lambda command: None)
    with pytest.raises(ClientError, match="not installed: install git") as refused:
        forge.create()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert forge.codecommit.list_repositories()["repositories"] is not None
    assert forge.api.client("codepipeline").list_pipelines()["pipelines"] == []


def test_a_repository_cannot_be_read_file_by_file(forge):
    forge.copy()
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{forge.url}/HEAD", timeout=30)
    assert missing.value.code == 404


def test_a_push_to_a_repository_that_is_deleted_meanwhile_finds_none(forge):
    work = forge.copy()
    work.commit()
    (record,) = [one for one in forge.api.region.codecommit.stores[ACCOUNT, "us-east-1"].repositories.values()
                 if one.name == forge.name]  # fmt: skip
    shutil.rmtree(record.git.path)
    assert "not found" in work.run("push", "origin", "HEAD").stderr
    with pytest.raises(ClientError, match="RepositoryDoesNotExistException"):
        forge.codecommit.list_branches(repositoryName=forge.name)
