# SPDX-License-Identifier: GPL-3.0-or-later
"""On-premises instances: registered, tagged, found, deregistered, and deployed to."""

import pytest
from botocore.exceptions import ClientError

ACCOUNT, REGION = "123456789012", "eu-west-1"
USER = f"arn:aws:iam::{ACCOUNT}:user/AWS/CodeDeploy/rack"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/rack/rack-2"
SITE = [{"Key": "Site", "Value": "Bern"}]
IN_BERN = [{"Key": "Site", "Value": "Bern", "Type": "KEY_AND_VALUE"}]
SEVEN = [
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
]
DAY = 24 * 3600


def code_of(call, **params) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def client(codedeploy):
    return codedeploy.client


def register(client, name: str, tags=SITE, **identity) -> str:
    """Registers an instance under a user of the same name and returns its ARN."""
    client.register_on_premises_instance(
        instanceName=name, **(identity or {"iamUserArn": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
    )
    if tags:
        client.add_tags_to_on_premises_instances(instanceNames=[name], tags=tags)
    return client.get_on_premises_instance(instanceName=name)["instanceInfo"]["instanceArn"]


def test_instances_are_registered_tagged_and_found_by_tag(client):
    register(client, "rack-1", iamUserArn=USER)
    register(client, "rack-2", iamSessionArn=SESSION)
    client.add_tags_to_on_premises_instances(
        instanceNames=["rack-1", "rack-2"], tags=[{"Key": "Rack", "Value": "7"}, {"Key": "Site", "Value": "Basel"}]
    )
    client.remove_tags_from_on_premises_instances(instanceNames=["rack-2"], tags=[{"Key": "Site", "Value": "Basel"}])
    client.remove_tags_from_on_premises_instances(instanceNames=["rack-1"], tags=SITE)  # not its value any more
    basel = [{"Key": "Site", "Value": "Basel", "Type": "KEY_AND_VALUE"}]
    assert client.list_on_premises_instances(tagFilters=basel)["instanceNames"] == ["rack-1"]
    assert client.list_on_premises_instances(tagFilters=[{"Key": "Rack", "Type": "KEY_ONLY"}])["instanceNames"] == [
        "rack-1",
        "rack-2",
    ]
    infos = client.batch_get_on_premises_instances(instanceNames=["rack-2", "none", "rack-1"])["instanceInfos"]
    assert [(info["instanceName"], info.get("iamUserArn"), info.get("iamSessionArn")) for info in infos] == [
        ("rack-2", None, SESSION),
        ("rack-1", USER, None),
    ]
    assert infos[1]["tags"] == [{"Key": "Rack", "Value": "7"}, {"Key": "Site", "Value": "Basel"}]
    assert infos[1]["instanceArn"].startswith(f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:instance/rack-1_")


def test_many_instances_are_listed_in_pages(client):
    names = [f"rack-{number:03}" for number in range(120)]
    for name in names:
        client.register_on_premises_instance(instanceName=name, iamUserArn=f"arn:aws:iam::{ACCOUNT}:user/{name}")
    pages = list(client.get_paginator("list_on_premises_instances").paginate())
    assert [len(page["instanceNames"]) for page in pages] == [100, 20]
    assert [name for page in pages for name in page["instanceNames"]] == names


def test_a_deregistered_instance_keeps_its_tags_name_and_arn_for_a_day(simulated):
    client = simulated.client
    register(client, "rack-1", iamUserArn=USER)
    client.deregister_on_premises_instance(instanceName="rack-1")
    client.deregister_on_premises_instance(instanceName="rack-1")
    assert client.list_on_premises_instances(registrationStatus="Registered")["instanceNames"] == []
    assert client.list_on_premises_instances(registrationStatus="Deregistered")["instanceNames"] == ["rack-1"]
    info = client.get_on_premises_instance(instanceName="rack-1")["instanceInfo"]
    assert info["tags"] == SITE
    assert info["deregisterTime"] >= info["registerTime"]
    again = {"instanceName": "rack-1", "iamSessionArn": SESSION}
    assert code_of(client.register_on_premises_instance, **again) == "InstanceNameAlreadyRegisteredException"
    other = {"instanceName": "rack-2", "iamUserArn": USER}
    assert code_of(client.register_on_premises_instance, **other) == "IamUserArnAlreadyRegisteredException"
    simulated.clock.advance(DAY - 1)
    assert code_of(client.register_on_premises_instance, **again) == "InstanceNameAlreadyRegisteredException"
    simulated.clock.advance(1)
    assert code_of(client.get_on_premises_instance, instanceName="rack-1") == "InstanceNotRegisteredException"
    client.register_on_premises_instance(instanceName="rack-1", iamUserArn=USER)
    assert client.get_on_premises_instance(instanceName="rack-1")["instanceInfo"]["tags"] == []


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ({}, "IamArnRequiredException"),
        ({"iamUserArn": USER, "iamSessionArn": SESSION}, "MultipleIamArnsProvidedException"),
        ({"iamUserArn": "me"}, "InvalidIamUserArnException"),
        ({"iamUserArn": SESSION}, "InvalidIamUserArnException"),
        ({"iamSessionArn": USER}, "InvalidIamSessionArnException"),
    ],
)
def test_an_instance_has_exactly_one_identity(client, identity, code):
    assert code_of(client.register_on_premises_instance, instanceName="rack-1", **identity) == code


@pytest.mark.parametrize("name", ["i-0123456789abcdef0", "rack 1", "x" * 101])
def test_a_name_is_not_that_of_an_ec2_instance_and_is_of_plain_characters(client, name):
    params = {"instanceName": name, "iamUserArn": USER}
    assert code_of(client.register_on_premises_instance, **params) == "InvalidInstanceNameException"


def test_names_and_identities_are_registered_once(client):
    register(client, "rack-1", iamUserArn=USER)
    register(client, "rack-2", iamSessionArn=SESSION)
    again = client.register_on_premises_instance
    assert code_of(again, instanceName="rack-1", iamSessionArn=SESSION) == "InstanceNameAlreadyRegisteredException"
    assert code_of(again, instanceName="rack-3", iamUserArn=USER) == "IamUserArnAlreadyRegisteredException"
    assert code_of(again, instanceName="rack-3", iamSessionArn=SESSION) == "IamSessionArnAlreadyRegisteredException"


def test_an_instance_has_at_most_ten_tags_and_none_is_added_when_one_would_be_too_many(client):
    nine = [{"Key": f"k{number}", "Value": "v"} for number in range(9)]
    register(client, "rack-1", tags=nine)
    tag = client.add_tags_to_on_premises_instances
    too_many = {"instanceNames": ["rack-1"], "tags": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": ""}]}
    assert code_of(tag, **too_many) == "TagLimitExceededException"
    assert client.get_on_premises_instance(instanceName="rack-1")["instanceInfo"]["tags"] == nine
    tag(instanceNames=["rack-1"], tags=[{"Key": "k0", "Value": "w"}, {"Key": "k9", "Value": "v"}])


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"instanceNames": ["none"], "tags": SITE}, "InstanceNotRegisteredException"),
        ({"instanceNames": [], "tags": SITE}, "InstanceNameRequiredException"),
        ({"instanceNames": ["rack-1"], "tags": []}, "TagRequiredException"),
        ({"instanceNames": ["rack-1"], "tags": [{"Key": "Site"}]}, "InvalidTagException"),
        ({"instanceNames": ["rack-1"], "tags": [{"Value": "Bern"}]}, "InvalidTagException"),
        ({"instanceNames": ["rack-1"], "tags": [{"Key": "k" * 129, "Value": "v"}]}, "InvalidTagException"),
        ({"instanceNames": ["rack-1"], "tags": [{"Key": "k", "Value": "v" * 257}]}, "InvalidTagException"),
        ({"instanceNames": ["rack-1"] * 101, "tags": SITE}, "InstanceLimitExceededException"),
    ],
)
def test_errors_of_tagging(client, params, code):
    register(client, "rack-1")
    assert code_of(client.add_tags_to_on_premises_instances, **params) == code


def test_errors_of_reading(client):
    assert code_of(client.get_on_premises_instance, instanceName="none") == "InstanceNotRegisteredException"
    assert code_of(client.get_on_premises_instance, instanceName="i-1") == "InvalidInstanceNameException"
    batch = client.batch_get_on_premises_instances
    assert code_of(batch, instanceNames=["a"] * 26) == "BatchLimitExceededException"
    assert code_of(batch, instanceNames=[]) == "InstanceNameRequiredException"
    assert code_of(client.deregister_on_premises_instance, instanceName="a b") == "InvalidInstanceNameException"
    listed = client.list_on_premises_instances
    assert code_of(listed, registrationStatus="Perhaps") == "InvalidRegistrationStatusException"
    assert code_of(listed, tagFilters=[{"Type": "KEY_ONLY"}]) == "InvalidTagFilterException"
    assert code_of(listed, tagFilters=[{"Key": "a", "Type": "VALUE_ONLY"}]) == "InvalidTagFilterException"
    assert code_of(listed, nextToken="x") == "InvalidNextTokenException"


def follow(codedeploy, identity: str) -> list[str]:
    """Plays the agent that names itself so, through the seven events."""
    done = []
    for _ in SEVEN:
        command = codedeploy.commands("PollHostCommand", HostIdentifier=identity)["HostCommand"]
        assert command["HostIdentifier"] == identity
        specification = codedeploy.commands(
            "GetDeploymentSpecification",
            HostIdentifier=identity,
            DeploymentExecutionId=command["DeploymentExecutionId"],
        )
        assert specification["DeploymentSystem"] == "CodeDeploy"
        codedeploy.commands.acknowledge(command)
        codedeploy.commands.complete(command)
        done.append(command["CommandName"])
    return done


@pytest.mark.parametrize("identity", [{"iamUserArn": USER}, {"iamSessionArn": SESSION}])
def test_the_agent_names_itself_by_the_iam_arn_and_the_target_has_the_instances_name(codedeploy, identity):
    arn = register(codedeploy.client, "rack-7", **identity)
    codedeploy.shop(ec2TagFilters=[], onPremisesInstanceTagFilters=IN_BERN)
    deployment = codedeploy.deploy()
    assert follow(codedeploy, *identity.values()) == SEVEN
    assert codedeploy.end_of(deployment)["status"] == "Succeeded"
    target = codedeploy.client.get_deployment_target(deploymentId=deployment, targetId="rack-7")["deploymentTarget"]
    assert (target["deploymentTargetType"], target["instanceTarget"]["targetArn"]) == ("InstanceTarget", arn)


def test_a_mixed_group_shifts_traffic_of_its_ec2_instances_only(codedeploy):
    codedeploy.fleet.add("i-1", Environment="production")
    codedeploy.traffic.registered["web"] = {"i-1"}
    register(codedeploy.client, "rack-7")
    codedeploy.shop(
        onPremisesTagSet={"onPremisesTagSetList": [IN_BERN]},
        deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
    )
    codedeploy.agent("i-1")
    deployment = codedeploy.deploy(deploymentConfigName="CodeDeployDefault.AllAtOnce")
    assert follow(codedeploy, f"arn:aws:iam::{ACCOUNT}:user/rack-7") == SEVEN
    assert codedeploy.end_of(deployment)["status"] == "Succeeded"
    assert list(codedeploy.events(deployment, "rack-7")) == SEVEN
    assert "BlockTraffic" in codedeploy.events(deployment, "i-1")
    assert codedeploy.traffic.journal == [("deregister", "i-1"), ("register", "i-1")]


def test_tag_sets_of_on_premises_instances_are_met_all_with_one_of_each(codedeploy):
    for name, site, role in (("a", "Bern", "web"), ("b", "Bern", "db"), ("c", "Basel", "web")):
        register(codedeploy.client, name, tags=[{"Key": "Site", "Value": site}, {"Key": "Role", "Value": role}])
    web = [{"Key": "Role", "Value": "web", "Type": "KEY_AND_VALUE"}]
    codedeploy.shop(ec2TagFilters=[], onPremisesTagSet={"onPremisesTagSetList": [IN_BERN, web]})
    deployment = codedeploy.deploy()
    codedeploy.in_progress(deployment)
    assert codedeploy.client.list_deployment_targets(deploymentId=deployment)["targetIds"] == ["a"]


def test_a_deregistered_instance_is_not_deployed_to_and_its_agent_is_turned_away(codedeploy):
    arn = register(codedeploy.client, "rack-7", iamUserArn=USER)
    codedeploy.shop(ec2TagFilters=[], onPremisesInstanceTagFilters=IN_BERN)
    codedeploy.client.deregister_on_premises_instance(instanceName="rack-7")
    ended = codedeploy.end_of(codedeploy.deploy())
    assert (ended["status"], ended["errorInformation"]["code"]) == ("Failed", "NO_INSTANCES")
    for identity in (USER, arn):
        status, error = codedeploy.commands.ask("PollHostCommand", HostIdentifier=identity)
        assert (status, error["__type"]) == (400, "AccessDeniedException")
        assert "on-premises instance that is registered" in error["message"]


def test_blue_green_is_not_for_on_premises_instances(codedeploy):
    options = {
        "ec2TagFilters": [],
        "onPremisesInstanceTagFilters": IN_BERN,
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "loadBalancerInfo": {"targetGroupInfoList": [{"name": "web"}]},
    }
    assert code_of(codedeploy.shop, **options) == "InvalidBlueGreenDeploymentConfigurationException"
