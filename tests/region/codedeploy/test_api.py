# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications, configurations, groups, revisions, tags: what is stored, and what is refused."""

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/codedeploy"
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bundles", "key": "app-1.zip", "bundleType": "zip"}}
TAGS = [{"Key": "Environment", "Value": "production", "Type": "KEY_AND_VALUE"}]
ALARMS = [{"name": f"alarm-{number}"} for number in range(11)]
TRAFFIC_CONTROL = {"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
BLUE_GREEN = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
ONE_HOST = {"type": "HOST_COUNT", "value": 1}
BALANCER = {"targetGroupInfoList": [{"name": "web"}]}


def code_of(call, **params) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def client(codedeploy):
    codedeploy.client.create_application(applicationName="shop")
    return codedeploy.client


def group(client, name="production", **options):
    return client.create_deployment_group(
        applicationName="shop", deploymentGroupName=name, serviceRoleArn=ROLE, **options
    )["deploymentGroupId"]


def group_info(client, name="production"):
    return client.get_deployment_group(applicationName="shop", deploymentGroupName=name)["deploymentGroupInfo"]


# Applications


def test_an_application_is_found_again_and_renamed_with_its_groups(client):
    shop = client.get_application(applicationName="shop")["application"]
    assert (shop["computePlatform"], shop["linkedToGitHub"]) == ("Server", False)
    group(client)
    client.update_application(applicationName="shop", newApplicationName="store")
    assert client.list_applications()["applications"] == ["store"]
    assert client.get_application(applicationName="store")["application"]["applicationId"] == shop["applicationId"]
    assert client.list_deployment_groups(applicationName="store")["deploymentGroups"] == ["production"]
    client.delete_application(applicationName="store")
    client.delete_application(applicationName="store")
    assert client.list_applications()["applications"] == []


def test_errors_of_applications(client):
    assert code_of(client.create_application, applicationName="shop") == "ApplicationAlreadyExistsException"
    assert code_of(client.create_application, applicationName="a b") == "InvalidApplicationNameException"
    assert code_of(client.get_application, applicationName="none") == "ApplicationDoesNotExistException"
    many = [f"a{number}" for number in range(101)]
    assert code_of(client.batch_get_applications, applicationNames=many) == "BatchLimitExceededException"
    platform = {"applicationName": "x", "computePlatform": "Mainframe"}
    assert code_of(client.create_application, **platform) == "InvalidComputePlatformException"


def test_lists_come_in_pages_of_a_hundred(client):
    for number in range(105):
        client.create_application(applicationName=f"app-{number:03}")
    pages = list(client.get_paginator("list_applications").paginate())
    assert [len(page["applications"]) for page in pages] == [100, 6]
    assert code_of(client.list_applications, nextToken="made-up") == "InvalidNextTokenException"


def test_accounts_regions_and_stores_are_apart(codedeploy, client):
    import boto3

    other = boto3.client(
        "codedeploy",
        endpoint_url=codedeploy.url,
        region_name="us-west-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert other.list_applications()["applications"] == []


# Deployment configurations


def test_the_predefined_configurations_are_codedeploys_own(client):
    names = client.list_deployment_configs()["deploymentConfigsList"]
    assert len(names) == 17
    assert {name for name in names if "Lambda" not in name and "ECS" not in name} == {
        "CodeDeployDefault.AllAtOnce",
        "CodeDeployDefault.HalfAtATime",
        "CodeDeployDefault.OneAtATime",
    }

    def minimum(name):
        found = client.get_deployment_config(deploymentConfigName=f"CodeDeployDefault.{name}")
        return found["deploymentConfigInfo"]["minimumHealthyHosts"]

    assert minimum("OneAtATime") == {"type": "MOST_CONCURRENCY", "value": 1}
    assert minimum("HalfAtATime") == {"type": "FLEET_PERCENT", "value": 50}
    assert minimum("AllAtOnce") == {"type": "FLEET_PERCENT", "value": 0}
    canary = client.get_deployment_config(deploymentConfigName="CodeDeployDefault.LambdaCanary10Percent15Minutes")
    assert canary["deploymentConfigInfo"]["trafficRoutingConfig"] == {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 15},
    }


def test_a_zonal_configuration_is_returned_as_it_was_given(client):
    zonal = {
        "firstZoneMonitorDurationInSeconds": 60,
        "monitorDurationInSeconds": 30,
        "minimumHealthyHostsPerZone": {"type": "HOST_COUNT", "value": 1},
    }
    minimum = {"type": "FLEET_PERCENT", "value": 75}
    client.create_deployment_config(deploymentConfigName="zonal", minimumHealthyHosts=minimum, zonalConfig=zonal)
    info = client.get_deployment_config(deploymentConfigName="zonal")["deploymentConfigInfo"]
    assert (info["minimumHealthyHosts"], info["zonalConfig"]) == (minimum, zonal)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"deploymentConfigName": "x"}, "InvalidMinimumHealthyHostValueException"),
        (
            {"deploymentConfigName": "x", "minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 101}},
            "InvalidMinimumHealthyHostValueException",
        ),
        (
            {"deploymentConfigName": "x", "minimumHealthyHosts": {"type": "HOST_COUNT", "value": -1}},
            "InvalidMinimumHealthyHostValueException",
        ),
        (
            {"deploymentConfigName": "x", "minimumHealthyHosts": {"type": "SOME", "value": 1}},
            "InvalidMinimumHealthyHostValueException",
        ),
        (
            {
                "deploymentConfigName": "CodeDeployDefault.Mine",
                "minimumHealthyHosts": {"type": "HOST_COUNT", "value": 1},
            },
            "InvalidDeploymentConfigNameException",
        ),
        (
            {
                "deploymentConfigName": "x",
                "minimumHealthyHosts": {"type": "HOST_COUNT", "value": 1},
                "zonalConfig": {"monitorDurationInSeconds": -1},
            },
            "InvalidZonalDeploymentConfigurationException",
        ),
        ({"deploymentConfigName": "x", "computePlatform": "Lambda"}, "InvalidTrafficRoutingConfigurationException"),
    ],
)
def test_configurations_that_can_not_be_are_refused(client, params, code):
    assert code_of(client.create_deployment_config, **params) == code


def test_a_configuration_in_use_stays(client):
    client.create_deployment_config(deploymentConfigName="mine", minimumHealthyHosts={"type": "HOST_COUNT", "value": 1})
    group(client, deploymentConfigName="mine")
    assert code_of(client.delete_deployment_config, deploymentConfigName="mine") == "DeploymentConfigInUseException"
    own = {"deploymentConfigName": "CodeDeployDefault.AllAtOnce"}
    assert code_of(client.delete_deployment_config, **own) == "InvalidOperationException"
    client.delete_deployment_group(applicationName="shop", deploymentGroupName="production")
    client.delete_deployment_config(deploymentConfigName="mine")
    missing = {"deploymentConfigName": "mine"}
    assert code_of(client.get_deployment_config, **missing) == "DeploymentConfigDoesNotExistException"


# Deployment groups

WHOLE = {
    "deploymentConfigName": "CodeDeployDefault.HalfAtATime",
    "ec2TagFilters": TAGS,
    "autoScalingGroups": ["web"],
    "triggerConfigurations": [
        {
            "triggerName": "team",
            "triggerTargetArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:team",
            "triggerEvents": ["DeploymentFailure"],
        }
    ],
    "alarmConfiguration": {"enabled": True, "ignorePollAlarmFailure": True, "alarms": [{"name": "errors"}]},
    "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]},
    "outdatedInstancesStrategy": "IGNORE",
    "deploymentStyle": BLUE_GREEN,
    "blueGreenDeploymentConfiguration": {
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
        "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60},
        "greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"},
    },
    "loadBalancerInfo": BALANCER,
    "ec2DeploymentOptions": {"autoScalingGroupProcessesToSuspend": ["AZRebalance"]},
    "terminationHookEnabled": True,
}


def test_a_group_is_returned_as_it_was_given(codedeploy, client):
    codedeploy.fleet.groups["web"] = []
    group_id = group(client, **WHOLE)
    info = group_info(client)
    ((_, hook), (_, termination_hook)) = codedeploy.auto_scaling.hooks
    group_of_web = {"name": "web", "hook": hook, "terminationHook": termination_hook}
    expected = WHOLE | {"autoScalingGroups": [group_of_web], "onPremisesInstanceTagFilters": []}
    assert info == expected | {
        "applicationName": "shop",
        "deploymentGroupName": "production",
        "deploymentGroupId": group_id,
        "serviceRoleArn": ROLE,
        "computePlatform": "Server",
    }


def test_a_bare_group_shows_codedeploys_defaults(client):
    group(client)
    info = group_info(client)
    assert info["deploymentConfigName"] == "CodeDeployDefault.OneAtATime"
    assert info["deploymentStyle"] == {"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"}
    assert info["outdatedInstancesStrategy"] == "UPDATE"
    assert (info["ec2TagFilters"], info["autoScalingGroups"], info["triggerConfigurations"]) == ([], [], [])


def test_an_update_changes_what_is_given_and_leaves_the_rest(client):
    group_id = group(client, ec2TagFilters=TAGS, deploymentConfigName="CodeDeployDefault.AllAtOnce")
    client.update_deployment_group(
        applicationName="shop",
        currentDeploymentGroupName="production",
        newDeploymentGroupName="live",
        alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
    )
    info = group_info(client, "live")
    assert (info["deploymentGroupId"], info["ec2TagFilters"]) == (group_id, TAGS)
    assert info["deploymentConfigName"] == "CodeDeployDefault.AllAtOnce"
    assert info["alarmConfiguration"]["alarms"] == [{"name": "errors"}]
    client.update_deployment_group(applicationName="shop", currentDeploymentGroupName="live", ec2TagFilters=[])
    assert group_info(client, "live")["ec2TagFilters"] == []


def test_a_tag_set_takes_the_place_of_tag_filters(client):
    group(client, ec2TagFilters=TAGS)
    tag_set = {"ec2TagSetList": [TAGS, [{"Key": "Role", "Type": "KEY_ONLY"}]]}
    client.update_deployment_group(applicationName="shop", currentDeploymentGroupName="production", ec2TagSet=tag_set)
    info = group_info(client)
    assert (info["ec2TagFilters"], info["ec2TagSet"]) == ([], tag_set)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"serviceRoleArn": "codedeploy"}, "InvalidRoleException"),
        ({"deploymentConfigName": "none"}, "DeploymentConfigDoesNotExistException"),
        ({"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"}, "InvalidDeploymentConfigNameException"),
        ({"autoScalingGroups": ["none"]}, "InvalidAutoScalingGroupException"),
        ({"ec2TagFilters": TAGS, "ec2TagSet": {"ec2TagSetList": [TAGS]}}, "InvalidEC2TagCombinationException"),
        (
            {"onPremisesInstanceTagFilters": TAGS, "onPremisesTagSet": {"onPremisesTagSetList": [TAGS]}},
            "InvalidOnPremisesTagCombinationException",
        ),
        ({"ec2TagSet": {"ec2TagSetList": [TAGS] * 4}}, "TagSetListLimitExceededException"),
        ({"ec2TagFilters": [{"Value": "production", "Type": "KEY_AND_VALUE"}]}, "InvalidEC2TagException"),
        ({"ec2TagFilters": [{"Key": "x", "Type": "BY_MOOD"}]}, "InvalidEC2TagException"),
        ({"alarmConfiguration": {"enabled": True, "alarms": ALARMS}}, "AlarmsLimitExceededException"),
        ({"alarmConfiguration": {"enabled": True}}, "InvalidAlarmConfigException"),
        (
            {"alarmConfiguration": {"alarms": [{"name": "a"}, {"name": "a"}]}},
            "InvalidAlarmConfigException",
        ),
        ({"autoRollbackConfiguration": {"enabled": True}}, "InvalidAutoRollbackConfigException"),
        ({"autoRollbackConfiguration": {"enabled": True, "events": ["MONDAY"]}}, "InvalidAutoRollbackConfigException"),
        ({"triggerConfigurations": [{"triggerName": "x"}]}, "InvalidTriggerConfigException"),
        ({"deploymentStyle": TRAFFIC_CONTROL}, "InvalidLoadBalancerInfoException"),
        ({"deploymentStyle": BLUE_GREEN}, "InvalidLoadBalancerInfoException"),
        (
            {
                "deploymentStyle": BLUE_GREEN,
                "loadBalancerInfo": BALANCER,
                "blueGreenDeploymentConfiguration": {
                    "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 5}
                },
            },
            "InvalidBlueGreenDeploymentConfigurationException",
        ),
        (
            {
                "deploymentStyle": BLUE_GREEN,
                "loadBalancerInfo": BALANCER,
                "blueGreenDeploymentConfiguration": {
                    "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 2881}
                },
            },
            "InvalidBlueGreenDeploymentConfigurationException",
        ),
    ],
)
def test_groups_that_can_not_be_are_refused(client, options, code):
    params = {"applicationName": "shop", "deploymentGroupName": "production", "serviceRoleArn": ROLE} | options
    assert code_of(client.create_deployment_group, **params) == code
    assert client.list_deployment_groups(applicationName="shop")["deploymentGroups"] == []


def test_a_refused_update_leaves_the_group_as_it_was(client):
    group(client, ec2TagFilters=TAGS)
    before = group_info(client)
    update = {"applicationName": "shop", "currentDeploymentGroupName": "production", "deploymentStyle": TRAFFIC_CONTROL}
    assert code_of(client.update_deployment_group, **update) == "InvalidLoadBalancerInfoException"
    assert group_info(client) == before


def test_errors_of_groups(client):
    group(client)
    again = {"applicationName": "shop", "deploymentGroupName": "production", "serviceRoleArn": ROLE}
    assert code_of(client.create_deployment_group, **again) == "DeploymentGroupAlreadyExistsException"
    missing = {"applicationName": "shop", "deploymentGroupName": "none"}
    with pytest.raises(
        client.exceptions.DeploymentGroupDoesNotExistException, match="No Deployment Group found.*: none"
    ):
        client.get_deployment_group(**missing)
    assert code_of(client.create_deployment, revision=REVISION, **missing) == "DeploymentGroupDoesNotExistException"
    found = client.batch_get_deployment_groups(applicationName="shop", deploymentGroupNames=["production", "none"])
    assert [info["deploymentGroupName"] for info in found["deploymentGroupsInfo"]] == ["production"]
    assert "none" in found["errorMessage"]


# Deployments that are refused


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "RevisionRequiredException"),
        ({"revision": {"revisionType": "S3"}}, "InvalidRevisionException"),
        ({"revision": {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k"}}}, "InvalidRevisionException"),
        (
            {"revision": {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "YAML"}}},
            "InvalidRevisionException",
        ),
        ({"revision": {"revisionType": "String", "string": {"content": "{}"}}}, "InvalidRevisionException"),
        ({"revision": REVISION, "deploymentConfigName": "none"}, "DeploymentConfigDoesNotExistException"),
        (
            {"revision": REVISION, "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"},
            "InvalidDeploymentConfigNameException",
        ),
        ({"revision": REVISION, "description": "x" * 1025}, "DescriptionTooLongException"),
        ({"revision": REVISION, "fileExistsBehavior": "MERGE"}, "InvalidFileExistsBehaviorException"),
        ({"revision": REVISION, "autoRollbackConfiguration": {"enabled": True}}, "InvalidAutoRollbackConfigException"),
        ({"revision": REVISION, "overrideAlarmConfiguration": {"enabled": True}}, "InvalidAlarmConfigException"),
        ({"revision": REVISION, "targetInstances": {"autoScalingGroups": ["x"]}}, "InvalidTargetInstancesException"),
    ],
)
def test_deployments_that_can_not_be_are_refused(client, params, code):
    group(client)
    request = {"applicationName": "shop", "deploymentGroupName": "production"} | params
    assert code_of(client.create_deployment, **request) == code
    assert client.list_deployments()["deployments"] == []


@pytest.mark.parametrize(
    ("group_options", "params"),
    [
        ({}, {"revision": {"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b", "commitId": "c" * 40}}}),
        ({"deploymentStyle": TRAFFIC_CONTROL, "loadBalancerInfo": {"elbInfoList": [{"name": "classic"}]}}, {}),
    ],
)
def test_what_the_local_region_can_not_deploy_is_refused_with_501(client, group_options, params):
    group(client, **group_options)
    with pytest.raises(ClientError) as refused:
        client.create_deployment(
            **{"applicationName": "shop", "deploymentGroupName": "production", "revision": REVISION} | params
        )
    assert refused.value.response["Error"]["Code"] == "NotImplementedInLocalRegion"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_ecs_services_are_kept_but_not_deployed(client):
    client.create_application(applicationName="service", computePlatform="ECS")
    pair = {"targetGroups": [{"name": "blue"}, {"name": "green"}], "prodTrafficRoute": {"listenerArns": ["arn:x"]}}
    client.create_deployment_group(
        applicationName="service",
        deploymentGroupName="live",
        serviceRoleArn=ROLE,
        deploymentStyle=BLUE_GREEN,
        deploymentConfigName="CodeDeployDefault.ECSAllAtOnce",
        ecsServices=[{"serviceName": "web", "clusterName": "main"}],
        loadBalancerInfo={"targetGroupPairInfoList": [pair]},
    )
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "version: 0.0"}}
    request = {"applicationName": "service", "deploymentGroupName": "live", "revision": revision}
    assert code_of(client.create_deployment, **request) == "NotImplementedInLocalRegion"


def test_every_operation_of_the_model_is_there(codedeploy):
    model = codedeploy.service.model
    assert [name for name in model.operation_names if not hasattr(codedeploy.service, xform_name(name))] == []


def test_no_github_account_is_linked(client):
    assert client.list_git_hub_account_token_names()["tokenNameList"] == []
    assert code_of(client.delete_git_hub_account_token, tokenName="x") == "GitHubAccountTokenDoesNotExistException"
    assert code_of(client.delete_git_hub_account_token) == "GitHubAccountTokenNameRequiredException"
    client.delete_resources_by_external_id(externalId="stack-1")


def test_hooks_of_servers_are_not_answered_for_by_functions(codedeploy, client):
    codedeploy.fleet.add("i-1", Environment="production")
    group(client, ec2TagFilters=TAGS)
    asked = {"applicationName": "shop", "deploymentGroupName": "production", "revision": REVISION}
    deployment_id = client.create_deployment(**asked)["deploymentId"]
    answer = client.put_lifecycle_event_hook_execution_status
    assert code_of(answer, deploymentId=deployment_id) == "UnsupportedActionForDeploymentTypeException"
    assert code_of(answer, deploymentId="d-000000000") == "DeploymentDoesNotExistException"
    assert code_of(answer) == "DeploymentIdRequiredException"


# Deployments: lists, targets


def test_deployments_are_listed_newest_first_and_by_filter(codedeploy, client):
    group(client)
    group(client, "staging")
    first = codedeploy.deploy()
    codedeploy.end_of(first)
    second = codedeploy.deploy("staging")
    codedeploy.end_of(second)
    assert client.list_deployments()["deployments"] == [second, first]
    only = client.list_deployments(applicationName="shop", deploymentGroupName="production")
    assert only["deployments"] == [first]
    assert client.list_deployments(includeOnlyStatuses=["Succeeded"])["deployments"] == []
    moment = codedeploy.get(second)["createTime"]
    assert client.list_deployments(createTimeRange={"start": moment})["deployments"] == [second]
    found = client.batch_get_deployments(deploymentIds=[first, "d-000000000", second])["deploymentsInfo"]
    assert [info["deploymentId"] for info in found] == [first, second]


def test_errors_of_deployments(client):
    assert code_of(client.get_deployment, deploymentId="d-123456789") == "DeploymentDoesNotExistException"
    assert code_of(client.get_deployment, deploymentId="x") == "InvalidDeploymentIdException"
    assert code_of(client.stop_deployment, deploymentId="d-123456789") == "DeploymentDoesNotExistException"
    assert code_of(client.list_deployments, deploymentGroupName="x") == "ApplicationNameRequiredException"
    backwards = {"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}
    assert code_of(client.list_deployments, createTimeRange=backwards) == "InvalidTimeRangeException"
    statuses = {"includeOnlyStatuses": ["Splendid"]}
    assert code_of(client.list_deployments, **statuses) == "InvalidDeploymentStatusException"


def test_targets_in_their_new_and_old_form(codedeploy, client):
    codedeploy.fleet.add("i-1", "i-2", Environment="production")
    group(client, ec2TagFilters=TAGS)
    deployment = codedeploy.deploy()
    command = codedeploy.commands.poll("i-1")
    codedeploy.commands.acknowledge(command)
    by_status = {"TargetStatus": ["InProgress"]}
    assert client.list_deployment_targets(deploymentId=deployment, targetFilters=by_status)["targetIds"] == ["i-1"]
    old = client.list_deployment_instances(deploymentId=deployment, instanceStatusFilter=["Pending"])
    assert old["instancesList"] == ["i-2"]
    batch = client.batch_get_deployment_targets(deploymentId=deployment, targetIds=["i-2", "i-1"])["deploymentTargets"]
    assert [target["instanceTarget"]["targetId"] for target in batch] == ["i-2", "i-1"]
    assert [target["instanceTarget"]["status"] for target in batch] == ["Pending", "InProgress"]
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1"
    assert batch[1]["instanceTarget"]["targetArn"] == arn
    summary = client.get_deployment_instance(deploymentId=deployment, instanceId="i-1")["instanceSummary"]
    assert (summary["instanceId"], summary["status"]) == (arn, "InProgress")
    summaries = client.batch_get_deployment_instances(deploymentId=deployment, instanceIds=[arn, "i-9"])
    assert len(summaries["instancesSummary"]) == 1 and "i-9" in summaries["errorMessage"]
    assert code_of(client.get_deployment_target, deploymentId=deployment, targetId="i-9") == (
        "DeploymentTargetDoesNotExistException"
    )
    many = [f"i-{number}" for number in range(26)]
    assert code_of(client.batch_get_deployment_targets, deploymentId=deployment, targetIds=many) == (
        "DeploymentTargetListSizeExceededException"
    )
    client.stop_deployment(deploymentId=deployment)


# Revisions


def test_revisions_are_registered_explicitly_or_by_use(codedeploy, client):
    group(client)
    client.register_application_revision(applicationName="shop", revision=REVISION, description="nightly")
    registered = client.get_application_revision(applicationName="shop", revision=REVISION)["revisionInfo"]
    assert registered["description"] == "nightly"
    assert "firstUsedTime" not in registered
    codedeploy.end_of(codedeploy.deploy())
    used = client.get_application_revision(applicationName="shop", revision=REVISION)["revisionInfo"]
    assert used["registerTime"] == registered["registerTime"]
    assert used["firstUsedTime"] == used["lastUsedTime"] >= used["registerTime"]
    quoted = {"revisionType": "S3", "s3Location": REVISION["s3Location"] | {"eTag": '"abc"'}}
    plain = {"revisionType": "S3", "s3Location": REVISION["s3Location"] | {"eTag": "abc"}}
    client.register_application_revision(applicationName="shop", revision=quoted)
    assert client.get_application_revision(applicationName="shop", revision=plain)["revision"] == quoted
    listed = client.list_application_revisions(
        applicationName="shop", s3Bucket="bundles", s3KeyPrefix="app", sortBy="registerTime", sortOrder="descending"
    )
    assert listed["revisions"] == [quoted, REVISION]
    assert client.list_application_revisions(applicationName="shop", s3Bucket="other")["revisions"] == []
    batch = client.batch_get_application_revisions(applicationName="shop", revisions=[REVISION])
    assert batch["revisions"][0]["genericRevisionInfo"]["description"] == "nightly"


def test_a_deployed_revision_names_the_groups_that_run_it(codedeploy, client):
    codedeploy.fleet.add("i-1", Environment="production")
    group(client, ec2TagFilters=TAGS)
    codedeploy.agent("i-1")
    codedeploy.end_of(codedeploy.deploy())
    info = client.get_application_revision(applicationName="shop", revision=REVISION)["revisionInfo"]
    assert info["deploymentGroups"] == ["production"]
    deployed = client.list_application_revisions(applicationName="shop", deployed="include")
    assert deployed["revisions"] == [REVISION]
    assert client.list_application_revisions(applicationName="shop", deployed="exclude")["revisions"] == []
    shown = group_info(client)
    assert shown["targetRevision"] == REVISION
    assert shown["lastSuccessfulDeployment"] == shown["lastAttemptedDeployment"]


def test_errors_of_revisions(client):
    unknown = {"applicationName": "shop", "revision": REVISION}
    assert code_of(client.get_application_revision, **unknown) == "RevisionDoesNotExistException"
    prefix = {"applicationName": "shop", "s3KeyPrefix": "x"}
    assert code_of(client.list_application_revisions, **prefix) == "BucketNameFilterRequiredException"


# Tags


def test_applications_groups_and_configurations_have_tags(client):
    group(client, tags=[{"Key": "Team", "Value": "web"}])
    client.create_deployment_config(deploymentConfigName="mine", minimumHealthyHosts={"type": "HOST_COUNT", "value": 1})
    prefix = f"arn:aws:codedeploy:{REGION}:{ACCOUNT}"
    for arn, before in (
        (f"{prefix}:application:shop", []),
        (f"{prefix}:deploymentgroup:shop/production", [{"Key": "Team", "Value": "web"}]),
        (f"{prefix}:deploymentconfig:mine", []),
    ):
        assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == before
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "A", "Value": "1"}, {"Key": "B", "Value": "2"}])
        client.untag_resource(ResourceArn=arn, TagKeys=["B", "C"])
        assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "A", "Value": "1"}, *before]
    wrong = {"ResourceArn": f"{prefix}:application:none", "Tags": [{"Key": "A", "Value": "1"}]}
    assert code_of(client.tag_resource, **wrong) == "ApplicationDoesNotExistException"
    assert code_of(client.list_tags_for_resource, ResourceArn="none") == "InvalidArnException"
