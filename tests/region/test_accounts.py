# SPDX-License-Identifier: GPL-3.0-or-later
"""Several accounts and AWS regions: whose roles can be assumed by whom, and that nothing is seen from the next one."""

from __future__ import annotations

import json
import urllib.error

import pytest
from botocore.exceptions import ClientError

from local_region.protocol import NotImplementedInLocalRegion
from local_region.services.trust import trusts
from tests.region.test_codedeploy_in_the_region import ask

HOME, STAGING, PRODUCTION = "123456789012", "111111111111", "222222222222"
PIPELINE = f"arn:aws:iam::{HOME}:role/pipeline"


def role_of(account: str, name: str = "OrganizationAccountAccessRole") -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def trust(principal: object, **more: object) -> dict:
    return {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more},
    }


def member(api, account: str, role: str | None = None, **asked: str):
    """Makes clients of an account, as who has assumed its role (by default the one that the organization made)."""
    sts = asked.pop("sts", None) or api.client("sts")
    keys = sts.assume_role(RoleArn=role or role_of(account), RoleSessionName="test", **asked)["Credentials"]
    signed = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    return lambda service, region="us-east-1": api.client(service, region_name=region, **signed)


@pytest.mark.parametrize(
    ("principal", "condition", "verdict"),
    [
        ({"AWS": f"arn:aws:iam::{HOME}:root"}, {}, True),
        ({"AWS": HOME}, {}, True),
        ({"AWS": [role_of(HOME, "other"), PIPELINE]}, {}, True),
        ("*", {}, True),
        ({"AWS": role_of(HOME, "other")}, {}, False),
        ({"AWS": f"arn:aws:iam::{STAGING}:root"}, {}, False),
        ({"Service": "codedeploy.amazonaws.com"}, {}, False),
        ({"AWS": HOME}, {"StringEquals": {"sts:ExternalId": "shop"}}, True),
        ({"AWS": HOME}, {"StringEquals": {"sts:ExternalId": ["other", "another"]}}, False),
        ({"AWS": HOME}, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/pipe*"}}, True),
        ({"AWS": HOME}, {"ArnEquals": {"aws:PrincipalArn": role_of(HOME, "other")}}, False),
        ({"AWS": HOME}, {"StringEquals": {"aws:SourceIp": "10.0.0.1"}}, False),
        ({"AWS": HOME}, {"StringEqualsIfExists": {"aws:SourceIp": "10.0.0.1"}}, True),
        ({"AWS": HOME}, {"Null": {"sts:ExternalId": "true"}}, False),
    ],
)
def test_a_trust_policy_lets_in_whom_it_names_under_its_conditions(principal, condition, verdict):
    policy = trust(principal, Condition=condition)

    assert trusts(policy, PIPELINE, {"sts:ExternalId": "shop"}) is verdict


def test_a_denial_wins_over_a_permission():
    policy = trust({"AWS": HOME})
    policy["Statement"] = [policy["Statement"], {**policy["Statement"], "Effect": "Deny"}]

    assert not trusts(policy, PIPELINE, {})


def test_a_condition_that_the_region_cannot_evaluate_is_refused_and_not_passed_over():
    with pytest.raises(NotImplementedInLocalRegion, match="IpAddress"):
        trusts(trust({"AWS": HOME}, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), PIPELINE, {})


def test_a_session_of_another_accounts_role_acts_in_that_account_and_no_other(api):
    staging, production = member(api, STAGING), member(api, PRODUCTION)

    staging("codedeploy").create_application(applicationName="shop")
    production("codedeploy", "eu-west-1").create_application(applicationName="shop")

    assert staging("sts").get_caller_identity()["Account"] == STAGING
    found = {
        (account, region): client("codedeploy", region).list_applications()["applications"]
        for account, client in ((HOME, api_of(api)), (STAGING, staging), (PRODUCTION, production))
        for region in ("us-east-1", "eu-west-1")
    }
    assert {place for place, names in found.items() if names} == {(STAGING, "us-east-1"), (PRODUCTION, "eu-west-1")}


def api_of(api):
    return lambda service, region="us-east-1": api.client(service, region_name=region)


def test_a_role_of_another_account_is_assumed_only_by_whom_it_trusts(api):
    staging, production = member(api, STAGING), member(api, PRODUCTION)
    document = trust({"AWS": role_of(STAGING)}, Condition={"StringEquals": {"sts:ExternalId": "shop"}})
    production("iam").create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(document))
    deployer = role_of(PRODUCTION, "deployer")

    trusted = member(api, PRODUCTION, deployer, sts=staging("sts"), ExternalId="shop")
    assert trusted("sts").get_caller_identity()["Arn"].endswith(":assumed-role/deployer/test")

    for sts, asked in ((staging("sts"), {}), (api.client("sts"), {"ExternalId": "shop"})):
        with pytest.raises(ClientError, match="does not let arn:aws:iam::.* assume it") as refused:
            member(api, PRODUCTION, deployer, sts=sts, **asked)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize("role", [role_of(STAGING, "nobody"), role_of(HOME)])
def test_a_role_that_is_not_there_is_assumed_from_no_other_account(api, role):
    production = member(api, PRODUCTION)

    with pytest.raises(ClientError, match=f"{role}: there is no such role"):
        production("sts").assume_role(RoleArn=role, RoleSessionName="test")


def test_the_role_that_an_organization_gives_every_account_is_nobodys_resource(api):
    member(api, STAGING)

    assert "iam roles" not in api.region.inventory()


def test_an_agent_gets_no_commands_for_an_instance_of_another_account_or_region(api):
    for place in (f"eu-west-1:{HOME}", f"us-east-1:{STAGING}"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(api.url, "PollHostCommand", HostIdentifier=f"arn:aws:ec2:{place}:instance/i-0a1b2c3d")
        assert json.load(refused.value)["__type"] == "AccessDeniedException"
