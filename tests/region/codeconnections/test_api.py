# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections and hosts, under both names of the service, with boto3."""

import urllib.error

import pytest
from botocore.exceptions import ClientError


def refused(code: str):
    return pytest.raises(ClientError, match=code)


def test_a_connection_is_pending_until_it_is_completed(provider):
    assert provider.status == "PENDING"
    done = provider.complete()
    assert (provider.status, done["repositories"]) == ("AVAILABLE", ["shop/storefront"])
    (shown,) = [one for one in provider.control("connections")["connections"] if one["arn"] == provider.arn]
    assert shown["folder"] == str(provider.folder)


@pytest.mark.parametrize("wrong", ["connection", "folder"])
def test_what_cannot_be_completed_is_refused_in_a_sentence(provider, wrong):
    asked = {"connection": provider.name, "folder": str(provider.folder)} | {wrong: "nowhere"}
    with pytest.raises(urllib.error.HTTPError) as error:
        provider.control("connections/complete", asked)
    assert b"nowhere" in error.value.read()
    assert provider.status == "PENDING"


def test_both_names_of_the_service_show_the_same_connections(provider):
    old = provider.api.client("codestar-connections")
    made = old.create_connection(
        ConnectionName=provider.name, ProviderType="Bitbucket", Tags=[{"Key": "a", "Value": "1"}]
    )
    arns = [made["ConnectionArn"], provider.arn]
    assert [arn.split(":")[2] for arn in arns] == ["codestar-connections", "codeconnections"]
    for client in (old, provider.connections):
        assert client.get_connection(ConnectionArn=arns[0])["Connection"]["ProviderType"] == "Bitbucket"
        listed, more = [], {}
        while more is not None:
            page = client.list_connections(MaxResults=1, **more)
            listed += [one["ConnectionArn"] for one in page["Connections"]]
            more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        assert set(arns) <= set(listed)
    bitbucket = provider.connections.list_connections(ProviderTypeFilter="Bitbucket")["Connections"]
    assert [one["ConnectionArn"] for one in bitbucket] == [arns[0]]


def test_tags_come_and_go(provider):
    connections, arn = provider.connections, provider.arn
    connections.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    connections.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert connections.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_a_deleted_connection_is_not_found(provider):
    provider.connections.delete_connection(ConnectionArn=provider.arn)
    with refused("ResourceNotFoundException"):
        provider.connections.get_connection(ConnectionArn=provider.arn)


def test_an_installed_provider_needs_a_host_which_its_connection_completes(provider):
    connections = provider.connections
    with refused("InvalidInputException"):
        connections.create_connection(ConnectionName="x", ProviderType="GitLabSelfManaged")
    host = connections.create_host(
        Name=provider.name, ProviderType="GitLabSelfManaged", ProviderEndpoint="https://git.example.com"
    )["HostArn"]
    arn = connections.create_connection(ConnectionName="own", HostArn=host)["ConnectionArn"]
    assert connections.get_connection(ConnectionArn=arn)["Connection"]["ProviderType"] == "GitLabSelfManaged"
    assert connections.get_host(HostArn=host)["Status"] == "PENDING"
    provider.arn = arn
    provider.complete()
    assert connections.get_host(HostArn=host)["Status"] == "AVAILABLE"
    with refused("ResourceUnavailableException"):
        connections.delete_host(HostArn=host)
    connections.delete_connection(ConnectionArn=arn)
    connections.update_host(HostArn=host, ProviderEndpoint="https://code.example.com")
    (listed,) = connections.list_hosts()["Hosts"]
    assert listed["ProviderEndpoint"] == "https://code.example.com"
    connections.delete_host(HostArn=host)
    assert connections.list_hosts()["Hosts"] == []


def test_repository_links_are_refused_in_plain_words(provider):
    with refused("does not implement codeconnections ListRepositoryLinks") as error:
        provider.connections.list_repository_links()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
