# SPDX-License-Identifier: GPL-3.0-or-later
"""The evaluator decides as IAM does: an explicit denial wins, conditions count, and nonsense is refused."""

from __future__ import annotations

import pytest

from tests.integration.policies.evaluating import Call, Evaluator, Identity

WHO = "arn:aws:sts::123456789012:assumed-role/somebody/session"
SHOP = "arn:aws:s3:::shop/catalogue.json"


def allow(**statement):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"} | statement


TABLE = {
    "named": ([allow()], {}, True),
    "any action": ([allow(Action="s3:*")], {}, True),
    "another bucket": ([allow(Resource="arn:aws:s3:::shop-2/*")], {}, False),
    "all but": ([{"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": "*"}], {}, True),
    "all but this": ([{"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}], {}, False),
    "denied": ([allow(), allow(Effect="Deny", Resource="*")], {}, False),
    "denied without TLS": (
        [allow(), allow(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})],
        {"aws:SecureTransport": "false"},
        False,
    ),
    "account": (
        [allow(Condition={"StringEquals": {"aws:ResourceAccount": "123456789012"}})],
        {"aws:ResourceAccount": "123456789012"},
        True,
    ),
    "another account": (
        [allow(Condition={"StringEquals": {"aws:ResourceAccount": "123456789012"}})],
        {"aws:ResourceAccount": "210987654321"},
        False,
    ),
    "no account said": ([allow(Condition={"StringEquals": {"aws:ResourceAccount": "123456789012"}})], {}, False),
    "like": ([allow(Condition={"StringLike": {"aws:userid": "AROA*:web"}})], {"aws:userid": "AROA1:web"}, True),
    "unlike": ([allow(Condition={"StringNotLike": {"aws:userid": "AROA*"}})], {"aws:userid": "AROA1:web"}, False),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_policy_is_evaluated_as_iam_evaluates_it(evaluator: Evaluator, case):
    statements, context, expected = TABLE[case]
    identity = Identity(WHO, {"policy": {"Version": "2012-10-17", "Statement": statements}})

    assert evaluator.decide([(identity, Call("s3:GetObject", SHOP, context), None)])[0].allowed is expected


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (Call("s3:GetObjekt", SHOP), "invalid.action"),
        (Call("s3:GetObject", "arn:aws:sqs:us-east-1:123456789012:shop"), "no.resource.types"),
    ],
)
def test_a_call_that_aws_does_not_have_is_refused(evaluator: Evaluator, call, fault):
    identity = Identity(WHO, {"policy": {"Version": "2012-10-17", "Statement": [allow()]}})

    with pytest.raises(ValueError, match=fault):
        evaluator.decide([(identity, call, None)])


def test_a_condition_key_that_the_action_does_not_have_is_told(evaluator: Evaluator):
    identity = Identity(WHO, {"policy": {"Version": "2012-10-17", "Statement": [allow()]}})
    call = Call("s3:GetObject", SHOP, {"ec2:CreateAction": "RunInstances"})

    assert evaluator.decide([(identity, call, None)])[0].ignored == ("ec2:CreateAction",)
