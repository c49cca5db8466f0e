# SPDX-License-Identifier: GPL-3.0-or-later
"""codebuild_source_credential and its info module, over HTTP."""

import json

import pytest

MODULE = "codebuild_source_credential"
INFO = "codebuild_source_credential_info"

TOKEN = "ghp_not-a-real-token"
GITHUB = {"server_type": "GITHUB", "auth_type": "PERSONAL_ACCESS_TOKEN", "token": TOKEN}
CONNECTION = "arn:aws:codeconnections:eu-central-1:123456789012:connection/1"
BY_ARN = {"server_type": "GITLAB", "auth_type": "CODECONNECTIONS", "resource": CONNECTION}
BITBUCKET = {"server_type": "BITBUCKET", "auth_type": "BASIC_AUTH", "username": "me", "token": TOKEN}


@pytest.fixture
def credentials(modules):
    """The modules, with no source credential before and after."""
    yield modules
    client = modules.client("codebuild")
    for one in client.list_source_credentials()["sourceCredentialsInfos"]:
        client.delete_source_credentials(arn=one["arn"])


@pytest.mark.parametrize("options", [GITHUB, BY_ARN, BITBUCKET], ids=lambda one: one["auth_type"])
def test_a_credential_is_imported_as_predicted_and_then_left_alone(credentials, options):
    predicted, real = credentials.predicted_and_real(MODULE, **options)
    assert real["changed"] and predicted["diff"] == real["diff"]
    before = credentials.calls()
    again = credentials.run(MODULE, **options)
    assert not again["changed"]
    assert credentials.calls() - before == {"all": 1}
    assert TOKEN not in json.dumps([predicted, real, again, credentials.run(INFO)])


def test_a_token_is_imported_each_time_where_that_is_asked_for(credentials):
    credentials.run(MODULE, **GITHUB)
    options = {**GITHUB, "token": "another-token", "update_token": "always"}
    for _run in range(2):
        predicted, real = credentials.predicted_and_real(MODULE, **options)
        assert predicted["changed"] and real["changed"]
        assert predicted["diff"] == real["diff"]
        assert real["diff"]["after"]["token"] == "imported anew"
    assert "another-token" not in json.dumps([predicted, real])


def test_another_connection_takes_the_place_of_the_one_that_is_there(credentials):
    credentials.run(MODULE, **BY_ARN)
    predicted, real = credentials.predicted_and_real(MODULE, **{**BY_ARN, "resource": f"{CONNECTION}2"})
    assert predicted["diff"] == real["diff"]
    assert real["source_credential"]["resource"] == f"{CONNECTION}2"


def test_another_kind_of_credential_takes_the_place_of_the_one_that_is_there(credentials):
    credentials.run(MODULE, **GITHUB)
    predicted, real = credentials.predicted_and_real(MODULE, **{**BY_ARN, "server_type": "GITHUB"})
    assert predicted["diff"] == real["diff"]
    assert real["source_credential"]["auth_type"] == "CODECONNECTIONS"
    predicted, real = credentials.predicted_and_real(MODULE, **GITHUB)
    assert predicted["diff"] == real["diff"] and real["changed"]
    assert not credentials.run(MODULE, **GITHUB)["changed"]


def test_a_credential_is_deleted_once(credentials):
    credentials.run(MODULE, **GITHUB)
    predicted, real = credentials.predicted_and_real(MODULE, server_type="GITHUB", state="absent")
    assert predicted["diff"] == real["diff"]
    assert real["changed"] and real["diff"]["after"] == {}
    before = credentials.calls()
    assert not credentials.run(MODULE, server_type="GITHUB", state="absent")["changed"]
    assert credentials.calls() - before == {"all": 1}


def test_info_tells_the_kinds_of_servers_and_no_token(credentials):
    assert credentials.run(INFO)["source_credentials"] == []
    credentials.run(MODULE, **BY_ARN)
    credentials.run(MODULE, **GITHUB)
    told = credentials.run(INFO)["source_credentials"]
    assert [(one["server_type"], one.get("resource")) for one in told] == [("GITHUB", None), ("GITLAB", CONNECTION)]


BAD = {
    "no_token": ({**GITHUB, "token": None}, "token is required to import the source credential for GITHUB."),
    "no_arn": ({**BY_ARN, "resource": None}, "resource is required to import the source credential for GITLAB."),
    "arn": ({**BY_ARN, "resource": "github"}, "resource: 'github' is not an ARN."),
    "oauth": ({**GITHUB, "auth_type": "OAUTH"}, "OAUTH can be made in CodeBuild's console only."),
    "no_user": ({**BITBUCKET, "username": None}, "username is required for auth_type BASIC_AUTH."),
    "user": ({**GITHUB, "username": "me"}, "username does not go with auth_type PERSONAL_ACCESS_TOKEN."),
    "server": ({**BITBUCKET, "server_type": "GITHUB"}, "BASIC_AUTH is for BITBUCKET, not for GITHUB."),
    "both": ({**GITHUB, "resource": CONNECTION}, "resource does not go with auth_type PERSONAL_ACCESS_TOKEN."),
    "kind": ({"server_type": "GITHUB"}, "state is present but all of the following are missing: auth_type"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_is_written(credentials, case):
    options, sentence = BAD[case]
    before = credentials.calls()
    assert sentence in credentials.refusal(MODULE, **options)
    assert (credentials.calls() - before)["writes"] == 0
