# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeCommit's API, with boto3; what it has made is looked at with git, and the other way round."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.region.codecommit.forge import ACCOUNT

NOWHERE = "0123456789" * 4


def refused(code: str):
    return pytest.raises(ClientError, match=code)


@pytest.fixture
def git(forge):
    """A repository with a commit of some files on main, cloned."""
    work = forge.copy()
    (work.path / "docs").mkdir()
    (work.path / "docs" / "guide.md").write_text("guide")
    (work.path / "latest").symlink_to("docs/guide.md")
    work.commit("First", app__py="print()")
    work.push()
    return work


@pytest.fixture
def call(forge):
    """Calls an operation on the test's repository."""
    return lambda operation, **more: getattr(forge.codecommit, operation)(repositoryName=forge.name, **more)


# Repositories


def test_a_repository_is_what_it_was_made_as(forge, call):
    forge.create(repositoryDescription="Storefront", tags={"team": "web"})
    found = call("get_repository")["repositoryMetadata"]
    assert (found["repositoryDescription"], found["Arn"]) == ("Storefront", forge.arn)
    assert found["cloneUrlHttp"] == f"{forge.api.url}/v1/repos/{forge.name}"
    assert "defaultBranch" not in found
    assert forge.codecommit.list_tags_for_resource(resourceArn=forge.arn)["tags"] == {"team": "web"}
    with refused("RepositoryNameExistsException"):
        forge.create()


@pytest.mark.parametrize("name", ["shop.git", "a shop", "a" * 101])
def test_a_name_that_is_none_is_refused(forge, name):
    with refused("InvalidRepositoryNameException"):
        forge.codecommit.create_repository(repositoryName=name)


def test_a_renamed_repository_is_cloned_by_its_new_name(forge, git, call):
    new = f"{forge.name}-new"
    forge.codecommit.update_repository_name(oldName=forge.name, newName=new)
    with refused("RepositoryDoesNotExistException"):
        call("get_repository")
    forge.name = new
    assert forge.clone("new").git("rev-parse", "HEAD") == git.git("rev-parse", "HEAD")


def test_a_deleted_repository_is_gone_and_its_name_is_free(forge, git, call):
    deleted = call("delete_repository")["repositoryId"]
    assert git.run("fetch").returncode != 0
    assert "repositoryId" not in call("delete_repository")
    forge.create()
    assert call("get_repository")["repositoryMetadata"]["repositoryId"] != deleted
    assert call("list_branches")["branches"] == []


def test_each_region_has_repositories_of_its_own(forge):
    here = forge.create()
    elsewhere = forge.api.client("codecommit", region_name="eu-west-1")
    there = elsewhere.create_repository(repositoryName=forge.name)["repositoryMetadata"]["cloneUrlHttp"]
    assert here != there
    work = forge.clone()
    commit = work.commit("Here")
    work.push()
    assert work.git("ls-remote", here, "main").split()[0] == commit
    assert work.git("ls-remote", there) == ""


def test_repositories_are_listed_in_batches_and_by_date(forge, call):
    forge.create()
    names = [f"{forge.name}-{letter}" for letter in "ab"]
    for name in names:
        forge.codecommit.create_repository(repositoryName=name)
    forge.codecommit.update_repository_description(repositoryName=names[0], repositoryDescription="newest")
    pages = forge.codecommit.get_paginator("list_repositories").paginate(sortBy="lastModifiedDate", order="descending")
    listed = [one["repositoryName"] for page in pages for one in page["repositories"]]
    assert listed[:3] == [names[0], names[1], forge.name]
    batch = forge.codecommit.batch_get_repositories(repositoryNames=[names[1], "nowhere"])
    assert [one["repositoryName"] for one in batch["repositories"]] == [names[1]]
    assert batch["repositoriesNotFound"] == ["nowhere"]


def test_tags_come_and_go(forge):
    forge.create(tags={"a": "1"})
    forge.codecommit.tag_resource(resourceArn=forge.arn, tags={"b": "2"})
    forge.codecommit.untag_resource(resourceArn=forge.arn, tagKeys=["a"])
    assert forge.codecommit.list_tags_for_resource(resourceArn=forge.arn)["tags"] == {"b": "2"}
    with refused("InvalidSystemTagUsageException"):
        forge.codecommit.tag_resource(resourceArn=forge.arn, tags={"aws:b": "2"})


def test_a_key_is_remembered(forge, call):
    forge.create(kmsKeyId="alias/one")
    answer = call("update_repository_encryption_key", kmsKeyId="alias/two")
    assert (answer["originalKmsKeyId"], answer["kmsKeyId"]) == ("alias/one", "alias/two")
    assert call("get_repository")["repositoryMetadata"]["kmsKeyId"] == "alias/two"


def test_what_is_not_built_is_refused_in_plain_words(forge, call):
    forge.create()
    with refused("does not implement codecommit GetMergeConflicts") as error:
        ends = {"sourceCommitSpecifier": "a", "destinationCommitSpecifier": "b"}
        call("get_merge_conflicts", mergeOption="SQUASH_MERGE", **ends)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


# Branches


def test_branches_are_made_and_deleted_for_git_too(forge, git, call):
    call("create_branch", branchName="release", commitId=forge.tip())
    assert git.git("ls-remote", "origin", "release").split()[0] == forge.tip()
    with refused("BranchNameExistsException"):
        call("create_branch", branchName="release", commitId=forge.tip())
    with refused("CommitDoesNotExistException"):
        call("create_branch", branchName="other", commitId=NOWHERE)
    with refused("InvalidBranchNameException"):
        call("create_branch", branchName="a..b", commitId=forge.tip())
    assert call("list_branches")["branches"] == ["main", "release"]
    assert call("delete_branch", branchName="release")["deletedBranch"]["branchName"] == "release"
    assert git.git("ls-remote", "origin", "release") == ""
    with refused("BranchDoesNotExistException"):
        call("get_branch", branchName="release")


def test_the_default_branch_cannot_be_deleted_until_another_one_is(forge, git, call):
    call("create_branch", branchName="trunk", commitId=forge.tip())
    with refused("DefaultBranchCannotBeDeletedException"):
        call("delete_branch", branchName="main")
    assert git.run("push", "origin", ":main").returncode != 0
    call("update_default_branch", defaultBranchName="trunk")
    git.push(":main")
    assert call("list_branches")["branches"] == ["trunk"]
    assert forge.clone("other").git("branch", "--show-current") == "trunk"


# Commits and files


def test_a_commit_says_who_when_and_what(forge, git, call):
    commit = call("get_commit", commitId=forge.tip())["commit"]
    assert commit["author"] == {"name": "Ada", "email": "ada@example.com", "date": "1709197872 +0100"}
    assert commit["committer"]["date"] == "1709251200 +0000"
    assert (commit["message"], commit["parents"]) == ("First\n", [])
    assert commit["treeId"] == git.git("rev-parse", "HEAD^{tree}")
    batch = call("batch_get_commits", commitIds=[forge.tip(), NOWHERE])
    assert [one["commitId"] for one in batch["commits"]] == [forge.tip()]
    assert [one["commitId"] for one in batch["errors"]] == [NOWHERE]
    with refused("CommitIdDoesNotExistException"):
        call("get_commit", commitId=NOWHERE)


def test_files_and_folders_are_read_at_any_commit(forge, git, call):
    found = call("get_file", filePath="docs/guide.md")
    assert (found["fileContent"], found["fileSize"], found["fileMode"]) == (b"guide", 5, "NORMAL")
    assert call("get_blob", blobId=found["blobId"])["content"] == b"guide"
    old = forge.tip()
    git.commit("Second", app__py="print(2)")
    git.push()
    assert call("get_file", filePath="app.py", commitSpecifier=old)["fileContent"] == b"print()"
    assert call("get_file", filePath="app.py", commitSpecifier="main")["fileContent"] == b"print(2)"
    root = call("get_folder", folderPath="/")
    assert [one["absolutePath"] for one in root["files"]] == ["app.py"]
    assert [one["relativePath"] for one in root["subFolders"]] == ["docs"]
    assert [one["absolutePath"] for one in root["symbolicLinks"]] == ["latest"]
    docs = call("get_folder", folderPath="docs")
    assert [(one["absolutePath"], one["relativePath"]) for one in docs["files"]] == [("docs/guide.md", "guide.md")]
    for operation, member, path, code in (
        ("get_file", "filePath", "docs", "FileDoesNotExistException"),
        ("get_folder", "folderPath", "app.py", "FolderDoesNotExistException"),
    ):
        with refused(code):
            call(operation, **{member: path})


def test_differences_are_those_of_the_files(forge, git, call):
    old = forge.tip()
    git.git("rm", "--quiet", "docs/guide.md")
    git.commit("Second", app__py="print(2)", new__txt="new")
    git.push()
    paginator = forge.codecommit.get_paginator("get_differences")
    pages = paginator.paginate(
        repositoryName=forge.name,
        beforeCommitSpecifier=old,
        afterCommitSpecifier="main",
        PaginationConfig={"PageSize": 2},
    )
    found = [one for page in pages for one in page["differences"]]
    assert [(one["changeType"], (one.get("afterBlob") or one["beforeBlob"])["path"]) for one in found] == [
        ("M", "app.py"),
        ("D", "docs/guide.md"),
        ("A", "new.txt"),
    ]
    everything = call("get_differences", afterCommitSpecifier=old)["differences"]
    assert {one["changeType"] for one in everything} == {"A"}


def test_the_history_of_a_file_names_the_commits_that_changed_it(forge, git, call):
    first = forge.tip()
    git.commit("Another file", other__txt="")
    third = git.commit("Third", app__py="print(3)")
    git.push()
    dag = call("list_file_commit_history", filePath="app.py")["revisionDag"]
    assert [(one["commit"]["commitId"], one["revisionChildren"]) for one in dag] == [(third, []), (first, [third])]


def test_a_commit_of_the_api_is_pulled_by_git_and_told_of(forge, git, call):
    listener = forge.listen()
    before = forge.tip()
    made = call(
        "create_commit",
        branchName="main",
        parentCommitId=before,
        authorName="Ada",
        email="ada@example.com",
        commitMessage="By the API",
        putFiles=[
            {"filePath": "bin/run", "fileMode": "EXECUTABLE", "fileContent": b"#!/bin/sh\n"},
            {"filePath": "docs/moved.md", "sourceFile": {"filePath": "docs/guide.md", "isMove": True}},
        ],
        setFileModes=[{"filePath": "app.py", "fileMode": "EXECUTABLE"}],
    )
    assert [one["absolutePath"] for one in made["filesAdded"]] == ["bin/run", "docs/moved.md"]
    assert [one["absolutePath"] for one in made["filesUpdated"]] == ["app.py"]
    assert [one["absolutePath"] for one in made["filesDeleted"]] == ["docs/guide.md"]
    git.git("pull", "--quiet")
    assert git.git("log", "-1", "--format=%H %an %ae %s") == f"{made['commitId']} Ada ada@example.com By the API"
    assert (git.path / "bin" / "run").stat().st_mode & 0o100
    assert git.git("ls-files", "docs") == "docs/moved.md"
    (told,) = (one["detail"] for one in listener.until(1))
    assert (told["event"], told["oldCommitId"], told["commitId"]) == ("referenceUpdated", before, made["commitId"])


def test_files_are_put_and_deleted_one_by_one(forge, call):
    forge.create()
    first = call("put_file", branchName="main", filePath="docs/a.txt", fileContent=b"a")
    assert call("get_repository")["repositoryMetadata"]["defaultBranch"] == "main"
    put = {"branchName": "main", "filePath": "docs/a.txt", "parentCommitId": first["commitId"]}
    with refused("SameFileContentException"):
        call("put_file", fileContent=b"a", **put)
    gone = call("delete_file", keepEmptyFolders=True, **put)
    assert gone["blobId"] == first["blobId"]
    assert [one["absolutePath"] for one in call("get_folder", folderPath="docs")["files"]] == ["docs/.gitkeep"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "FileEntryRequiredException"),
        ({"putFiles": [{"filePath": "app.py"}]}, "SourceFileOrContentRequiredException"),
        ({"putFiles": [{"filePath": "app.py", "fileContent": b"print()"}]}, "NoChangeException"),
        ({"putFiles": [{"filePath": "app.py/x", "fileContent": b""}]}, "DirectoryNameConflictsWithFileNameException"),
        ({"putFiles": [{"filePath": "docs", "fileContent": b""}]}, "FileNameConflictsWithDirectoryNameException"),
        ({"putFiles": [{"filePath": "../up", "fileContent": b""}]}, "InvalidPathException"),
        ({"putFiles": [{"filePath": "x", "fileContent": b""}] * 2}, "SamePathRequestException"),
        ({"deleteFiles": [{"filePath": "nowhere"}]}, "FileDoesNotExistException"),
        ({"deleteFiles": [{"filePath": "app.py"}], "parentCommitId": NOWHERE}, "ParentCommitDoesNotExistException"),
        ({"deleteFiles": [{"filePath": "app.py"}], "branchName": "other"}, "BranchDoesNotExistException"),
    ],
)  # fmt: skip
def test_a_commit_is_refused(forge, call, changes, code):
    forge.create()
    files = [{"filePath": path, "fileContent": b"print()"} for path in ("app.py", "docs/guide.md")]
    call("create_commit", branchName="main", putFiles=files)
    with refused(code):
        call("create_commit", **({"branchName": "main", "parentCommitId": forge.tip()} | changes))


def test_a_commit_on_a_branch_that_has_moved_is_refused(forge, git, call):
    old = forge.tip()
    git.commit()
    git.push()
    delete = {"branchName": "main", "filePath": "app.py"}
    with refused("ParentCommitIdOutdatedException"):
        call("delete_file", parentCommitId=old, **delete)


# Triggers


def test_a_trigger_tells_a_topic_of_the_branches_that_it_names(forge, git, call):
    sqs, sns = forge.api.client("sqs"), forge.api.client("sns")
    queue = sqs.create_queue(QueueName=f"{forge.name}-topic")["QueueUrl"]
    topic = sns.create_topic(Name=forge.name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{forge.name}-topic")
    trigger = {"name": "told", "destinationArn": topic, "branches": ["main"], "events": ["updateReference"]}
    call("put_repository_triggers", triggers=[trigger])
    assert call("get_repository_triggers")["triggers"] == [trigger]
    git.push("HEAD:refs/heads/other")
    commit = git.commit("Told")
    git.push("HEAD:main")
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    (record,) = json.loads(json.loads(message["Body"])["Message"])["Records"]
    assert record["codecommit"]["references"] == [{"commit": commit, "ref": "refs/heads/main"}]
    assert (record["eventSourceARN"], record["eventTriggerName"]) == (forge.arn, "told")


def test_a_trigger_that_reaches_nobody_fails_its_test(forge, call):
    forge.create()
    trigger = {"name": "lost", "destinationArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:nowhere", "events": ["all"]}
    answer = call("test_repository_triggers", triggers=[trigger])
    assert (answer["successfulExecutions"], answer["failedExecutions"][0]["trigger"]) == ([], "lost")
    function = trigger | {"destinationArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:x"}
    with refused("not functions"):
        call("put_repository_triggers", triggers=[function])
