# SPDX-License-Identifier: GPL-3.0-or-later
"""codeconnections_connection and its info module, over HTTP."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.convoy.delivery.plugins.module_utils.codeconnections import connection as connection_utils

from tests.region.codebuild.yard import eventually
from tests.running_modules import REGION

MODULE = "codeconnections_connection"
INFO = "codeconnections_connection_info"
GITHUB = {"name": "github", "provider_type": "GitHub"}


@pytest.fixture
def connections(modules):
    """The modules, with no connection before and after."""
    yield modules
    client = modules.client("codeconnections")
    for one in client.list_connections()["Connections"]:
        client.delete_connection(ConnectionArn=one["ConnectionArn"])


def finish(api, name="github"):
    """What a person does in the browser."""
    for store in api.region.connections.stores.values():
        for one in store.connections.values():
            if one.name == name:
                one.folder = Path("/")


def test_a_connection_is_made_as_predicted_and_then_left_alone(connections):
    options = {**GITHUB, "tags": {"Team": "shop"}}
    predicted, real = connections.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["diff"] == real["diff"]
    assert real["connection"]["connection_status"] == "PENDING"
    before = connections.calls()
    assert not connections.run(MODULE, **options)["changed"]
    assert connections.calls() - before == {"all": 2}
    before = connections.calls()
    assert not connections.run(MODULE, **GITHUB)["changed"]
    assert connections.calls() - before == {"all": 1}


def test_a_pending_connection_is_reported_with_how_to_finish_it(connections):
    made = connections.run(MODULE, **GITHUB)
    url = made["connection"]["console_url"]
    identity = made["connection"]["connection_arn"].rpartition("/")[2]
    assert url == (
        f"https://{REGION}.console.aws.amazon.com/codesuite/settings/123456789012/{REGION}"
        f"/codeconnections/connections/{identity}"
    )
    assert "connection github is PENDING: nobody has let AWS in at GitHub yet" in made["warnings"][0]["event"]["msg"]
    assert url in made["warnings"][0]["event"]["msg"]


def test_a_pending_connection_fails_the_task_that_requires_it(connections):
    refusal = connections.refusal(MODULE, **GITHUB, require_available=True)
    assert "connection github is PENDING" in refusal and "python -m local_region connection complete github" in refusal


def test_an_available_connection_is_neither_reported_nor_refused(connections, shared_api):
    connections.run(MODULE, **GITHUB)
    finish(shared_api)
    found = connections.run(MODULE, **GITHUB, require_available=True)
    assert not found["changed"] and "warnings" not in found
    assert found["connection"]["connection_status"] == "AVAILABLE"


def test_a_task_waits_until_somebody_has_finished_the_connection(connections, shared_api):
    connections.run(MODULE, **GITHUB)
    looks = shared_api.region.calls.by_operation
    before = looks()["codeconnections:GetConnection"]

    def person():
        eventually(lambda: looks()["codeconnections:GetConnection"] > before, "a look at the connection")
        finish(shared_api)

    threading.Thread(target=person, daemon=True).start()
    found = connections.run(MODULE, **GITHUB, require_available=True, wait_timeout=60)
    assert found["connection"]["connection_status"] == "AVAILABLE"
    assert "is PENDING" in found["progress"][0]


def test_tags_are_changed_as_predicted(connections):
    connections.run(MODULE, **GITHUB, tags={"Team": "shop", "Cost": "7"})
    predicted, real = connections.predicted_and_real(MODULE, **GITHUB, tags={"Team": "api"})
    assert predicted["diff"] == real["diff"]
    assert connections.run(INFO)["connections"][0]["tags"] == {"Team": "api"}
    connections.run(MODULE, **GITHUB, tags={"Stage": "test"}, purge_tags=False)
    assert connections.run(INFO)["connections"][0]["tags"] == {"Team": "api", "Stage": "test"}


def test_a_connection_of_a_host_has_its_provider(connections):
    host = connections.client("codeconnections").create_host(
        Name="git", ProviderType="GitLabSelfManaged", ProviderEndpoint="https://git.example.com"
    )["HostArn"]
    predicted, real = connections.predicted_and_real(MODULE, name="own", host_arn=host)
    assert predicted["diff"] == real["diff"]
    assert real["connection"]["provider_type"] == "GitLabSelfManaged"
    assert not connections.run(MODULE, name="own", host_arn=host)["changed"]


def test_another_provider_is_refused_with_what_is_there(connections):
    connections.run(MODULE, **GITHUB)
    refusal = connections.refusal(MODULE, name="github", provider_type="GitLab")
    assert "AWS cannot change it: provider_type is GitHub, wanted GitLab. Delete it first" in refusal


def test_two_of_one_name_are_refused(connections):
    for _number in range(2):
        connections.client("codeconnections").create_connection(ProviderType="GitHub", ConnectionName="github")
    assert "2 connections are called github" in connections.refusal(MODULE, **GITHUB)


def test_a_connection_is_deleted_once(connections):
    connections.run(MODULE, **GITHUB)
    predicted, real = connections.predicted_and_real(MODULE, name="github", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = connections.calls()
    assert not connections.run(MODULE, name="github", state="absent")["changed"]
    assert connections.calls() - before == {"all": 1}


def test_info_tells_the_wanted_ones_by_name(connections):
    for name, provider in (("c", "GitHub"), ("a", "GitLab"), ("b", "GitHub")):
        connections.run(MODULE, name=name, provider_type=provider)
    assert [one["connection_name"] for one in connections.run(INFO)["connections"]] == ["a", "b", "c"]
    assert [one["connection_name"] for one in connections.run(INFO, names=["b", "x"])["connections"]] == ["b"]
    assert [one["connection_name"] for one in connections.run(INFO, provider_type="GitLab")["connections"]] == ["a"]


BAD = {
    "name": ({"name": "x" * 33, "provider_type": "GitHub"}, "is not a valid name. Use 1 to 32 characters."),
    "nothing": ({"name": "own"}, "provider_type or host_arn is required to make connection own."),
    "both": ({**GITHUB, "host_arn": "arn:aws:x"}, "provider_type and host_arn exclude each other"),
    "own_server": ({"name": "own", "provider_type": "GitHubEnterpriseServer"}, "host_arn is required instead of"),
    "host": ({"name": "own", "host_arn": "git"}, "host_arn: 'git' is not the ARN of a host."),
    "provider": ({"name": "own", "provider_type": "Gitea"}, "provider_type must be one of: Bitbucket, GitHub"),
    "tags": ({**GITHUB, "tags": {"aws:owner": "me"}}, "begins with aws:, which AWS keeps for itself"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_written(connections, case):
    options, sentence = BAD[case]
    before = connections.calls()
    assert sentence in connections.refusal(MODULE, **options)
    assert (connections.calls() - before)["writes"] == 0


@pytest.mark.parametrize(
    ("partition", "domain"), [("aws-cn", "console.amazonaws.cn"), ("aws-us-gov", "console.amazonaws-us-gov.com")]
)
def test_other_partitions_have_consoles_of_their_own(partition, domain):
    client = SimpleNamespace(region="region-1", partition=partition)
    url = connection_utils.console_url(client, {"connection_arn": f"arn:{partition}:x:region-1:123456789012:y/z"})
    assert url.startswith(f"https://region-1.{domain}/codesuite/")
