# SPDX-License-Identifier: GPL-3.0-or-later
"""A pipeline and its environments in three accounts: who may take which role, and read which artifact."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Api, open_api
from tests.integration.policies.evaluating import Call, Evaluator, Identity
from tests.running_region import ROOT

HERE = Path(__file__).parent
HOME, STAGING, PRODUCTION = "123456789012", "111111111111", "222222222222"
REGION = "eu-west-1"
BUCKET = f"storefront-artifacts-{HOME}-{REGION}"
ACTION = f"storefront-production-{REGION}-action"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class Places:
    """What was made: policies by account and role, trust policies likewise; the bucket's and the key's policy."""

    policies: Mapping[tuple[str, str], Mapping[str, Any]]
    trust: Mapping[tuple[str, str], Mapping[str, Any]]
    bucket: Mapping[str, Any]
    key: Mapping[str, Any]
    key_arn: str

    def identity(self, account: str, role: str) -> Identity:
        return Identity(_session(account, role), self.policies[account, role])

    def may_take(self, evaluator: Evaluator, who: Identity, account: str, role: str) -> bool:
        call = Call("sts:AssumeRole", f"arn:aws:iam::{account}:role/{role}", _asking(who))
        return evaluator.decide([(who, call, self.trust[account, role])])[0].allowed


def _session(account: str, role: str) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/session"


def _asking(who: Identity) -> dict[str, str]:
    """What AWS adds to every request: the ARN of the role whose session it is."""
    account, role = who.principal.split(":")[4], who.principal.split("/")[1]
    return {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{role}"}


def all_powerful(account: str, role: str) -> Identity:
    return Identity(_session(account, role), {"everything": EVERYTHING})


@pytest.fixture(scope="module")
def places() -> Places:
    """Read once: the API is closed again before the first test. Only for make scan: it takes half a minute."""
    if not os.environ.get("POLICIES_MUST_BE_EVALUATED"):
        pytest.skip("policies across accounts are evaluated by make scan")
    with open_api() as api:
        _build(api)
        return _read(api)


def _build(api: Api) -> None:
    command = [Path(sys.executable).with_name("ansible-playbook"), HERE / "cross_account.yml"]
    done = subprocess.run(
        [
            *map(str, command),
            "--inventory",
            "inventories/local_accounts",
            "--extra-vars",
            f"local_region_url={api.url}",
        ],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORKS": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _read(api: Api) -> Places:
    policies, trust = {}, {}
    for account in (HOME, STAGING, PRODUCTION):
        iam = api.client("iam", **_keys(api, account))
        for role in iam.list_roles()["Roles"]:
            name = role["RoleName"]
            if name.startswith("storefront"):
                inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
                documents = [iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in inline]
                policies[account, name] = dict(zip(inline, documents, strict=True))
                trust[account, name] = role["AssumeRolePolicyDocument"]
    kms = api.client("kms", region_name=REGION)
    key = kms.describe_key(KeyId=f"alias/{BUCKET}")["KeyMetadata"]["Arn"]
    return Places(
        policies,
        trust,
        bucket=json.loads(api.client("s3", region_name=REGION).get_bucket_policy(Bucket=BUCKET)["Policy"]),
        key=json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]),
        key_arn=key,
    )


def _keys(api: Api, account: str) -> dict[str, str]:
    if account == HOME:
        return {}
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    keys = api.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def test_the_pipeline_takes_the_roles_of_its_environments_and_nobody_else_does(places, evaluator):
    pipeline = places.identity(HOME, "storefront-us-east-1-pipeline")
    others = [
        all_powerful(HOME, "storefront-us-east-1-build"),
        all_powerful(STAGING, "storefront-us-east-1-pipeline"),
        all_powerful(PRODUCTION, f"storefront-production-{REGION}-host"),
    ]

    assert places.may_take(evaluator, pipeline, PRODUCTION, ACTION)
    assert places.may_take(evaluator, pipeline, STAGING, "storefront-staging-us-east-1-action")
    assert [one.principal for one in others if places.may_take(evaluator, one, PRODUCTION, ACTION)] == []


def test_that_role_deploys_to_its_environment_only(places, evaluator):
    role = places.identity(PRODUCTION, ACTION)
    group = f"arn:aws:codedeploy:{REGION}:{PRODUCTION}:deploymentgroup:storefront"
    asked = [
        Call("codedeploy:CreateDeployment", f"{group}/production"),
        Call("codedeploy:GetDeployment", f"{group}/production"),
        Call("codedeploy:CreateDeployment", f"{group}/staging"),
        Call("codedeploy:DeleteDeploymentGroup", f"{group}/production"),
    ]

    assert [one.allowed for one in evaluator.decide((role, call, None) for call in asked)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("account", "role", "allowed"),
    [
        (PRODUCTION, ACTION, True),
        (PRODUCTION, f"storefront-production-{REGION}-host", True),
        (PRODUCTION, "somebody", False),
        (STAGING, "storefront-staging-us-east-1-host", False),
    ],
)
def test_the_artifacts_of_a_region_are_read_by_its_environments_hosts_and_action_role_alone(
    places, evaluator, account, role, allowed
):
    """Both sides have to say so; of the strangers their own side says everything."""
    who = places.identity(account, role) if allowed else all_powerful(account, role)
    via = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", **_asking(who)}
    secure = {"aws:SecureTransport": "true", "aws:ResourceAccount": HOME, **_asking(who)}
    read = Call("s3:GetObject", f"arn:aws:s3:::{BUCKET}/storefront/Bundle/a1B2c3D", secure, owner=HOME)
    decrypt = Call("kms:Decrypt", places.key_arn, via)

    verdicts = evaluator.decide([(who, read, places.bucket), (who, decrypt, places.key)])

    assert [one.allowed for one in verdicts] == [allowed, allowed]
