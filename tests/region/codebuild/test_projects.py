# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects: what CodeBuild takes, what it fills in, and what an update changes."""

import pytest
from botocore.exceptions import ClientError

from local_region.protocol import ServiceError
from local_region.services.codebuild.project_checks import check
from local_region.services.codebuild.projects import completed
from local_region.services.codebuild.records import Store
from tests.region.codebuild.yard import ACCOUNT, ARTIFACTS, ENVIRONMENT, ROLE, SOURCES

VPC = {"vpcId": "vpc-1", "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}


def project(**more) -> dict:
    declared = {
        "name": "shop",
        "source": {"type": "S3", "location": "bucket/key.zip"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": ENVIRONMENT,
        "serviceRole": ROLE,
    }
    return completed(declared | more, Store(ACCOUNT, "us-east-1"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"serviceRole": "codebuild"}, "codebuild is not the ARN of a role"),
        ({"serviceRole": "arn:aws:iam::999999999999:role/b"}, "does not match caller's account"),
        ({"source": {"type": "S3"}}, "Project source location is required"),
        ({"source": {"type": "S3", "location": "bucket"}}, "must be a valid S3 source, bucket/key, not bucket"),
        ({"source": {"type": "NO_SOURCE"}}, "buildspec must be provided"),
        ({"source": {"type": "NO_SOURCE", "buildspec": "b", "location": "x"}}, "location must be empty for NO_SOURCE"),
        ({"source": {"type": "CODEPIPELINE"}}, "both sourceType, and artifactType must be set to: CODEPIPELINE"),
        ({"artifacts": {"type": "CODEPIPELINE"}}, "both sourceType, and artifactType must be set to: CODEPIPELINE"),
        ({"artifacts": {"type": "NO_ARTIFACTS", "location": "b"}}, "NO_ARTIFACTS should have null location"),
        ({"artifacts": {"type": "NO_ARTIFACTS", "name": "b"}}, "NO_ARTIFACTS should have null output name"),
        ({"artifacts": {"type": "S3"}}, "location is required for artifact type S3"),
        ({"artifacts": {"type": "S3", "location": "a/b"}}, "may not contain forward-slashes"),
        (
            {"secondarySources": [{"type": "CODEPIPELINE", "sourceIdentifier": "a"}]},
            "sourceType CODEPIPELINE is not allowed for secondarySources",
        ),
        (
            {"secondaryArtifacts": [{"type": "S3", "location": "b"}]},
            "Invalid secondaryArtifacts: artifactIdentifier is required",
        ),
        (
            {"secondaryArtifacts": [{"type": "S3", "location": "b", "artifactIdentifier": "a"}] * 2},
            "the identifier a is there twice",
        ),
        (
            {"secondarySourceVersions": [{"sourceIdentifier": "a", "sourceVersion": "1"}]},
            "there is no secondary source a",
        ),
        (
            {"environment": ENVIRONMENT | {"type": "LINUX_LAMBDA_CONTAINER"}},
            "is not supported for the environment type",
        ),
        (
            {"environment": ENVIRONMENT | {"environmentVariables": [{"name": "A", "value": "1"}] * 2}},
            "the name A is there twice",
        ),
        ({"cache": {"type": "S3"}}, "Invalid cache: location must be a valid S3 bucket"),
        ({"cache": {"type": "LOCAL"}}, "at least one mode is required"),
        ({"cache": {"type": "NO_CACHE", "location": "b"}}, "must be empty for cache type NO_CACHE"),
        ({"logsConfig": {"s3Logs": {"status": "ENABLED"}}}, "location is required when S3 logs are ENABLED"),
        ({"vpcConfig": VPC | {"subnets": []}}, "vpcId, subnets and securityGroupIds are required together"),
        (
            {
                "source": {"type": "CODEPIPELINE"},
                "artifacts": {"type": "CODEPIPELINE"},
                "badge": {"badgeEnabled": True},
            },
            "Build badges are not supported for CodePipeline source",
        ),
    ],
)
def test_a_project_that_cannot_be_is_refused_with_the_reason(more, said):
    with pytest.raises(ServiceError) as refused:
        check(project(**more), ACCOUNT)
    assert refused.value.code == "InvalidInputException"
    assert said in refused.value.message


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"}},
        {"source": {"type": "S3", "location": "arn:aws:s3:::bucket/folder/"}},
        {"vpcConfig": VPC},
        {"cache": {"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"]}},
        {"cache": {"type": "S3", "location": "bucket/prefix"}},
    ],
)
def test_a_project_that_can_be_is_taken(more):
    check(project(**more), ACCOUNT)


def test_what_is_not_given_is_filled_in(yard):
    made = yard.create(artifacts={"type": "S3", "location": ARTIFACTS})
    assert made["arn"] == f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/{yard.name}"
    assert (made["timeoutInMinutes"], made["queuedTimeoutInMinutes"]) == (60, 480)
    assert made["artifacts"] == {
        "type": "S3",
        "location": ARTIFACTS,
        "name": yard.name,
        "packaging": "NONE",
        "namespaceType": "NONE",
        "encryptionDisabled": False,
    }
    assert made["cache"] == {"type": "NO_CACHE"}
    assert made["environment"]["environmentVariables"] == []
    assert made["encryptionKey"].endswith(":alias/aws/s3")
    assert yard.builds.batch_get_projects(names=[yard.name, made["arn"], "none"]) | {"ResponseMetadata": 0} == {
        "projects": [made, made],
        "projectsNotFound": ["none"],
        "ResponseMetadata": 0,
    }


def test_a_second_project_of_the_name_is_refused(yard):
    yard.create()
    with pytest.raises(yard.builds.exceptions.ResourceAlreadyExistsException, match="Project already exists: arn:aws"):
        yard.create()


def test_an_update_changes_what_it_names_and_takes_away_what_it_empties(yard):
    yard.create(description="old", concurrentBuildLimit=1, tags=[{"key": "a", "value": "b"}], vpcConfig=VPC)
    source = {"type": "S3", "location": f"{SOURCES}/a.zip"}
    changed = yard.builds.update_project(name=yard.name, source=source)["project"]
    assert (changed["source"]["location"], changed["description"]) == (f"{SOURCES}/a.zip", "old")
    assert changed["vpcConfig"] == VPC
    emptied = {"description": "", "concurrentBuildLimit": -1, "tags": [], "vpcConfig": {}}
    changed = yard.builds.update_project(name=yard.name, **emptied)["project"]
    assert not {"description", "concurrentBuildLimit", "vpcConfig"} & set(changed)
    assert changed["tags"] == []


def test_a_refused_update_changes_nothing(yard):
    before = yard.create()
    with pytest.raises(ClientError, match="bucket/key, not nowhere"):
        yard.builds.update_project(name=yard.name, description="x", source={"type": "S3", "location": "nowhere"})
    assert yard.builds.batch_get_projects(names=[yard.name])["projects"] == [before]


def test_projects_are_listed_in_order_and_in_pages(yard):
    names = [f"{yard.name}-{letter}" for letter in "cab"]
    for name in names:
        yard.create(name=name)
    listed = yard.builds.get_paginator("list_projects").paginate(sortBy="NAME", sortOrder="DESCENDING")
    mine = [name for page in listed for name in page["projects"] if name in names]
    assert mine == sorted(names, reverse=True)
    yard.builds.delete_project(name=names[0])
    assert names[0] not in yard.builds.list_projects(sortBy="CREATED_TIME")["projects"]


def test_a_limit_above_the_accounts_is_refused(yard):
    with pytest.raises(ClientError, match="cannot exceed the account-level concurrent build limit of"):
        yard.create(concurrentBuildLimit=1000)


def test_a_project_that_is_not_there_is_said_so(yard):
    missing = yard.builds.exceptions.ResourceNotFoundException
    with pytest.raises(missing, match=f"Project cannot be found: .*project/{yard.name}"):
        yard.builds.update_project(name=yard.name)
    with pytest.raises(missing):
        yard.start()
    with pytest.raises(missing):
        yard.builds.list_builds_for_project(projectName=yard.name)
    yard.builds.delete_project(name=yard.name)
