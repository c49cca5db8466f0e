# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines with a CodeCommit source: what they take, and what starts them."""

import pytest
from botocore.exceptions import ClientError

from local_region.services.codepipeline.actions.git_artifacts import CloneReference
from tests.region.codecommit.forge import ACCOUNT, WorkingCopy
from tests.region.codecommit.pipelines import TRANSFORMER, GitShop
from tests.region.codepipeline.workshop import Workshop, probe, stage, wait_for


@pytest.fixture(scope="module", autouse=True)
def furnished(region_api):
    Workshop.furnish(region_api)


@pytest.fixture
def shop(forge) -> GitShop:
    return GitShop(forge)


def test_a_push_goes_through_the_pipeline_as_a_zip_with_its_variables(shop):
    work = shop.forge.copy()
    rule = shop.start_by_event()
    work.commit("First", index__html="one")
    work.push()
    first = shop.make()
    shop.succeed(first)
    commit = work.commit("Second: greet", index__html="two", start__sh="#!/bin/sh\n")
    work.git("update-index", "--chmod=+x", "start.sh")
    commit = work.commit("Second: greet")
    work.push()
    second = wait_for(lambda: len(shop.executions()) == 2 and shop.executions()[0], "an execution by event")
    assert second["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    shop.succeed(second["pipelineExecutionId"])
    assert shop.files(first) == {"index.html": b"one"}
    assert shop.files(second["pipelineExecutionId"]) == {"index.html": b"two", "start.sh": b"#!/bin/sh\n"}
    assert shop.variables(second["pipelineExecutionId"]) == {
        "RepositoryName": shop.name,
        "BranchName": "main",
        "CommitId": commit,
        "CommitMessage": "Second: greet",
        "AuthorDate": "2024-02-29T09:11:12Z",
        "CommitterDate": "2024-03-01T00:00:00Z",
    }


def ready(shop: GitShop, **target) -> tuple[WorkingCopy, str, str]:
    """A pipeline that pushes start, at work on its first commit: (clone, that commit, that execution)."""
    work = shop.forge.copy()
    commit = work.commit("First", index__html="one")
    work.push()
    execution = shop.make(**target)
    shop.take(execution)
    return work, commit, execution


def finish(shop: GitShop, execution: str) -> None:
    """Ends the job that a test has taken."""
    store = shop.api.region.codepipeline.stores[ACCOUNT, "us-east-1"]
    jobs = store.action_types["Test", "Probe", "1"].jobs.values()
    (job,) = [one for one in jobs if one.status == "InProgress" and one.job.execution_id == execution]
    shop.pipelines.put_job_success_result(jobId=job.id)


def test_of_two_pushes_within_a_second_the_newer_supersedes_the_older_while_it_waits(shop):
    work, first, running = ready(shop)
    shop.start_by_event(InputTransformer=TRANSFORMER)
    commits = [first]
    for number in range(2):
        commits.append(work.commit(f"Quick {number}"))
        work.push()
    wait_for(lambda: shop.revisions() == commits, f"the executions of {commits}")
    older, newest = (one["pipelineExecutionId"] for one in shop.executions()[1::-1])
    shop.until(older, "Superseded")
    finish(shop, running)
    shop.succeed(newest)
    shop.until(newest, "Succeeded")
    assert shop.revisions() == commits


def test_of_two_pushes_within_a_second_each_goes_through_once_when_executions_are_queued(shop):
    work, first, running = ready(shop, executionMode="QUEUED")
    shop.start_by_event(InputTransformer=TRANSFORMER)
    commits = [first]
    for number in range(2):
        commits.append(work.commit(f"Quick {number}"))
        work.push()
    wait_for(lambda: len(shop.executions()) == 3, "two more executions")
    finish(shop, running)
    for _ in range(2):
        shop.succeed()
    wait_for(lambda: {one["status"] for one in shop.executions()} == {"Succeeded"}, "the end of all")
    assert shop.revisions() == commits


def test_without_an_input_transformer_an_execution_takes_the_newest_commit_when_it_begins(shop):
    work, first, running = ready(shop, executionMode="QUEUED")
    shop.start_by_event()
    newest = [work.commit(f"Quick {number}") for number in range(2)][-1]
    work.push("HEAD~1:main")
    work.push("HEAD:main")
    wait_for(lambda: len(shop.executions()) == 3, "two more executions")
    finish(shop, running)
    shop.succeed()
    shop.succeed()
    wait_for(lambda: {one["status"] for one in shop.executions()} == {"Succeeded"}, "the end of all")
    assert (shop.revisions()[0], shop.revisions()[-1]) == (first, newest)


def test_a_polled_branch_starts_the_pipeline_once_for_each_commit_that_is_found(shop):
    work, first, running = ready(shop, source=shop.source(PollForSourceChanges="true"))
    commit = work.commit("Second")
    work.push()
    for _ in range(2):
        shop.api.region.codepipeline.look_at_sources()
    wait_for(lambda: shop.revisions() == [first, commit], "the execution of the second commit")
    assert shop.executions()[0]["trigger"] == {"triggerType": "PollForSourceChanges", "triggerDetail": "Git"}


def test_an_older_commit_can_be_released_again(shop):
    work, first, running = ready(shop)
    work.commit("Second", index__html="two")
    work.push()
    finish(shop, running)
    execution = shop.start(sourceRevisions=[revision(first)])
    shop.succeed(execution)
    assert shop.files(execution) == {"index.html": b"one"}


def revision(commit: str) -> dict:
    return {"actionName": "Git", "revisionType": "COMMIT_ID", "revisionValue": commit}


@pytest.mark.parametrize(
    ("configuration", "commit", "sentence"),
    [
        ({"RepositoryName": "nowhere"}, None, "The AWS CodeCommit repository nowhere does not exist."),
        ({"BranchName": "nowhere"}, None, "has no branch nowhere."),
        ({}, "0123456789" * 4, f"has no commit {'0123456789' * 4}."),
    ],
)
def test_a_source_that_is_not_there_fails_and_says_so(shop, configuration, commit, sentence):
    shop.forge.copy()
    execution = shop.make(source=shop.source(**configuration))
    if commit:
        execution = shop.start(sourceRevisions=[revision(commit)])
    shop.until(execution, "Failed")
    assert sentence in shop.latest("Source", "Git")["errorDetails"]["message"]


def test_a_full_clone_is_a_reference_to_the_repository_and_its_commit(shop):
    work = shop.forge.copy()
    commit = work.commit()
    work.push()
    execution = shop.make(source=shop.source(OutputArtifactFormat="CODEBUILD_CLONE_REF"))
    shop.succeed(execution)
    assert CloneReference.of(shop.artifact(execution)) == CloneReference(
        f"http://169.254.169.250/v1/repos/{shop.name}", commit
    )


def test_a_configuration_value_that_is_none_is_refused(shop):
    with pytest.raises(ClientError, match="must be CODE_ZIP or CODEBUILD_CLONE_REF"):
        shop.make(source=shop.source(OutputArtifactFormat="TAR"))


def test_what_gitattributes_leaves_out_of_archives_is_in_the_artifact(shop):
    work = shop.forge.copy()
    (work.path / ".gitattributes").write_text("secret export-ignore\nversion export-subst\n")
    (work.path / "link").symlink_to("version")
    work.commit("First", secret="s", version="$Format:%H$")
    work.push()
    execution = shop.make()
    shop.succeed(execution)
    files = shop.files(execution)
    assert (files["secret"], files["version"], files["link"]) == (b"s", b"$Format:%H$", b"version")


def test_a_push_while_production_deploys_waits_for_it_and_then_goes_on(shop):
    work = shop.forge.copy()
    commits = [work.commit("First")]
    work.push()
    first = shop.make(stage("Staging", probe("staging")), stage("Production", probe("production")))
    shop.start_by_event(InputTransformer=TRANSFORMER)
    shop.succeed(first, "staging")
    shop.take(first, "production")
    commits.append(work.commit("Second"))
    work.push()
    second = wait_for(
        lambda: len(shop.executions()) == 2 and shop.executions()[0]["pipelineExecutionId"], "an execution"
    )
    shop.succeed(second, "staging")
    waiting = wait_for(lambda: shop.state("Production").get("inboundExecution"), "an execution before production")
    assert (waiting["pipelineExecutionId"], shop.status(first)) == (second, "InProgress")
    finish(shop, first)
    shop.succeed(second, "production")
    shop.until(second, "Succeeded")
    assert shop.status(first) == "Succeeded"
    assert shop.revisions() == commits
