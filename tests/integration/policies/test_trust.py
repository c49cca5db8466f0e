# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role is taken by its service alone, and only when the service works for what the role is for."""

from __future__ import annotations

import pytest

from tests.integration.policies.account import ACCOUNT, REGION
from tests.integration.policies.evaluating import Call, Evaluator, Identity

PLACE = f"{REGION}:{ACCOUNT}"
OTHER = "210987654321"
# The role, who takes it, and for what (aws:SourceArn; None where the service does not say).
TRUSTED = {
    "storefront-production-us-east-1-host": ("ec2.amazonaws.com", None),
    "storefront-production-us-east-1-codedeploy": (
        "codedeploy.amazonaws.com",
        f"arn:aws:codedeploy:{PLACE}:deploymentgroup:storefront/production",
    ),
    "storefront-us-east-1-pipeline": ("codepipeline.amazonaws.com", f"arn:aws:codepipeline:{PLACE}:storefront"),
    "storefront-us-east-1-build": ("codebuild.amazonaws.com", f"arn:aws:codebuild:{PLACE}:project/storefront"),
    "storefront-us-east-1-event": ("events.amazonaws.com", f"arn:aws:events:{PLACE}:rule/storefront-push"),
}
SOURCES = [name for name, (_service, source) in TRUSTED.items() if source]
# CodePipeline's role is for every pipeline of the account: its documentation knows aws:SourceAccount only.
EXACT = [name for name in SOURCES if not name.endswith("-pipeline")]


def may_take(evaluator: Evaluator, role, principal: str, source: str | None, account: str = ACCOUNT) -> bool:
    context = {"aws:SourceAccount": account, "aws:SourceArn": source} if source else {}
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    identity = Identity(principal, {"everything": everything} if principal.startswith("arn:") else {})
    return evaluator.decide([(identity, Call("sts:AssumeRole", role.arn, context), role.trust)])[0].allowed


@pytest.mark.parametrize("name", TRUSTED)
def test_a_role_is_taken_by_its_service(roles, evaluator, name):
    service, source = TRUSTED[name]

    assert may_take(evaluator, roles[name], service, source)


@pytest.mark.parametrize("name", TRUSTED)
def test_a_role_is_taken_by_nobody_else(roles, evaluator, name):
    service, source = TRUSTED[name]
    others = {other for other, _source in TRUSTED.values()} - {service}
    others |= {"lambda.amazonaws.com", f"arn:aws:iam::{ACCOUNT}:user/mallory", f"arn:aws:iam::{OTHER}:root"}

    assert {other for other in others if may_take(evaluator, roles[name], other, source)} == set()


@pytest.mark.parametrize("name", SOURCES)
def test_a_service_does_not_take_a_role_for_another_account(roles, evaluator, name):
    service, source = TRUSTED[name]

    assert not may_take(evaluator, roles[name], service, source.replace(ACCOUNT, OTHER), OTHER)
    assert not may_take(evaluator, roles[name], service, None)


@pytest.mark.parametrize("name", EXACT)
def test_a_service_does_not_take_a_role_for_another_resource(roles, evaluator, name):
    service, source = TRUSTED[name]

    assert not may_take(evaluator, roles[name], service, source.replace("storefront", "backoffice"))
    assert not may_take(evaluator, roles[name], service, f"{source}-2")


def test_codedeploy_does_not_take_the_role_of_another_environment(roles, evaluator):
    service, source = TRUSTED["storefront-production-us-east-1-codedeploy"]

    assert not may_take(evaluator, roles["storefront-staging-us-east-1-codedeploy"], service, source)
