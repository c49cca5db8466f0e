# SPDX-License-Identifier: GPL-3.0-or-later
"""Over HTTP: what projects and builds have around them (fleets, credentials, policies, images, sandboxes)."""

import json

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.region.codebuild.yard import ENVIRONMENT

FLEET = {"baseCapacity": 1, "environmentType": "LINUX_CONTAINER", "computeType": "BUILD_GENERAL1_SMALL"}


def test_a_fleet_is_made_changed_used_and_deleted(yard):
    fleet = yard.builds.create_fleet(name=yard.name, **FLEET, scalingConfiguration={"maxCapacity": 3})["fleet"]
    assert fleet["status"] == {"statusCode": "ACTIVE"}
    assert fleet["scalingConfiguration"] == {"maxCapacity": 3, "desiredCapacity": 1}
    changed = yard.builds.update_fleet(arn=fleet["arn"], baseCapacity=2)["fleet"]
    assert (changed["baseCapacity"], changed["scalingConfiguration"]["maxCapacity"]) == (2, 3)
    yard.create(environment=ENVIRONMENT | {"fleet": {"fleetArn": fleet["arn"]}})
    with pytest.raises(ClientError, match=f"is used by the project {yard.name}"):
        yard.builds.delete_fleet(arn=fleet["arn"])
    yard.builds.delete_project(name=yard.name)
    yard.builds.delete_fleet(arn=fleet["arn"])
    found = yard.builds.batch_get_fleets(names=[fleet["arn"]])
    assert (found["fleets"], found["fleetsNotFound"]) == ([], [fleet["arn"]])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"baseCapacity": 0}, "baseCapacity must be at least 1"),
        ({"scalingConfiguration": {"maxCapacity": 1}}, "maxCapacity must be greater"),
        ({"computeType": "ATTRIBUTE_BASED_COMPUTE"}, "requires a computeConfiguration"),
        ({"vpcConfig": {"vpcId": "vpc-1", "subnets": ["s"], "securityGroupIds": ["g"]}}, "requires a fleetServiceRole"),
    ],
)
def test_a_fleet_that_cannot_be_is_refused(yard, given, said):
    with pytest.raises(ClientError, match=said):
        yard.builds.create_fleet(name=yard.name, **(FLEET | given))


def test_a_token_is_kept_and_never_shown(yard):
    given = {"token": "ghp_secret", "serverType": "GITHUB", "authType": "PERSONAL_ACCESS_TOKEN"}
    arn = yard.builds.import_source_credentials(**given)["arn"]
    with pytest.raises(yard.builds.exceptions.ResourceAlreadyExistsException):
        yard.builds.import_source_credentials(**given, shouldOverwrite=False)
    listed = yard.builds.list_source_credentials()["sourceCredentialsInfos"]
    assert listed == [{"arn": arn, "serverType": "GITHUB", "authType": "PERSONAL_ACCESS_TOKEN"}]
    yard.builds.delete_source_credentials(arn=arn)
    assert yard.builds.list_source_credentials()["sourceCredentialsInfos"] == []
    with pytest.raises(yard.builds.exceptions.ResourceNotFoundException):
        yard.builds.delete_source_credentials(arn=arn)


@pytest.mark.parametrize(
    "given",
    [
        {"serverType": "GITHUB", "authType": "OAUTH"},
        {"serverType": "GITHUB", "authType": "BASIC_AUTH"},
        {"serverType": "BITBUCKET", "authType": "BASIC_AUTH"},
        {"serverType": "GITHUB", "authType": "CODECONNECTIONS"},
    ],
)
def test_credentials_that_cannot_be_are_refused(yard, given):
    with pytest.raises(yard.builds.exceptions.InvalidInputException, match="Invalid"):
        yard.builds.import_source_credentials(token="x", **given)


def test_a_policy_is_kept_with_its_project(yard):
    arn = yard.create()["arn"]
    with pytest.raises(yard.builds.exceptions.ResourceNotFoundException):
        yard.builds.get_resource_policy(resourceArn=arn)
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert yard.builds.put_resource_policy(policy=policy, resourceArn=arn)["resourceArn"] == arn
    assert yard.builds.get_resource_policy(resourceArn=arn)["policy"] == policy
    with pytest.raises(ClientError, match="it is not JSON"):
        yard.builds.put_resource_policy(policy="{", resourceArn=arn)
    yard.builds.delete_project(name=yard.name)
    with pytest.raises(yard.builds.exceptions.ResourceNotFoundException):
        yard.builds.get_resource_policy(resourceArn=arn)


def test_curated_images_are_listed(yard):
    platforms = yard.builds.list_curated_environment_images()["platforms"]
    assert {one["platform"] for one in platforms} == {"AMAZON_LINUX", "UBUNTU", "WINDOWS_SERVER"}


def test_nothing_is_shared_and_no_sandbox_is_there(yard):
    assert yard.builds.list_shared_projects()["projects"] == []
    assert yard.builds.list_shared_report_groups()["reportGroups"] == []
    assert yard.builds.list_sandboxes()["ids"] == []


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("start_sandbox", {"projectName": "any"}),
        ("start_command_execution", {"sandboxId": "s", "command": "ls"}),
        ("start_sandbox_connection", {"sandboxId": "s"}),
        ("stop_sandbox", {"id": "s"}),
        ("batch_get_command_executions", {"sandboxId": "s", "commandExecutionIds": ["c"]}),
        ("list_command_executions_for_sandbox", {"sandboxId": "s"}),
    ],
)
def test_sandboxes_are_refused_with_what_to_do_instead(yard, operation, given):
    with pytest.raises(ClientError, match="has no sandboxes: run the commands in a build") as refused:
        getattr(yard.builds, operation)(**given)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_every_operation_of_the_model_is_served_or_refused_in_words(yard):
    service = yard.store
    missing = [name for name in service.model.operation_names if not hasattr(service, xform_name(name))]
    assert missing == []
