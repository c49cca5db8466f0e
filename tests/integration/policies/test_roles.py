# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role may do what its service does with it, all of it, and nothing that is not of its environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.integration.policies.account import ACCOUNT, REGION, Role
from tests.integration.policies.calls import (
    ALLOWED,
    ARTIFACT_KEY,
    LEFT_OUT,
    NOBODY,
    OF_ENVIRONMENT,
    ON_ALL,
    OTHERS,
    Call,
)
from tests.integration.policies.evaluating import Evaluator, Identity

SERVICES = sorted(ALLOWED)


def role_of(roles: dict[str, Role], service: str, environment: str = "production") -> Role:
    name = f"storefront-{environment}" if service in OF_ENVIRONMENT else "storefront"
    return roles[f"{name}-{REGION}-{service}"]


def allowed(evaluator: Evaluator, role: Role, calls: list[Call]) -> list[Call]:
    verdicts = evaluator.decide((role.identity, call, None) for call in calls)
    return [call for call, verdict in zip(calls, verdicts, strict=True) if verdict.allowed]


def described(calls: list[Call]) -> list[str]:
    return [str(call) for call in calls]


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_may_do_all_that_its_service_does_with_it(roles, evaluator, service):
    calls = ALLOWED[service]

    assert described(allowed(evaluator, role_of(roles, service), calls)) == described(calls)


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_may_not_do_what_is_forbidden(roles, evaluator, service):
    # A call that the service does make is no forbidden one of its.
    own = set(described(ALLOWED[service]))
    calls = [call for call in NOBODY + OTHERS[service] if str(call) not in own]

    assert described(allowed(evaluator, role_of(roles, service), calls)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_condition_is_on_what_the_action_does_not_know(roles, evaluator, service):
    """It would hold for no request, and the permission would be none."""
    calls = ALLOWED[service]

    verdicts = evaluator.decide((role_of(roles, service).identity, call, None) for call in calls)

    assert {str(call): one.ignored for call, one in zip(calls, verdicts, strict=True) if one.ignored} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_no_permission_is_given_that_no_call_needs(roles, service):
    granted = {action for statement in role_of(roles, service).statements for action in listed(statement["Action"])}

    assert granted - {call.action for call in ALLOWED[service]} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_allowed_is_so_neither_elsewhere_nor_for_others(roles, evaluator, service):
    """Fails for a policy that somebody widens with a star: each call is made again elsewhere, for another name."""
    calls = [other for call in ALLOWED[service] for other in elsewhere(call, service)]

    assert described(allowed(evaluator, role_of(roles, service), calls)) == []


def elsewhere(call: Call, service: str) -> Iterator[Call]:
    """The same call for another account, region, application and environment: resource, context, or both are another's.
    The account of the role stays as it is."""
    changes = {ACCOUNT: "210987654321", REGION: "eu-west-1", "storefront": "backoffice"}
    if service in OF_ENVIRONMENT:
        changes["production"] = "staging"
    for before, after in changes.items():
        resource = call.resource.replace(before, after)
        context = json.loads(json.dumps(call.context).replace(before, after))
        if call.action in ON_ALL:
            resource = call.resource
        for other in {resource, call.resource}:
            for where in (context, call.context):
                if (other, where) != (call.resource, call.context):
                    yield Call(call.action, other, where, unlisted=call.unlisted)


def test_every_environment_keeps_to_itself(roles, evaluator):
    for service in ("host", "codedeploy"):  # what an agent alone asks for is the same in every environment
        calls = OF_ENVIRONMENT[service]
        others = [other for call in calls for other in elsewhere(call, service) if "staging" in str(other)]

        assert others
        assert described(allowed(evaluator, role_of(roles, service), others)) == []


def test_what_is_switched_off_is_not_allowed(roles, evaluator):
    """Staging has neither parameters nor metrics, logs, traces and sessions."""
    optional = {"ssm", "ssmmessages", "secretsmanager", "cloudwatch", "logs", "xray", "ec2", "kms"}
    calls = [call for call in ALLOWED["host"] if call.action.split(":")[0] in optional]
    calls += [staging for call in calls for staging in elsewhere(call, "host") if "staging" in str(staging)]

    assert described(allowed(evaluator, role_of(roles, "host", "staging"), calls)) == []


def test_servers_decrypt_with_the_key_that_has_the_stores_alias(roles, evaluator):
    """Where its ARN is not known, as to staging's servers here."""
    through_s3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
    aliases = ("alias/storefront-artifacts", "alias/payroll")
    calls = [Call("kms:Decrypt", ARTIFACT_KEY, through_s3 | {"kms:ResourceAliases": [alias]}) for alias in aliases]

    assert allowed(evaluator, role_of(roles, "on-premises", "staging"), calls) == calls[:1]


def test_codedeploy_may_do_what_awss_own_policy_lets_it_do(roles, account):
    """No action that CodeDeploy counts on is forgotten, but of resources that no environment has."""
    theirs = {action for statement in account.aws_code_deploy_role["Statement"] for action in statement["Action"]}
    ours = {action for statement in role_of(roles, "codedeploy").statements for action in listed(statement["Action"])}

    assert theirs - ours == set(LEFT_OUT)
    assert ours - theirs == {"ec2:CreateTags", "ec2:RunInstances", "iam:PassRole", "ssm:GetParameters"}
    assert role_of(roles, "codedeploy").managed == ()


def test_awss_own_policy_for_codedeploy_would_let_staging_end_production(roles, evaluator, account):
    """Why the role has a policy of its own instead."""
    staging = Identity(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/anything/session", {"AWSCodeDeployRole": account.aws_code_deploy_role}
    )
    end = next(call for call in ALLOWED["codedeploy"] if call.action == "autoscaling:DeleteAutoScalingGroup")

    assert [verdict.allowed for verdict in evaluator.decide([(staging, end, None)])] == [True]


def test_a_permissions_boundary_bounds_what_the_policies_allow(roles, evaluator):
    """Even a role that somebody has given everything."""
    host = role_of(roles, "host")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    bounded = Identity(host.identity.principal, {"everything": everything}, host.boundary)
    create = Call("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/mallory")

    verdicts = evaluator.decide(
        [(bounded, create, None), (Identity(bounded.principal, bounded.policies), create, None)]
    )

    assert [verdict.allowed for verdict in verdicts] == [False, True]


@pytest.mark.thorough
@pytest.mark.parametrize("service", SERVICES)
def test_a_permission_that_is_widened_with_a_star_is_found(roles, evaluator, service):
    """The tests above are no use if they do not see it: each statement in turn is for everything."""
    role = role_of(roles, service)
    narrow = [statement for statement in role.statements if statement["Resource"] != "*"]
    probes = [other for call in ALLOWED[service] for other in elsewhere(call, service)]

    for statement in narrow:
        wide = {"Version": "2012-10-17", "Statement": [statement | {"Resource": "*"}]}
        widened = replace(role, policies={"wide": wide}, boundary=None)
        assert allowed(evaluator, widened, probes), statement["Sid"]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
