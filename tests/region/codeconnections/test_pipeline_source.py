# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines with a source from a connected repository: what they take, and which pushes start them."""

import io
import json
import shutil
import zipfile

import pytest
from botocore.exceptions import ClientError

from local_region.engine.pipeline_triggers import Push
from tests.region.codeconnections.provider import REPOSITORY, Provider
from tests.region.codepipeline.workshop import Workshop, action, probe, stage, wait_for


@pytest.fixture(scope="module", autouse=True)
def furnished(region_api):
    Workshop.furnish(region_api)


class ConnectedShop(Workshop):
    """A pipeline with the source action `Hub`, namespace Source."""

    def __init__(self, provider: Provider):
        super().__init__(provider.api, provider.name)
        self.provider = provider

    def declared(self, triggers=(), **configuration) -> dict:
        given = {"ConnectionArn": self.provider.arn, "FullRepositoryId": REPOSITORY, "BranchName": "main"}
        hub = action(
            "Hub",
            "Source CodeStarSourceConnection",
            outputs=["App"],
            configuration=given | configuration,
            namespace="Source",
        )
        declared = self.declare(stage("Test", probe()), executionMode="QUEUED")
        declared["stages"][0] = stage("Source", hub)
        if triggers:
            git = {"sourceActionName": "Hub", "push": list(triggers)}
            declared["triggers"] = [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]
        return declared

    def make(self, triggers=(), **configuration) -> str:
        self.pipelines.create_pipeline(pipeline=self.declared(triggers, **configuration))
        return self.executions()[-1]["pipelineExecutionId"]

    def variables(self, execution: str) -> dict[str, str]:
        wait_for(lambda: self.actions(execution)[0]["status"] != "InProgress", "the end of the source action")
        return self.actions(execution)[0]["output"]["outputVariables"]

    def started(self, count: int) -> list[tuple[str, str]]:
        """(branch, commit) of the executions after the first, once there are so many."""
        wait_for(lambda: len(self.executions()) > count, f"{count} more executions")
        ids = [one["pipelineExecutionId"] for one in reversed(self.executions())][1:]
        found = [self.variables(one) for one in ids]
        return [(one["BranchName"], one["CommitId"]) for one in found]

    def artifact(self, execution: str) -> bytes:
        (made,) = self.actions(execution)[0]["output"]["outputArtifacts"]
        place = made["s3location"]
        return self.s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()


@pytest.fixture
def shop(provider) -> ConnectedShop:
    """A pipeline's surroundings; the repository has a commit and the connection is completed."""
    provider.first = provider.work.commit("First", index__html="one")
    provider.work.push("HEAD:main")
    provider.complete()
    return ConnectedShop(provider)


def test_a_push_to_the_branch_starts_the_pipeline_with_its_commit(shop):
    first = shop.make()
    shop.succeed(first)
    commit = shop.provider.work.commit("Second", index__html="two")
    shop.provider.work.push("HEAD:main", "HEAD:refs/heads/other")
    assert shop.started(1) == [("main", commit)]
    newest = shop.executions()[0]
    assert newest["trigger"] == {"triggerType": "WebhookV2", "triggerDetail": shop.provider.arn}
    execution = newest["pipelineExecutionId"]
    shop.succeed(execution)
    with zipfile.ZipFile(io.BytesIO(shop.artifact(execution))) as archive:
        assert archive.read("index.html") == b"two"
    assert shop.variables(execution) == {
        "ConnectionArn": shop.provider.arn,
        "FullRepositoryName": REPOSITORY,
        "BranchName": "main",
        "CommitId": commit,
        "CommitMessage": "Second",
        "AuthorDate": "2024-02-29T09:11:12Z",
        "AuthorDisplayName": "Ada",
        "AuthorEmail": "ada@example.com",
    }


def test_filters_choose_branches_tags_and_files(shop):
    branches = {"branches": {"includes": ["main", "feature/**"], "excludes": ["feature/wip*"]}}
    files = {"filePaths": {"includes": ["app/**"], "excludes": ["**/*.md"]}}
    shop.succeed(shop.make([branches | files, {"tags": {"includes": ["v*"]}}]))
    work = shop.provider.work
    (work.path / "app").mkdir()
    (work.path / "app" / "README.md").write_text("")
    ignored = work.commit("Documentation", index__html="two")
    work.push("HEAD:main", "HEAD:refs/heads/release", f"{ignored}:refs/tags/other")
    (work.path / "app" / "main.py").write_text("")
    wanted = work.commit("Code")
    work.push("HEAD:refs/heads/feature/wip-1", "HEAD:refs/heads/feature/a/b", "HEAD:refs/tags/v1")
    assert sorted(shop.started(2)) == [("feature/a/b", wanted), ("main", wanted)]


def test_a_push_that_an_execution_has_found_by_itself_starts_no_second_one(shop):
    shop.succeed(shop.make())
    # As if the look at the repository came after the execution had read it.
    shop.api.region.codepipeline.push_came(Push(shop.provider.arn, REPOSITORY, "main", shop.provider.first))
    assert len(shop.executions()) == 1
    second = shop.provider.work.commit("Second")
    shop.provider.work.push("HEAD:main")
    assert shop.started(1) == [("main", second)]


def test_changes_that_are_not_to_be_detected_start_nothing(shop):
    shop.make(DetectChanges="false")
    shop.provider.work.commit("Second")
    shop.provider.work.push("HEAD:main")
    shop.api.region.watch.look()
    assert len(shop.executions()) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"BranchName": "nowhere"}, "has no branch nowhere"),
        ({"FullRepositoryId": "shop/nowhere"}, "shop/nowhere was not found"),
        ({"ConnectionArn": "arn:aws:codeconnections:us-east-1:123456789012:connection/0"}, "Connection not found"),
    ],
)
def test_a_source_that_is_not_there_fails_and_says_so(shop, wrong, sentence):
    execution = shop.make(**wrong)
    shop.until(execution, "Failed")
    assert sentence in shop.latest("Source", "Hub")["errorDetails"]["message"]


def test_a_connection_that_is_pending_cannot_be_used(provider):
    shop = ConnectedShop(provider)
    execution = shop.make()
    shop.until(execution, "Failed")
    assert "is not available: its status is PENDING" in shop.latest("Source", "Hub")["errorDetails"]["message"]


def test_a_push_right_after_the_connection_is_completed_starts_the_pipeline(provider):
    shop = ConnectedShop(provider)
    shop.until(shop.make(), "Failed")
    provider.work.commit("Before", index__html="one")
    provider.work.push("HEAD:main")
    provider.complete()
    commit = provider.work.commit("After", index__html="two")
    provider.work.push("HEAD:main")
    assert shop.started(1) == [("main", commit)]


def test_a_repository_that_is_damaged_fails_the_action_with_what_git_says(shop):
    shutil.rmtree(shop.provider.bare / "objects")
    (shop.provider.bare / "objects").mkdir()
    execution = shop.make()
    shop.until(execution, "Failed")
    assert "shop/storefront" in shop.latest("Source", "Hub")["errorDetails"]["message"]


def test_an_older_commit_can_be_asked_for(shop):
    shop.make()
    shop.provider.work.commit("Second")
    shop.provider.work.push("HEAD:main")
    revision = {"actionName": "Hub", "revisionType": "COMMIT_ID", "revisionValue": shop.provider.first}
    execution = shop.start(sourceRevisions=[revision])
    assert shop.variables(execution)["CommitId"] == shop.provider.first


def test_a_full_clone_is_a_reference_that_git_can_clone_and_not_push_to(shop, tmp_path):
    execution = shop.make(OutputArtifactFormat="CODEBUILD_CLONE_REF")
    shop.variables(execution)
    reference = json.loads(shop.artifact(execution))["CODEBUILD_CLONE_REF"]
    assert reference["commit"] == shop.provider.first
    address = reference["url"].replace("http://169.254.169.250", shop.api.url)
    shop.provider.work.git("clone", "--quiet", address, str(tmp_path / "clone"))
    assert (tmp_path / "clone" / "index.html").read_text() == "one"
    assert "403" in shop.provider.work.run("push", address, "HEAD:refs/heads/new").stderr


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        ({"FullRepositoryId": "storefront"}, "owner/repository"),
        ({"ConnectionArn": "my-connection"}, "not the ARN of a connection"),
        ({"DetectChanges": "sometimes"}, "must be true or false"),
    ],
)
def test_a_declaration_is_checked(shop, configuration, sentence):
    with pytest.raises(ClientError, match=sentence):
        shop.make(**configuration)


def test_pull_request_triggers_are_refused_in_plain_words(shop):
    declared = shop.declared()
    git = {"sourceActionName": "Hub", "pullRequest": [{"events": ["OPEN"]}]}
    declared["triggers"] = [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]
    with pytest.raises(ClientError, match="not on pull requests") as refused:
        shop.pipelines.create_pipeline(pipeline=declared)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
